package transport_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"

	"tasktrail/graph/transport"
)

func TestWebSocketOperations(t *testing.T) {
	server := newServer(t, newExec(stub{}), transport.WebSocket{})
	c := dialReady(t, server)
	for _, op := range []struct {
		name, query string
		want        []string
	}{
		{"query", "{ name }", []string{
			`{"id":"1","type":"next","payload":{"data":{"name":"test","variables":{}}}}`,
			`{"id":"1","type":"complete"}`,
		}},
		{"mutation", "mutation { name }", []string{
			`{"id":"1","type":"next","payload":{"data":{"name":"test","variables":{}}}}`,
			`{"id":"1","type":"complete"}`,
		}},
		{"subscription without cursors", "subscription { tick }", []string{
			`{"id":"1","type":"next","payload":{"data":{"tick":1}}}`,
			`{"id":"1","type":"next","payload":{"data":{"tick":2}}}`,
			`{"id":"1","type":"complete"}`,
		}},
	} {
		t.Run(op.name, func(t *testing.T) {
			c.send(subscribeFrame("1", op.query))
			for _, want := range op.want {
				c.expect(want)
			}
		})
	}
	t.Run("ping", func(t *testing.T) {
		c.send(`{"type":"ping"}`)
		c.expect(`{"type":"pong"}`)
		c.send(`{"type":"ping","payload":{"a":1}}`)
		c.expect(`{"type":"pong","payload":{"a":1}}`)
	})
	t.Run("pong and unknown id are ignored", func(t *testing.T) {
		c.send(`{"type":"pong"}`)
		c.send(`{"id":"none","type":"complete"}`)
		c.send(`{"type":"ping"}`)
		c.expect(`{"type":"pong"}`)
	})
	t.Run("an error is the last message", func(t *testing.T) {
		c.send(subscribeFrame("1", "{ missing }"))
		if got := c.read(); !strings.HasPrefix(got, `{"id":"1","type":"error","payload":[{"message":`) {
			t.Fatalf("got %s", got)
		}
		c.send(`{"type":"ping"}`)
		c.expect(`{"type":"pong"}`)
	})
	t.Run("normal close", func(t *testing.T) {
		if err := c.conn.Close(websocket.StatusNormalClosure, ""); err != nil {
			t.Error(err)
		}
		server.waitIdle(t)
	})
}

func TestWebSocketCompleteStopsOneOperation(t *testing.T) {
	started, stopped := make(chan string), make(chan string)
	server := newServer(t, newExec(stub{stream: func(ctx context.Context) graphql.ResponseHandler {
		name := graphql.GetOperationContext(ctx).OperationName
		return func(ctx context.Context) *graphql.Response {
			started <- name
			<-ctx.Done()
			stopped <- name
			return nil
		}
	}}), transport.WebSocket{})
	c := dialReady(t, server)
	for _, id := range []string{"a", "b"} {
		c.send(fmt.Sprintf(`{"id":%q,"type":"subscribe","payload":{"operationName":%q,"query":"subscription %s { tick }"}}`, id, id, id))
		wait(t, started, "subscription")
	}
	c.send(`{"id":"a","type":"complete"}`)
	if got := wait(t, stopped, "operation to stop"); got != "a" {
		t.Errorf("%s stopped, want a", got)
	}
	c.send(subscribeFrame("a", "{ name }")) // the id is free again
	if got := c.read(); !strings.Contains(got, `"type":"next"`) {
		t.Errorf("got %s", got)
	}
	c.expect(`{"id":"a","type":"complete"}`)
	c.conn.CloseNow()
	if got := wait(t, stopped, "operation to stop"); got != "b" {
		t.Errorf("%s stopped, want b", got)
	}
	server.waitIdle(t)
}

