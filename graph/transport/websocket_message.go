package transport

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/coder/websocket"
)

// Message types of the graphql-transport-ws protocol.
const (
	typeInit      = "connection_init"
	typeAck       = "connection_ack"
	typePing      = "ping"
	typePong      = "pong"
	typeSubscribe = "subscribe"
	typeNext      = "next"
	typeError     = "error"
	typeComplete  = "complete"
)

// message is the form of all messages in both directions.
type message struct {
	ID      string
	Type    string
	Payload json.RawMessage
}

// encode returns the message as JSON. The payload is JSON already.
func (m message) encode() []byte {
	text := make([]byte, 0, len(m.Payload)+len(m.ID)+64)
	text = append(text, '{')
	if m.ID != "" {
		id, _ := json.Marshal(m.ID) // a string cannot fail
		text = appendMember(text, "id", id)
	}
	text = append(text, `"type":"`+m.Type+`",`...)
	text = appendMember(text, "payload", m.Payload)
	text[len(text)-1] = '}' // in the place of the last comma
	return text
}

// parseMessage reads a message strictly: exact names and types.
func parseMessage(data []byte) (m message, err error) {
	members, err := parseMembers(data, "message")
	if err != nil {
		return m, err
	}
	if m.ID, err = parseString(members["id"], "id"); err != nil {
		return m, err
	}
	if m.Type, err = parseString(members["type"], "type"); err != nil {
		return m, err
	}
	m.Payload = members["payload"]
	if (m.Type == typeSubscribe || m.Type == typeComplete) && m.ID == "" {
		return m, badRequest("%s needs an id", m.Type)
	}
	return m, nil
}

// handle acts on one message. It returns false when the socket has ended.
func (s *socket) handle(data []byte) bool {
	m, err := parseMessage(data)
	if err != nil {
		s.close(closeInvalidMessage, "Invalid message: "+err.Error())
		return false
	}
	switch m.Type {
	case typeInit:
		return s.init(m)
	case typePing, typePong:
		if _, err := parseObject(m.Payload, "payload"); err != nil {
			s.close(closeInvalidMessage, "Invalid message: "+err.Error())
			return false
		}
		if m.Type == typePong {
			return true
		}
		return s.send(message{Type: typePong, Payload: m.Payload})
	case typeSubscribe:
		return s.subscribe(m)
	case typeComplete:
		s.unsubscribe(m.ID)
		return true
	default:
		s.close(closeInvalidMessage, "Invalid message: unknown type")
		return false
	}
}

// init handles connection_init, after which operations may be started.
func (s *socket) init(m message) bool {
	if s.opsCtx != nil {
		s.close(closeSecondInit, "Too many initialisation requests")
		return false
	}
	payload, err := parseObject(m.Payload, "payload")
	if err != nil {
		s.close(closeInvalidMessage, "Invalid message: "+err.Error())
		return false
	}
	ctx, err := s.callInit(payload)
	if r, ok := refusalOf(err); ok {
		s.refuse(r)
		return false
	}
	if errors.Is(err, ErrTryAgain) {
		s.close(websocket.StatusTryAgainLater, "Try again later")
		return false
	}
	if err != nil {
		s.close(closeForbidden, "Forbidden")
		return false
	}
	if ctx == nil { // after a panic
		s.close(closeInternal, "Internal server error")
		return false
	}
	s.greeted()
	if s.left, err = s.opts.Limits.Stream(ctx); err != nil {
		r, _ := refusalOf(err)
		s.refuse(r)
		return false
	}
	s.opsCtx = ctx
	if !s.initTimer.Stop() {
		return false // the time-out has just closed the socket
	}
	if !s.send(message{Type: typeAck}) {
		return false
	}
	s.work.Go(s.ping)
	s.work.Go(func() {
		// The hook's context might not be derived from the socket's.
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(s.ctx, cancel)()
		if err := recheck(ctx, s.opts.RecheckInterval, s.opts.Recheck); err != nil {
			s.close(closeForbidden, err.Error())
		}
	})
	return true
}

// callInit calls the hooks. After a panic it returns neither context nor error.
func (s *socket) callInit(payload map[string]any) (ctx context.Context, err error) {
	defer func() {
		if p := recover(); p != nil {
			slog.ErrorContext(s.ctx, "panic in a WebSocket hook",
				"type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			ctx, err = nil, nil
		}
	}()
	ctx = s.ctx
	if s.opts.Init != nil {
		initCtx, err := s.opts.Init(s.ctx, payload)
		if err != nil {
			return nil, err
		}
		if initCtx != nil {
			ctx = initCtx
		}
	}
	if s.opts.ExpiresAt != nil {
		if at, ok := s.opts.ExpiresAt(ctx); ok {
			s.expiryTimer = time.AfterFunc(time.Until(at), func() {
				s.close(closeForbidden, "Token expired")
			})
		}
	}
	return ctx, nil
}
