package db_test

import (
	"strings"
	"testing"

	"tasktrail/db"
	"tasktrail/db/dbtest"
)

// No column of anything in the trail's care can be changed in silence, and some
// not even with an event.
func TestEveryColumnIsGuarded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		fill, raw := defined(t, s, url), dbtest.Raw(t, url)
		before, tried, fixed := contents(t, raw), 0, 0
		refused := func(t *testing.T, statements ...string) {
			t.Helper()
			tried++
			err := attempt(t, raw, nil, statements)
			if err == nil || !strings.Contains(err.Error(), "tasktrail:") {
				t.Errorf("got %v, want a refusal by a trigger", err)
			}
			if contents(t, raw) != before {
				t.Fatal("it changed the database")
			}
		}
		never := map[string]bool{}
		for _, column := range strings.Fields("tasks.id tasks.incident_id tasks.created_at tasks.created_by tasks.origin_kind tasks.origin_name tasks.origin_id " +
			"tasks.origin_step tasks.origin_version tasks.origin_key definitions.id definitions.kind definitions.created_at definitions.created_by") {
			never[column] = true
		}
		event := map[string]string{"tasks": forge("{last} + 1", "{hash}", "{version} + 1"), "definitions": ruleEvent}
		row := map[string]string{"tasks": " WHERE id = '{task}'", "definitions": " WHERE id = '{rule}'"}
		for _, table := range []string{"trail", "audit_events", "incidents", "tasks", "definitions"} {
			for _, c := range columnsOf(t, raw, url, table) {
				t.Run(table+"."+c.name, func(t *testing.T) {
					update := "UPDATE " + table + " SET " + c.name + " = " + c.other
					refused(t, fill.Replace(update))
					if never[table+"."+c.name] {
						fixed++
						refused(t, fill.Replace(event[table]), fill.Replace(update+", version = version + 1"+row[table]))
					}
				})
			}
		}
		t.Logf("%d changes of single columns refused, %d of them with an event", tried, fixed)
		if fixed != len(never) {
			t.Errorf("%d columns that never change were found, want %d", fixed, len(never))
		}
		// The control: with an event, others may change.
		for _, change := range []string{
			"UPDATE tasks SET title = 'other', version = version + 1" + row["tasks"], "UPDATE definitions SET name = 'other', version = version + 1" + row["definitions"],
		} {
			before, table := contents(t, raw), strings.Fields(change)[1]
			statements := []string{newestEvent(t, raw, url).Replace(event[table]), change}
			for n := range statements {
				statements[n] = fill.Replace(statements[n])
			}
			if err := attempt(t, raw, nil, statements); err != nil || contents(t, raw) == before {
				t.Errorf("a change with its event: got %v", err)
			}
		}
	})
}

// column is a column and an expression for another value of it.
type column struct{ name, other string }

func columnsOf(t *testing.T, from querier, url, table string) []column {
	t.Helper()
	query := "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = '" + table + "'"
	if strings.HasPrefix(url, "sqlite:") {
		query = "SELECT name, lower(type) FROM pragma_table_info('" + table + "')"
	}
	rows, err := from.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var out []column
	for rows.Next() {
		var name, kind string
		if err := rows.Scan(&name, &kind); err != nil {
			t.Fatal(err)
		}
		other := map[string]string{
			"text": "COALESCE(" + name + ", '') || 'x'", "boolean": "NOT " + name, "bytea": "{32}", "blob": "{32}",
		}[kind]
		if other == "" {
			other = "COALESCE(" + name + ", 0) + 1"
		}
		if name == "version" {
			other = "version - 1" // the step forward is for TestBypasses
		}
		out = append(out, column{name, other})
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
