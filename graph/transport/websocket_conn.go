package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"tasktrail/throttle"
)

// socket is one WebSocket connection. A goroutine reads, another pings, and
// each operation has its own; serve waits for them all. They write under
// writeMu and end the socket through close or drop.
type socket struct {
	opts   WebSocket
	conn   *websocket.Conn
	exec   graphql.GraphExecutor
	header http.Header

	// ctx ends with the socket; its cause says why. Reads and writes do not end
	// with it, as a close frame must still get through; they end with cut.
	ctx    context.Context
	cancel context.CancelCauseFunc
	ioCtx  context.Context // has no end
	cut    func()

	work     sync.WaitGroup
	lastSeen atomic.Int64 // when the client last sent a message, in Unix nanoseconds

	writeMu sync.Mutex // held while a message is written

	mu      sync.Mutex
	active  map[string]*wsOperation // by id, until their last message
	running int                     // goroutines, including those of operations that were cancelled

	greeted func() // called when the client is known

	// Only for the reading goroutine.
	pace        *rate.Limiter   // of the client's messages
	left        func()          // set when the client may keep the socket; called at its end
	opsCtx      context.Context // set by a successful connection_init
	initTimer   *time.Timer
	expiryTimer *time.Timer
}

// How many messages a client may send each second, and at once after a pause: a
// page of a hundred parts that all begin and end a subscription does not meet
// it. Whoever does is not read more slowly, as it would not be seen to leave.
const (
	messageRate  = 100
	messageBurst = 1000
)

func newSocket(opts WebSocket, conn *websocket.Conn, cut func(), r *http.Request, exec graphql.GraphExecutor) *socket {
	s := &socket{
		opts:   opts,
		conn:   conn,
		cut:    cut,
		ioCtx:  context.WithoutCancel(r.Context()),
		exec:   exec,
		header: r.Header,
		active: make(map[string]*wsOperation),
		pace:   rate.NewLimiter(messageRate, messageBurst),
	}
	s.ctx, s.cancel = context.WithCancelCause(r.Context())
	return s
}

// serve runs the socket until it has ended.
func (s *socket) serve() {
	s.initTimer = time.AfterFunc(s.opts.InitTimeout, func() {
		s.close(closeInitTimeout, "Connection initialisation timeout")
	})
	s.seen()
	s.work.Go(s.read)

	select {
	case <-s.ctx.Done():
	case <-s.opts.Drain:
		s.close(websocket.StatusServiceRestart, "Service restart")
	}
	s.shut()
	s.work.Wait()

	s.cut()
	s.initTimer.Stop()
	if s.expiryTimer != nil {
		s.expiryTimer.Stop()
	}
}

// read handles the client's messages one after another.
func (s *socket) read() {
	for {
		kind, data, err := s.conn.Read(s.ioCtx)
		switch {
		case errors.Is(err, websocket.ErrMessageTooBig):
			// The library has sent this code already. Closing in the normal
			// way reads the rest of the message; else the client's system
			// could discard the close frame.
			s.close(websocket.StatusMessageTooBig, "Message too big")
			return
		case err != nil:
			s.drop()
			return
		case s.ctx.Err() != nil:
			return
		case kind != websocket.MessageText:
			s.close(closeInvalidMessage, "Messages must be text")
			return
		}
		s.seen()
		if !s.pace.Allow() {
			_ = s.opts.Limits.Refuse(&throttle.Refusal{Limit: throttle.Messages})
			s.close(websocket.StatusPolicyViolation, fmt.Sprintf("Too many messages: the limit is %d a second, %d at once", messageRate, messageBurst))
			return
		}
		if !s.handle(data) {
			return
		}
	}
}

// ping sends pings, and drops a client that has been silent for too long.
func (s *socket) ping() {
	ticker := time.NewTicker(s.opts.PingInterval)
	defer ticker.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-ticker.C:
			if time.Since(time.Unix(0, s.lastSeen.Load())) > 2*s.opts.PingInterval {
				s.drop()
				return
			}
			s.send(message{Type: typePing})
		}
	}
}

func (s *socket) seen() { s.lastSeen.Store(time.Now().UnixNano()) }

// send writes a message that belongs to no operation.
func (s *socket) send(m message) bool {
	s.writeMu.Lock()
	defer s.writeMu.Unlock()
	return s.write(m)
}

// write writes one message; writeMu must be held. The deadline starts here, so
// that waiting for other writers does not count. A failed write ends the
// socket.
func (s *socket) write(m message) bool {
	if s.ctx.Err() != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(s.ioCtx, s.opts.WriteTimeout)
	defer cancel()
	if err := s.conn.Write(ctx, websocket.MessageText, m.encode()); err != nil {
		s.drop()
		return false
	}
	return true
}
