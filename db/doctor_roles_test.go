package db_test

import (
	"crypto/rand"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"tasktrail/db"
	"tasktrail/db/dbtest"
)

// Whatever a serving role could do beyond its work is a warning, and what it
// lacks a failure.
func TestRights(t *testing.T) {
	admin := dbtest.Postgres(t)
	if _, err := db.Migrate(t.Context(), admin); err != nil {
		t.Fatal(err)
	}
	role := "tasktrail_" + strings.ToLower(rand.Text())
	exec := func(statements string) {
		t.Helper()
		execute(t, admin, strings.ReplaceAll(statements, "{role}", role))
	}
	exec("CREATE ROLE {role} LOGIN PASSWORD '{role}'")
	defer exec("DROP OWNED BY {role};; DROP ROLE {role}")
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, role)
	if _, err := db.Open(t.Context(), u.String(), db.Options{}); err == nil {
		t.Error("a role without rights opened the database")
	}
	empty := dbtest.Postgres(t)
	execute(t, empty, "REVOKE CREATE ON SCHEMA public FROM PUBLIC") // as it is from PostgreSQL 15 on
	if _, err := db.Migrate(t.Context(), strings.Replace(u.String(), u.Path, "/"+nameOf(empty), 1)); !errors.Is(err, db.ErrNotMigrated) || !strings.Contains(err.Error(), "--app-role") {
		t.Errorf("migrating without the right to: got %v", err)
	}
	if err := db.Grant(t.Context(), admin, role); err != nil {
		t.Fatal(err)
	}
	s, err := db.Open(t.Context(), u.String(), db.Options{Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	clean := func() {
		t.Helper()
		if d, err := s.Check(t.Context(), true); err != nil || len(d.Findings) > 0 || s.ReadOnly() {
			t.Fatalf("with its rights: got %v, %v", d.Findings, err)
		}
	}
	clean()
	for _, test := range []struct{ give, take, check, subject string }{
		{"GRANT UPDATE ON audit_events TO {role}", "REVOKE UPDATE ON audit_events FROM {role}", "right", "audit_events"},
		{"GRANT UPDATE (payload) ON audit_events TO {role}", "REVOKE UPDATE (payload) ON audit_events FROM {role}", "right", "audit_events"},
		{"GRANT UPDATE (created_by) ON incidents TO {role}", "REVOKE UPDATE (created_by) ON incidents FROM {role}", "right", "incidents"},
		{"GRANT DELETE ON tasks TO {role}", "REVOKE DELETE ON tasks FROM {role}", "right", "tasks"},
		{"GRANT TRUNCATE ON checkpoints TO {role}", "REVOKE TRUNCATE ON checkpoints FROM {role}", "right", "checkpoints"},
		{"GRANT TRIGGER ON trail TO {role}", "REVOKE TRIGGER ON trail FROM {role}", "right", "trail"},
		{"GRANT REFERENCES ON audit_events TO {role}", "REVOKE REFERENCES ON audit_events FROM {role}", "right", "audit_events"},
		{"GRANT INSERT ON migration_sums TO {role}", "REVOKE INSERT ON migration_sums FROM {role}", "right", "migration_sums"},
		{"GRANT pg_write_all_data TO {role}", "REVOKE pg_write_all_data FROM {role}", "role", role},
		{"GRANT pg_execute_server_program TO {role}", "REVOKE pg_execute_server_program FROM {role}", "role", role},
		{"ALTER ROLE {role} BYPASSRLS", "ALTER ROLE {role} NOBYPASSRLS", "role", role},
		{"ALTER ROLE {role} REPLICATION", "ALTER ROLE {role} NOREPLICATION", "role", role},
		{"ALTER ROLE {role} CREATEROLE", "ALTER ROLE {role} NOCREATEROLE", "role", role},
		{"ALTER ROLE {role} SUPERUSER", "ALTER ROLE {role} NOSUPERUSER", "role", role},
		{"ALTER TABLE checkpoints OWNER TO {role}", "ALTER TABLE checkpoints OWNER TO CURRENT_USER", "owner", "checkpoints"},
		{"ALTER FUNCTION tasktrail_refuse() OWNER TO {role}", "ALTER FUNCTION tasktrail_refuse() OWNER TO CURRENT_USER", "owner", "tasktrail_refuse"},
		{"GRANT SELECT ON webhook_secrets TO PUBLIC", "REVOKE SELECT ON webhook_secrets FROM PUBLIC", "public", "table webhook_secrets"},
		{"GRANT UPDATE (note) ON checkpoints TO PUBLIC", "REVOKE UPDATE (note) ON checkpoints FROM PUBLIC", "public", "column checkpoints.note"},
		{"GRANT CREATE ON SCHEMA public TO PUBLIC", "REVOKE CREATE ON SCHEMA public FROM PUBLIC", "public", "schema public"},
		{"GRANT EXECUTE ON FUNCTION tasktrail_redact TO PUBLIC", "REVOKE EXECUTE ON FUNCTION tasktrail_redact FROM PUBLIC", "public", "function tasktrail_redact(bigint)"},
		{"CREATE INDEX mine ON tasks (title)", "DROP INDEX mine", "index", "tasks.mine"},
		{
			"CREATE FUNCTION heard() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';; CREATE EVENT TRIGGER heard ON ddl_command_end EXECUTE FUNCTION heard()",
			"DROP EVENT TRIGGER heard;; DROP FUNCTION heard", "event trigger", "heard",
		},
	} {
		t.Run(test.give, func(t *testing.T) {
			exec(test.give)
			d, err := s.Check(t.Context(), false)
			if err != nil || !named(d, db.Warning, test.check, test.subject) || s.ReadOnly() {
				t.Errorf("got %v, %v, refusing changes: %t", d.Findings, err, s.ReadOnly())
			}
			if _, err := s.Check(t.Context(), true); err != nil || !s.ReadOnly() {
				t.Errorf("strict: %v, refusing changes: %t", err, s.ReadOnly())
			}
			exec(test.take)
			// A change of owner takes the rights along.
			if err := db.Grant(t.Context(), admin, role); err != nil {
				t.Fatal(err)
			}
			clean()
		})
	}
	for _, test := range []struct{ take, subject string }{
		{"REVOKE INSERT ON audit_events FROM {role}", "audit_events"},
		{"REVOKE UPDATE (version) ON tasks FROM {role}", "tasks"},
		{"REVOKE EXECUTE ON FUNCTION tasktrail_redact FROM {role}", "tasktrail_redact(bigint)"},
	} {
		t.Run(test.take, func(t *testing.T) {
			exec(test.take)
			if d, err := s.Check(t.Context(), false); err != nil || !named(d, db.Failure, "right", test.subject) {
				t.Errorf("got %v, %v", d.Findings, err)
			}
			if err := db.Grant(t.Context(), admin, role); err != nil {
				t.Fatal(err)
			}
			clean()
		})
	}
	t.Run("a member of the owner", func(t *testing.T) {
		exec("CREATE ROLE {role}_owner;; GRANT ALL ON SCHEMA public TO {role}_owner")
		defer exec("REASSIGN OWNED BY {role}_owner TO CURRENT_USER;; DROP OWNED BY {role}_owner;; DROP ROLE {role}_owner")
		for _, table := range tablesOf(t, dbtest.Raw(t, admin), admin) {
			exec("ALTER TABLE " + table + " OWNER TO {role}_owner")
		}
		exec("GRANT {role}_owner TO {role}")
		if d, err := s.Check(t.Context(), false); err != nil || !named(d, db.Warning, "role", role) {
			t.Errorf("got %v, %v", d.Findings, err)
		}
		if err := db.Grant(t.Context(), admin, role); err == nil || !strings.Contains(err.Error(), "a member of their owner") {
			t.Errorf("granting: got %v", err)
		}
	})
}