func TestWebSocketRefusals(t *testing.T) {
	refusing := newExec(stub{})
	refusing.AroundOperations(func(ctx context.Context, _ graphql.OperationHandler) graphql.ResponseHandler {
		return func(context.Context) *graphql.Response { return graphql.ErrorResponse(ctx, "refused") }
	})
	crash := newExec(stub{stream: func(context.Context) graphql.ResponseHandler {
		return func(context.Context) *graphql.Response { panic("hunter2") }
	}})
	for _, c := range []struct {
		name string
		exec graphql.GraphExecutor
		want string
	}{
		{"interceptor", refusing, `{"id":"1","type":"error","payload":[{"message":"refused"}]}`},
		{"panic", crash, `{"id":"1","type":"error","payload":[{"message":"stopped safely"}]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			ws := dialReady(t, newServer(t, c.exec, transport.WebSocket{}))
			ws.send(subscribeFrame("1", "subscription { tick }"))
			ws.expect(c.want)
			ws.send(`{"type":"ping"}`)
			ws.expect(`{"type":"pong"}`)
		})
	}
}

func TestWebSocketMaxOperations(t *testing.T) {
	server := newServer(t, newExec(stub{stream: silent}), transport.WebSocket{MaxOperations: 2})
	c := dialReady(t, server)
	for _, id := range []string{"1", "2", "3"} {
		c.send(subscribeFrame(id, "subscription { tick }"))
	}
	var m struct {
		ID, Type string
		Payload  []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}
	if err := json.Unmarshal([]byte(c.read()), &m); err != nil {
		t.Fatal(err)
	}
	if m.ID != "3" || m.Type != "error" || m.Payload[0].Extensions.Code != "RATE_LIMITED" || !strings.Contains(m.Payload[0].Message, "2") {
		t.Errorf("got %+v", m)
	}
	c.send(`{"id":"1","type":"complete"}`)
	c.send(subscribeFrame("3", "{ name }"))
	if got := c.read(); !strings.Contains(got, `"type":"next"`) {
		t.Errorf("got %s", got)
	}
}

func TestWebSocketInit(t *testing.T) {
	type key struct{}
	payloads := make(chan map[string]any, 1)
	seen := make(chan any, 1)
	server := newServer(t, newExec(stub{single: func(ctx context.Context) *graphql.Response {
		seen <- ctx.Value(key{})
		return data(1)
	}}), transport.WebSocket{Init: func(ctx context.Context, payload map[string]any) (context.Context, error) {
		payloads <- payload
		return context.WithValue(ctx, key{}, "alice"), nil
	}})

	c := dial(t, server)
	c.send(`{"type":"connection_init","payload":{"token":"t"}}`)
	c.expect(ackFrame)
	if got := wait(t, payloads, "Init"); got["token"] != "t" {
		t.Errorf("payload is %v", got)
	}
	c.send(subscribeFrame("1", "{ name }"))
	if got := wait(t, seen, "query"); got != "alice" {
		t.Errorf("operation has %v from Init, want alice", got)
	}

	dialReady(t, server)
	if got := wait(t, payloads, "Init"); got != nil {
		t.Errorf("payload is %v, want nil", got)
	}
}

func TestWebSocketOrigin(t *testing.T) {
	server := newServer(t, newExec(stub{}), transport.WebSocket{Edge: transport.Edge{Origins: transport.Origins{"https://good.example"}}})
	for origin, want := range map[string]int{"https://good.example": 101, "https://evil.example": 403} {
		conn, resp, err := websocket.Dial(t.Context(), server.URL, &websocket.DialOptions{
			HTTPClient:   server.Client(),
			Subprotocols: []string{transport.Subprotocol},
			HTTPHeader:   http.Header{"Origin": {origin}},
		})
		if err == nil {
			conn.CloseNow()
		}
		if resp == nil || resp.StatusCode != want {
			t.Errorf("%s: response %v, want status %d", origin, resp, want)
		}
	}
}

func TestWebSocketPings(t *testing.T) {
	server := newServer(t, newExec(stub{}), transport.WebSocket{PingInterval: 100 * time.Millisecond})
	c := dialReady(t, server)
	for range 4 { // a client that answers stays for more than two intervals
		c.expect(`{"type":"ping"}`)
		c.send(`{"type":"pong"}`)
	}
	if code, _ := c.closed(); code != 0 { // now it is silent
		t.Errorf("closed with %d, want a cut connection", code)
	}
	server.waitIdle(t)
}

func TestWebSocketSlowReaderIsCutOff(t *testing.T) {
	server := newServer(t, newExec(stub{stream: flood}), transport.WebSocket{WriteTimeout: 50 * time.Millisecond})
	c := dialReady(t, server)
	c.send(subscribeFrame("1", "subscription { tick }"))
	server.waitIdle(t)
}
