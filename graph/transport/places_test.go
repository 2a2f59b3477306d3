package transport_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"tasktrail/graph/transport"
	"tasktrail/throttle"
)

// Whoever leaves makes room for the next, whatever it came for and however it
// left: where there is one place of each kind, they can come one after another
// for ever.
func TestPlacesAreGivenBack(t *testing.T) {
	e := edge(throttle.Options{Concurrent: 1, Streams: 1, AllStreams: 1, Greeting: 1})
	server := newServer(t, newExec(stub{stream: silent}), transport.WebSocket{Edge: e}, transport.SSE{Edge: e}, transport.HTTP{Edge: e})
	const either = "application/json, text/event-stream"
	answered := func(accept, query string, want int) func(*testing.T) {
		return func(t *testing.T) {
			if status, _, r := post(t, server, accept, query); status != want {
				t.Errorf("got %d, %+v", status, r)
			}
		}
	}
	left := func(accept string) func(*testing.T) {
		return func(t *testing.T) { leaveStream(t, server, accept) }
	}
	visits := map[string]func(*testing.T){
		"query":                              answered("application/json", "{ name }", http.StatusOK),
		"query over SSE":                     answered("text/event-stream", "{ name }", http.StatusOK),
		"query, either":                      answered(either, "{ name }", http.StatusOK),
		"no query":                           answered("application/json", "{", http.StatusOK),
		"no query, either":                   answered(either, "{", http.StatusOK),
		"subscription where none can be had": answered("application/json", "subscription { tick }", http.StatusOK),
		"subscription":                       left("text/event-stream"),
		"subscription, either":               left(either),
		"socket that says nothing":           func(t *testing.T) { _ = dial(t, server).conn.CloseNow() },
		"socket":                             func(t *testing.T) { _ = dialReady(t, server).conn.CloseNow() },
		"socket, politely": func(t *testing.T) {
			_ = dialReady(t, server).conn.Close(websocket.StatusNormalClosure, "")
		},
		"socket that breaks the rules": func(t *testing.T) {
			c := dialReady(t, server)
			c.send(hello)
			c.closed()
		},
		"socket of another protocol": func(t *testing.T) {
			_ = dialWith(t, server, &websocket.DialOptions{Subprotocols: []string{"graphql-ws"}}).conn.CloseNow()
		},
		"no socket after all": func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Upgrade", "websocket") // and nothing of what belongs to it
			response, err := server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.StatusCode != http.StatusUpgradeRequired {
				t.Errorf("got %s", response.Status)
			}
		},
		"query on a socket": func(t *testing.T) {
			c := dialReady(t, server)
			c.send(subscribeFrame("1", "{ name }"))
			if got := c.read(); strings.Contains(got, "RATE_LIMITED") {
				t.Errorf("got %s", got)
			}
			_ = c.conn.CloseNow()
		},
		"subscription on a socket": func(t *testing.T) {
			c := dialReady(t, server)
			c.send(subscribeFrame("1", "subscription { tick }"))
			_ = c.conn.CloseNow()
		},
	}
	for range 2 {
		for name, visit := range visits {
			t.Run(name, visit)
			server.waitIdle(t)
		}
	}
}

// leaveStream opens a stream, sees it begin, and hangs up.
func leaveStream(t *testing.T, server *testServer, accept string) {
	t.Helper()
	ctx, hangUp := context.WithCancel(t.Context())
	defer hangUp()
	response := send(ctx, t, server, accept, "subscription { tick }")
	begin := make([]byte, 3)
	if _, err := io.ReadFull(response.Body, begin); err != nil || string(begin) != ":\n\n" {
		t.Errorf("got %s, which begins with %q, %v", response.Status, begin, err)
	}
}
