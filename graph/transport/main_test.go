package transport_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"go.uber.org/goleak"
)

// patience bounds every wait, so that a failure does not hang the tests.
const patience = time.Minute

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stub is an executable schema whose answers a test can replace.
type stub struct {
	single func(ctx context.Context) *graphql.Response // query and mutation
	stream func(ctx context.Context) graphql.ResponseHandler
}

var stubSchema = gqlparser.MustLoadSchema(&ast.Source{Input: `
	type Query { name: String! find(id: Int!): String! }
	type Mutation { name: String! }
	type Subscription { tick(after: String): Int! }
`})

func (s stub) Schema() *ast.Schema { return stubSchema }

func (s stub) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

func (s stub) Exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	if op.Operation.Operation == ast.Subscription {
		if s.stream != nil {
			return s.stream(ctx)
		}
		return ticks(2)
	}
	single := s.single
	if single == nil {
		single = func(context.Context) *graphql.Response {
			return data(map[string]any{"name": "test", "variables": op.Variables})
		}
	}
	sent := false
	return func(ctx context.Context) *graphql.Response {
		if sent {
			return nil
		}
		sent = true
		return single(ctx)
	}
}

func data(v any) *graphql.Response {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return &graphql.Response{Data: raw}
}

// ticks is a subscription of n events with the cursors c1, c2 and so on.
func ticks(n int) graphql.ResponseHandler {
	i := 0
	return func(ctx context.Context) *graphql.Response {
		if i == n {
			return nil
		}
		i++
		graphql.RegisterExtension(ctx, "cursor", fmt.Sprintf("c%d", i))
		return data(map[string]int{"tick": i})
	}
}

// silent is a subscription without events that ends with its context.
func silent(context.Context) graphql.ResponseHandler {
	return func(ctx context.Context) *graphql.Response {
		<-ctx.Done()
		return nil
	}
}

// flood is an endless subscription of large events.
func flood(context.Context) graphql.ResponseHandler {
	big := make([]byte, 1<<20)
	for i := range big {
		big[i] = 'x'
	}
	resp := data(map[string]string{"tick": string(big)})
	return func(ctx context.Context) *graphql.Response {
		if ctx.Err() != nil {
			return nil
		}
		return &graphql.Response{Data: resp.Data}
	}
}

// testServer counts the handlers that are running.
type testServer struct {
	*httptest.Server
	stop     context.CancelFunc // ends the context of all requests
	handlers sync.WaitGroup
}

func newServer(t *testing.T, exec graphql.GraphExecutor, transports ...graphql.Transport) *testServer {
	t.Helper()
	return startServer(t, (*httptest.Server).Start, exec, transports...)
}

// startServer is newServer with or without TLS.
func startServer(t *testing.T, start func(*httptest.Server), exec graphql.GraphExecutor, transports ...graphql.Transport) *testServer {
	t.Helper()
	s := &testServer{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.handlers.Add(1)
		defer s.handlers.Done()
		for _, transport := range transports {
			if transport.Supports(r) {
				transport.Do(w, r, exec)
				return
			}
		}
		http.Error(w, "no transport", http.StatusNotImplemented)
	}))
	var ctx context.Context
	ctx, s.stop = context.WithCancel(context.Background())
	s.Config.BaseContext = func(net.Listener) context.Context { return ctx }
	start(s.Server)
	t.Cleanup(func() {
		s.stop()
		s.waitIdle(t)
		s.Close()
	})
	return s
}

// waitIdle waits until every handler has returned.
func (s *testServer) waitIdle(t *testing.T) {
	t.Helper()
	idle := make(chan struct{})
	go func() {
		s.handlers.Wait()
		close(idle)
	}()
	wait(t, idle, "handlers to return")
}

func wait[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("timed out waiting for %s", what)
		panic("unreachable")
	}
}

func newExec(s stub) *executor.Executor {
	exec := executor.New(s)
	exec.SetRecoverFunc(func(context.Context, any) error {
		return fmt.Errorf("stopped safely")
	})
	return exec
}
