package db_test

import (
	"bytes"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tasktrail/db"
	"tasktrail/db/dbtest"
)

// A database that somebody moved, copied, cleaned up or brought up to date as
// one does is not broken, and a server goes on writing to it.
func TestNoFalseAlarm(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(t *testing.T, url string) string // of what url names, which is new
	}{
		{"fresh", func(_ *testing.T, url string) string { return url }},
		{"upgraded", func(t *testing.T, url string) string { restore(t, url); return url }},
		{"dumped and restored", func(t *testing.T, url string) string {
			prepare(t, url)
			return dumped(t, url)
		}},
		{"copied", func(t *testing.T, url string) string {
			prepare(t, url)
			return dbtest.Copy(t, url)
		}},
		{"cleaned up", func(t *testing.T, url string) string {
			prepare(t, url)
			more := ";; VACUUM FULL;; REINDEX TABLE audit_events;; CLUSTER audit_events USING audit_events_pkey"
			if strings.HasPrefix(url, "sqlite:") {
				more = ";; PRAGMA optimize;; REINDEX;; PRAGMA wal_checkpoint(TRUNCATE)"
			}
			execute(t, url, "VACUUM;; ANALYZE"+more)
			return url
		}},
		{"from another journal", func(t *testing.T, url string) string {
			if strings.HasPrefix(url, "sqlite:") {
				prepare(t, url)
				execute(t, url, "PRAGMA journal_mode = DELETE") // opening it sets WAL again
			}
			return url
		}},
		{"in another schema", func(t *testing.T, url string) string {
			if !strings.HasPrefix(url, "sqlite:") {
				execute(t, url, `CREATE SCHEMA "Our Trail";; ALTER DATABASE {db} SET search_path = "Our Trail", public;; CREATE TABLE public.tasks (other TEXT)`)
			}
			return url
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, url string) {
				s := open(t, test.make(t, url), db.Options{})
				sound(t, s)
				if err := createIncident(t.Context(), s); err != nil {
					t.Fatal(err)
				}
				sound(t, s)
				verify(t, s)
			})
		})
	}
}

// dumped dumps a database and restores it into a new one, with the programs
// that people use for it.
func dumped(t *testing.T, from string) string {
	t.Helper()
	var dump, load *exec.Cmd
	to := another(t, from)
	if file, ok := strings.CutPrefix(from, "sqlite:"); ok {
		dump, load = exec.Command("sqlite3", file, ".dump"), exec.Command("sqlite3", strings.TrimPrefix(to, "sqlite:"))
		t.Cleanup(func() { _ = os.Chmod(strings.TrimPrefix(to, "sqlite:"), 0o600) })
	} else {
		args := func(raw string) []string {
			u, err := url.Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			if dir := u.Query().Get("host"); dir != "" {
				return []string{"-h", dir, "-U", u.User.Username(), nameOf(raw)}
			}
			return []string{raw}
		}
		dump = exec.Command(dbtest.Program(t, "pg_dump"), args(from)...)
		load = exec.Command(dbtest.Program(t, "psql"), append([]string{"-q", "-v", "ON_ERROR_STOP=1"}, args(to)...)...)
	}
	var text, errs bytes.Buffer
	dump.Stdout, dump.Stderr, load.Stdin, load.Stderr = &text, &errs, &text, &errs
	for _, c := range []*exec.Cmd{dump, load} {
		if err := c.Run(); err != nil {
			t.Fatalf("%s is needed: %v %s", filepath.Base(c.Path), err, errs.String())
		}
	}
	return to
}
