package transport_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"tasktrail/graph/transport"
)

const (
	eventStream = "text/event-stream"
	subscribe   = `{"query":"subscription { tick }"}`
	completed   = "event: complete\ndata:\n\n"
)

// openStream posts a request and returns the open response.
func openStream(t *testing.T, server *testServer, body string) *http.Response {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, server.URL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", eventStream)
	req.Header.Set("Content-Type", jsonType)
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	raw, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestSSERequests(t *testing.T) {
	refusing := newExec(stub{})
	refusing.AroundOperations(func(ctx context.Context, _ graphql.OperationHandler) graphql.ResponseHandler {
		// Not wrapped in OneShot: the transport must end the stream itself.
		return func(context.Context) *graphql.Response { return graphql.ErrorResponse(ctx, "refused") }
	})
	crash := newExec(stub{stream: func(context.Context) graphql.ResponseHandler {
		return func(context.Context) *graphql.Response { panic("hunter2") }
	}})
	crashEarly := newExec(stub{stream: func(context.Context) graphql.ResponseHandler { panic("hunter2") }})

	for _, c := range []struct {
		httpCase
		exec graphql.GraphExecutor
	}{
		{httpCase: httpCase{name: "interceptor", body: subscribe, status: 200, wantType: eventStream, contains: []string{"refused", completed}}, exec: refusing},
		{httpCase: httpCase{name: "panic", body: subscribe, status: 200, wantType: eventStream, contains: []string{"stopped safely", completed}, lacks: []string{"hunter2"}}, exec: crash},
		{httpCase: httpCase{name: "early panic", body: subscribe, status: 200, wantType: eventStream, contains: []string{"stopped safely", completed}, lacks: []string{"hunter2"}}, exec: crashEarly},
	} {
		c.header = accept(eventStream)
		t.Run(c.name, func(t *testing.T) { c.run(t, newServer(t, c.exec, transport.SSE{})) })
	}
}

// Whatever the document says: a browser repeats it as it was.
func TestSSEResume(t *testing.T) {
	got := make(chan string, 1)
	server := newServer(t, newExec(stub{stream: func(ctx context.Context) graphql.ResponseHandler {
		got <- transport.LastEventID(ctx)
		return ticks(1)
	}}), transport.SSE{})
	for name, want := range map[string]string{"new": "", "resumed": "c7"} {
		t.Run(name, func(t *testing.T) {
			header := map[string]string{"Accept": eventStream, "Sec-Fetch-Site": "same-origin"}
			if want != "" {
				header["Last-Event-ID"] = want
			}
			httpCase{
				method: "GET", params: query("subscription { tick }"), header: header,
				status: 200, wantType: eventStream,
			}.run(t, server)
			if id := wait(t, got, "subscription"); id != want {
				t.Errorf("the last event is %q, want %q", id, want)
			}
		})
	}
}

// A stream that the server ends for its own reasons must not look complete.
func TestSSEEnds(t *testing.T) {
	drain := make(chan struct{})
	for _, c := range []struct {
		name     string
		sse      transport.SSE
		end      func(*testServer)
		contains string
		complete bool
	}{
		{name: "drain", sse: transport.SSE{Drain: drain}, end: func(*testServer) { close(drain) }},
		{name: "shutdown", end: func(s *testServer) { s.stop() }},
		{
			name: "expiry",
			sse: transport.SSE{ExpiresAt: func(context.Context) (time.Time, bool) {
				return time.Now().Add(20 * time.Millisecond), true
			}},
			end: func(*testServer) {}, contains: "UNAUTHENTICATED", complete: true,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := newServer(t, newExec(stub{stream: silent}), c.sse)
			resp := openStream(t, server, subscribe)
			c.end(server)
			body := readAll(t, resp.Body)
			if !strings.Contains(body, c.contains) || strings.HasSuffix(body, completed) != c.complete {
				t.Errorf("stream is %q", body)
			}
			server.waitIdle(t)
		})
	}
}

// A client takes an open stream for one that will send what happens from now on.
func TestSSEOpensWhenItHasBegun(t *testing.T) {
	drain, starting := make(chan struct{}), make(chan struct{})
	server := newServer(t, newExec(stub{stream: func(ctx context.Context) graphql.ResponseHandler {
		close(starting)
		<-ctx.Done()
		return ticks(1)
	}}), transport.SSE{Drain: drain})
	go func() {
		<-starting
		close(drain)
	}()
	if body := readAll(t, openStream(t, server, subscribe).Body); body != "" {
		t.Errorf("before the subscription has begun the stream has %q", body)
	}
	server.waitIdle(t)
}

// dialSSE subscribes over a bare connection and reads only the status line.
func dialSSE(t *testing.T, server *testServer) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: test\r\nAccept: text/event-stream\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(subscribe), subscribe)
	line := make([]byte, len("HTTP/1.1 200"))
	if _, err := io.ReadFull(conn, line); err != nil || string(line) != "HTTP/1.1 200" {
		t.Fatalf("got %q, %v", line, err)
	}
	return conn
}

func TestSSESlowReaderIsCutOff(t *testing.T) {
	server := newServer(t, newExec(stub{stream: flood}), transport.SSE{WriteTimeout: 50 * time.Millisecond})
	dialSSE(t, server)
	server.waitIdle(t)
}

func TestSSEClientLeavesDuringWrite(t *testing.T) {
	server := newServer(t, newExec(stub{stream: flood}), transport.SSE{KeepAlive: time.Millisecond})
	dialSSE(t, server).Close()
	server.waitIdle(t)
}

// bareWriter has no deadlines.
type bareWriter struct{ http.ResponseWriter }

func TestSSENeedsDeadlines(t *testing.T) {
	rec := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(subscribe))
	r.Header.Set("Content-Type", jsonType)
	transport.SSE{}.Do(bareWriter{rec}, r, newExec(stub{}))
	if rec.Code != http.StatusInternalServerError {
		t.Errorf("status %d, want 500", rec.Code)
	}
}
