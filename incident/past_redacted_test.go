package incident

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tasktrail/audit"
)

// told is a short history: what happened to one incident and two tasks.
func told() []*audit.Event {
	var events []*audit.Event
	versions := map[string]int64{}
	tell := func(action audit.Action, kind, id string, changes ...string) {
		versions[id]++
		e := &audit.Event{Header: audit.Header{
			Position: int64(len(events) + 1), RecordedAt: now.Add(time.Duration(len(events)) * time.Minute), Action: action,
			SubjectKind: kind, SubjectID: id, SubjectVersion: versions[id], IncidentID: "inc_1", ActorKind: "USER", ActorID: "act_1",
		}}
		for n := 0; n < len(changes); n += 3 {
			e.Payload.Changes = append(e.Payload.Changes, audit.Change{Field: changes[n], From: json.RawMessage(changes[n+1]), To: json.RawMessage(changes[n+2])})
		}
		events = append(events, e)
	}
	task := func(id, title string, rank int) {
		tell(TaskAdded, SubjectTask, id, "title", "null", title, "status", "null", `"NEW"`, "mandatory", "null", "true", "origin", "null", `{"kind":"USER","name":"a","id":null,"step":null}`,
			"reopenCount", "null", "0", "dueAt", "null", `"2030-01-01T00:00:00Z"`, "rank", "null", fmt.Sprint(rank))
	}
	tell(IncidentCreated, SubjectIncident, "inc_1", "number", "null", "1", "title", "null", `"i"`, "severity", "null", `"LOW"`, "status", "null", `"NEW"`, "labels", "null", "[]")
	task("tsk_1", `"x"`, 1)
	task("tsk_2", `"z"`, 2)
	tell(IncidentUpdated, SubjectIncident, "inc_1", "description", "null", `"d"`)           // 4
	tell(TaskUpdated, SubjectTask, "tsk_1", "title", `"x"`, `"y"`)                          // 5
	tell(TaskMoved, SubjectTask, "tsk_2", "rank", "2", "1")                                 // 6
	tell(IncidentUpdated, SubjectIncident, "inc_1", "description", `"d"`, `"e"`)            // 7
	tell(TaskDeleted, SubjectTask, "tsk_1", "deletedAt", "null", `"2030-01-01T00:00:00Z"`)  // 8
	tell(TaskRestored, SubjectTask, "tsk_1", "deletedAt", `"2030-01-01T00:00:00Z"`, "null") // 9
	tell(TaskStarted, SubjectTask, "tsk_2", "status", `"NEW"`, `"IN_PROGRESS"`)             // 10
	tell(IncidentUpdated, SubjectIncident, "inc_1", "ownerId", "null", `"act_1"`)           // 11
	return events
}

// redact removes what events say, and returns the redactions: one for each
// event unless untold.
func redact(events []*audit.Event, untold bool, positions ...int64) (redactions []*audit.Event) {
	for _, p := range positions {
		e := events[p-1]
		names, _ := json.Marshal(e.Payload.Fields())
		events[p-1] = e.WithoutPayload()
		if !untold {
			redactions = append(redactions, &audit.Event{
				Header:  audit.Header{SubjectKind: audit.SubjectEvent, SubjectID: audit.EventID(p), Action: audit.Redacted, IncidentID: "inc_1"},
				Payload: audit.Payload{Changes: []audit.Change{{Field: fieldPayload, From: names, To: jsonNull}}},
			})
		}
	}
	return redactions
}

// between are two moments of a history.
func between(t *testing.T, events, redactions []*audit.Event, from, to int64) (snapshot, snapshot) {
	t.Helper()
	points := []point{{from, &now}, {to, &now}}
	history := func(yield func(*audit.Event, error) bool) {
		for _, e := range events[:to] {
			if !yield(e, nil) {
				return
			}
		}
	}
	both, err := playBack(history, redactions, points)
	if err != nil {
		t.Fatal(err)
	}
	return both[0], both[1]
}

