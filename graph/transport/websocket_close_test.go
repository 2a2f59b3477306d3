package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tasktrail/graph/transport"
)

func TestWebSocketCloseCodes(t *testing.T) {
	type payload = map[string]any
	refuse := func(context.Context, payload) (context.Context, error) { return nil, errors.New("hunter2") }
	crash := func(context.Context, payload) (context.Context, error) { panic("hunter2") }
	away := func(context.Context, payload) (context.Context, error) {
		return nil, fmt.Errorf("hunter2: %w", transport.ErrTryAgain)
	}
	hang := func(ctx context.Context, _ payload) (context.Context, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	in := func(d time.Duration) func(context.Context) (time.Time, bool) {
		return func(context.Context) (time.Time, bool) { return time.Now().Add(d), true }
	}
	drained := make(chan struct{})
	close(drained)
	tick := subscribeFrame("1", "subscription { tick }")
	longID := strings.Repeat("é", 200)

	for _, c := range []struct {
		name   string
		ws     transport.WebSocket
		frames []string
		code   websocket.StatusCode
		reason string // or its beginning
	}{
		{name: "refused", ws: transport.WebSocket{Init: refuse}, frames: []string{hello}, code: 4403, reason: "Forbidden"},
		{name: "cannot be checked", ws: transport.WebSocket{Init: away}, frames: []string{hello}, code: 1013, reason: "Try again later"},
		{name: "panic in Init", ws: transport.WebSocket{Init: crash}, frames: []string{hello}, code: 4500, reason: "Internal server error"},
		{name: "token expires", ws: transport.WebSocket{ExpiresAt: in(20 * time.Millisecond)}, frames: []string{hello, tick}, code: 4403, reason: "Token expired"},
		{name: "token has expired", ws: transport.WebSocket{ExpiresAt: in(-time.Hour)}, frames: []string{hello}, code: 4403, reason: "Token expired"},
		{name: "Init hangs", ws: transport.WebSocket{InitTimeout: 20 * time.Millisecond, Init: hang}, frames: []string{hello}, code: 4408, reason: "Connection initialisation timeout"},
		{name: "long duplicate id", frames: []string{hello, subscribeFrame(longID, "subscription { tick }"), subscribeFrame(longID, "{ name }")}, code: 4409, reason: "Subscriber for éé"},
		{name: "drain", ws: transport.WebSocket{Drain: drained}, code: 1012, reason: "Service restart"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := newServer(t, newExec(stub{stream: silent}), c.ws)
			ws := dial(t, server)
			for _, frame := range c.frames {
				ws.send(frame)
			}
			code, reason := ws.closed()
			if code != c.code || !strings.HasPrefix(reason, c.reason) {
				t.Errorf("closed with %d %q, want %d %q", code, reason, c.code, c.reason)
			}
			if strings.Contains(reason, "hunter2") {
				t.Errorf("reason %q has foreign text", reason)
			}
			server.waitIdle(t)
		})
	}
}

// Sockets with running operations must close with 1012 and stop everything,
// for a drain and for the end of the server's context alike.
func TestWebSocketEndsWithTheServer(t *testing.T) {
	drain := make(chan struct{})
	for _, c := range []struct {
		name string
		ws   transport.WebSocket
		end  func(*testServer)
	}{
		{"drain", transport.WebSocket{Drain: drain}, func(*testServer) { close(drain) }},
		{"shutdown", transport.WebSocket{}, func(s *testServer) { s.stop() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := newServer(t, newExec(stub{stream: silent}), c.ws)
			var clients []*client
			for range 3 {
				ws := dialReady(t, server)
				ws.send(subscribeFrame("1", "subscription { tick }"))
				ws.send(`{"type":"ping"}`)
				ws.expect(`{"type":"pong"}`) // the operation has started
				clients = append(clients, ws)
			}
			// A client answers a close frame only while it reads.
			codes := make(chan websocket.StatusCode)
			for _, ws := range clients {
				go func() {
					code, _ := ws.closed()
					codes <- code
				}()
			}
			c.end(server)
			for range clients {
				if code := wait(t, codes, "close"); code != 1012 {
					t.Errorf("closed with %d, want 1012", code)
				}
			}
			server.waitIdle(t)
		})
	}
}

// A client that neither reads nor answers must not hold up a drain.
func TestWebSocketDrainsBlockedClient(t *testing.T) {
	drain := make(chan struct{})
	server := newServer(t, newExec(stub{stream: flood}), transport.WebSocket{Drain: drain, WriteTimeout: 300 * time.Millisecond})
	ws := dialReady(t, server)
	ws.send(subscribeFrame("1", "subscription { tick }"))
	ws.read()
	close(drain)
	server.waitIdle(t)
}

// A client that does not answer the closing handshake is hung up on before the
// library would, which gives it 5 s.
func TestWebSocketCloseWithoutAnswer(t *testing.T) {
	drained := make(chan struct{})
	close(drained)
	server := newServer(t, newExec(stub{}), transport.WebSocket{Drain: drained, WriteTimeout: 50 * time.Millisecond})
	for _, protocol := range []string{transport.Subprotocol, "graphql-ws"} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if _, err := fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: %s\r\n\r\n", protocol); err != nil {
			t.Fatal(err)
		}
		if err := conn.SetReadDeadline(time.Now().Add(4 * time.Second)); err != nil {
			t.Fatal(err)
		}
		said, err := io.ReadAll(conn)
		if !strings.HasPrefix(string(said), "HTTP/1.1 101 ") || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: got %q, %v", protocol, said, err)
		}
	}
}
