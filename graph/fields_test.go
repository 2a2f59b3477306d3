package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"tasktrail/db/dbtest"
)

// neverSet are the fields that nothing of today gives a value to.
var neverSet = []string{
	"Actor.email",     // the tokens of these tests have none
	"TaskOrigin.step", // for playbooks
}

// selection asks for every field of a type that has no required argument. What
// belongs to it alone, such as an edge, is asked for in full; of other things
// only the plain fields, or it would have no end.
func selection(schema *ast.Schema, name string, full bool) string {
	return aliased(schema, name, full, "")
}

// aliased puts an alias before every field: the types behind an interface have
// fields of the same name but of different types.
func aliased(schema *ast.Schema, name string, full bool, alias string) string {
	def := schema.Types[name]
	if def.IsAbstractType() {
		out := "__typename"
		for _, possible := range schema.GetPossibleTypes(def) {
			out += " ... on " + possible.Name + " { " + aliased(schema, possible.Name, full, possible.Name+"_") + " }"
		}
		return out
	}
	fields := []string{"__typename"}
	for _, field := range def.Fields {
		of := schema.Types[field.Type.Name()]
		required := slices.ContainsFunc(field.Arguments, func(a *ast.ArgumentDefinition) bool { return a.Type.NonNull })
		switch {
		case required || strings.HasPrefix(field.Name, "__"):
		case of.IsLeafType():
			fields = append(fields, prefixed(alias, field.Name))
		case full:
			node := of.Name == "Node" || slices.Contains(of.Interfaces, "Node")
			fields = append(fields, prefixed(alias, field.Name)+" { "+selection(schema, of.Name, !node)+" }")
		}
	}
	return strings.Join(fields, " ")
}

func prefixed(alias, field string) string {
	if alias == "" {
		return field
	}
	return alias + field + ": " + field
}

// seen notes every field of an answer that has a value.
func seen(v any, into map[string]bool) {
	switch v := v.(type) {
	case []any:
		for _, element := range v {
			seen(element, into)
		}
	case object:
		for name, value := range v {
			if kind, ok := v["__typename"].(string); ok && value != nil {
				into[kind+"."+strings.TrimPrefix(name, kind+"_")] = true
			}
			seen(value, into)
		}
	}
}

