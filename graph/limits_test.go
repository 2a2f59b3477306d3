package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/ast"

	"tasktrail/db/dbtest"
	"tasktrail/graph"
	"tasktrail/graph/limit"
)

// ways to send an operation, each returning its first answer with errors, data
// and extensions where it has them.
var ways = map[string]func(t *testing.T, c client, request object) object{
	"POST": func(t *testing.T, c client, request object) object {
		body, _ := json.Marshal(request)
		_, _, text := c.send(t, string(body))
		return decoded(t, text)
	},
	"GET": func(t *testing.T, c client, request object) object {
		query := url.Values{}
		for name, value := range request {
			if text, ok := value.(string); ok {
				query.Set(name, text)
			} else {
				text, _ := json.Marshal(value)
				query.Set(name, string(text))
			}
		}
		_, _, text := c.request(t, http.MethodGet, "?"+query.Encode(), "", "graphql-require-preflight", "1")
		return decoded(t, text)
	},
	"server-sent events": func(t *testing.T, c client, request object) object {
		body, _ := json.Marshal(request)
		_, _, text := c.send(t, string(body), "Accept", "text/event-stream")
		_, data, _ := strings.Cut(text, "data: ")
		data, _, _ = strings.Cut(data, "\n")
		return decoded(t, data)
	},
	"WebSocket": func(t *testing.T, c client, request object) object {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		conn, err := c.socket(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.CloseNow() }()
		if err := write(ctx, conn, object{"type": "subscribe", "id": "1", "payload": request}); err != nil {
			t.Fatal(err)
		}
		_, text, err := conn.Read(ctx)
		if err != nil {
			t.Fatal(err)
		}
		message := decoded(t, string(text))
		if message["type"] == "error" {
			return object{"errors": message["payload"]}
		}
		return message["payload"].(object)
	},
}

func decoded(t *testing.T, text string) (answer object) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return answer
}

// Whatever the way an operation comes, what passes a limit is told which one, how
// much it is and how much there was.
func TestLimitsAreNamed(t *testing.T) {
	alice := start(t, dbtest.SQLite(t)).as("alice")
	l := limit.Default()
	for _, test := range []struct {
		limit           string
		maximum, actual int
		request         object
	}{
		{"tokens", l.Tokens, 2007, object{"query": "{ nodes(ids: [" + strings.Repeat(" 1", 1995) + "]) { id } }"}},
		{"nameLength", l.NameLength, 101, object{"query": "{ " + strings.Repeat("a", 101) + " }"}},
		{"depth", l.Depth, 18, object{"query": "{ tasks { nodes " + strings.Repeat("{ incident { tasks { nodes ", 5) + "{ id }" + strings.Repeat(" } } }", 5) + " } }"}},
		{"selections", l.Selections, 502, object{"query": "{ viewer { " + strings.Repeat(" roles", 501) + " } }"}},
		{"rootFields", l.RootFields, 21, object{"query": "{" + strings.Repeat(" viewer { roles }", 21) + " }"}},
		{"aliases", l.Aliases, 31, object{"query": "{" + sequence(" a%d: viewer { roles }", 31) + " }"}},
		{"directives", l.Directives, 21, object{"query": "{ viewer {" + strings.Repeat(" roles @include(if: true)", 21) + " } }"}},
		{"fragments", l.Fragments, 51, object{"query": "{ viewer { roles } }" + sequence(" fragment f%d on Viewer { roles }", 51)}},
		{"variableBytes", l.VariableBytes, 60_032, object{"query": "query($id: ID!) { node(id: $id) { id } }", "variables": object{"id": strings.Repeat("x", 60_023)}}},
		{"valueDepth", l.ValueDepth, 21, object{"query": "query($id: ID!) { node(id: $id) { id } }", "variables": object{"id": json.RawMessage(strings.Repeat("[", 21) + strings.Repeat("]", 21))}}},
		{"cost", l.Cost, 13_009, object{"query": "{ a: taskStatistics { incidents } b: taskStatistics { incidents } c: taskStatistics { incidents } d: taskStatistics { incidents } incidents(first: 200) { nodes { owner { name } createdBy { name } updatedBy { name } progress { total } } } }"}},
	} {
		if test.limit == "variableBytes" { // what is larger is no message of a socket
			test.maximum = 60_000
			alice := startWith(t, dbtest.SQLite(t), nil, graph.Options{Limits: limit.Limits{VariableBytes: 60_000}}).as("alice")
			checkLimit(t, alice, test.limit, test.maximum, test.actual, test.request)
			continue
		}
		checkLimit(t, alice, test.limit, test.maximum, test.actual, test.request)
	}
	request := object{"query": "mutation {" + sequence(` a%d: startTask(input: {id: "x"}) { replayed }`, 6) + " }"}
	if errs := ways["POST"](t, alice, request)["errors"]; at(errs, 0, "extensions", "limit") != "mutations" {
		t.Errorf("six mutations: got %v", errs)
	}
}

