package graph_test

import (
	"fmt"
	"testing"
	"time"

	"tasktrail/incident"
)

// definitions defines and runs automation. It returns things of each kind, live
// and deleted.
func (e *everything) definitions(t *testing.T, s *server, owner string) []string {
	t.Helper()
	template := func(title string, more object) object {
		out := object{"title": title, "description": "D", "group": "G", "mandatory": true, "dueAfterMinutes": 5, "assigneeId": owner}
		for k, v := range more {
			out[k] = v
		}
		return out
	}
	playbook := func(name string) string {
		return mustID(t, e.fine(t, "createPlaybook", object{"clientMutationId": "playbook " + name, "playbook": object{"name": name, "description": "D", "steps": []object{template("S", object{"key": "k"})}}}), "playbook", "id")
	}
	webhook := func(name string) string {
		return mustID(t, e.fine(t, "createWebhook", object{"clientMutationId": "webhook " + name, "webhook": object{"name": name, "url": "https://example.com/" + name}}), "webhook", "id")
	}
	p, w := playbook("P"), webhook("W")
	test := object{"operator": "NOT_CONTAINS", "values": []string{"x", "y"}}
	property := object{"property": object{"property": "INCIDENT_TITLE", "operator": "STARTS_WITH", "values": []string{"auto"}}}
	changed := object{"changed": object{"property": "INCIDENT_SEVERITY", "from": test, "to": test}}
	// A rule for each form of a condition; the first does everything.
	rule := func(name string, trigger string, condition object, actions ...object) object {
		return object{"name": name, "description": "D", "order": 7, "expiresAt": "2999-01-01T00:00:00Z", "trigger": trigger, "condition": condition, "actions": actions}
	}
	label := object{"addLabels": []string{"l"}}
	all := rule("all", "INCIDENT_CREATED", object{"all": []object{property, {"any": []object{property, property}}}},
		object{"addTask": template("A", object{"again": true})}, object{"applyPlaybook": object{"playbookId": p}}, object{"setSeverity": "HIGH"},
		object{"setOwner": object{"ownerId": owner}}, label, object{"removeLabels": []string{"old"}}, object{"callWebhook": object{"webhookId": w}},
		object{"setStatus": object{"status": "CLOSED", "classification": "TRUE_POSITIVE", "classificationReason": "SUSPICIOUS_ACTIVITY", "classificationComment": "C"}})
	var ids []string
	for _, in := range []object{
		all, rule("any", "INCIDENT_CREATED", object{"any": []object{property, property}}, label), rule("property", "INCIDENT_CREATED", property, label),
		rule("labels", "INCIDENT_CREATED", object{"labels": object{"match": "ANY", "operator": "EQUALS", "values": []string{"nowhere"}}}, label),
		rule("changed", "INCIDENT_UPDATED", changed, label), rule("added", "INCIDENT_UPDATED", object{"labelsAdded": object{"operator": "EQUALS", "values": []string{"z"}}}, label),
		rule("gone", "TASK_OVERDUE", nil, label),
	} {
		ids = append(ids, mustID(t, e.fine(t, "createRule", object{"rule": in, "clientMutationId": fmt.Sprint("rule ", in["name"])}), "rule", "id"))
	}
	e.with(t, "updateRule", ids[1], "order", 8)
	e.with(t, "updatePlaybook", p, "description", "E")
	e.with(t, "updateWebhook", w, "name", "W2")
	e.with(t, "rotateWebhookSecret", w)
	i := mustID(t, e.fine(t, "createIncident", object{"title": "automatic", "severity": "LOW", "labels": []string{"old"}}), "incident", "id")
	e.fine(t, "applyPlaybook", object{"incidentId": i, "playbookId": p, "again": true, "clientMutationId": "apply"})
	if n, err := s.service.NoteOverdue(t.Context()); err != nil || n != 1 {
		t.Errorf("%d tasks were noted as overdue, %v, want 1", n, err)
	}
	e.attempts(t, s)
	for _, again := range []string{"allOf", "closed"} { // both trials have an outcome of their own
		in := object{}
		for k, v := range all {
			in[k] = v
		}
		in["name"] = again
		e.query(t, "previewRule", "rule: $rule, incidentId: $i", object{"rule": in, "i": i})
	}
	unmet := e.query(t, "previewRule", "rule: $rule, lastN: 3", object{"rule": rule("new", "INCIDENT_CREATED", object{"labels": object{"match": "ALL", "operator": "EQUALS", "values": []string{"nowhere"}}}, label)})
	if at(unmet, "errors").([]any) == nil || at(unmet, "incidents", 0, "runs", 0, "unmet", "message") == "" {
		t.Errorf("the preview of a rule that does not hold: %v", unmet)
	}
	e.query(t, "previewRule", "rule: $rule", object{"rule": rule(" ", "INCIDENT_CREATED", nil, label)})
	e.query(t, "rulesFor", "incidentId: $i", object{"i": i})
	gone := []string{playbook("gone"), ids[6], webhook("gone")}
	e.with(t, "deletePlaybook", gone[0])
	e.with(t, "deleteRule", gone[1])
	e.with(t, "deleteWebhook", gone[2])
	for name, input := range map[string]object{
		"createPlaybook": {"playbook": object{"name": "P", "steps": []object{{"title": "S"}}}}, "updatePlaybook": {"id": p, "name": ""}, "deletePlaybook": {"id": p},
		"createRule": {"rule": rule("all", "INCIDENT_CREATED", nil, label)}, "updateRule": {"id": ids[0], "expectedVersion": 7, "name": "x"}, "deleteRule": {"id": "rul_none"},
		"createWebhook": {"webhook": object{"name": "W", "url": "ftp://x"}}, "updateWebhook": {"id": w, "expectedVersion": 1, "name": "x"}, "deleteWebhook": {"id": w},
		"rotateWebhookSecret": {"id": gone[2]}, "applyPlaybook": {"incidentId": i, "playbookId": gone[0]},
	} {
		if errs := e.run(t, name, input)["errors"].([]any); len(errs) == 0 {
			t.Errorf("%s %v was not refused", name, input)
		}
	}
	calls := e.must(t, `query($w: ID!) { node(id: $w) { ... on Webhook { deliveries { nodes { id } } } } }`, object{"w": w})
	ids = append(ids, mustID(t, calls, "node", "deliveries", "nodes", 0, "id"))
	added := e.must(t, `query($i: ID!) { incident(id: $i) { tasks { nodes { id } } } }`, object{"i": i})
	ids = append(append(ids, p, w, i), gone...)
	for n := range at(added, "incident", "tasks", "nodes").([]any) {
		ids = append(ids, mustID(t, added, "incident", "tasks", "nodes", n, "id"))
	}
	return ids
}

