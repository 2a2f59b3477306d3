package graph_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"tasktrail/graph/transport"
)

// stub is an executable schema whose answers a check decides, for what the real
// one does too seldom or too late: it crashes, hangs, never has an event.
type stub func(ctx context.Context) *graphql.Response

var stubSchema = gqlparser.MustLoadSchema(&ast.Source{Input: `
	type Query { name: String! } type Mutation { name: String! } type Subscription { tick: Int! }`})

// Schema is for the executor, as are the other methods.
func (s stub) Schema() *ast.Schema { return stubSchema }

// Complexity counts nothing.
func (s stub) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

// Exec answers once to a query, and again and again to a subscription.
func (s stub) Exec(ctx context.Context) graphql.ResponseHandler {
	if graphql.GetOperationContext(ctx).Operation.Operation == ast.Subscription {
		return func(ctx context.Context) *graphql.Response { return s(ctx) }
	}
	return graphql.OneShot(s(ctx))
}

// hangs waits for the end of the operation, and tells of both.
func hangs() (s stub, started, ended chan bool) {
	started, ended = make(chan bool, 16), make(chan bool, 16)
	return func(ctx context.Context) *graphql.Response {
		started <- true
		<-ctx.Done()
		ended <- true
		return nil
	}, started, ended
}

// answers gives the same data each time.
func answers(data string) stub {
	return func(context.Context) *graphql.Response { return &graphql.Response{Data: json.RawMessage(data)} }
}

// crashes is a fault in a resolver.
func crashes(context.Context) *graphql.Response { panic(secret) }

// serveStub serves it through transports until the test ends.
func serveStub(t *testing.T, s stub, transports ...graphql.Transport) *edge {
	t.Helper()
	exec := executor.New(s)
	exec.SetRecoverFunc(func(context.Context, any) error { return nil })
	server := &server{Server: httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, tr := range transports {
			if tr.Supports(r) {
				tr.Do(w, r, exec)
				return
			}
		}
	}))}
	t.Cleanup(server.Close)
	return &edge{server: server, alice: client{url: server.URL}}
}

// onStub runs a check against a stub.
func onStub(s stub, c check) check {
	return func(t *testing.T, _ *edge) {
		t.Helper()
		c(t, serveStub(t, s, transport.WebSocket{}, transport.SSE{}, transport.HTTP{}))
	}
}

// address is where the server listens.
func (e *edge) address() string { return strings.TrimPrefix(e.URL, "http://") }
