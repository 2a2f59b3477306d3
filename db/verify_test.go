package db_test

import (
	"fmt"
	"strings"
	"testing"

	"tasktrail/db"
	"tasktrail/db/dbtest"
)

// What the owner of a database can do, with the triggers out of the way, is
// found, at the place where it was done.
func TestVerifyFindsTampering(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		running, stop := run(t, url)
		fill := defined(t, running, url)
		verify(t, running)
		stop()
		if err := running.Close(); err != nil {
			t.Fatal(err)
		}
		strip(t, dbtest.Raw(t, url), url)
		s := idle(t, url)
		for _, test := range []struct{ name, sql, says string }{
			{"an event's action", `UPDATE audit_events SET action = 'TASK_SKIPPED' WHERE position = 2`, "position 2: hash"},
			{"an event's time", `UPDATE audit_events SET recorded_at = recorded_at + 1 WHERE position = 3`, "position 3: hash"},
			{"an event's actor", `UPDATE audit_events SET actor_id = '{other}' WHERE position = 1`, "position 1: hash"},
			{"an event's payload", `UPDATE audit_events SET payload = REPLACE(payload, 'alice', 'bob') WHERE position = 2`, "position 2: payload"},
			{"an event's salt", `UPDATE audit_events SET salt = {16} WHERE position = 2`, "position 2: payload"},
			{"an event's hash", `UPDATE audit_events SET hash = {32} WHERE position = 2`, "position 2: hash"},
			{"an event's link", `UPDATE audit_events SET previous = {32} WHERE position = 3`, "position 3: previous hash"},
			{"what a filter sees", `UPDATE audit_events SET fields = ',' WHERE position = 2`, "position 2: fields"},
			{"a task's title", `UPDATE tasks SET title = 'other'`, "Title differs"},
			{"a task's status", `UPDATE tasks SET status = 'SKIPPED'`, "Status differs"},
			{"a task's searched text", `UPDATE tasks SET search = 'x'`, "Search differs"},
			{"a task's creator", `UPDATE tasks SET created_by = '{other}'`, "CreatedBy differs"},
			{"a deleted task", `DELETE FROM tasks`, "the number of its tasks differs"},
			{"an incident's severity", `UPDATE incidents SET severity = 'LOW'`, "Severity differs"},
			{"an incident's labels", `UPDATE incidents SET labels = '["x"]'`, "Labels differs"},
			{"the trail's id", `UPDATE trail SET id = {16}`, "position 1: hash"},
			{"a task's phase", `UPDATE tasks SET group_name = 'x'`, "GroupName differs"},
			{"since when a task is overdue", `UPDATE tasks SET overdue_since = 1`, "OverdueSince differs"},
			{"the version that a task comes from", `UPDATE tasks SET origin_version = 7`, "OriginVersion differs"},
			{"the step that a task comes from", `UPDATE tasks SET origin_key = 'x'`, "OriginKey differs"},
			{"a rule's body", `UPDATE definitions SET body = REPLACE(body, '"enabled":true', '"enabled":false') WHERE id = '{rule}'`, "rule {rule}: Body differs"},
			{"a playbook's steps", `UPDATE definitions SET body = REPLACE(body, '"S"', '"T"') WHERE id = '{playbook}'`, "playbook {playbook}: Body differs"},
			{"a webhook's address", `UPDATE definitions SET body = REPLACE(body, 'example', 'evil') WHERE id = '{webhook}'`, "webhook {webhook}: Body differs"},
			{"a rule's name", `UPDATE definitions SET name = 'x' WHERE id = '{rule}'`, "rule {rule}: Name differs"},
			{"a rule's creator", `UPDATE definitions SET created_by = '{other}' WHERE id = '{rule}'`, "rule {rule}: CreatedBy differs"},
			{"a rule's last change", `UPDATE definitions SET updated_at = updated_at + 1 WHERE id = '{rule}'`, "rule {rule}: UpdatedAt differs"},
			{"a rule that is deleted", `UPDATE definitions SET deleted_at = 1 WHERE id = '{rule}'`, "rule {rule}: DeletedAt differs"},
			{"a rule that is back", `UPDATE definitions SET deleted_at = NULL WHERE id = '{gone}'`, "rule {gone}: DeletedAt differs"},
			{"a rule at an older version", `UPDATE definitions SET version = 1 WHERE id = '{rule}'`, "rule {rule}: Version differs"},
			{"a rule of another kind", `UPDATE definitions SET kind = 'playbook' WHERE id = '{rule}'`, "playbook {rule}: Kind differs"},
			{"a removed rule", `DELETE FROM definitions WHERE id = '{rule}'`, "definition {rule}: its existence differs"},
			{"a removed deleted rule", `DELETE FROM definitions WHERE id = '{gone}'`, "definition {gone}: its existence differs"},
		} {
			t.Run(test.name, func(t *testing.T) {
				err := s.Attempt(t.Context(), func(exec func(string, ...any) error, verify func(db.VerifyOptions) (db.Verified, error)) error {
					if err := exec(fill.Replace(test.sql)); err != nil {
						return err
					}
					if _, err := verify(db.VerifyOptions{}); err == nil || !strings.Contains(err.Error(), fill.Replace(test.says)) {
						t.Errorf("got %v, want %q", err, test.says)
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
	})
}

// A rule that was made up, or an event without its rule, is found also where
// keys and triggers were away while it was written.
func TestVerifyFindsMadeUpDefinitions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		for _, test := range []struct{ name, sql, says string }{
			{"a rule", fmt.Sprintf(newRule, "new", 1), "rule rul_new: its existence differs"},
			{"an event", record("rule", "rul_new", "1", "NULL"), "position"},
		} {
			t.Run(test.name, func(t *testing.T) {
				url := another(t, url)
				s := open(t, url, db.Options{})
				fill, raw := defined(t, s, url), dbtest.Raw(t, url)
				statements := []string{test.sql}
				if !strings.HasPrefix(url, "sqlite:") {
					statements = []string{"ALTER TABLE definitions DROP CONSTRAINT definitions_id_version_fkey", test.sql}
				}
				conn, err := raw.Conn(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = conn.Close() }()
				disarm(t.Context(), t, conn, url)
				for _, statement := range statements {
					if _, err := conn.ExecContext(t.Context(), fill.Replace(statement)); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := s.Verify(t.Context(), db.VerifyOptions{}); err == nil || !strings.Contains(err.Error(), test.says) {
					t.Errorf("got %v, want %q", err, test.says)
				}
			})
		}
	})
}

// Without a hash kept outside, a trail that lost its end looks whole: the
// package comment of audit says so, and nothing here should suggest otherwise.
func TestVerifyCannotSeeALostEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		filled(t, s, url)
		raw := dbtest.Raw(t, url)
		statements := []string{"UPDATE tasks SET status = 'NEW', version = 1, updated_at = created_at", "DELETE FROM audit_events WHERE position = 3"}
		conn, err := raw.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		disarm(t.Context(), t, conn, url)
		for _, s := range statements {
			if _, err := conn.ExecContext(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		if got := verify(t, open(t, url, db.Options{})); got.Head.Position != 2 {
			t.Errorf("got %+v", got)
		}
	})
}

// another returns a new database of the same engine.
func another(t *testing.T, url string) string {
	t.Helper()
	if strings.HasPrefix(url, "sqlite:") {
		return dbtest.SQLite(t)
	}
	return dbtest.Postgres(t)
}

// A long trail is read in pages.
func TestVerifyReadsOn(t *testing.T) {
	s := open(t, dbtest.SQLite(t), db.Options{})
	many(t, s, 1100)
	if got := verify(t, s); got.Head.Position != 1101 || got.Tasks != 1000 {
		t.Errorf("got %+v", got)
	}
}
