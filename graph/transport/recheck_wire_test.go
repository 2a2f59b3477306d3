package transport_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tasktrail/graph/transport"
)

type tokenKey struct{}

// A token that is withdrawn ends sockets and streams, with the reason and the
// code that clients understand; checks that answer nil do not.
func TestTokenIsCheckedAgain(t *testing.T) {
	var checks atomic.Int64
	third := func(ctx context.Context) error {
		if checks.Add(1) < 3 {
			return nil
		}
		if ctx.Value(tokenKey{}) != "kept" {
			return errors.New("the check had another context")
		}
		return errors.New("the token was withdrawn")
	}
	t.Run("socket", func(t *testing.T) {
		checks.Store(0)
		server := newServer(t, newExec(stub{stream: silent}), transport.WebSocket{
			// A context that does not end with the socket.
			Init: func(context.Context, map[string]any) (context.Context, error) {
				return context.WithValue(context.Background(), tokenKey{}, "kept"), nil
			},
			Recheck: third, RecheckInterval: time.Millisecond,
		})
		ws := dialReady(t, server)
		ws.send(subscribeFrame("1", "subscription { tick }"))
		if code, reason := ws.closed(); code != 4403 || reason != "the token was withdrawn" {
			t.Errorf("closed with %d %q", code, reason)
		}
		server.waitIdle(t)
	})
	t.Run("stream", func(t *testing.T) {
		checks.Store(0)
		server := newServer(t, newExec(stub{stream: silent}), transport.SSE{
			Recheck:         func(ctx context.Context) error { return third(context.WithValue(ctx, tokenKey{}, "kept")) },
			RecheckInterval: time.Millisecond,
		})
		body := readAll(t, openStream(t, server, subscribe).Body)
		if !strings.Contains(body, `"message":"the token was withdrawn"`) || !strings.Contains(body, "UNAUTHENTICATED") || !strings.HasSuffix(body, completed) {
			t.Errorf("stream is %q", body)
		}
		server.waitIdle(t)
	})
	if n := checks.Load(); n != 3 {
		t.Errorf("%d checks, want 3", n)
	}
}

// A check that hangs holds up neither the events of a connection nor its end.
func TestCheckThatHangs(t *testing.T) {
	began := make(chan struct{}, 1)
	hang := func(ctx context.Context) error {
		select {
		case began <- struct{}{}:
		default:
		}
		<-ctx.Done()
		return nil
	}
	t.Run("socket", func(t *testing.T) {
		server := newServer(t, newExec(stub{}), transport.WebSocket{
			// A context that does not end with the socket.
			Init:    func(context.Context, map[string]any) (context.Context, error) { return context.Background(), nil },
			Recheck: hang, RecheckInterval: time.Millisecond,
		})
		ws := dialReady(t, server)
		wait(t, began, "a check")
		ws.send(`{"type":"ping"}`)
		ws.expect(`{"type":"pong"}`)
		ws.conn.CloseNow()
		server.waitIdle(t)
	})
	t.Run("stream", func(t *testing.T) {
		server := newServer(t, newExec(stub{stream: silent}), transport.SSE{Recheck: hang, RecheckInterval: time.Millisecond})
		resp := openStream(t, server, subscribe)
		wait(t, began, "a check")
		resp.Body.Close()
		server.waitIdle(t)
	})
}
