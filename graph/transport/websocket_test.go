package transport_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"

	"tasktrail/graph/transport"
)

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

// Operations that a client has ended can take a moment to stop, and until then
// there is no room for any number of others.
func TestWebSocketOperationsThatDoNotStop(t *testing.T) {
	running, stop := make(chan bool, 3), make(chan struct{})
	defer close(stop)
	stubborn := func(context.Context) graphql.ResponseHandler {
		return func(context.Context) *graphql.Response {
			running <- true
			<-stop
			return nil
		}
	}
	c := dialReady(t, newServer(t, newExec(stub{stream: stubborn}), transport.WebSocket{MaxOperations: 1}))
	for range 2 {
		c.send(subscribeFrame("1", "subscription { tick }"))
		wait(t, running, "the subscription")
		c.send(`{"id":"1","type":"complete"}`)
	}
	c.send(subscribeFrame("1", "subscription { tick }"))
	c.send(`{"type":"ping"}`)
	if got := c.read(); !strings.Contains(got, `"limit":"operations-per-socket"`) {
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

func TestWebSocketSlowReaderIsCutOff(t *testing.T) {
	server := newServer(t, newExec(stub{stream: flood}), transport.WebSocket{WriteTimeout: 50 * time.Millisecond})
	c := dialReady(t, server)
	c.send(subscribeFrame("1", "subscription { tick }"))
	server.waitIdle(t)
}
