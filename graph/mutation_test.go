package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// taskMutation runs one of the mutations that take a task's id and a little
// more, such as `, rank: 2`.
func (c client) taskMutation(t testing.TB, name, id, more string) object {
	t.Helper()
	data := c.must(t, fmt.Sprintf(`mutation($id: ID!) { %s(input: {id: $id%s}) {
		task { id title status rank version completedAt completedBy { name } reopenCount deletedAt assignee { name } dueAt mandatory description overdue }
		event { position cursor hash previousHash action reason actor { name kind } incident { id } task { id } subjectId subjectVersion changes { field from to } requestId clientMutationId recordedAt }
		replayed clientMutationId errors { __typename message code path }
	} }`, name, more), object{"id": id})
	payload, _ := data[name].(object)
	return payload
}

// changed renders the changes of a payload's event as "field: from → to".
func changed(payload object) string {
	var list []string
	changes, _ := at(payload, "event", "changes").([]any)
	for _, c := range changes {
		list = append(list, fmt.Sprintf("%v: %v → %v", at(c, "field"), at(c, "from"), at(c, "to")))
	}
	return strings.Join(list, ", ")
}

// The life of a task: each step with its event, and nothing for a step that
// changes nothing.
func TestTaskMutations(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		alice, bob := s.as("alice"), s.as("bob")
		bobID := mustID(t, bob.must(t, `{ viewer { actor { id } } }`, nil), "viewer", "actor", "id")
		incidentID := alice.newIncident(t, "Odd logon")
		id, second := alice.newTask(t, incidentID, "Ask the user"), alice.newTask(t, incidentID, "Close")
		steps := []struct {
			name, more, action, changes string
		}{
			{"startTask", "", "TASK_STARTED", "status: NEW → IN_PROGRESS"},
			{"startTask", "", "", ""},
			{
				"updateTask", `, title: " Ask the user twice ", description: "By *phone*", mandatory: true, assigneeId: "` + bobID + `", dueAt: "2020-05-06T07:08:09.123456789+02:00"`, "TASK_UPDATED",
				"title: Ask the user → Ask the user twice, description: <nil> → By *phone*, mandatory: false → true, assigneeId: <nil> → " + bobID + ", dueAt: <nil> → 2020-05-06T05:08:09.123456Z",
			},
			{"updateTask", `, title: "Ask the user twice"`, "", ""},
			{
				"updateTask", `, description: null, assigneeId: null, dueAt: null`, "TASK_UPDATED",
				"description: By *phone* → <nil>, assigneeId: " + bobID + " → <nil>, dueAt: 2020-05-06T05:08:09.123456Z → <nil>",
			},
			{"moveTask", ", rank: 2", "TASK_MOVED", "rank: 1 → 2"},
			{"moveTask", ", rank: 99", "", ""},
			{"skipTask", `, reason: "on leave"`, "TASK_SKIPPED", "status: IN_PROGRESS → SKIPPED"},
			{"reopenTask", "", "TASK_REOPENED", "status: SKIPPED → NEW, reopenCount: 0 → 1"},
			{"deleteTask", `, reason: "twice"`, "TASK_DELETED", "deletedAt"},
			{"deleteTask", "", "", ""},
			{"restoreTask", "", "TASK_RESTORED", "deletedAt"},
			{"completeTask", "", "TASK_COMPLETED", "status: NEW → COMPLETED, completedAt"},
			{"completeTask", "", "", ""},
		}
		position, version := 3.0, 1.0
		for _, step := range steps {
			p := alice.taskMutation(t, step.name, id, step.more)
			if errs := p["errors"].([]any); len(errs) > 0 {
				t.Fatalf("%s: %v", step.name, errs)
			}
			if step.action == "" {
				if p["event"] != nil || at(p, "task", "version") != version {
					t.Errorf("%s%s changed something: %v", step.name, step.more, p)
				}
				continue
			}
			position, version = position+1, version+1
			if at(p, "event", "action") != step.action || at(p, "event", "position") != position || at(p, "task", "version") != version ||
				at(p, "event", "subjectVersion") != version || at(p, "event", "subjectId") != id || at(p, "event", "task", "id") != id ||
				at(p, "event", "incident", "id") != incidentID || at(p, "event", "actor", "name") != "alice" || at(p, "event", "requestId") == nil {
				t.Errorf("%s: got %v", step.name, p)
			}
			if got := changed(p); !strings.HasPrefix(got, step.changes) {
				t.Errorf("%s: changes are %s, want %s", step.name, got, step.changes)
			}
		}
		done := alice.must(t, `query($id: ID!) { task(id: $id) { completedBy { name } rank reopenCount history(last: 200) { totalCount } } }`, object{"id": id})
		if at(done, "task", "completedBy", "name") != "alice" || at(done, "task", "rank") != 2.0 || at(done, "task", "history", "totalCount") != version {
			t.Errorf("got %v", done)
		}
		if p := alice.taskMutation(t, "moveTask", second, ", rank: 2"); at(p, "task", "rank") != 2.0 {
			t.Errorf("got %v", p)
		}
	})
}

