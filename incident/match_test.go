package incident

import (
	"testing"
	"time"

	"tasktrail/audit"
)

// Each part of a filter chooses by itself; nil chooses all, an empty list none.
func TestMatches(t *testing.T) {
	text := func(s string) *string { return &s }
	moment := func(micros int) *time.Time { m := now.Add(time.Duration(micros) * time.Microsecond); return &m }
	e := &audit.Event{
		Header: audit.Header{
			RecordedAt: now, Action: TaskMoved, SubjectKind: SubjectTask, SubjectID: "tsk_1", IncidentID: "inc_1", ActorKind: "USER", ActorID: "act_1",
		},
		Payload: audit.Payload{Changes: []audit.Change{{Field: "rank"}, {Field: "title"}}},
	}
	for name, test := range map[string]struct {
		filter *AuditEventFilter
		want   bool
	}{
		"no filter":                {nil, true},
		"an empty one":             {&AuditEventFilter{}, true},
		"its incident":             {&AuditEventFilter{IncidentID: text("inc_1")}, true},
		"another incident":         {&AuditEventFilter{IncidentID: text("inc_2")}, false},
		"an empty incident":        {&AuditEventFilter{IncidentID: text("")}, false},
		"its task":                 {&AuditEventFilter{TaskID: text("tsk_1")}, true},
		"another task":             {&AuditEventFilter{TaskID: text("tsk_2")}, false},
		"its actor":                {&AuditEventFilter{ActorID: text("act_1")}, true},
		"another actor":            {&AuditEventFilter{ActorID: text("act_2")}, false},
		"its kind of actor":        {&AuditEventFilter{ActorKind: []ActorKind{KindSystem, KindUser}}, true},
		"another kind":             {&AuditEventFilter{ActorKind: []ActorKind{KindSystem}}, false},
		"no kind":                  {&AuditEventFilter{ActorKind: []ActorKind{}}, false},
		"its action":               {&AuditEventFilter{Actions: []audit.Action{TaskAdded, TaskMoved}}, true},
		"another action":           {&AuditEventFilter{Actions: []audit.Action{TaskAdded}}, false},
		"no action":                {&AuditEventFilter{Actions: []audit.Action{}}, false},
		"a field it changed":       {&AuditEventFilter{Fields: []string{"status", "title"}}, true},
		"one it did not":           {&AuditEventFilter{Fields: []string{"status"}}, false},
		"one in other letters":     {&AuditEventFilter{Fields: []string{"Title"}}, false},
		"a part of one":            {&AuditEventFilter{Fields: []string{"titl"}}, false},
		"two in one":               {&AuditEventFilter{Fields: []string{"rank,title"}}, false},
		"no field":                 {&AuditEventFilter{Fields: []string{}}, false},
		"since its time":           {&AuditEventFilter{Since: moment(0)}, true},
		"since later":              {&AuditEventFilter{Since: moment(1)}, false},
		"until its time":           {&AuditEventFilter{Until: moment(0)}, false},
		"until later":              {&AuditEventFilter{Until: moment(1)}, true},
		"all of it":                {&AuditEventFilter{text("inc_1"), text("tsk_1"), text("act_1"), []ActorKind{KindUser}, []audit.Action{TaskMoved}, []string{"rank"}, moment(0), moment(1), text("tsk_1")}, true},
		"all of it, one is not so": {&AuditEventFilter{text("inc_1"), text("tsk_1"), text("act_1"), []ActorKind{KindUser}, []audit.Action{TaskMoved}, []string{"status"}, moment(0), moment(1), text("tsk_1")}, false},
	} {
		if got := test.filter.Matches(e); got != test.want {
			t.Errorf("%s: got %t, want %t", name, got, test.want)
		}
	}
}