func checkLimit(t *testing.T, c client, name string, maximum, actual int, request object) {
	t.Helper()
	for way, ask := range ways {
		if way == "GET" && name == "variableBytes" {
			continue // what is too much of it does not fit in an address
		}
		answer := ask(t, c, request)
		e := at(answer["errors"], 0)
		message, _ := at(e, "message").(string)
		got := at(e, "extensions")
		if at(got, "code") != "TOO_COMPLEX" || at(got, "limit") != name || at(got, "maximum") != float64(maximum) || at(got, "actual") != float64(actual) || answer["data"] != nil {
			t.Errorf("%s by %s: got %v", name, way, answer)
		}
		if !strings.Contains(message, fmt.Sprint(maximum)) || !strings.Contains(message, fmt.Sprint(actual)) {
			t.Errorf("%s by %s: %q names neither limit nor what there is", name, way, message)
		}
	}
}

// Limits of what is read before there is a document.
func TestBodyAndMessageLimits(t *testing.T) {
	s := startWith(t, dbtest.SQLite(t), nil, graph.Options{Limits: limit.Limits{Body: 1000, Message: 500}})
	alice := s.as("alice")
	request := func(n int) string {
		return asked("{ viewer { roles } }" + strings.Repeat(" ", n-len(asked("{ viewer { roles } }"))))
	}
	if status, _, text := alice.send(t, request(1000)); status != http.StatusOK {
		t.Errorf("1000 bytes: got %d, %s", status, text)
	}
	if status, _, text := alice.send(t, request(1001)); status != http.StatusRequestEntityTooLarge || !strings.Contains(text, "1000 bytes") {
		t.Errorf("1001 bytes: got %d, %s", status, text)
	}
	conn, err := alice.socket(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	if err := conn.Write(t.Context(), websocket.MessageText, []byte(request(501))); err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
		t.Errorf("a message of 501 bytes: got %v", err)
	}
}

// The cost is told to those who ask, on every way, and to no one else.
func TestCostIsTold(t *testing.T) {
	alice := start(t, dbtest.SQLite(t)).as("alice")
	const document = "{ incidents(first: 10) { nodes { id progress { total } } } }"
	want := object{"requested": 25.0, "limit": 10_000.0} // the page 5, and 10 × (incident 1 + progress 1)
	for way, ask := range ways {
		answer := ask(t, alice, object{"query": document, "extensions": object{"cost": true}})
		if got := at(answer, "extensions", "cost"); fmt.Sprint(got) != fmt.Sprint(want) || answer["data"] == nil {
			t.Errorf("%s: got %v, want %v", way, answer, want)
		}
		for _, unasked := range []any{nil, object{"cost": false}, object{"cost": "yes"}} {
			request := object{"query": document}
			if unasked != nil {
				request["extensions"] = unasked
			}
			if answer := ask(t, alice, request); answer["extensions"] != nil || answer["data"] == nil {
				t.Errorf("%s, %v: got %v", way, unasked, answer)
			}
		}
	}
	for value, told := range map[string]bool{"1": true, "0": false, "": false} {
		_, _, text := alice.send(t, asked(document), "GraphQL-Cost", value)
		if strings.Contains(text, `"requested":25`) != told {
			t.Errorf("GraphQL-Cost: %q: got %s", value, text)
		}
	}
	// An operation that is refused for its cost has it in the error; one that was
	// not reckoned has none.
	answer := ways["POST"](t, alice, object{"query": "{ nope }", "extensions": object{"cost": true}})
	if answer["extensions"] != nil || answer["errors"] == nil {
		t.Errorf("an unknown field: got %v", answer)
	}
}

// Each event of a subscription has the cost of one event, only for those who
// asked, although its rendering is shared. It is held against the limit too.
func TestCostOfEvents(t *testing.T) {
	url := dbtest.SQLite(t)
	alice := start(t, url).as("alice")
	alice.newIncident(t, "I")
	request := object{"query": "subscription { auditEvents(fromStart: true) { position actor { name } } }"}
	for range 2 {
		if answer := ways["WebSocket"](t, alice, request); answer["data"] == nil || answer["extensions"] != nil {
			t.Errorf("unasked: got %v", answer)
		}
		asking := object{"query": request["query"], "extensions": object{"cost": true}}
		if answer := ways["WebSocket"](t, alice, asking); at(answer, "extensions", "cost", "requested") != 3.0 || at(answer, "extensions", "cursor") != nil {
			t.Errorf("asked: got %v", answer)
		}
	}
	cheap := startWith(t, url, nil, graph.Options{Limits: limit.Limits{Cost: 2}}).as("alice")
	for _, way := range []string{"WebSocket", "server-sent events"} {
		answer := ways[way](t, cheap, request)
		if at(answer, "errors", 0, "extensions", "limit") != "cost" || at(answer, "errors", 0, "extensions", "actual") != 3.0 {
			t.Errorf("%s, beyond the limit: got %v", way, answer)
		}
	}
}

