package graph_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"tasktrail/auth"
	"tasktrail/graph"
	"tasktrail/incident"
)

// scene is a server with a few incidents: alice owns 1 and 3, nobody 2 and 4.
type scene struct {
	*server
	alice, carol client // carol manages playbooks
	aliceID      string
	incidents    [5]string // ids by number
	playbook     string
	took         int    // seconds: the one task that is completed
	later        client // asks a server whose clock is a year ahead
}

func setScene(t *testing.T, url string) *scene {
	t.Helper()
	s := start(t, url)
	x := &scene{server: s, alice: s.as("alice"), carol: s.as("carol", incident.RoleContributor)}
	x.aliceID = mustID(t, x.alice.must(t, `{ viewer { actor { id } } }`, nil), "viewer", "actor", "id")
	for n := 1; n <= 4; n++ {
		input := object{"title": fmt.Sprint("incident ", n), "severity": []string{"HIGH", "LOW"}[n/3], "labels": []string{"all", fmt.Sprint("n", n)}}
		if n%2 == 1 {
			input["ownerId"] = x.aliceID
		}
		x.incidents[n] = mustID(t, x.alice.must(t, `mutation($in: CreateIncidentInput!) { createIncident(input: $in) { incident { id } errors { message } } }`,
			object{"in": input}), "createIncident", "incident", "id")
	}

	// Two versions of a playbook, whose second step keeps its key.
	ctx := t.Context()
	viewer, _ := verifyTest(ctx, x.carol.token)
	key := "ask"
	created, err := s.service.CreatePlaybook(ctx, viewer, incident.CreatePlaybookInput{Playbook: incident.PlaybookInput{
		Name: "Phishing", Steps: []incident.PlaybookStepInput{{Title: "Block the sender"}, {Key: &key, Title: "Ask the user"}},
	}})
	if err != nil || len(created.Errors) > 0 {
		t.Fatal(err, created)
	}
	x.playbook = created.Definition.ID
	apply := func(n int) {
		p, err := s.service.ApplyPlaybook(ctx, viewer, incident.ApplyPlaybookInput{IncidentID: x.incidents[n], PlaybookID: x.playbook})
		if err != nil || len(p.Tasks) != 2 {
			t.Fatal(err, p)
		}
	}
	apply(1)
	name := "Phishing mail"
	updated, err := s.service.UpdatePlaybook(ctx, viewer, incident.UpdatePlaybookInput{
		ID: x.playbook, Name: incident.Optional[*string]{Set: true, Value: &name},
		Steps: incident.Optional[[]incident.PlaybookStepInput]{Set: true, Value: []incident.PlaybookStepInput{{Title: "Block the sender"}, {Key: &key, Title: "Call the user"}}},
	})
	if err != nil || len(updated.Errors) > 0 {
		t.Fatal(err, updated)
	}
	apply(2)

	tasks := []struct {
		incident int
		title    string
		extra    string
		then     []string
	}{
		{1, "Check the VPN", "", []string{"completeTask", "reopenTask", "completeTask", "reopenTask", "startTask"}},
		{1, " check the vpn\t", `, dueAt: "2020-01-01T00:00:00Z"`, nil},
		{2, "CHECK THE VPN", fmt.Sprintf(`, assigneeId: %q`, x.aliceID), []string{"completeTask", "reopenTask", "completeTask"}},
		{2, "Read the log", `, mandatory: true, dueAt: "` + time.Now().AddDate(0, 6, 0).Format(time.RFC3339) + `"`, nil},
		{2, "Read the log", "", []string{"skipTask"}},
		{3, "Read the log", "", []string{"deleteTask"}},
	}
	for _, task := range tasks {
		document := fmt.Sprintf(`mutation($i: ID!, $t: String!) { addTask(input: {incidentId: $i, title: $t%s}) { task { id } errors { message } } }`, task.extra)
		id := mustID(t, x.alice.must(t, document, object{"i": x.incidents[task.incident], "t": task.title}), "addTask", "task", "id")
		for _, name := range task.then {
			x.alice.taskMutation(t, name, id, `, reason: "r"`)
		}
	}
	data := x.alice.must(t, `{ tasks(filter: {status: [COMPLETED]}) { nodes { createdAt completedAt } } }`, nil)
	var times [2]time.Time
	for n, field := range []string{"createdAt", "completedAt"} {
		if times[n], err = time.Parse(time.RFC3339, at(data, "tasks", "nodes", 0, field).(string)); err != nil {
			t.Fatal(err)
		}
	}
	x.took = int(times[1].Sub(times[0]) / time.Second)
	// 2 is closed with open tasks, for a reason; 4 without any.
	for _, n := range []int{2, 4} {
		data := x.alice.must(t, `mutation($id: ID!) { closeIncident(input: {id: $id, classification: UNDETERMINED, overrideReason: "r"}) { incident { status } errors { message } } }`, object{"id": x.incidents[n]})
		if at(data, "closeIncident", "incident", "status") != "CLOSED" {
			t.Fatal(data)
		}
	}

	ahead := incident.New(s.store, func() time.Time { return time.Now().AddDate(1, 0, 0) })
	api := httptest.NewServer(auth.RequestIDs(auth.Middleware(verifyTest)(graph.New(ahead, graph.Options{Verify: verifyTest}))))
	t.Cleanup(api.Close)
	x.later = client{url: api.URL, token: x.alice.token}
	return x
}

// figures writes those of a set of tasks as they are answered.
func (x *scene) figures(total, open, completed, skipped, overdue, reopened, reopenings int) string {
	took := "null"
	if completed > 0 {
		took = fmt.Sprintf(`{"medianSeconds":%d,"p90Seconds":%[1]d}`, x.took)
	}
	return fmt.Sprintf(`{"completed":%d,"completionTime":%s,"open":%d,"overdue":%d,"reopened":%d,"reopenings":%d,"skipped":%d,"total":%d}`,
		completed, took, open, overdue, reopened, reopenings, skipped, total)
}

func asText(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