// Every field of every type answers, and with a value where there is one: a
// resolver that was forgotten shows here.
func TestEveryFieldAnswers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s, schema, got := start(t, url), mustSchema(t, "../schema.graphqls"), map[string]bool{}
		alice := s.as("alice")
		alice.token += ":2999-01-01T00:00:00Z"
		owner := mustID(t, alice.must(t, `{ viewer { actor { id } } }`, nil), "viewer", "actor", "id")
		run := func(name string, input object) object {
			t.Helper()
			field := schema.Mutation.Fields.ForName(name)
			data := alice.must(t, fmt.Sprintf("mutation($in: %s) { __typename %s(input: $in) { %s } }", field.Arguments[0].Type, name, selection(schema, field.Type.Name(), true)), object{"in": input})
			seen(data, got)
			return data[name].(object)
		}
		created := run("createIncident", object{"title": "T", "description": "D", "severity": "HIGH", "ownerId": owner, "labels": []string{"l"}, "clientMutationId": "k", "reason": "r"})
		i := mustID(t, created, "incident", "id")
		add := func(title string) string {
			return mustID(t, run("addTask", object{"incidentId": i, "title": title, "description": "D", "mandatory": true, "assigneeId": owner, "dueAt": "2020-01-01T00:00:00Z", "clientMutationId": title}), "task", "id")
		}
		first, second := add("first"), add("second")
		with := func(name, id string, more ...any) {
			t.Helper()
			input := object{"id": id, "clientMutationId": name + id}
			for n := 0; n < len(more); n += 2 {
				input[more[n].(string)] = more[n+1]
			}
			if errs := run(name, input)["errors"].([]any); len(errs) > 0 {
				t.Errorf("%s: %v", name, errs)
			}
		}
		with("updateIncident", i, "title", "U")
		with("startTask", first)
		with("updateTask", first, "title", "U")
		with("moveTask", first, "rank", 2)
		with("skipTask", first, "reason", "r")
		with("reopenTask", first)
		with("deleteTask", second)
		with("restoreTask", second)
		with("completeTask", second)
		for name, refused := range map[string]object{
			"ValidationError":  run("updateTask", object{"id": first, "title": ""}),
			"NotFoundError":    run("updateTask", object{"id": "tsk_none", "title": "x"}),
			"ConflictError":    run("updateTask", object{"id": first, "title": "x", "expectedVersion": 1}),
			"IdempotencyError": run("updateTask", object{"id": first, "title": "x", "clientMutationId": "startTask" + first}),
			"OpenTasksError":   run("closeIncident", object{"id": i, "classification": "UNDETERMINED"}),
		} {
			if e := at(refused, "errors", 0); at(e, "__typename") != name || at(e, name+"_message") == "" || refused["event"] != nil {
				t.Errorf("got %v, want a %s", refused, name)
			}
		}
		with("closeIncident", i, "classification", "TRUE_POSITIVE", "classificationReason", "SUSPICIOUS_ACTIVITY", "classificationComment", "C", "overrideReason", "o")
		seen(alice.must(t, strings.Replace("{ "+selection(schema, "Query", true)+" }", " incident {", " incident(number: 1) {", 1), nil), got)
		for _, node := range []string{i, second, "evt_6", owner} {
			data := alice.must(t, "query($id: ID!) { __typename node(id: $id) { id "+selection(schema, "Node", true)+" } nodes(ids: [$id]) { id "+selection(schema, "Node", true)+" } }", object{"id": node})
			if at(data, "node", "id") != node || at(data, "nodes", 0, "id") != node {
				t.Errorf("node %s: got %v", node, data)
			}
			seen(data, got)
		}
		seen(alice.must(t, "query($i: ID!, $t: ID!) { __typename incident(id: $i) { tasks(includeDeleted: true) { "+selection(schema, "TaskConnection", true)+" } } task(id: $t) { "+selection(schema, "Task", true)+" } }",
			object{"i": i, "t": second}), got)
		third := alice.newTask(t, mustID(t, run("createIncident", object{"title": "T", "severity": "LOW"}), "incident", "id"), "third")
		with("deleteTask", third)
		with("reopenIncident", i)
		for _, def := range ours(schema) {
			if def.Kind != ast.Object || def == schema.Subscription {
				continue
			}
			for _, field := range def.Fields {
				if name := def.Name + "." + field.Name; !strings.HasPrefix(field.Name, "__") && got[name] == slices.Contains(neverSet, name) {
					t.Errorf("%s: has a value is %t", name, got[name])
				}
			}
		}
	})
}

// Node is what Relay needs: null for what is not there, in the place where it
// was asked for; connections and edges of one shape.
func TestRelay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		alice := start(t, url).as("alice")
		i := alice.newIncident(t, "I")
		data := alice.must(t, `query($ids: [ID!]!) { none: nodes(ids: []) { id } nodes(ids: $ids) { id } node(id: "inc_none") { id } incident(number: 2) { id } task(id: "evt_1") { id } odd: node(id: 7) { id } }`,
			object{"ids": []string{"tsk_none", i, "evt_1", "evt_9", i, "evt_x", "evt_-1", "evt_01", "", "who_knows"}})
		got := fmt.Sprint(data["nodes"])
		want := fmt.Sprintf("[<nil> map[id:%s] map[id:evt_1] <nil> map[id:%s] <nil> <nil> <nil> <nil> <nil>]", i, i)
		if got != want || data["node"] != nil || data["incident"] != nil || data["task"] != nil || data["odd"] != nil || len(data["none"].([]any)) != 0 {
			t.Errorf("got %v, want %s", data, want)
		}
	})
	schema := mustSchema(t, "../schema.graphqls")
	for _, def := range ours(schema) {
		for _, field := range def.Fields {
			name, isList := strings.CutSuffix(field.Type.Name(), "Connection")
			if !isList {
				continue
			}
			for argument, kind := range map[string]string{"first": "Int", "after": "String", "last": "Int", "before": "String"} {
				if a := field.Arguments.ForName(argument); a == nil || a.Type.String() != kind {
					t.Errorf("%s.%s(%s: %s) is missing", def.Name, field.Name, argument, kind)
				}
			}
			for path, kind := range map[string]string{"Connection.edges": "[" + name + "Edge!]!", "Connection.pageInfo": "PageInfo!", "Edge.cursor": "String!", "Edge.node": name + "!"} {
				suffix, fieldName, _ := strings.Cut(path, ".")
				if f := schema.Types[name+suffix].Fields.ForName(fieldName); f == nil || f.Type.String() != kind {
					t.Errorf("%s%s is not %s", name, path, kind)
				}
			}
		}
	}
}
