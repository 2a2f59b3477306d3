package db

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"tasktrail/incident"
)

// Columns that follow from the fields of a thing, by the field's name.
var (
	incidentColumns = map[string][]string{
		"number": {"Number"}, "title": {"Title", "Search"}, "description": {"Description", "Search"},
		"severity": {"Severity", "SeverityRank"}, "status": {"Status"}, "classification": {"Classification"},
		"classificationReason": {"ClassificationReason"}, "classificationComment": {"ClassificationComment"},
		"ownerId": {"OwnerID"}, "labels": {"Labels"}, "closedAt": {"ClosedAt"},
	}
	taskColumns = map[string][]string{
		"title": {"Title", "Search"}, "description": {"Description", "Search"}, "status": {"Status"}, "mandatory": {"Mandatory"},
		"assigneeId": {"AssigneeID"}, "dueAt": {"DueAt"}, "completedAt": {"CompletedAt"}, "completedById": {"CompletedBy"},
		"origin":      {"OriginKind", "OriginName", "OriginID", "OriginStep", "OriginVersion", "OriginKey"},
		"reopenCount": {"ReopenCount"}, "deletedAt": {"DeletedAt"}, "group": {"GroupName"}, "overdueSince": {"OverdueSince"},
	}
	definitionColumns = map[string][]string{"name": {"Name"}, "deletedAt": {"DeletedAt"}}
)

// skip says which columns cannot be compared because of unknown fields, and
// counts these.
func (l *Lost) skip(unknown []string, columns map[string][]string) map[string]bool {
	if len(unknown) == 0 || l == nil {
		return nil
	}
	l.Fields += len(unknown)
	l.Things++
	out := map[string]bool{}
	for _, field := range unknown {
		for _, column := range columns[field] {
			out[column] = true
		}
	}
	return out
}

// compareIncident compares an incident and its tasks, as the trail gives them,
// with the tables. lost is nil where nothing was redacted.
func compareIncident(id string, s *incident.State, t tables, lost *Lost) error {
	what := "incident " + id
	rows, tasks := t.incidents[id], t.tasks[id]
	if broken := t.broken[id]; broken != nil {
		return broken
	}
	if len(rows) != 1 || s.Incident.ID != id {
		return &Difference{What: what, Field: "its existence", Expected: existence(s.Incident.ID == id), Found: fmt.Sprint(len(rows), " rows")}
	}
	// It may be unknown, but then it is not compared.
	if err := differs(what, incidentRowOf(s.Incident), rows[0], lost.skip(s.Unknown(id), incidentColumns)); err != nil {
		return err
	}
	if len(s.Tasks) != len(tasks) {
		return &Difference{What: what, Field: "the number of its tasks", Expected: fmt.Sprint(len(s.Tasks)), Found: fmt.Sprint(len(tasks))}
	}
	if s.OrderUnknown() {
		if lost != nil {
			lost.Lists++
		}
		slices.SortFunc(s.Tasks, func(a, b incident.Task) int { return strings.Compare(a.ID, b.ID) })
		tasks = slices.Clone(tasks)
		slices.SortFunc(tasks, func(a, b *taskRow) int { return strings.Compare(a.ID, b.ID) })
	}
	for n, task := range s.Tasks {
		if task.ID != tasks[n].ID {
			return &Difference{What: what, Field: "the order of its tasks", Expected: fmt.Sprintf("%s in place %d", task.ID, n+1), Found: tasks[n].ID}
		}
		// The trail records places, not keys; the order was just compared.
		task.OrderKey = tasks[n].OrderKey
		if err := differs("task "+task.ID, taskRowOf(task), tasks[n], lost.skip(s.Unknown(task.ID), taskColumns)); err != nil {
			return err
		}
	}
	return nil
}

func existence(there bool) string {
	if there {
		return "one row"
	}
	return "no row"
}

// compareDefinition compares a playbook, rule or webhook.
func compareDefinition(s *incident.DefinitionState, r *definitionRow, lost *Lost) error {
	want, unknown := definitionRowOf(s.Definition()), s.Unknown(r.ID)
	skip := lost.skip(unknown, definitionColumns)
	if len(unknown) > 0 {
		got := *r
		want.Body, got.Body = withoutFields(want.Body, unknown), withoutFields(r.Body, unknown)
		r = &got
	}
	return differs(r.Kind+" "+r.ID, want, r, skip)
}

// withoutFields leaves fields out of a JSON object. What is none stays as it
// is, and differs.
func withoutFields(body string, fields []string) string {
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(body), &object) != nil {
		return body
	}
	maps.DeleteFunc(object, func(name string, _ json.RawMessage) bool { return slices.Contains(fields, name) })
	text, err := json.Marshal(object)
	if err != nil {
		return body
	}
	return string(text)
}

// differs returns the first column in which a row is not what it should be.
func differs[R any](what string, want, got *R, skip map[string]bool) error {
	x, y := reflect.ValueOf(want).Elem(), reflect.ValueOf(got).Elem()
	for n := range x.NumField() {
		if equal(x.Field(n), y.Field(n)) {
			continue
		}
		name := x.Type().Field(n).Name // slow, and rarely needed
		if skip[name] {
			continue
		}
		return &Difference{What: what, Field: name, Expected: shown(x.Field(n)), Found: shown(y.Field(n))}
	}
	return nil
}

// equal compares two values of a row's fields.
func equal(a, b reflect.Value) bool {
	if a.Kind() != reflect.Pointer {
		return a.Equal(b)
	}
	if a.IsNil() || b.IsNil() {
		return a.IsNil() == b.IsNil()
	}
	return a.Elem().Equal(b.Elem())
}

// shown is a value for people, cut where it is long.
func shown(v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return "null"
		}
		v = v.Elem()
	}
	if v.Kind() != reflect.String {
		return fmt.Sprint(v.Interface())
	}
	const long = 100
	if text := []rune(v.String()); len(text) > long {
		return fmt.Sprintf("%q…", string(text[:long]))
	}
	return fmt.Sprintf("%q", v.String())
}
