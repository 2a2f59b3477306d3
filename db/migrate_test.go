package db_test

import (
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"tasktrail/db"
	"tasktrail/db/dbtest"
)

func TestMigrateOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		var work sync.WaitGroup
		var mu sync.Mutex
		applied := 0
		for range 8 {
			work.Go(func() {
				names, err := db.Migrate(t.Context(), url)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				applied += len(names)
			})
		}
		work.Wait()
		if want := len(migrationsOf(t, url)); applied != want {
			t.Errorf("eight at once applied %d migrations, want %d", applied, want)
		}
		open(t, url, db.Options{})
	})
}

func TestOpenRefuses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		refused := func(want error) {
			t.Helper()
			if s, err := db.Open(t.Context(), url, db.Options{}); !errors.Is(err, want) {
				t.Errorf("opening: got %v, want %v", err, want)
				if err == nil {
					_ = s.Close()
				}
			}
		}
		refused(db.ErrNotMigrated)
		if file, ok := strings.CutPrefix(url, "sqlite:"); ok {
			if _, err := os.Stat(file); err == nil {
				t.Error("opening made the file")
			}
		}
		if _, err := db.Migrate(t.Context(), url); err != nil {
			t.Fatal(err)
		}
		raw := dbtest.Raw(t, url)
		for _, step := range []struct {
			sql  string
			want error
		}{
			{"INSERT INTO migration_sums (name, sum) VALUES ('9999', 'x')", db.ErrNewerDatabase},
			{"DELETE FROM migration_sums WHERE name = '9999'", nil},
			{"UPDATE migration_sums SET sum = 'x'", db.ErrEdited},
			{"DELETE FROM migration_sums", db.ErrNotMigrated},
		} {
			if _, err := raw.ExecContext(t.Context(), step.sql); err != nil {
				t.Fatal(err)
			}
			if step.want == nil {
				continue
			}
			refused(step.want)
			if _, err := db.Migrate(t.Context(), url); !errors.Is(step.want, db.ErrNotMigrated) && !errors.Is(err, step.want) {
				t.Errorf("migrating: got %v, want %v", err, step.want)
			}
		}
	})
}

func TestBadURLs(t *testing.T) {
	notADatabase := t.TempDir() + "/text.db"
	if err := os.WriteFile(notADatabase, []byte(strings.Repeat("This is no database. ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		url  string
		want error // nil: any
		says string
	}{
		{"", db.ErrURL, "sqlite:PATH"},
		{"mysql://u:pa55word@h/d", db.ErrURL, "postgres://"},
		{"sqlite:", db.ErrURL, "sqlite:PATH"},
		{"sqlite::memory:", db.ErrURL, "name a file"},
		{"sqlite:x.db?mode=ro", db.ErrURL, "sqlite:PATH"},
		{"postgres://u:pa55word@/", db.ErrURL, "DATABASE"},
		{"postgres://u:pa55word@h:port/d", db.ErrURL, "PORT"},
		{"postgres://u:pa55word@127.0.0.1/d?sslmode=prefer", db.ErrURL, "verify-full"},
		{"postgres://u:pa55word@127.0.0.1/d?sslrootcert=/nonexistent", db.ErrURL, "sslrootcert"},
		{"postgres://u:pa55word@127.0.0.1:1/d?sslmode=disable", db.ErrUnreachable, "check that it runs"},
		{"postgres://u:pa55word@127.0.0.1:1/d", db.ErrUnreachable, "check that it runs"},
		{"sqlite:/nonexistent/dir/x.db", nil, "make it first"},
		{"sqlite:" + notADatabase + "/x.db", nil, "is not a directory"},
		{"sqlite:" + t.TempDir(), nil, "cannot be written"},
		{"sqlite:" + notADatabase, nil, "not a database"},
	} {
		_, err := db.Migrate(t.Context(), test.url)
		if err == nil || (test.want != nil && !errors.Is(err, test.want)) || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "pa55word") {
			t.Errorf("%s: got %v", test.url, err)
		}
	}
}
