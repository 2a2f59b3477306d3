package graph_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"tasktrail/auth"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// faulted are the mutations that a database fails in. Each has a new thing to
// work on, and asks for what must be read after it.
var faulted = []struct {
	name, input, answer string
	task                bool // works on a task, or else on an incident
	always              bool // not in the soak alone
}{
	{"createIncident", `title: "x", severity: HIGH, labels: ["a"]`, `incident { id progress { total } tasks { nodes { title } } }`, false, true},
	{"addTask", `incidentId: $id, title: "x", mandatory: true`, `task { id rank incident { progress { open } } }`, false, false},
	{"closeIncident", `id: $id, classification: UNDETERMINED, overrideReason: "x"`, `incident { status history { totalCount } }`, false, false},
	{"completeTask", `id: $id, expectedVersion: 1`, `task { status history { nodes { position } } }`, true, true},
	{"createWebhook", `webhook: {name: $key, url: "https://hooks.example.com/"}`, `webhook { id name } `, false, false},
}

// tries counts what the faults came to.
type tries struct{ calls, clean, succeeded, hidden atomic.Int64 }

// A statement that fails, whichever it is and however it fails, gives either the
// answer or an error without a word of the database's; never half an effect. The
// client that tries again with its clientMutationId has one.
func TestFaults(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		f := &dbtest.Faults{Counts: func(ctx context.Context) bool { return auth.RequestID(ctx) != "" }}
		s := startOn(t, url, f.Wrap)
		admin := s.as("admin", incident.RoleContributor)
		p := admin.mustDefine(t, "Playbook", object{"name": "P", "steps": []object{{"title": "one"}, {"title": "two"}}})
		w := admin.mustDefine(t, "Webhook", object{"name": "W", "url": "https://hooks.example.com/"})
		admin.mustDefine(t, "Rule", object{
			"name": "R", "trigger": "INCIDENT_CREATED", "condition": object{"property": object{"property": "INCIDENT_SEVERITY", "operator": "EQUALS", "values": []string{"HIGH"}}},
			"actions": []object{{"applyPlaybook": object{"playbookId": p}}, {"callWebhook": object{"webhookId": w}}},
		})
		raw := dbtest.Raw(t, url)
		var n tries
		soak := os.Getenv("TASKTRAIL_SOAK") != ""
		for m, test := range faulted {
			if !test.always && !soak {
				continue
			}
			for class, fault := range dbtest.FaultsOf(url) {
				for at, more := 1, true; more; at++ {
					more = s.faulty(t, raw, f, m, fault, at, false, &n)
					if more && (at%8 == class || soak) {
						s.faulty(t, raw, f, m, fault, at, true, &n) // an outage
					}
				}
			}
		}
		if _, err := s.store.Verify(t.Context(), db.VerifyOptions{}); err != nil {
			t.Errorf("verify: %v", err)
		}
		t.Logf("%d faults: %d answered as if nothing were, %d with a clean error, %d of these for what had been done; 0 half effects",
			n.calls.Load(), n.succeeded.Load(), n.clean.Load(), n.hidden.Load())
		if n.succeeded.Load() == 0 || n.clean.Load() == 0 || n.hidden.Load() == 0 {
			t.Error("the faults came all to the same")
		}
	})
}

// The control: a statement that is not carried out, without anybody saying so,
// is what the checks above must find. SQLite has no deferred check that would.
func TestFaultsControl(t *testing.T) {
	found := 0
	for at, more := 1, true; more; at++ {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			f := &dbtest.Faults{Counts: func(ctx context.Context) bool { return auth.RequestID(ctx) != "" }}
			s := startOn(t, dbtest.SQLite(t), f.Wrap)
			c := s.as("c")
			id := c.newTask(t, c.newIncident(t, "x"), "x")
			f.Arm(dbtest.Swallowed, at, false)
			_, _, text := c.send(t, fmt.Sprintf(`{"query": "mutation { completeTask(input: {id: \"%s\"}) { event { position } errors { message } } }"}`, id))
			more = f.Disarm() >= at
			failed, _ := answeredCleanly(text, "completeTask", "INTERNAL")
			if _, err := s.store.Verify(t.Context(), db.VerifyOptions{}); err != nil && !failed {
				found++
			}
		})
	}
	t.Logf("control: with one statement swallowed after the other, %d times half an effect was found", found)
	if found == 0 {
		t.Error("no half effect was found")
	}
}

