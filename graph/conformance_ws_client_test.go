package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tasktrail/graph/transport"
)

// talker is a client of a socket that says what it is told to.
type talker struct {
	t    *testing.T
	conn *websocket.Conn
	ctx  context.Context
}

// dial opens a socket that offers subprotocols.
func (e *edge) dial(t *testing.T, subprotocols ...string) *talker {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	conn, _, err := websocket.Dial(ctx, e.URL, &websocket.DialOptions{Subprotocols: subprotocols})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	t.Cleanup(func() {
		_ = conn.CloseNow()
		cancel()
	})
	return &talker{t, conn, ctx}
}

// Lines of a conversation. Those of the client begin with ">", the server's with
// "<" for the whole of it and "~" for parts between " … ". "closed" is a code and
// what its reason begins with. init, ping and idle stand for several.
const (
	initLine = "init" // says who the client is, and is acknowledged
	pingLine = "ping" // is answered next: nothing else was on its way
)

// say speaks one line.
func (c *talker) say(line string) {
	c.t.Helper()
	kind, text, _ := strings.Cut(line, " ")
	switch kind {
	case initLine:
		c.send(`{"type":"connection_init","payload":{"authorization":"Bearer alice:RESPONDER"}}`)
		c.hear(func(got string) bool { return got == `{"type":"connection_ack"}` }, "connection_ack")
	case pingLine:
		c.send(`{"type":"ping","payload":{"n":1}}`)
		c.hear(func(got string) bool { return got == `{"type":"pong","payload":{"n":1}}` }, "pong, and nothing before it")
	case ">":
		c.send(text)
	case "<":
		c.hear(func(got string) bool { return got == text }, text)
	case "~":
		c.hear(func(got string) bool {
			for part := range strings.SplitSeq(text, " … ") {
				_, after, ok := strings.Cut(got, part)
				if !ok {
					return false
				}
				got = after
			}
			return true
		}, text)
	case "closed":
		code, reason, _ := strings.Cut(text, " ")
		want, err := strconv.Atoi(code)
		if err != nil {
			c.t.Fatal(line)
		}
		gotCode, gotReason := c.end()
		if gotCode != websocket.StatusCode(want) || !strings.HasPrefix(gotReason, reason) || strings.Contains(gotReason, secret) || len(gotReason) > 123 {
			c.t.Fatalf("closed with %d %q, want %s", gotCode, gotReason, text)
		}
	default:
		c.t.Fatalf("no line: %s", line)
	}
}

// send sends a text message. A socket that has been closed is no fault here.
func (c *talker) send(text string) {
	_ = c.conn.Write(c.ctx, websocket.MessageText, []byte(text))
}

func (c *talker) hear(ok func(got string) bool, want string) {
	c.t.Helper()
	kind, got, err := c.conn.Read(c.ctx)
	if err != nil {
		c.t.Fatalf("%v, want %s", err, want)
	}
	if kind != websocket.MessageText || !json.Valid(got) || !ok(string(got)) || strings.Contains(string(got), secret) {
		c.t.Fatalf("got %s, want %s", got, want)
	}
}

// end reads to the close, in which no message may come any more.
func (c *talker) end() (websocket.StatusCode, string) {
	c.t.Helper()
	_, got, err := c.conn.Read(c.ctx)
	if err == nil {
		c.t.Fatalf("got %s, want the socket to close", got)
	}
	var closed websocket.CloseError
	errors.As(err, &closed)
	return closed.Code, closed.Reason
}

// talk holds a conversation with a new socket.
func talk(lines ...string) check {
	return func(t *testing.T, e *edge) {
		t.Helper()
		c := e.dial(t, transport.Subprotocol)
		for _, line := range lines {
			c.say(line)
		}
	}
}

// refused sends a message on a socket that is ready, and checks the close.
func refused(code int, reason string, messages ...string) check {
	return func(t *testing.T, e *edge) {
		t.Helper()
		for _, m := range messages {
			talk(initLine, "> "+m, fmt.Sprintf("closed %d %s", code, reason))(t, e)
		}
	}
}

// starts is a subscribe message, as a line.
func starts(id, document string) string {
	return fmt.Sprintf(`> {"id":%q,"type":"subscribe","payload":{"query":%q}}`, id, document)
}

// ends is a complete message of either side, without its mark.
func ends(id string) string { return fmt.Sprintf(`{"id":%q,"type":"complete"}`, id) }

// Documents for sockets: one that is silent, and one that has an event at once.
const (
	live    = `subscription { auditEvents { position } }`
	history = `subscription { auditEvents(fromStart: true) { position } }`
)

// nextTypename is what a query for __typename gets, as lines.
func nextTypename(id string) []string {
	return []string{fmt.Sprintf(`< {"id":%q,"type":"next","payload":{"data":{"__typename":"Query"}}}`, id), "< " + ends(id)}
}