// attempts records two of the one delivery, one that fails and one that is
// answered, as the sender does.
func (e *everything) attempts(t *testing.T, s *server) {
	t.Helper()
	at := time.Now().UTC().Truncate(time.Microsecond)
	status, failure := 200, incident.FailedTimeout
	for n, o := range []incident.DeliveryOutcome{
		{Attempt: incident.DeliveryAttempt{Number: 1, At: at, TookMillis: 1, Failure: &failure}, State: incident.DeliveryPending, NextAttemptAt: &at},
		{Attempt: incident.DeliveryAttempt{Number: 2, At: at, TookMillis: 1, StatusCode: &status}, State: incident.DeliveryDelivered},
	} {
		due, err := s.store.DueDeliveries(t.Context(), at.Add(time.Minute), nil, 10)
		if err != nil || len(due) != 1 {
			t.Fatalf("%d deliveries are due, %v, want 1", len(due), err)
		}
		e.webhooks(t)
		until := at.Add(time.Duration(n+1) * time.Hour)
		if ok, err := s.store.ClaimDelivery(t.Context(), due[0], until); err != nil || !ok {
			t.Fatal(ok, err)
		}
		due[0].NextAttemptAt = &until
		if err := s.store.RecordAttempt(t.Context(), due[0], o); err != nil {
			t.Fatal(err)
		}
	}
	e.webhooks(t)
}

// webhooks asks for each webhook in full.
func (e *everything) webhooks(t *testing.T) {
	t.Helper()
	for _, id := range idsOf(e.query(t, "webhooks", "", nil)) {
		seen(e.must(t, `query($id: ID!) { __typename node(id: $id) { ... on Webhook { `+selection(e.schema, "Webhook", true)+` } } }`, object{"id": id}), e.seen)
	}
}

// idsOf lists the ids of the nodes of a page.
func idsOf(page any) (ids []string) {
	for n := range at(page, "nodes").([]any) {
		ids = append(ids, at(page, "nodes", n, "id").(string))
	}
	return ids
}
