package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// everything asks for all there is and notes which fields had a value.
type everything struct {
	client
	schema *ast.Schema
	seen   map[string]bool
}

// run carries a mutation out and returns its payload.
func (e *everything) run(t *testing.T, name string, input object) object {
	t.Helper()
	field := e.schema.Mutation.Fields.ForName(name)
	data := e.must(t, fmt.Sprintf("mutation($in: %s) { __typename %s(input: $in) { %s } }", field.Arguments[0].Type, name, selection(e.schema, field.Type.Name(), true)), object{"in": input})
	seen(data, e.seen)
	return data[name].(object)
}

// with is run for something that is there; it must not be refused.
func (e *everything) with(t *testing.T, name, id string, more ...any) {
	t.Helper()
	input := object{"id": id, "clientMutationId": name + id}
	for n := 0; n < len(more); n += 2 {
		input[more[n].(string)] = more[n+1]
	}
	e.fine(t, name, input)
}

func (e *everything) fine(t *testing.T, name string, input object) object {
	t.Helper()
	p := e.run(t, name, input)
	if errs := p["errors"].([]any); len(errs) > 0 {
		t.Errorf("%s: %v", name, errs)
	}
	return p
}

// query asks for fields of the root with arguments, in full.
func (e *everything) query(t *testing.T, field, arguments string, variables object) any {
	t.Helper()
	var declared []string
	for name, value := range variables {
		declared = append(declared, "$"+name+": "+map[bool]string{true: "ID!", false: "RuleInput!"}[fmt.Sprintf("%T", value) == "string"])
	}
	head := ""
	if len(declared) > 0 {
		head = "(" + strings.Join(declared, ", ") + ")"
	}
	if arguments != "" {
		arguments = "(" + arguments + ")"
	}
	of := e.schema.Query.Fields.ForName(field).Type.Name()
	data := e.must(t, "query"+head+" { __typename "+field+arguments+" { "+selection(e.schema, of, true)+" } }", variables)
	seen(data, e.seen)
	return data[field]
}

// Every field of every type answers, and with a value where there is one: a
// resolver that was forgotten shows here.
func TestEveryFieldAnswers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s, schema := startWith(t, url, nil, unlimited), mustSchema(t, "../schema.graphqls")
		alice := s.as("alice", incident.RoleAdmin)
		alice.token += ":2999-01-01T00:00:00Z"
		e := &everything{alice, schema, map[string]bool{}}
		owner := mustID(t, alice.must(t, `{ viewer { actor { id } } }`, nil), "viewer", "actor", "id")
		nodes := append(append(e.incidents(t, owner), e.definitions(t, s, owner)...), e.serviceAccounts(t, s)...)
		dbtest.Checkpoint(t, s.store.Tree(), dbtest.NewKeys(t), 5)
		e.query(t, "auditProof", "position: 2", nil)
		e.query(t, "auditConsistency", "from: 5, to: 5", nil)
		e.accesses(t, s)
		for _, field := range schema.Query.Fields {
			if !slices.ContainsFunc(field.Arguments, func(a *ast.ArgumentDefinition) bool { return a.Type.NonNull }) && field.Name != "incident" && !strings.HasPrefix(field.Name, "__") {
				e.query(t, field.Name, "", nil)
			}
		}
		e.query(t, "incident", "number: 1", nil)
		for _, id := range nodes {
			e.past(t, id)
		}
		e.redaction(t, s)
		for _, by := range []string{"PLAYBOOK_STEP", "CREATOR"} {
			e.query(t, "taskStatistics", "groupBy: "+by, nil)
		}
		var automated string
		events := alice.must(t, "{ auditEvents(last: 200) { nodes { id causedBy } } }", nil)
		for n := range at(events, "auditEvents", "nodes").([]any) {
			if at(events, "auditEvents", "nodes", n, "causedBy") != nil {
				automated = mustID(t, events, "auditEvents", "nodes", n, "id")
			}
		}
		for _, id := range append(nodes, "evt_2", "evt_6", automated, owner) {
			data := alice.must(t, "query($id: ID!) { node(id: $id) { id __typename } nodes(ids: [$id]) { id } }", object{"id": id})
			if at(data, "node", "id") != id || at(data, "nodes", 0, "id") != id {
				t.Errorf("node %s: got %v", id, data)
			}
			of := at(data, "node", "__typename").(string)
			seen(alice.must(t, "query($id: ID!) { __typename node(id: $id) { ... on "+of+" { "+selection(schema, of, true)+" } } nodes(ids: [$id]) { __typename } }", object{"id": id}), e.seen)
			if field := strings.ToLower(of); schema.Query.Fields.ForName(field) != nil && e.query(t, field, "id: $id", object{"id": id}) == nil {
				t.Errorf("%s(id: %q) is null", field, id)
			}
		}
		for _, def := range ours(schema) {
			if def.Kind != ast.Object || def == schema.Subscription {
				continue
			}
			for _, field := range def.Fields {
				if name := def.Name + "." + field.Name; !strings.HasPrefix(field.Name, "__") && e.seen[name] == slices.Contains(neverSet, name) {
					t.Errorf("%s: has a value is %t", name, e.seen[name])
				}
			}
		}
	})
}

