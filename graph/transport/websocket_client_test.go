package transport_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/coder/websocket"

	"tasktrail/graph/transport"
)

const (
	hello    = `{"type":"connection_init"}`
	ackFrame = `{"type":"connection_ack"}`
)

func subscribeFrame(id, query string) string {
	return fmt.Sprintf(`{"id":%q,"type":"subscribe","payload":{"query":%q}}`, id, query)
}

// client is a WebSocket client whose every wait is bounded.
type client struct {
	t    *testing.T
	conn *websocket.Conn
	ctx  context.Context
}

func dial(t *testing.T, server *testServer) *client {
	t.Helper()
	return dialWith(t, server, &websocket.DialOptions{Subprotocols: []string{transport.Subprotocol}})
}

func dialWith(t *testing.T, server *testServer, opts *websocket.DialOptions) *client {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	opts.HTTPClient = server.Client()
	conn, _, err := websocket.Dial(ctx, server.URL, opts)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	conn.SetReadLimit(-1)
	t.Cleanup(func() {
		conn.CloseNow()
		cancel()
	})
	return &client{t, conn, ctx}
}

// dialReady dials and finishes connection_init.
func dialReady(t *testing.T, server *testServer) *client {
	t.Helper()
	c := dial(t, server)
	c.send(hello)
	c.expect(ackFrame)
	return c
}

func (c *client) send(frame string) {
	c.t.Helper()
	if err := c.conn.Write(c.ctx, websocket.MessageText, []byte(frame)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) read() string {
	c.t.Helper()
	_, data, err := c.conn.Read(c.ctx)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(data)
}

func (c *client) expect(want string) {
	c.t.Helper()
	if got := c.read(); got != want {
		c.t.Fatalf("got  %s\nwant %s", got, want)
	}
}

// closed reads until the server closes, and returns the code and reason.
func (c *client) closed() (websocket.StatusCode, string) {
	c.t.Helper()
	for {
		if _, _, err := c.conn.Read(c.ctx); err != nil {
			var ce websocket.CloseError
			errors.As(err, &ce)
			return ce.Code, ce.Reason
		}
	}
}
