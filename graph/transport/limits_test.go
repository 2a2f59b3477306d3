package transport_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"

	"tasktrail/graph/transport"
	"tasktrail/throttle"
)

// edge limits one client, whom everybody is.
func edge(o throttle.Options) transport.Edge {
	o.Client = func(context.Context) string { return "all" }
	o.Address = func(context.Context) netip.Addr { return netip.MustParseAddr("192.0.2.1") }
	return transport.Edge{Limits: throttle.New(o)}
}

type refusal struct {
	Message    string
	Extensions struct {
		Code, Limit string
		RetryAfter  int
	}
}

// send posts a document. The body of the response is closed at the end of the test.
func send(ctx context.Context, t *testing.T, server *testServer, accept, document string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, strings.NewReader(fmt.Sprintf(`{"query":%q}`, document)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", accept)
	response, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

// post sends a query and returns status, Retry-After and the first error.
func post(t *testing.T, server *testServer, accept, query string) (int, string, refusal) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	response := send(ctx, t, server, accept, query)
	var body struct{ Errors []refusal }
	text, _ := io.ReadAll(response.Body)
	_ = json.Unmarshal(text, &body)
	return response.StatusCode, response.Header.Get("Retry-After"), append(body.Errors, refusal{})[0]
}

// Too many are refused on every transport, before they are read.
func TestRateOnEveryTransport(t *testing.T) {
	for _, accept := range []string{"application/json", "application/graphql-response+json", "text/event-stream"} {
		t.Run(accept, func(t *testing.T) {
			e := edge(throttle.Options{Rate: 0.1, Burst: 2})
			server := newServer(t, newExec(stub{}), transport.SSE{Edge: e}, transport.HTTP{Edge: e})
			for range 2 {
				if status, _, _ := post(t, server, accept, "{ name }"); status != http.StatusOK {
					t.Fatalf("got %d", status)
				}
			}
			status, after, r := post(t, server, accept, "no GraphQL at all")
			if status != http.StatusTooManyRequests || after != "10" || r.Extensions.Code != "RATE_LIMITED" || r.Extensions.Limit != "rate" || r.Extensions.RetryAfter != 10 {
				t.Errorf("got %d, Retry-After %s, %+v", status, after, r)
			}
		})
	}
	t.Run("websocket", func(t *testing.T) {
		c := dialReady(t, newServer(t, newExec(stub{}), transport.WebSocket{Edge: edge(throttle.Options{Rate: 0.1, Burst: 1})}))
		c.send(subscribeFrame("1", "{ name }"))
		c.read()
		c.expect(`{"id":"1","type":"complete"}`)
		for range 2 { // whoever is refused may use the id again
			c.send(subscribeFrame("1", "{ name }"))
			c.expect(`{"id":"1","type":"error","payload":[{"message":"you have begun too many operations: the limit is 0.1 a second, 1 at once after a pause",` +
				`"extensions":{"code":"RATE_LIMITED","limit":"rate","retryAfter":10}}]}`)
		}
	})
}

// Operations of one user count together, whatever they come over; those that
// last do not count as running.
func TestConcurrencyAcrossTransports(t *testing.T) {
	running, finish := make(chan bool, 3), make(chan bool)
	e := edge(throttle.Options{Concurrent: 2})
	server := newServer(t, newExec(stub{stream: silent, single: func(context.Context) *graphql.Response {
		running <- true
		<-finish
		return data(1)
	}}), transport.WebSocket{Edge: e}, transport.SSE{Edge: e}, transport.HTTP{Edge: e})
	c := dialReady(t, server)
	for _, id := range []string{"s1", "s2", "s3"} {
		c.send(subscribeFrame(id, "subscription { tick }"))
	}
	c.send(`{"type":"ping"}`)
	c.expect(`{"type":"pong"}`)
	c.send(subscribeFrame("q", "{ name }"))
	wait(t, running, "query over WebSocket")
	var work sync.WaitGroup
	work.Go(func() {
		if status, _, r := post(t, server, "application/json", "{ name }"); status != http.StatusOK {
			t.Errorf("the second query: %d, %+v", status, r)
		}
	})
	wait(t, running, "query over HTTP")
	if status, _, r := post(t, server, "application/json", "{ name }"); status != http.StatusTooManyRequests || r.Extensions.Limit != "concurrency" {
		t.Errorf("the third query: %d, %+v", status, r)
	}
	if status, _, r := post(t, server, "text/event-stream", "{ name }"); status != http.StatusTooManyRequests || r.Extensions.Limit != "concurrency" {
		t.Errorf("the third, over server-sent events: %d, %+v", status, r)
	}
	c.send(subscribeFrame("q2", "{ name }"))
	if got := c.read(); !strings.Contains(got, `"limit":"concurrency"`) {
		t.Errorf("the third, over WebSocket: %s", got)
	}
	close(finish)
	work.Wait()
	c.read() // the answer to q
	c.expect(`{"id":"q","type":"complete"}`)
	if status, _, r := post(t, server, "application/json", "{ name }"); status != http.StatusOK {
		t.Errorf("afterwards: %d, %+v", status, r)
	}
}

// A page asks for its parts at once: what is over the limit waits, on every
// transport.
func TestOperationsWaitForTheirTurn(t *testing.T) {
	running, finish := make(chan bool), make(chan bool)
	e := edge(throttle.Options{Concurrent: 1, Wait: patience})
	server := newServer(t, newExec(stub{single: func(context.Context) *graphql.Response {
		running <- true
		<-finish
		return data(1)
	}}), transport.WebSocket{Edge: e}, transport.SSE{Edge: e}, transport.HTTP{Edge: e})
	c := dialReady(t, server)
	var work sync.WaitGroup
	for _, accept := range []string{"application/json", "text/event-stream"} {
		work.Go(func() {
			if status, _, r := post(t, server, accept, "{ name }"); status != http.StatusOK || r.Message != "" {
				t.Errorf("%s: %d, %+v", accept, status, r)
			}
		})
	}
	c.send(subscribeFrame("q", "{ name }"))
	for range 3 {
		wait(t, running, "the next query")
		select {
		case <-running:
			t.Error("two run at a time")
		case finish <- true:
		}
	}
	work.Wait()
	if got := c.read(); !strings.Contains(got, `"type":"next"`) {
		t.Errorf("over WebSocket: %s", got)
	}
	c.expect(`{"id":"q","type":"complete"}`)
}

// A socket too many is closed with a code on which clients try again, later each
// time; a stream too many is answered with 429, and 503 when the server is full.
func TestTooManyStreams(t *testing.T) {
	e := edge(throttle.Options{Streams: 2})
	server := newServer(t, newExec(stub{stream: silent}), transport.WebSocket{Edge: e}, transport.SSE{Edge: e})
	first := dialReady(t, server)
	dialReady(t, server)
	third := dial(t, server)
	third.send(hello)
	if code, reason := third.closed(); code != websocket.StatusTryAgainLater || !strings.Contains(reason, "2 sockets") {
		t.Errorf("closed with %d %q, want 1013", code, reason)
	}
	if status, after, r := post(t, server, "text/event-stream", "subscription { tick }"); status != http.StatusTooManyRequests || after != "10" || r.Extensions.Limit != "streams" {
		t.Errorf("got %d, %s, %+v", status, after, r)
	}
	_ = first.conn.Close(websocket.StatusNormalClosure, "")
	again := dial(t, server)
	again.send(hello)
	for begun := time.Now(); ; { // the server may not have seen the end of the first yet
		if _, text, err := again.conn.Read(again.ctx); err == nil {
			if string(text) != ackFrame {
				t.Fatalf("got %s", text)
			}
			break
		}
		if time.Since(begun) > patience {
			t.Fatal("the place of a socket that was closed is not free")
		}
		again = dial(t, server)
		again.send(hello)
	}

	full := edge(throttle.Options{AllStreams: 1})
	small := newServer(t, newExec(stub{stream: silent}), transport.WebSocket{Edge: full}, transport.SSE{Edge: full})
	dialReady(t, small)
	if status, after, r := post(t, small, "text/event-stream", "subscription { tick }"); status != http.StatusServiceUnavailable || after != "10" || r.Extensions.Limit != "all-streams" {
		t.Errorf("full: got %d, %s, %+v", status, after, r)
	}
	if status := upgradeStatus(t, small, nil); status != http.StatusServiceUnavailable {
		t.Errorf("full: socket got %d, want 503", status)
	}
}

// upgradeStatus is how the server answers a client that wants a socket.
func upgradeStatus(t *testing.T, server *testServer, header http.Header) int {
	t.Helper()
	conn, response, err := websocket.Dial(t.Context(), server.URL, &websocket.DialOptions{
		HTTPClient: server.Client(), Subprotocols: []string{transport.Subprotocol}, HTTPHeader: header,
	})
	if err == nil {
		_ = conn.CloseNow()
	}
	if response == nil {
		t.Fatal(err)
	}
	return response.StatusCode
}

func TestSocketsThatSayNothing(t *testing.T) {
	server := newServer(t, newExec(stub{}), transport.WebSocket{Edge: edge(throttle.Options{Greeting: 2})})
	for range 3 { // who has said who it is does not count
		dialReady(t, server)
	}
	dial(t, server)
	dial(t, server)
	if got := upgradeStatus(t, server, nil); got != http.StatusTooManyRequests {
		t.Errorf("got %d, want 429", got)
	}
}

func TestTooManyMessages(t *testing.T) {
	c := dialReady(t, newServer(t, newExec(stub{}), transport.WebSocket{}))
	for range 1500 {
		if c.conn.Write(c.ctx, websocket.MessageText, []byte(`{"type":"pong"}`)) != nil {
			break
		}
	}
	if code, reason := c.closed(); code != websocket.StatusPolicyViolation || !strings.Contains(reason, "1000") {
		t.Errorf("closed with %d %q, want 1008", code, reason)
	}
}

// A login that is refused for too many bad tokens is no bad token.
func TestInitRefusedByALimit(t *testing.T) {
	c := dial(t, newServer(t, newExec(stub{}), transport.WebSocket{Init: func(ctx context.Context, _ map[string]any) (context.Context, error) {
		return ctx, &throttle.Refusal{Limit: throttle.Authentication, Message: "too many"}
	}}))
	c.send(hello)
	if code, reason := c.closed(); code != websocket.StatusTryAgainLater || reason != "too many" {
		t.Errorf("closed with %d %q, want 1013", code, reason)
	}
}