// accesses adds an entry with all that an entry can have.
func (e *everything) accesses(t *testing.T, s *server) {
	t.Helper()
	reason, events := incident.ReasonCutShort, int64(5)
	err := s.store.RecordAccess(t.Context(), []incident.AccessEntry{{
		RecordedAt: time.Now(), Action: incident.AccessExportEnded, Outcome: incident.AccessAllowed, Reason: &reason,
		Address: new("192.0.2.1"), Events: &events, Subjects: []string{"jsonl"}, Count: 1,
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// redaction redacts an event and is refused others.
func (e *everything) redaction(t *testing.T, s *server) {
	t.Helper()
	admin := &everything{s.as("root", incident.RoleAdmin), e.schema, e.seen}
	admin.fine(t, "redactEvent", object{"position": 2, "reason": "r", "clientMutationId": "redact"})
	if errs := admin.run(t, "redactEvent", object{"position": 2, "reason": "r", "expectedVersion": 0})["errors"].([]any); at(errs, 0, "__typename") != "ConflictError" {
		t.Errorf("redactEvent: got %v, want a conflict", errs)
	}
}

// incidents takes incidents and tasks through their life, refusals included. It
// returns an incident and tasks, one deleted.
func (e *everything) incidents(t *testing.T, owner string) []string {
	t.Helper()
	created := e.run(t, "createIncident", object{"title": "T", "description": "D", "severity": "HIGH", "ownerId": owner, "labels": []string{"l"}, "clientMutationId": "k", "reason": "r"})
	i := mustID(t, created, "incident", "id")
	add := func(title string) string {
		return mustID(t, e.run(t, "addTask", object{
			"incidentId": i, "title": title, "description": "D", "group": "G", "mandatory": true, "assigneeId": owner, "dueAt": "2020-01-01T00:00:00Z", "clientMutationId": title,
		}), "task", "id")
	}
	first, second := add("first"), add("second")
	e.with(t, "updateIncident", i, "title", "U")
	e.with(t, "startTask", first)
	e.with(t, "updateTask", first, "title", "U")
	e.with(t, "moveTask", first, "rank", 2)
	e.with(t, "skipTask", first, "reason", "r")
	e.with(t, "reopenTask", first)
	e.with(t, "deleteTask", second)
	e.with(t, "restoreTask", second)
	e.with(t, "completeTask", second)
	for name, refused := range map[string]object{
		"ValidationError":  e.run(t, "updateTask", object{"id": first, "title": ""}),
		"NotFoundError":    e.run(t, "updateTask", object{"id": "tsk_none", "title": "x"}),
		"ConflictError":    e.run(t, "updateTask", object{"id": first, "title": "x", "expectedVersion": 1}),
		"IdempotencyError": e.run(t, "updateTask", object{"id": first, "title": "x", "clientMutationId": "startTask" + first}),
		"OpenTasksError":   e.run(t, "closeIncident", object{"id": i, "classification": "UNDETERMINED"}),
	} {
		if err := at(refused, "errors", 0); at(err, "__typename") != name || at(err, name+"_message") == "" || refused["event"] != nil {
			t.Errorf("got %v, want a %s", refused, name)
		}
	}
	e.with(t, "closeIncident", i, "classification", "TRUE_POSITIVE", "classificationReason", "SUSPICIOUS_ACTIVITY", "classificationComment", "C", "overrideReason", "o")
	e.query(t, "incident", "number: 1", nil) // while it has all that only a closed one has
	e.past(t, i)
	other := mustID(t, e.run(t, "createIncident", object{"title": "T", "severity": "LOW"}), "incident", "id")
	results := e.fine(t, "addTasks", object{"incidentId": other, "tasks": []object{{"title": "a"}, {"title": "b"}}, "clientMutationId": "add"})
	a, b := mustID(t, results, "results", 0, "task", "id"), mustID(t, results, "results", 1, "task", "id")
	e.fine(t, "assignTasks", object{"ids": []string{a, b}, "assigneeId": owner, "clientMutationId": "assign"})
	e.fine(t, "completeTasks", object{"ids": []string{a, b}, "clientMutationId": "complete"})
	// Each way to be refused as a whole, and one item alone.
	for name, input := range map[string]object{
		"addTasks": {"incidentId": other, "tasks": []object{}}, "assignTasks": {"ids": []string{}}, "completeTasks": {"ids": []string{a, a}},
	} {
		if errs := e.run(t, name, input)["errors"].([]any); len(errs) != 1 {
			t.Errorf("%s: got %v, want one error", name, errs)
		}
	}
	e.run(t, "completeTasks", object{"ids": []string{"tsk_none"}})
	e.with(t, "deleteTask", a)
	e.with(t, "reopenIncident", i)
	return []string{i, first, second, a}
}

// past asks for an incident or a task as it is now, and for what became of it.
func (e *everything) past(t *testing.T, id string) {
	t.Helper()
	for field, kind := range map[string]incident.IDKind{"incident": incident.IDIncident, "task": incident.IDTask} {
		if incident.KindOfID(id) != kind {
			continue
		}
		now := time.Now().UTC().Format(time.RFC3339Nano)
		for _, arguments := range []string{field + "At(id: $id, at: \"" + now + "\")", field + "Diff(id: $id, from: {position: 0})", field + "Diff(id: $id, from: {position: 12}, to: {at: \"" + now + "\"})"} {
			name, arguments, _ := strings.Cut(arguments, "(")
			if e.query(t, name, strings.TrimSuffix(arguments, ")"), object{"id": id}) == nil {
				t.Errorf("%s(id: %q) is null", name, id)
			}
		}
	}
}
