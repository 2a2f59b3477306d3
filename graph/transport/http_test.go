package transport_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"tasktrail/graph/transport"
)

const (
	jsonType    = "application/json"
	graphqlType = "application/graphql-response+json"
)

// httpCase is a request and what its answer must be.
type httpCase struct {
	name   string
	method string // default POST
	params url.Values
	body   string
	header map[string]string // Content-Type defaults to application/json with POST

	status   int
	wantType string   // media type, default application/json
	contains []string // in the body
	lacks    []string
	headers  map[string]string
}

func (c httpCase) run(t *testing.T, server *testServer) {
	t.Helper()
	method := c.method
	if method == "" {
		method = http.MethodPost
	}
	req, err := http.NewRequest(method, server.URL+"?"+c.params.Encode(), strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", jsonType)
	}
	for name, value := range c.header {
		req.Header.Set(name, value)
	}
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	body := string(raw)

	if resp.StatusCode != c.status {
		t.Errorf("status %d, want %d; body %s", resp.StatusCode, c.status, body)
	}
	wantType := c.wantType
	if wantType == "" {
		wantType = jsonType
	}
	if got := resp.Header.Get("Content-Type"); got != wantType+"; charset=utf-8" {
		t.Errorf("content type %q, want %q", got, wantType)
	}
	if wantType != "text/event-stream" && !json.Valid(raw) {
		t.Errorf("body is not JSON: %s", body)
	}
	for _, s := range c.contains {
		if !strings.Contains(body, s) {
			t.Errorf("body lacks %q: %s", s, body)
		}
	}
	for _, s := range c.lacks {
		if strings.Contains(body, s) {
			t.Errorf("body must not contain %q: %s", s, body)
		}
	}
	for name, want := range c.headers {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("header %s is %q, want %q", name, got, want)
		}
	}
}

func accept(value string) map[string]string { return map[string]string{"Accept": value} }

func query(text string) url.Values { return url.Values{"query": {text}} }

var preflight = map[string]string{"GraphQL-Require-Preflight": "1"}

const queryName = `{"query":"{ name }"}`

func TestHTTPNegotiation(t *testing.T) {
	server := newServer(t, newExec(stub{}), transport.SSE{}, transport.HTTP{})
	invalid := `{"query":"{ missing }"}`
	for _, c := range []httpCase{
		{name: "no Accept", body: queryName, status: 200, contains: []string{`"name":"test"`}, lacks: []string{"errors"}},
		{name: "any", body: queryName, header: accept("*/*"), status: 200},
		{name: "graphql", body: queryName, header: accept(graphqlType), status: 200, wantType: graphqlType},
		{name: "both, graphql first", body: queryName, header: accept(graphqlType + ", " + jsonType), status: 200, wantType: graphqlType},
		{name: "both, json first", body: queryName, header: accept(jsonType + ", " + graphqlType), status: 200},
		{name: "quality", body: queryName, header: accept(jsonType + ";q=0.5, " + graphqlType), status: 200, wantType: graphqlType},
		{name: "refused by quality", body: queryName, header: accept(jsonType + ";q=0"), status: 406},
		{name: "multipart, then json", body: queryName, header: accept(`multipart/mixed; subscriptionSpec="1.0", ` + jsonType), status: 200},
		{name: "json, then event stream", body: queryName, header: accept(jsonType + ", text/event-stream"), status: 200},
		{name: "event stream first", body: queryName, header: accept("text/event-stream, " + jsonType), status: 200, wantType: "text/event-stream"},
		{name: "not acceptable", body: queryName, header: accept("text/html"), status: 406, contains: []string{jsonType}},

		{name: "parse error, json", body: `{"query":"{"}`, status: 200, contains: []string{`"errors"`}, lacks: []string{`"data"`}},
		{name: "parse error, graphql", body: `{"query":"{"}`, header: accept(graphqlType), status: 400, wantType: graphqlType, lacks: []string{`"data"`}},
		{name: "validation error, json", body: invalid, status: 200, lacks: []string{`"data"`}},
		{name: "validation error, graphql", body: invalid, header: accept(graphqlType), status: 400, wantType: graphqlType, lacks: []string{`"data"`}},
		{name: "coercion error, graphql", body: `{"query":"query($i:Int!){find(id:$i)}","variables":{"i":"x"}}`, header: accept(graphqlType), status: 400, wantType: graphqlType},
		{name: "malformed, graphql", body: `{`, header: accept(graphqlType), status: 400, wantType: graphqlType},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, server) })
	}
}

