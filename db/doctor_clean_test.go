package db_test

import (
	"bytes"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tasktrail/db"
	"tasktrail/db/dbtest"
)

// A database that somebody moved, copied, cleaned up or brought up to date as
// one does is not broken, and a server goes on writing to it.
func TestSoundInstallations(t *testing.T) {
	sqlite := map[string]func(t *testing.T, url string) string{ // of what url names, which is new
		"upgraded":            func(t *testing.T, url string) string { restore(t, url, 1); return url },
		"dumped and restored": func(t *testing.T, url string) string { makeReady(t, url); return dumped(t, url) },
		"copied":              func(t *testing.T, url string) string { makeReady(t, url); return dbtest.Copy(t, url) },
		"cleaned up": func(t *testing.T, url string) string {
			makeReady(t, url)
			execute(t, url, "VACUUM;; ANALYZE;; REINDEX")
			return url
		},
		"from another journal": func(t *testing.T, url string) string {
			makeReady(t, url)
			execute(t, url, "PRAGMA journal_mode = DELETE")
			return url
		},
		"from a backup": func(t *testing.T, url string) string {
			makeReady(t, url)
			to := dbtest.SQLite(t)
			tool(t, exec.Command("sqlite3", strings.TrimPrefix(url, "sqlite:"), ".backup "+strings.TrimPrefix(to, "sqlite:")))
			return to
		},
	}
	postgres := map[string]func(t *testing.T, url string) string{
		"upgraded": sqlite["upgraded"],
		"cleaned up, dumped and restored": func(t *testing.T, url string) string {
			makeReady(t, url)
			execute(t, url, "VACUUM FULL audit_events;; ANALYZE;; REINDEX TABLE audit_events;; CLUSTER tasks USING tasks_pkey")
			return dumped(t, url)
		},
		// As roles and databases can be set up, beside a table of another program.
		"in another schema": func(t *testing.T, url string) string {
			execute(t, url, `CREATE SCHEMA "Our Trail";; ALTER DATABASE {db} SET search_path = "Our Trail", public;; CREATE TABLE public.tasks (other TEXT)`)
			return url
		},
	}
	dbtest.Each(t, func(t *testing.T, url string) {
		all := sqlite
		if !strings.HasPrefix(url, "sqlite:") {
			all = postgres
		}
		for name, made := range all {
			t.Run(name, func(t *testing.T) {
				s := open(t, made(t, another(t, url)), db.Options{})
				sound(t, s)
				if err := createIncident(t.Context(), s); err != nil {
					t.Fatal(err)
				}
				sound(t, s)
				verify(t, s)
			})
		}
	})
}

// dumped dumps a database and restores it into a new one, with the programs
// that people use for it.
func dumped(t *testing.T, from string) string {
	t.Helper()
	var dump, load *exec.Cmd
	to := another(t, from)
	if file, ok := strings.CutPrefix(from, "sqlite:"); ok {
		dump, load = exec.Command("sqlite3", file, ".dump"), exec.Command("sqlite3", strings.TrimPrefix(to, "sqlite:"))
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
	load.Stdin = strings.NewReader(tool(t, dump))
	tool(t, load)
	return to
}

// tool runs a program that comes with a database and returns what it prints.
func tool(t *testing.T, c *exec.Cmd) string {
	t.Helper()
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s is needed, install it: %v %s", filepath.Base(c.Path), err, errs.String())
	}
	return string(out)
}
