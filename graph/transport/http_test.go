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
	inLines := func(data string) graphql.GraphExecutor {
		return newExec(stub{single: func(context.Context) *graphql.Response { return &graphql.Response{Data: json.RawMessage(data)} }})
	}
	nothing := newExec(stub{single: func(context.Context) *graphql.Response { return nil }})

	for _, c := range []struct {
		httpCase
		exec graphql.GraphExecutor
	}{
		{httpCase{name: "mutation", body: `{"query":"mutation { name }"}`, status: 200, contains: []string{`"name":"test"`}}, newExec(stub{})},
		{httpCase{name: "big number", body: `{"query":"query($i:Int!){find(id:$i)}","variables":{"i":9007199254740993}}`, status: 200, contains: []string{"9007199254740993"}}, newExec(stub{})},
		{httpCase{name: "big number by GET", method: "GET", params: url.Values{"query": {"query($i:Int!){find(id:$i)}"}, "variables": {`{"i":9007199254740993}`}}, header: preflight, status: 200, contains: []string{"9007199254740993"}}, newExec(stub{})},
		{httpCase{name: "subscription, json", body: subscription, status: 200, contains: []string{"text/event-stream", "WebSocket", "BAD_USER_INPUT"}, lacks: []string{`"data"`}}, newExec(stub{})},
		{httpCase{name: "subscription, graphql", body: subscription, header: accept(graphqlType), status: 400, wantType: graphqlType, contains: []string{"BAD_USER_INPUT"}}, newExec(stub{})},
		{httpCase{name: "unauthenticated", body: queryName, status: 401, headers: map[string]string{"WWW-Authenticate": "Bearer"}, lacks: []string{`"data"`}}, unauthenticated},
		{httpCase{name: "field error", body: queryName, header: accept(graphqlType), status: 200, wantType: graphqlType, contains: []string{`"data":null`, "failed"}}, fieldError},
		{httpCase{name: "panic", body: queryName, status: 500, contains: []string{"stopped safely"}, lacks: []string{"hunter2"}}, crash},
		{httpCase{name: "data in lines", body: queryName, status: 200, contains: []string{`{"data":{"name":"a b"}}`}}, inLines("{\"name\":\r\n\"a b\"}\n")},
		{httpCase{name: "no data and no errors", body: queryName, status: 200, contains: []string{`{"data":null}`}}, inLines("")},
		{httpCase{name: "lines of no data", body: queryName, status: 200, contains: []string{"internal error"}, lacks: []string{"hunter2"}}, inLines("hunter2\n")},
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
