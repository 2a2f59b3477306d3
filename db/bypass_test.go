package db_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

func TestBypasses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		fill := filledWith(t, s, url, func() { redactAll(t, s, []int64{1}) })
		raw := dbtest.Raw(t, url)
		all := append([]bypass{}, bypasses...)
		if strings.HasPrefix(url, "sqlite:") {
			all = append(all, sqliteBypasses...)
		} else {
			all = append(all, postgresBypasses...)
			all = append(all, postgresRedactions...)
		}
		all = append(all, redactionBypasses...)
		refusedAll(t, raw, url, fill, all)
		verify(t, s)
	})
}

// refusedAll fails the test for each bypass that gets through.
func refusedAll(t *testing.T, raw *sql.DB, url string, fill interface{ Replace(string) string }, all []bypass) {
	t.Helper()
	before, refused := contents(t, raw), 0
	for _, b := range all {
		t.Run(b.name, func(t *testing.T) {
			statements := strings.Split(fill.Replace(b.sql), ";;")
			if err := attempt(t, raw, nil, statements); err == nil {
				t.Error("it was let through")
			} else {
				refused++
			}
			if contents(t, raw) != before {
				t.Fatal("it changed the database")
			}
			// The control: without triggers it does what it says.
			changed := false
			err := attempt(t, raw, &disarmed{url, func(now string) { changed = now != before }}, statements)
			if !b.key && (err != nil || !changed) {
				t.Errorf("without triggers: got %v, and a change: %t", err, changed)
			}
		})
	}
	t.Logf("%d of %d refused", refused, len(all))
}

// disarmed is for an attempt without triggers, which tells what the database
// holds after it and is then rolled back.
type disarmed struct {
	url  string
	tell func(contents string)
}

// attempt runs statements in a transaction and returns the first error.
func attempt(t *testing.T, raw *sql.DB, without *disarmed, statements []string) error {
	t.Helper()
	ctx := t.Context()
	conn, err := raw.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	exec := func(s string) error { _, err := conn.ExecContext(ctx, s); return err }
	for _, s := range statements { // the pragma does nothing inside a transaction
		if strings.HasPrefix(strings.TrimSpace(s), "PRAGMA") {
			if err := exec(s); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := exec("BEGIN"); err != nil {
		t.Fatal(err)
	}
	if without != nil {
		disarm(ctx, t, conn, without.url)
	}
	for _, s := range statements {
		if err := exec(s); err != nil {
			_ = exec("ROLLBACK")
			return err
		}
	}
	if without != nil {
		without.tell(contents(t, conn))
		return exec("ROLLBACK")
	}
	err = exec("COMMIT")
	if err != nil {
		_ = exec("ROLLBACK")
	}
	return err
}

// disarm takes the triggers away for the rest of the transaction, on SQLite by
// dropping them. The keys stay.
func disarm(ctx context.Context, t *testing.T, conn *sql.Conn, url string) {
	t.Helper()
	statement := `SELECT 'ALTER TABLE ' || c.relname || ' DISABLE TRIGGER ' || t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal`
	if strings.HasPrefix(url, "sqlite:") {
		statement = `SELECT 'DROP TRIGGER ' || name FROM sqlite_schema WHERE type = 'trigger'`
	}
	rows, err := conn.QueryContext(ctx, statement)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var list []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if err := rows.Close(); err != nil { // the connection is needed now
		t.Fatal(err)
	}
	for _, s := range list {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// contents is everything in the tables that matter, as text.
func contents(t *testing.T, from querier) string {
	t.Helper()
	var b strings.Builder
	for _, table := range []string{"trail", "audit_events", "incidents", "tasks", "definitions", "api_keys", "access_log"} {
		writeRows(t, &b, from, "SELECT * FROM "+table+" ORDER BY 1")
	}
	return b.String()
}

// writeRows writes what a query gives, one row a line.
func writeRows(t *testing.T, b *strings.Builder, from querier, query string) {
	t.Helper()
	rows, err := from.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for n := range values {
			into[n] = &values[n]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(b, query, values)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// filled writes a little history and returns what {…} stands for.
func filled(t *testing.T, s *db.Store, url string) *strings.Replacer {
	t.Helper()
	return filledWith(t, s, url, func() {})
}

// filledWith does more before the last event.
func filledWith(t *testing.T, s *db.Store, url string, more func()) *strings.Replacer {
	t.Helper()
	ctx, service, v := t.Context(), incident.New(s, nil), person("alice")
	if err := service.Admit(ctx, person("bob")); err != nil {
		t.Fatal(err)
	}
	i, err := service.CreateIncident(ctx, v, incident.CreateIncidentInput{Title: "I", Severity: incident.SeverityHigh})
	if err != nil {
		t.Fatal(err)
	}
	task, err := service.AddTask(ctx, v, incident.AddTaskInput{IncidentID: i.Incident.ID, Title: "T"})
	if err != nil {
		t.Fatal(err)
	}
	more()
	last, err := service.StartTask(ctx, v, incident.StartTaskInput{ID: task.Task.ID})
	if err != nil {
		t.Fatal(err)
	}
	blob, no := func(digits string) string { return blobOf(url, digits) }, "false"
	if strings.HasPrefix(url, "sqlite:") {
		no = "0"
	}
	return strings.NewReplacer(
		"{incident}", i.Incident.ID, "{task}", task.Task.ID, "{actor}", v.Actor.ID, "{other}", person("bob").Actor.ID,
		"{last}", fmt.Sprint(last.Event.Position), "{next}", fmt.Sprint(last.Event.Position+1), "{version}", fmt.Sprint(last.Task.Version), "{hash}", blob(last.Event.Hash.String()),
		"{32}", blob(strings.Repeat("ab", 32)), "{16}", blob(strings.Repeat("cd", 16)), "{false}", no,
	)
}

// blobOf writes bytes in the SQL of an engine.
func blobOf(url, digits string) string {
	if strings.HasPrefix(url, "sqlite:") {
		return "x'" + digits + "'"
	}
	return "'\\x" + digits + "'::bytea"
}