func TestIncidentMutations(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		alice := s.as("alice")
		const payload = `{ incident { id number title description severity status classification classificationReason classificationComment
			owner { name } labels closedAt version progress { total open completed skipped mandatoryOpen overdue } }
			event { action changes { field from to } reason } replayed clientMutationId errors { __typename code message path ... on OpenTasksError { openTasks { id title rank } } } }`
		run := func(name, input string) object {
			t.Helper()
			return alice.must(t, fmt.Sprintf("mutation { %s(input: {%s}) %s }", name, input, payload), nil)[name].(object)
		}
		p := run("createIncident", `title: "  T  ", severity: HIGH, description: "D", status: ACTIVE, labels: ["b", "a", "b"], clientMutationId: "k", reason: "drill"`)
		id := mustID(t, p, "incident", "id")
		if at(p, "incident", "title") != "T" || at(p, "incident", "number") != 1.0 || fmt.Sprint(at(p, "incident", "labels")) != "[b a]" || p["clientMutationId"] != "k" || at(p, "event", "reason") != "drill" {
			t.Errorf("got %v", p)
		}
		first := alice.newTask(t, id, "first")
		alice.taskMutation(t, "updateTask", first, ", mandatory: true")
		p = run("closeIncident", fmt.Sprintf("id: %q, classification: TRUE_POSITIVE", id))
		if at(p, "errors", 0, "__typename") != "OpenTasksError" || at(p, "errors", 0, "openTasks", 0, "id") != first || p["incident"] != nil {
			t.Errorf("got %v", p)
		}
		p = run("closeIncident", fmt.Sprintf(`id: %q, classification: TRUE_POSITIVE, classificationReason: INACCURATE_DATA, overrideReason: "x"`, id))
		if at(p, "errors", 0, "code") != "VALIDATION" || at(p, "errors", 0, "path", 1) != "classificationReason" {
			t.Errorf("got %v", p)
		}
		p = run("closeIncident", fmt.Sprintf(`id: %q, classification: TRUE_POSITIVE, classificationReason: SUSPICIOUS_ACTIVITY, classificationComment: "C", overrideReason: "night shift"`, id))
		if at(p, "incident", "status") != "CLOSED" || !strings.Contains(changed(p), "overrideReason: <nil> → night shift") {
			t.Errorf("got %v", p)
		}
		if p := alice.taskMutation(t, "completeTask", first, ""); !strings.Contains(fmt.Sprint(at(p, "errors", 0, "message")), "closed") {
			t.Errorf("a task of a closed incident: got %v", p)
		}
		p = run("reopenIncident", fmt.Sprintf("id: %q", id))
		if at(p, "incident", "status") != "ACTIVE" || at(p, "incident", "classification") != nil || at(p, "incident", "closedAt") != nil {
			t.Errorf("got %v", p)
		}
		p = run("updateIncident", fmt.Sprintf(`id: %q, title: "U", description: null, severity: LOW, status: NEW, labels: []`, id))
		if at(p, "incident", "description") != nil || fmt.Sprint(at(p, "incident", "labels")) != "[]" || at(p, "incident", "version") != 4.0 {
			t.Errorf("got %v", p)
		}
	})
}

// A retry has one effect and gets the first answer, also after later changes.
func TestClientMutationID(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		alice, bob := s.as("alice"), s.as("bob")
		id := alice.newTask(t, alice.newIncident(t, "I"), "T")
		first := alice.taskMutation(t, "completeTask", id, `, clientMutationId: "k"`)
		alice.taskMutation(t, "reopenTask", id, "")
		again := alice.taskMutation(t, "completeTask", id, `, clientMutationId: "k"`)
		if again["replayed"] != true || at(again, "event", "position") != at(first, "event", "position") ||
			at(again, "task", "status") != "COMPLETED" || at(again, "task", "completedAt") != at(first, "task", "completedAt") || at(again, "task", "version") != 2.0 {
			t.Errorf("got %v, want the answer %v", again, first)
		}
		if p := alice.taskMutation(t, "skipTask", id, `, reason: "r", clientMutationId: "k"`); at(p, "errors", 0, "__typename") != "IdempotencyError" {
			t.Errorf("the same id for another change: got %v", p)
		}
		if p := bob.taskMutation(t, "completeTask", id, `, clientMutationId: "k"`); p["replayed"] != false || p["event"] == nil {
			t.Errorf("the same id of another actor: got %v", p)
		}
		if _, errs := s.as("alice", incident.RoleReader).do(t, `mutation($id: ID!) { completeTask(input: {id: $id, clientMutationId: "k"}) { replayed } }`, object{"id": id}); len(errs) == 0 || errs[0].Extensions.Code != "FORBIDDEN" {
			t.Errorf("a replay without the right to change: got %v", errs)
		}
	})
}

func TestConflict(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		alice := start(t, url).as("alice")
		id := alice.newTask(t, alice.newIncident(t, "I"), "T")
		alice.taskMutation(t, "startTask", id, "")
		alice.taskMutation(t, "completeTask", id, "")
		data := alice.must(t, `mutation($id: ID!) { updateTask(input: {id: $id, title: "mine", expectedVersion: 1}) { task { id } event { id }
			errors { __typename code path message ... on ConflictError { current { id ... on Task { version status } } missed { action subjectVersion } } } } }`, object{"id": id})
		e := at(data, "updateTask", "errors", 0)
		if at(e, "code") != "CONFLICT" || at(e, "current", "version") != 3.0 || at(e, "current", "status") != "COMPLETED" ||
			at(e, "missed", 0, "action") != "TASK_STARTED" || at(e, "missed", 1, "action") != "TASK_COMPLETED" || at(e, "path", 1) != "expectedVersion" || at(data, "updateTask", "event") != nil {
			t.Errorf("got %v", data)
		}
		if p := alice.taskMutation(t, "updateTask", id, `, title: "mine", expectedVersion: 3`); at(p, "task", "title") != "mine" {
			t.Errorf("with the right version: got %v", p)
		}
	})
}
