package dbtest

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
)

// tables that Fill writes to and that have triggers.
var guarded = []string{"audit_events", "incidents", "tasks", "definitions", "checkpoints"}

// inserter writes rows in bulk over one connection.
type inserter struct {
	t      testing.TB
	conn   *sql.Conn
	sqlite bool
}

func newInserter(t testing.TB, databaseURL string) *inserter {
	t.Helper()
	conn, err := Raw(t, databaseURL).Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &inserter{t, conn, strings.HasPrefix(databaseURL, "sqlite:")}
}

// disarm runs f while the tables have no triggers, in one transaction, and
// leaves the triggers as they were.
func (i *inserter) disarm(f func()) {
	var before, after []string
	for _, table := range guarded {
		if i.sqlite {
			drop, create := i.strings("SELECT 'DROP TRIGGER ' || name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = '"+table+"'"),
				i.strings("SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = '"+table+"'")
			before, after = append(before, drop...), append(after, create...)
			continue
		}
		before = append(before, "ALTER TABLE "+table+" DISABLE TRIGGER ALL")
		after = append(after, "ALTER TABLE "+table+" ENABLE TRIGGER ALL")
		after = append(after, i.strings("SELECT 'ALTER TABLE "+table+" ENABLE ALWAYS TRIGGER ' || tgname FROM pg_trigger WHERE tgrelid = '"+table+"'::regclass AND tgenabled = 'A'")...)
	}
	if i.sqlite {
		i.exec("PRAGMA synchronous = OFF")
	}
	i.exec("BEGIN")
	for _, s := range before {
		i.exec(s)
	}
	f()
	for _, s := range after {
		i.exec(s)
	}
	i.exec("COMMIT")
	if !i.sqlite {
		i.exec("ANALYZE")
	}
}

func (i *inserter) exec(statement string, args ...any) {
	i.t.Helper()
	if _, err := i.conn.ExecContext(context.Background(), statement, args...); err != nil {
		i.t.Fatalf("%.200s: %v", statement, err)
	}
}

// strings returns the first column of a query.
func (i *inserter) strings(query string) []string {
	i.t.Helper()
	rows, err := i.conn.QueryContext(context.Background(), query)
	if err != nil {
		i.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			i.t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		i.t.Fatal(err)
	}
	return out
}

// insert adds rows, some hundred in a statement.
func (i *inserter) insert(table string, columns []string, rows [][]any) {
	i.t.Helper()
	if i.sqlite {
		i.insertEach(table, columns, rows)
		return
	}
	const page = 200
	for ; len(rows) > 0; rows = rows[min(page, len(rows)):] {
		var b strings.Builder
		fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES ", table, strings.Join(columns, ", "))
		var args []any
		for n, row := range rows[:min(page, len(rows))] {
			if n > 0 {
				b.WriteString(", ")
			}
			b.WriteByte('(')
			for m, v := range row {
				if m > 0 {
					b.WriteString(", ")
				}
				if columns[m] == "mandatory" {
					v = v != int64(0)
				}
				args = append(args, v)
				fmt.Fprintf(&b, "$%d", len(args))
			}
			b.WriteByte(')')
		}
		i.exec(b.String(), args...)
	}
}

// insertEach prepares the statement once: to SQLite's driver, many values in one
// are a burden.
func (i *inserter) insertEach(table string, columns []string, rows [][]any) {
	i.t.Helper()
	statement, err := i.conn.PrepareContext(context.Background(),
		"INSERT INTO "+table+" ("+strings.Join(columns, ", ")+") VALUES (?"+strings.Repeat(", ?", len(columns)-1)+")")
	if err != nil {
		i.t.Fatal(err)
	}
	defer func() { _ = statement.Close() }()
	for _, row := range rows {
		if _, err := statement.ExecContext(context.Background(), row...); err != nil {
			i.t.Fatalf("insert into %s: %v", table, err)
		}
	}
}

// contents returns the columns and rows of a table.
func contents(t testing.TB, from *sql.DB, table string) (columns []string, out [][]any) {
	t.Helper()
	rows, err := from.QueryContext(context.Background(), "SELECT * FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	if columns, err = rows.Columns(); err != nil {
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
		out = append(out, values)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return columns, out
}