// faulty carries out mutation m while the database fails in call at, and then
// again without a fault. It returns false when there are not so many calls.
func (s *server) faulty(t *testing.T, raw *sql.DB, f *dbtest.Faults, m int, fault dbtest.Fault, at int, forever bool, n *tries) bool {
	t.Helper()
	test := faulted[m]
	key := fmt.Sprintf("%s, %s, %d, %t", test.name, fault.Name, at, forever)
	c := s.as(key, incident.RoleContributor) // who is not known yet
	var id string
	if test.name == "addTask" || test.name == "closeIncident" || test.task {
		id = s.as("other").newIncident(t, "x")
	}
	if test.task {
		id = s.as("other").newTask(t, id, "x")
	}
	variable := map[bool]string{true: "$id: ID!, ", false: ""}[id != ""]
	body, err := json.Marshal(object{
		"query": fmt.Sprintf(`mutation(%s$key: String!) { %s(input: {%s, clientMutationId: $key}) { %s event { position } replayed errors { message } } }`,
			variable, test.name, test.input, test.answer),
		"variables": object{"id": id, "key": key},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.Arm(fault, at, forever)
	_, _, text := c.send(t, string(body))
	if calls := f.Disarm(); calls < at {
		return false
	}
	n.calls.Add(1)
	failed, wrong := answeredCleanly(text, test.name, codeOf(fault))
	if wrong != "" {
		t.Errorf("%s: %s: %s", key, wrong, text)
	}
	before := made(t, raw, key)
	_, _, again := c.send(t, string(body))
	if _, wrong := answeredCleanly(again, test.name, ""); wrong != "" {
		t.Errorf("%s: tried again: %s", key, again)
	}
	if test.name == "createWebhook" {
		s.forgetWebhook(t, again)
	}
	if got := made(t, raw, key); got != 1 {
		t.Errorf("%s: %d events after the second try, %d after the first", key, got, before)
	}
	switch {
	case !failed && before != 1:
		t.Errorf("%s: %d events, and the answer was %s", key, before, text)
	case !failed:
		n.succeeded.Add(1)
	default:
		n.clean.Add(1)
		n.hidden.Add(int64(before))
	}
	return true
}

// forgetWebhook deletes the webhook in an answer, as there may be a hundred.
func (s *server) forgetWebhook(t *testing.T, answer string) {
	t.Helper()
	if id := at(answerText(t, answer), "data", "createWebhook", "webhook", "id"); id != nil {
		s.as("admin", incident.RoleContributor).must(t, `mutation($id: ID!) { deleteWebhook(input: {id: $id}) { errors { message } } }`, object{"id": id})
	}
}

// codeOf is what a client is told of a fault: whether to try again by itself.
func codeOf(fault dbtest.Fault) string {
	switch fault.Name {
	case "busy", "locked", "serialization failure", "deadlock", "lock timeout", "reset before", "reset after", "no answer in time":
		return "UNAVAILABLE"
	}
	return "INTERNAL"
}

// answeredCleanly reports whether an answer is an error, and what is wrong with
// it as an answer to a client, who must see no error but one with the code.
func answeredCleanly(text, name, code string) (failed bool, wrong string) {
	var answer struct {
		Data   object
		Errors []gqlError
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		return true, "no JSON"
	}
	for _, e := range answer.Errors {
		if e.Extensions.Code != code || e.Extensions.RequestID == "" || (code == "INTERNAL") != (e.Message == "internal error") {
			return true, "not a clean error " + code
		}
	}
	for _, inner := range []string{dbtest.Inner, "SQLSTATE", "sqlite", "reset by peer", "i/o timeout", "deadline exceeded"} {
		if strings.Contains(text, inner) {
			return true, "inner text: " + inner
		}
	}
	if len(answer.Errors) > 0 {
		return true, ""
	}
	if refusals, ok := at(answer.Data, name, "errors").([]any); !ok || len(refusals) > 0 || at(answer.Data, name, "event") == nil {
		return false, "neither done nor an error"
	}
	return false, ""
}

// made counts the events of a clientMutationId.
func made(t *testing.T, raw *sql.DB, key string) int {
	t.Helper()
	var n int
	if err := raw.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM audit_events WHERE mutation_id = $1", key).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