// What redactions removed is null and named, from the event that told it to the
// next that tells it again, and nothing else is.
func TestThePastWithoutWhatWasRedacted(t *testing.T) {
	ranks, counts := "tsk_1: rank, tsk_2: rank", "progress"
	for _, test := range []struct {
		name     string
		redacted []int64
		untold   bool
		at       int64
		want     string // the fields that are unknown
	}{
		{"nothing", nil, false, 11, ""},
		{"before it", []int64{4, 5}, false, 3, ""},
		{"from then on", []int64{4}, false, 4, "description"},
		{"of a task", []int64{4, 5}, false, 6, "description, tsk_1: title"},
		{"until told again", []int64{4, 5}, false, 7, "tsk_1: title"},
		{"a place", []int64{6}, false, 7, ranks},
		{"whether it was deleted", []int64{8}, false, 8, counts + ", tsk_1: deletedAt overdue rank, tsk_2: rank"},
		{"until it was restored", []int64{8}, false, 9, ""},
		{"where it stood", []int64{10}, false, 10, counts + ", tsk_2: overdue status"},
		{"an actor", []int64{11}, false, 11, "owner"},
		{"the creation", []int64{1}, false, 3, "labels, number, severity, status, title"},
		{"a task's creation", []int64{2}, false, 4, counts + ", tsk_1: dueAt mandatory origin overdue rank reopenCount status title, tsk_2: rank"},
		{"nobody knows what", []int64{5}, true, 7, counts + ", tsk_1: assignee completedAt completedBy deletedAt description dueAt group mandatory origin overdue overdueSince rank reopenCount status title, tsk_2: rank"},
	} {
		events := told()
		redactions := redact(events, test.untold, test.redacted...)
		_, s := between(t, events, redactions, 0, test.at)
		i := incidentAt(s.state, s.asOf)
		if got := unknownIn(t, i); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

// unknownIn lists the unknown fields of an incident and its tasks. They must be
// null, and the fields that always have a value must not be null otherwise.
func unknownIn(t *testing.T, i *IncidentAt) string {
	t.Helper()
	all := slices.Clone(i.UnknownFields)
	check := func(what string, unknown []string, field string, isNil bool) {
		if slices.Contains(unknown, field) != isNil {
			t.Errorf("%s.%s is null: %t", what, field, isNil)
		}
	}
	check("incident", i.UnknownFields, "title", i.Title == nil)
	check("incident", i.UnknownFields, "number", i.Number == nil)
	check("incident", i.UnknownFields, "labels", i.Labels == nil)
	check("incident", i.UnknownFields, "status", i.Status == nil)
	check("incident", i.UnknownFields, "progress", i.Progress == nil)
	if slices.Contains(i.UnknownFields, "description") && i.Description != nil || slices.Contains(i.UnknownFields, "owner") && i.OwnerID != nil {
		t.Errorf("what is unknown is there: %+v", i)
	}
	for _, task := range i.TaskList {
		if len(task.UnknownFields) > 0 {
			all = append(all, task.TaskID+": "+strings.Join(task.UnknownFields, " "))
		}
		check(task.TaskID, task.UnknownFields, "title", task.Title == nil)
		check(task.TaskID, task.UnknownFields, "status", task.Status == nil)
		check(task.TaskID, task.UnknownFields, "rank", task.Rank == nil)
		check(task.TaskID, task.UnknownFields, "overdue", task.Overdue == nil)
		check(task.TaskID, task.UnknownFields, "mandatory", task.Mandatory == nil)
		check(task.TaskID, task.UnknownFields, "origin", task.Origin == nil)
		check(task.TaskID, task.UnknownFields, "reopenCount", task.ReopenCount == nil)
	}
	slices.SortFunc(all, func(a, b string) int {
		return strings.Compare(strings.ReplaceAll(a, ":", "~"), strings.ReplaceAll(b, ":", "~"))
	})
	return strings.Join(all, ", ")
}

// A difference says of what it cannot know, and does not repeat what was lost
// before both moments.
func TestDifferencesWithoutWhatWasRedacted(t *testing.T) {
	for _, test := range []struct {
		name     string
		redacted []int64
		from, to int64
		want     string
	}{
		{"nothing", nil, 3, 6, "description, tsk_2 moved, tsk_1 title"},
		{"in between", []int64{4, 5}, 3, 6, "unknown [description], tsk_2 moved, tsk_1 unknown [title]"},
		{"before", []int64{4, 5}, 5, 6, "tsk_2 moved"},
		{"before, and told since", []int64{4}, 5, 7, "unknown [description], tsk_2 moved"},
		{"twice", []int64{4, 7}, 5, 7, "unknown [description], tsk_2 moved"},
		{"a place", []int64{6}, 5, 7, "description, order unknown"},
		{"a deletion", []int64{8}, 7, 8, "order unknown, tsk_1 unknown [deletedAt] deletion unknown"},
		{"a deletion, and told since", []int64{8}, 7, 9, ""},
		{"a deletion", nil, 7, 8, "tsk_1 deletedAt deleted"},
		{"a restoration", nil, 8, 9, "tsk_1 deletedAt restored"},
	} {
		events := told()
		redactions := redact(events, false, test.redacted...)
		d := incidentDiff(between(t, events, redactions, test.from, test.to))
		var got []string
		say := func(changes []audit.Change, unknown []string, prefix string) {
			for _, c := range changes {
				got = append(got, prefix+c.Field)
			}
			if len(unknown) > 0 {
				got = append(got, fmt.Sprintf("%sunknown %v", prefix, unknown))
			}
		}
		say(d.Changes, d.UnknownFields, "")
		if !d.OrderKnown {
			got = append(got, "order unknown")
		}
		for _, task := range d.TaskList {
			say(task.Changes, task.UnknownFields, task.TaskID+" ")
			last := func(word string) { got[len(got)-1] += " " + word }
			switch {
			case valueOf(task.Moved):
				got = append(got, task.TaskID+" moved")
			case task.Deleted == nil || task.Restored == nil:
				last("deletion unknown")
			case *task.Deleted:
				last("deleted")
			case *task.Restored:
				last("restored")
			}
			if (task.Moved == nil) == d.OrderKnown {
				t.Errorf("%s: moved is %v, the order is known: %t", test.name, task.Moved, d.OrderKnown)
			}
		}
		if got := strings.Join(got, ", "); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}
