package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"tasktrail/db/dbtest"
	"tasktrail/graph"
	"tasktrail/graph/transport"
)

// Without introspection nothing tells what the schema has, and __typename works.
func TestIntrospectionOff(t *testing.T) {
	for _, off := range []bool{false, true} {
		alice := startWith(t, dbtest.SQLite(t), nil, graph.Options{NoIntrospection: off}).as("alice")
		for way, ask := range ways {
			for _, document := range []string{
				"{ __schema { queryType { name } } }", `{ __type(name: "Task") { name } }`,
				"{ viewer { roles } ...f } fragment f on Query { a: __schema { queryType { name } } }",
			} {
				answer := ask(t, alice, object{"query": document})
				if refused := answer["data"] == nil && at(answer, "errors", 0, "extensions", "code") == "BAD_USER_INPUT"; refused != off {
					t.Errorf("%s, off is %t: %s answered with %v", way, off, document, answer)
				}
			}
			for _, document := range []string{
				"{ viewer { role } }", "{ incidents(firs: 1) { totalCount } }", "{ viewer }",
				"{ incidents(filter: {status: [ACTIV]}) { totalCount } }", "{ incidents(filter: {statu: NEW}) { totalCount } }", "{ node(id: 1) { title } }",
			} {
				text := fmt.Sprint(ask(t, alice, object{"query": document})["errors"])
				if strings.Contains(text, "Did you mean") == off || text == "<nil>" {
					t.Errorf("%s, off is %t: %s answered with %s", way, off, document, text)
				}
			}
			if answer := ask(t, alice, object{"query": "{ __typename viewer { __typename } }"}); at(answer, "data", "viewer", "__typename") != "Viewer" {
				t.Errorf("%s, off is %t: __typename answered with %v", way, off, answer)
			}
		}
	}
}

// Who has no token learns nothing of documents, not even whether they are valid,
// and costs nothing.
func TestStrangersLearnNothing(t *testing.T) {
	s := start(t, dbtest.SQLite(t))
	nobody, eve := client{url: s.URL}, s.as("eve", "NONE")
	for _, document := range []string{
		"{ viewer { roles } }", "{ viewer { role } }", "{ viewer", "{ __schema { queryType { name } } }", "{" + strings.Repeat(" x", 3000) + " }",
		"subscription { auditEvents { id } }", "subscription { nope }", "query($v: Nope) { viewer { roles } }",
		`mutation { createIncident(input: {title: "x", severity: LOW}) { replayed } }`,
	} {
		for way, ask := range ways {
			clients := map[string]client{"UNAUTHENTICATED": nobody, "FORBIDDEN": eve}
			if way == "WebSocket" { // connection_init refuses whoever has no token
				delete(clients, "UNAUTHENTICATED")
			}
			for code, c := range clients {
				answer := ask(t, c, object{"query": document, "variables": object{"x": strings.Repeat("y", 50)}, "extensions": object{"cost": true}})
				errs, _ := answer["errors"].([]any)
				if len(errs) != 1 || at(errs, 0, "extensions", "code") != code || at(errs, 0, "locations") != nil || len(answer) != 1 {
					t.Errorf("%s, %s: %.60s answered with %v", way, code, document, answer)
				}
			}
		}
	}
}

// A document with more errors than are answered has as many, and one that says
// so; looking for more has stopped.
func TestErrorsOmitted(t *testing.T) {
	alice := start(t, dbtest.SQLite(t)).as("alice")
	for way, ask := range ways {
		for n, want := range map[int]int{transport.MaxErrors: transport.MaxErrors, transport.MaxErrors + 1: transport.MaxErrors + 1, 400: transport.MaxErrors + 1} {
			errs, _ := ask(t, alice, object{"query": "{ viewer {" + sequence(" x%d", n) + " } }"})["errors"].([]any)
			if len(errs) != want {
				t.Fatalf("%s: %d errors of %d, want %d", way, len(errs), n, want)
			}
			if at(errs[len(errs)-1], "extensions", "omitted") != nil {
				t.Errorf("%s: the errors of %d were counted: validation did not stop", way, n)
			}
			last := at(errs[len(errs)-1], "extensions", "code")
			if omitted := last == transport.CodeErrorsOmitted; omitted != (n > transport.MaxErrors) {
				t.Errorf("%s, %d errors: the last is %v", way, n, errs[len(errs)-1])
			}
		}
	}
}
