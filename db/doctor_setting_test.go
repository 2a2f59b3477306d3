package db_test

import (
	"os"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// Settings of the connection that writes are looked at on that connection.
func TestPragmas(t *testing.T) {
	for _, test := range []struct{ subject, sql, undo string }{
		{"synchronous", "PRAGMA synchronous = NORMAL", "PRAGMA synchronous = EXTRA"},
		{"foreign_keys", "PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON"},
		{"recursive_triggers", "PRAGMA recursive_triggers = OFF", "PRAGMA recursive_triggers = ON"},
		{"trusted_schema", "PRAGMA trusted_schema = ON", "PRAGMA trusted_schema = OFF"},
		{"ignore_check_constraints", "PRAGMA ignore_check_constraints = ON", "PRAGMA ignore_check_constraints = OFF"},
		{"writable_schema", "PRAGMA writable_schema = ON", "PRAGMA writable_schema = OFF"},
		{"journal_mode", "PRAGMA journal_mode = DELETE", "PRAGMA journal_mode = WAL"},
		{"the writer's connection", "CREATE TEMP TRIGGER quiet BEFORE INSERT ON main.audit_events BEGIN SELECT RAISE(IGNORE); END", "DROP TRIGGER quiet"},
		{"the writer's connection", "ATTACH ':memory:' AS other", "DETACH other"},
	} {
		t.Run(test.sql, func(t *testing.T) {
			url := dbtest.SQLite(t)
			if _, err := db.Migrate(t.Context(), url); err != nil {
				t.Fatal(err)
			}
			s, err := db.Open(t.Context(), url, db.Options{Log: zerolog.Nop()})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			s.KeepNoReaders() // they would keep the journal from being changed
			sound(t, s)
			if err := s.OnWriter(t.Context(), test.sql); err != nil {
				t.Fatal(err)
			}
			check := "setting"
			if test.subject == "the writer's connection" {
				check = "shadow"
			}
			if d, err := s.Check(t.Context(), false); err != nil || !named(d, db.Failure, check, test.subject) || !s.ReadOnly() {
				t.Errorf("got %v, %v", d.Findings, err)
			}
			if err := s.OnWriter(t.Context(), test.undo); err != nil {
				t.Fatal(err)
			}
			sound(t, s)
		})
	}
}

// Who else may write the file is looked at.
func TestFileRights(t *testing.T) {
	url := dbtest.SQLite(t)
	s, file := open(t, url, db.Options{}), strings.TrimPrefix(url, "sqlite:")
	for _, test := range []struct {
		mode     os.FileMode
		severity db.Severity // empty: nothing is found
	}{{0o600, ""}, {0o640, ""}, {0o660, db.Warning}, {0o644, db.Warning}, {0o666, db.Failure}, {0o602, db.Failure}, {0o600, ""}} {
		if err := os.Chmod(file, test.mode); err != nil {
			t.Fatal(err)
		}
		d, err := s.Check(t.Context(), false)
		if err != nil || (test.severity == "") != (len(d.Findings) == 0) || test.severity != "" && !named(d, test.severity, "file", file) {
			t.Errorf("%04o: got %v, %v, want %q", test.mode, d.Findings, err, test.severity)
		}
		if s.ReadOnly() != (test.severity == db.Failure) {
			t.Errorf("%04o: refusing changes: %t", test.mode, s.ReadOnly())
		}
	}
}

// Whoever reads for the first time while changes are refused is made known when
// it next comes after that.
func TestKnownAfterwards(t *testing.T) {
	url := dbtest.SQLite(t)
	s, file := open(t, url, db.Options{}), strings.TrimPrefix(url, "sqlite:")
	service, v := incident.New(s, nil), person("stranger")
	for _, step := range []struct {
		mode  os.FileMode
		known bool
	}{{0o666, false}, {0o600, true}} {
		if err := os.Chmod(file, step.mode); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Check(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		if err := service.Admit(t.Context(), v); err != nil {
			t.Errorf("%04o: %v", step.mode, err)
		}
		found, err := s.ActorsByID(t.Context(), []string{v.Actor.ID})
		if err != nil || (len(found) == 1) != step.known {
			t.Errorf("%04o: got %v, %v, want known: %t", step.mode, found, err, step.known)
		}
	}
}

// What makes commits durable is a setting of the whole server.
func TestServerSettings(t *testing.T) {
	url := dbtest.NewCluster(t).URL()
	s := open(t, url, db.Options{})
	sound(t, s)
	for _, name := range []string{"fsync", "full_page_writes"} {
		set := func(value string) {
			t.Helper()
			execute(t, url, "ALTER SYSTEM SET "+name+" = "+value+";; SELECT pg_reload_conf()")
			// The server tells its processes when it gets to it.
			for got := ""; got != value; {
				if err := dbtest.Raw(t, url).QueryRowContext(t.Context(), "SELECT current_setting($1)", name).Scan(&got); err != nil {
					t.Fatal(err)
				}
			}
		}
		set("off")
		refusing := func() (db.Diagnosis, bool) {
			d, err := s.Check(t.Context(), false)
			if err != nil {
				t.Fatal(err)
			}
			return d, s.ReadOnly()
		}
		d, refused := refusing()
		for !refused { // until the connection of the writer has heard of it
			d, refused = refusing()
		}
		if !named(d, db.Failure, "setting", name) {
			t.Errorf("got %v", d.Findings)
		}
		refuses(t, s, url)
		set("on")
		for refused {
			_, refused = refusing()
		}
	}
}
