package graph_test

import (
	"fmt"
	"strings"
	"testing"
)

// relay is what clients such as Relay rely on. What a page of each list holds, on
// both engines and while others write, is tried in TestPages and its neighbours.
var relay = standard{
	title: "Relay",
	source: "[Cursor Connections](https://relay.dev/graphql/connections.htm) and " +
		"[Global Object Identification](https://relay.dev/graphql/objectidentification.htm).",
	statements: []statement{
		{"connection-fields", "MUST", "Connections, 2.1", "Every type Connection has edges, a list, and pageInfo, which is not null.", "", func(t *testing.T, _ *edge) {
			eachType(t, "Connection", func(name string, fields map[string]string) {
				edgeName := strings.TrimSuffix(name, "Connection") + "Edge"
				if got := strings.NewReplacer("!", "", "[", "", "]", "").Replace(fields["edges"]); got != edgeName || !strings.HasPrefix(fields["edges"], "[") || fields["pageInfo"] != "PageInfo!" {
					t.Errorf("%s: edges %s, pageInfo %s", name, fields["edges"], fields["pageInfo"])
				}
			})
		}},
		{"edge-fields", "MUST", "Connections, 3.1", "Every type Edge has a node, which is no list, and a cursor, which is text.", "", func(t *testing.T, _ *edge) {
			eachType(t, "Edge", func(name string, fields map[string]string) {
				if strings.TrimSuffix(fields["node"], "!") != strings.TrimSuffix(name, "Edge") || fields["cursor"] != "String!" {
					t.Errorf("%s: node %s, cursor %s", name, fields["node"], fields["cursor"])
				}
			})
		}},
		{"connection-arguments", "MUST", "Connections, 4", "Every field that is a connection takes first, after, last and before.", "", func(t *testing.T, _ *edge) {
			schema, found := mustSchema(t, "../schema.graphqls"), 0
			for _, def := range ours(schema) {
				for _, field := range def.Fields {
					if !strings.HasSuffix(field.Type.Name(), "Connection") {
						continue
					}
					found++
					for name, want := range map[string]string{"first": "Int", "after": "String", "last": "Int", "before": "String"} {
						if argument := field.Arguments.ForName(name); argument == nil || argument.Type.String() != want {
							t.Errorf("%s.%s has no %s: %s", def.Name, field.Name, name, want)
						}
					}
				}
			}
			if found == 0 {
				t.Error("no connection was found")
			}
		}},
		{"page-info", "MUST", "Connections, 5", "PageInfo has hasNextPage and hasPreviousPage, which are not null, and both cursors.", "", func(t *testing.T, _ *edge) {
			eachType(t, "PageInfo", func(_ string, fields map[string]string) {
				if fields["hasNextPage"] != "Boolean!" || fields["hasPreviousPage"] != "Boolean!" || fields["startCursor"] != "String" || fields["endCursor"] != "String" {
					t.Errorf("got %v", fields)
				}
			})
		}},
		{"first", "MUST", "Connections, 4.3", "first keeps the first of the list.", "", pageOf("first: 2", "1 2", true, false)},
		{"last", "MUST", "Connections, 4.3", "last keeps the last of the list, in the same order.", "", pageOf("last: 2", "4 5", false, true)},
		{"after", "MUST", "Connections, 4.3", "after leaves out its edge and all before it.", "", pageOf("first: 2, after: $2", "3 4", true, true)},
		{"before", "MUST", "Connections, 4.3", "before leaves out its edge and all after it.", "", pageOf("last: 2, before: $4", "2 3", true, true)},
		{"between", "MUST", "Connections, 4.3", "after and before count together.", "", all(pageOf("first: 9, after: $1, before: $5", "2 3 4", false, true), pageOf("last: 1, after: $1, before: $5", "4", true, true))},
		{"all", "MUST", "Connections, 4.3", "There is no next and no previous page where the list ends.", "", all(pageOf("first: 5", "1 2 3 4 5", false, false), pageOf("first: 3, after: $2", "3 4 5", false, true), pageOf("last: 2, before: $3", "1 2", true, false))},
		{"empty", "MUST", "Connections, 5", "An empty page has no cursors.", "", document(`{ incidents(filter: {search: "nothing like it"}) { edges { cursor } pageInfo { startCursor endCursor hasNextPage } } }`).gets(200, asJSON,
			`{"edges":[],"pageInfo":{"startCursor":null,"endCursor":null,"hasNextPage":false}}`)},
		{"both-counts", "SHOULD", "Connections, 4", "first and last are not given together: here that is refused.", "", document(`{ incidents(first: 1, last: 1) { totalCount } }`).gets(200, asJSON, "BAD_USER_INPUT", `"path":["incidents"]`)},
		{"negative", "MUST", "Connections, 4.4", "first or last below 0 is an error.", "", all(document(`{ incidents(first: -1) { totalCount } }`).gets(200, asJSON, "BAD_USER_INPUT", "first"), document(`{ incidents(last: -1) { totalCount } }`).gets(200, asJSON, "BAD_USER_INPUT", "last"))},
		{"bad-cursor", "OURS", "Connections, 4.4", "A cursor that is none is an error, not the first page.", "", document(`{ incidents(first: 1, after: "hunter2") { totalCount } }`).gets(200, asJSON, "BAD_USER_INPUT", "after")},
		{"node-interface", "MUST", "Object Identification, 2", "Node has exactly the field id: ID!.", "", func(t *testing.T, _ *edge) {
			eachType(t, "Node", func(_ string, fields map[string]string) {
				if len(fields) != 1 || fields["id"] != "ID!" {
					t.Errorf("got %v", fields)
				}
			})
		}},
		{"node-field", "MUST", "Object Identification, 3", "node(id: ID!) gives the object of that id, and the same id again.", "", refetch},
		{"node-unknown", "SHOULD", "Object Identification, 3", "node is null for an id that is not known.", "", document(`{ node(id: "inc_nothing") { id } }`).gets(200, asJSON, `{"data":{"node":null}}`)},
		{"nodes-field", "MAY", "Object Identification, 4", "nodes(ids: [ID!]!) gives the objects in the order of the ids, null for those not known.", "", func(t *testing.T, e *edge) {
			a, b := e.alice.newIncident(t, "a"), e.alice.newIncident(t, "b")
			data := e.alice.must(t, `query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, object{"ids": []string{b, "inc_nothing", a, b}})
			if at(data, "nodes", 0, "id") != b || at(data, "nodes", 1) != nil || at(data, "nodes", 2, "id") != a || at(data, "nodes", 3, "id") != b {
				t.Errorf("got %v", data)
			}
		}},
	},
}

func TestRelayStatements(t *testing.T) { relay.run(t) }

// eachType calls f with the fields of each object or interface whose name ends so.
func eachType(t *testing.T, suffix string, f func(name string, fields map[string]string)) {
	t.Helper()
	found := 0
	for _, def := range ours(mustSchema(t, "../schema.graphqls")) {
		if !strings.HasSuffix(def.Name, suffix) || len(def.Fields) == 0 {
			continue
		}
		found++
		fields := map[string]string{}
		for _, field := range def.Fields {
			fields[field.Name] = field.Type.String()
		}
		f(def.Name, fields)
	}
	if found == 0 {
		t.Errorf("no type %s was found", suffix)
	}
}

// pageOf asks for a page of five tasks. $n in the arguments is the cursor of the
// n-th; tasks are known by their rank.
func pageOf(arguments, want string, hasNext, hasPrevious bool) check {
	return func(t *testing.T, e *edge) {
		t.Helper()
		id := e.alice.newIncident(t, "with tasks")
		for n := range 5 {
			e.alice.newTask(t, id, fmt.Sprint(n))
		}
		list := func(arguments string) object {
			data := e.alice.must(t, `query($i: ID!) { incident(id: $i) { tasks(`+arguments+`) { edges { cursor node { rank } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`, object{"i": id})
			return at(data, "incident", "tasks").(object)
		}
		arguments, whole := arguments, list("first: 5")
		for n := range 5 {
			arguments = strings.ReplaceAll(arguments, fmt.Sprintf("$%d", n+1), fmt.Sprintf("%q", at(whole, "edges", n, "cursor")))
		}
		page := list(arguments)
		var ranks, cursors []string
		for _, edge := range page["edges"].([]any) {
			ranks = append(ranks, fmt.Sprint(at(edge, "node", "rank")))
			cursors = append(cursors, at(edge, "cursor").(string))
		}
		info := page["pageInfo"].(object)
		if strings.Join(ranks, " ") != want || info["hasNextPage"] != hasNext || info["hasPreviousPage"] != hasPrevious {
			t.Errorf("%s: got %v, %v", arguments, ranks, info)
		}
		if len(cursors) == 0 || info["startCursor"] != cursors[0] || info["endCursor"] != cursors[len(cursors)-1] {
			t.Errorf("%s: the cursors are %v, of the page %v", arguments, cursors, info)
		}
	}
}

// refetch asks for each object by its id.
func refetch(t *testing.T, e *edge) {
	id := e.alice.newIncident(t, "to be found")
	task := e.alice.newTask(t, id, "a task")
	data := e.alice.must(t, `query($i: ID!) { incident(id: $i) { createdBy { id } history(last: 1) { nodes { id } } } }`, object{"i": id})
	for id, kind := range map[string]string{
		id: "Incident", task: "Task", mustID(t, data, "incident", "createdBy", "id"): "Actor", mustID(t, data, "incident", "history", "nodes", 0, "id"): "AuditEvent",
	} {
		got := e.alice.must(t, `query($id: ID!) { node(id: $id) { id __typename } }`, object{"id": id})
		if at(got, "node", "id") != id || at(got, "node", "__typename") != kind {
			t.Errorf("%s: got %v", id, got)
		}
	}
}