func TestHTTPRequestErrors(t *testing.T) {
	server := newServer(t, newExec(stub{}), transport.HTTP{MaxBody: 300})
	secret := "hunter2"
	for _, c := range []httpCase{
		{name: "PUT", method: "PUT", body: queryName, status: 405, headers: map[string]string{"Allow": "GET, POST"}},
		{name: "form", body: "query=x", header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, status: 415},
		{name: "no content type", body: queryName, header: map[string]string{"Content-Type": ""}, status: 415},
		{name: "other charset", body: queryName, header: map[string]string{"Content-Type": jsonType + "; charset=latin1"}, status: 415},
		{name: "compressed", body: queryName, header: map[string]string{"Content-Encoding": "gzip"}, status: 415},
		{name: "too large", body: `{"query":"` + strings.Repeat(" ", 300) + `"}`, status: 413, contains: []string{"300 bytes"}},
		{name: "empty", status: 400, contains: []string{"empty"}},
		{name: "malformed", body: `{"query": hunter2}`, status: 400, contains: []string{"not valid JSON (at byte"}},
		{name: "not UTF-8", body: "{\"query\":\"\xff\"}", status: 400, contains: []string{"UTF-8"}},
		{name: "trailing garbage", body: queryName + " hunter2", status: 400, contains: []string{"not valid JSON"}},
		{name: "batch", body: "[" + queryName + "]", status: 400, contains: []string{"batches"}},
		{name: "null", body: "null", status: 400, contains: []string{"object"}},
		{name: "no query", body: `{"variables":{}}`, status: 400, contains: []string{"query is missing"}},
		{name: "query in capitals", body: `{"QUERY":"{ name }"}`, status: 400, contains: []string{"query is missing"}},
		{name: "query is number", body: `{"query":1}`, status: 400, contains: []string{"query must be a string"}},
		{name: "operationName is number", body: `{"query":"{name}","operationName":1}`, status: 400, contains: []string{"operationName must be a string"}},
		{name: "variables are array", body: `{"query":"{name}","variables":["hunter2"]}`, status: 400, contains: []string{"variables must be a JSON object"}},
		{name: "variables are text", body: `{"query":"{name}","variables":"hunter2"}`, status: 400, contains: []string{"variables must be a JSON object"}},
		{name: "extensions are number", body: `{"query":"{name}","extensions":1}`, status: 400, contains: []string{"extensions must be a JSON object"}},
		{name: "null members", body: `{"query":"{name}","variables":null,"operationName":null,"extensions":null,"other":1}`, status: 200},
	} {
		c.lacks = append(c.lacks, secret)
		if c.status != 200 {
			c.contains = append(c.contains, `"errors":[{"message":`, `"code":"BAD_USER_INPUT"`)
		}
		t.Run(c.name, func(t *testing.T) { c.run(t, server) })
	}
}

func TestHTTPGet(t *testing.T) {
	server := newServer(t, newExec(stub{}), transport.HTTP{MaxBody: 300})
	withVariables := url.Values{"query": {"query A($i:Int!){find(id:$i)} query B{name}"}, "operationName": {"A"}, "variables": {`{"i":9007199254740993}`}}
	twice := url.Values{"query": {"{name}", "{name}"}}
	for _, c := range []httpCase{
		{name: "without guard", params: query("{ name }"), status: 400, contains: []string{"cross-site"}},
		{name: "cross-site", params: query("{ name }"), header: map[string]string{"Sec-Fetch-Site": "cross-site"}, status: 400},
		{name: "same-site", params: query("{ name }"), header: map[string]string{"Sec-Fetch-Site": "same-site"}, status: 400},
		{name: "same-origin", params: query("{ name }"), header: map[string]string{"Sec-Fetch-Site": "same-origin"}, status: 200},
		{name: "by user", params: query("{ name }"), header: map[string]string{"Sec-Fetch-Site": "none"}, status: 200},
		{name: "preflight header", params: query("{ name }"), header: preflight, status: 200},
		{name: "apollo header", params: query("{ name }"), header: map[string]string{"Apollo-Require-Preflight": "1"}, status: 200},
		{name: "apollo operation", params: query("{ name }"), header: map[string]string{"X-Apollo-Operation-Name": "x"}, status: 200},
		{name: "content type", params: query("{ name }"), header: map[string]string{"Content-Type": jsonType}, status: 200},
		{name: "text content type", params: query("{ name }"), header: map[string]string{"Content-Type": "text/plain"}, status: 400},
		{name: "variables", params: withVariables, header: preflight, status: 200, contains: []string{"9007199254740993"}},
		{name: "bad variables", params: url.Values{"query": {"{name}"}, "variables": {"[]"}}, header: preflight, status: 400, contains: []string{"variables"}},
		{name: "bad extensions", params: url.Values{"query": {"{name}"}, "extensions": {"x"}}, header: preflight, status: 400, contains: []string{"extensions"}},
		{name: "no query", header: preflight, status: 400, contains: []string{"query is missing"}},
		{name: "twice", params: twice, header: preflight, status: 400, contains: []string{"more than once"}},
		{name: "too long", params: query(strings.Repeat(" ", 301)), header: preflight, status: 414, contains: []string{"300 bytes"}},
		{name: "mutation", params: query("mutation { name }"), header: preflight, status: 405, headers: map[string]string{"Allow": "POST"}, contains: []string{"POST"}},
		{name: "subscription", params: query("subscription { tick }"), header: preflight, status: 200, contains: []string{"BAD_USER_INPUT"}},
	} {
		c.method = http.MethodGet
		t.Run(c.name, func(t *testing.T) { c.run(t, server) })
	}
}

