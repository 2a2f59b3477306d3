package transport

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"tasktrail/throttle"
)

// Close codes of the graphql-transport-ws protocol.
const (
	closeInvalidMessage websocket.StatusCode = 4400
	closeUnauthorized   websocket.StatusCode = 4401
	closeForbidden      websocket.StatusCode = 4403
	closeSubprotocol    websocket.StatusCode = 4406
	closeInitTimeout    websocket.StatusCode = 4408
	closeDuplicateID    websocket.StatusCode = 4409
	closeSecondInit     websocket.StatusCode = 4429
	closeInternal       websocket.StatusCode = 4500
)

// maxCloseReason is the most bytes of text that fit into a close frame.
const maxCloseReason = 123

// maxCloseWait is how long a closing handshake may take; less than the 5 s after
// which the library breaks it off.
const maxCloseWait = 4 * time.Second

// errGone is the cause of the end when no close frame can reach the client.
var errGone = errors.New("client is gone")

// closing is the cause of the end when the server closes the socket.
type closing struct {
	code   websocket.StatusCode
	reason string
}

func (c closing) Error() string { return c.reason }

// close ends the socket with a code and reason. Only the first cause counts,
// and any goroutine may call it.
func (s *socket) close(code websocket.StatusCode, reason string) {
	s.cancel(closing{code, truncate(reason, maxCloseReason)})
}

// refuse ends the socket with the code on which clients try again, later each
// time. (4429 would say that there was more than one connection_init.)
func (s *socket) refuse(r *throttle.Refusal) { s.close(websocket.StatusTryAgainLater, r.Message) }

// drop ends the socket without a close frame.
func (s *socket) drop() { s.cancel(errGone) }

// shut closes the connection according to the cause of the end.
func (s *socket) shut() {
	cause := context.Cause(s.ctx)
	var c closing
	switch {
	case errors.Is(cause, errGone):
		_ = s.conn.CloseNow()
		return
	case !errors.As(cause, &c):
		// The request's context ended: the server is shutting down.
		c = closing{websocket.StatusServiceRestart, "Service restart"}
	}
	s.opts.hangUp(s.conn, s.cut, c.code, c.reason)
}

// hangUp closes a connection with a code. That waits for the client, and for a write
// that is under way, but not for long.
func (t WebSocket) hangUp(conn *websocket.Conn, cut func(), code websocket.StatusCode, reason string) {
	timer := time.AfterFunc(min(t.WriteTimeout, maxCloseWait), cut)
	defer timer.Stop()
	_ = conn.Close(code, reason)
}

// truncate cuts text to at most n bytes, between characters.
func truncate(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