// Every list says how long it is taken to be, so that none is forgotten.
func TestEveryListHasASize(t *testing.T) {
	schema := mustSchema(t, "../schema.graphqls")
	sized := map[string]bool{}
	for _, def := range ours(schema) {
		for _, field := range def.Fields {
			if d := field.Directives.ForName("listSize"); d != nil && d.Arguments.ForName("sizedFields") != nil {
				for _, child := range d.Arguments.ForName("sizedFields").Value.Children {
					sized[field.Type.Name()+"."+child.Value.Raw] = true
				}
			}
		}
	}
	for _, def := range ours(schema) {
		if def.Kind != ast.Object && def.Kind != ast.Interface {
			continue
		}
		for _, field := range def.Fields {
			list := field.Type.Elem != nil && schema.Types[field.Type.Name()].IsCompositeType()
			page := strings.HasSuffix(field.Type.Name(), "Connection")
			if (list || page) && !strings.HasPrefix(field.Name, "__") && field.Directives.ForName("listSize") == nil && !sized[def.Name+"."+field.Name] {
				t.Errorf("%s.%s has no @listSize: how long is it taken to be?", def.Name, field.Name)
			}
			if d := field.Directives.ForName("listSize"); page && d != nil {
				for _, child := range d.Arguments.ForName("slicingArguments").Value.Children {
					if field.Arguments.ForName(child.Value.Raw) == nil {
						t.Errorf("%s.%s has no argument %s", def.Name, field.Name, child.Value.Raw)
					}
				}
			}
		}
		if def == schema.Mutation {
			for _, field := range def.Fields {
				if !strings.HasPrefix(field.Name, "__") && field.Directives.ForName("cost") == nil && field.Directives.ForName("listSize") == nil {
					t.Errorf("Mutation.%s has no @cost", field.Name)
				}
			}
		}
	}
}

// What the documentation shows, what frontends ask for and what tools ask for is
// within the limits; twice as much is not.
func TestUsualRequestsFit(t *testing.T) {
	s := start(t, dbtest.SQLite(t))
	alice := s.as("alice", "CONTRIBUTOR", "AUDITOR")
	documents := map[string]string{}
	for _, file := range []string{"../README.md", "../cmd/tasktrail/hello.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for n, m := range regexp.MustCompile(`"query":("(?:[^"\\]|\\.)*")`).FindAllStringSubmatch(string(text), -1) {
			var document string
			if err := json.Unmarshal([]byte(m[1]), &document); err != nil {
				t.Fatalf("%v in %s", err, m[1])
			}
			documents[fmt.Sprintf("%s %d", filepath.Base(file), n)] = document
		}
	}
	if len(documents) < 10 {
		t.Fatalf("only %d documents found", len(documents))
	}
	for _, page := range pages {
		documents[page.name] = page.document
	}
	for _, p := range priced(t) {
		documents[p.name] = p.document
	}
	dearest, of := 0.0, ""
	for name, document := range documents {
		answer := ways["POST"](t, alice, object{"query": document, "variables": object{"n": 50, "id": "x"}, "extensions": object{"cost": true}})
		cost, _ := at(answer, "extensions", "cost", "requested").(float64)
		if code := at(answer, "errors", 0, "extensions", "code"); code == "TOO_COMPLEX" || cost == 0 && !strings.HasPrefix(document, "subscription") {
			t.Errorf("%s: got %.300s", name, fmt.Sprint(answer))
		}
		if cost > dearest {
			dearest, of = cost, name
		}
		if cost > 1000 {
			t.Logf("%s costs %v", name, cost)
		}
	}
	t.Logf("%d documents; the dearest costs %v of %d: %s", len(documents), dearest, limit.Default().Cost, of)
	for _, document := range []string{
		"{ incidents(first: 100) { nodes { tasks(first: 100) { nodes { id } } } } }",
		"{ a: taskStatistics { incidents } b: taskStatistics { incidents } c: taskStatistics { incidents } d: taskStatistics { incidents } }",
		"{ incidents(first: 200) { nodes { tasks { totalCount } history { totalCount } } } }",
	} {
		if _, errs := alice.do(t, document, nil); len(errs) != 1 || errs[0].Extensions.Code != "TOO_COMPLEX" {
			t.Errorf("%s: got %+v", document, errs)
		}
	}
}