func TestHTTPOperations(t *testing.T) {
	const subscription = `{"query":"subscription { tick }"}`
	unauthenticated := newExec(stub{})
	unauthenticated.AroundOperations(func(context.Context, graphql.OperationHandler) graphql.ResponseHandler {
		return graphql.OneShot(&graphql.Response{Errors: gqlerror.List{{Message: "log in", Extensions: map[string]any{"code": "UNAUTHENTICATED"}}}})
	})
	fieldError := newExec(stub{single: func(ctx context.Context) *graphql.Response {
		graphql.AddErrorf(ctx, "failed")
		return &graphql.Response{Data: json.RawMessage("null")}
	}})
	crash := newExec(stub{single: func(context.Context) *graphql.Response { panic("hunter2") }})
	badData := newExec(stub{single: func(context.Context) *graphql.Response {
		return &graphql.Response{Data: json.RawMessage("hunter2")}
	}})
	nothing := newExec(stub{single: func(context.Context) *graphql.Response { return nil }})

	for _, c := range []struct {
		httpCase
		exec graphql.GraphExecutor
	}{
		{httpCase{name: "mutation", body: `{"query":"mutation { name }"}`, status: 200, contains: []string{`"name":"test"`}}, newExec(stub{})},
		{httpCase{name: "big number", body: `{"query":"query($i:Int!){find(id:$i)}","variables":{"i":9007199254740993}}`, status: 200, contains: []string{"9007199254740993"}}, newExec(stub{})},
		{httpCase{name: "subscription, json", body: subscription, status: 200, contains: []string{"text/event-stream", "WebSocket", "BAD_USER_INPUT"}, lacks: []string{`"data"`}}, newExec(stub{})},
		{httpCase{name: "subscription, graphql", body: subscription, header: accept(graphqlType), status: 400, wantType: graphqlType, contains: []string{"BAD_USER_INPUT"}}, newExec(stub{})},
		{httpCase{name: "unauthenticated", body: queryName, status: 401, headers: map[string]string{"WWW-Authenticate": "Bearer"}, lacks: []string{`"data"`}}, unauthenticated},
		{httpCase{name: "field error", body: queryName, header: accept(graphqlType), status: 200, wantType: graphqlType, contains: []string{`"data":null`, "failed"}}, fieldError},
		{httpCase{name: "panic", body: queryName, status: 500, contains: []string{"stopped safely"}, lacks: []string{"hunter2"}}, crash},
		{httpCase{name: "invalid data", body: queryName, status: 200, contains: []string{"internal error"}, lacks: []string{"hunter2"}}, badData},
		{httpCase{name: "no response", body: queryName, status: 503}, nothing},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, newServer(t, c.exec, transport.HTTP{})) })
	}
}

func TestErrorsAreCapped(t *testing.T) {
	server := newServer(t, newExec(stub{}), transport.HTTP{})
	var fields strings.Builder
	for range 100 {
		fields.WriteString(" missing")
	}
	resp, err := server.Client().Post(server.URL, jsonType, strings.NewReader(`{"query":"{`+fields.String()+`}"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var body struct {
		Errors []struct {
			Message    string
			Extensions map[string]any
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	if len(body.Errors) != transport.MaxErrors+1 {
		t.Fatalf("%d errors, want %d and one that says how many are left out", len(body.Errors), transport.MaxErrors)
	}
	if last := body.Errors[transport.MaxErrors].Extensions; last["code"] != transport.CodeErrorsOmitted || last["omitted"] != 80.0 {
		t.Errorf("the last error is %v, want 80 omitted", last)
	}
}
