package transport

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"
)

// Subprotocol is the WebSocket subprotocol that clients must offer.
const Subprotocol = "graphql-transport-ws"

// WebSocket runs any number of operations over one socket, in the
// graphql-transport-ws protocol. The zero value is ready to use, and lets
// every client in.
type WebSocket struct {
	Edge

	// Init is called with the payload of connection_init, or nil if it has
	// none. The context it returns, derived from the one it is given, is used
	// for all operations. An error closes the socket with 4403, one that wraps
	// ErrTryAgain with 1013; its text is not sent.
	Init func(ctx context.Context, payload map[string]any) (context.Context, error)

	// ExpiresAt is called with the context from Init and tells when the token
	// expires, if it does. The socket is then closed with 4403.
	ExpiresAt func(ctx context.Context) (time.Time, bool)

	// Recheck is called with the context from Init at each RecheckInterval. An
	// error closes the socket with 4403 and its text. It has 10 seconds.
	Recheck func(ctx context.Context) error

	// RecheckInterval is the time between calls of Recheck. The default is a
	// minute.
	RecheckInterval time.Duration

	// InitTimeout is how long a client has to be accepted: connection_init
	// must arrive and Init return. The default is 5 seconds.
	InitTimeout time.Duration

	// PingInterval is the time between pings. A client that sends nothing for
	// two intervals is dropped. The default is 15 seconds.
	PingInterval time.Duration

	// WriteTimeout is how long one message may take to be written before the
	// client is dropped. The default is 10 seconds.
	WriteTimeout time.Duration

	// MaxMessage limits a message from the client, in bytes. A larger one
	// closes the socket with 1009. The default is 64 KiB.
	MaxMessage int64

	// MaxOperations limits the operations at one time on a socket. The next
	// one gets a RATE_LIMITED error. The default is 10.
	MaxOperations int

	// Drain, when closed, closes every socket with 1012, on which clients
	// connect again, to another server.
	Drain <-chan struct{}
}

var _ graphql.Transport = WebSocket{}

// Supports reports whether the request asks for a WebSocket.
func (t WebSocket) Supports(r *http.Request) bool {
	return isWebSocketUpgrade(r.Header)
}

// Do serves one socket. It returns when the socket is closed and all its
// operations have stopped.
func (t WebSocket) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet) // Accept answers 405 without it
	}
	if !t.Origins.admits(r) {
		writeRequestError(w, mediaJSON, &requestError{
			status: http.StatusForbidden, code: codeForbidden,
			message: "web pages of this origin may not open sockets here: the server must list it in --allow-origin",
		})
		return
	}
	left, err := t.Limits.Server()
	if err != nil {
		writeRequestError(w, mediaJSON, err)
		return
	}
	defer left()
	greeted, err := t.Limits.Greeting(r.Context())
	if err != nil {
		writeRequestError(w, mediaJSON, err)
		return
	}
	defer greeted()
	t = t.withDefaults()
	hijacked := &hijacking{ResponseWriter: w}
	conn, err := websocket.Accept(hijacked, r, &websocket.AcceptOptions{
		Subprotocols:   []string{Subprotocol},
		OriginPatterns: pattern(r.Header), // admitted above
	})
	if err != nil {
		return // Accept has answered
	}
	if conn.Subprotocol() != Subprotocol {
		t.hangUp(conn, hijacked.cut, closeSubprotocol, "Subprotocol not acceptable")
		return
	}
	conn.SetReadLimit(t.MaxMessage)
	s := newSocket(t, conn, hijacked.cut, r, exec)
	s.greeted = greeted
	s.serve()
	if s.left != nil {
		s.left()
	}
}

func (t WebSocket) withDefaults() WebSocket {
	t.InitTimeout = orDefault(t.InitTimeout, 5*time.Second)
	t.PingInterval = orDefault(t.PingInterval, 15*time.Second)
	t.WriteTimeout = orDefault(t.WriteTimeout, 10*time.Second)
	if t.MaxMessage <= 0 {
		t.MaxMessage = 64 << 10
	}
	if t.MaxOperations <= 0 {
		t.MaxOperations = 10
	}
	return t
}

// hijacking keeps the connection that the library takes over.
type hijacking struct {
	http.ResponseWriter
	conn net.Conn
}

// Hijack implements [http.Hijacker].
func (h *hijacking) Hijack() (conn net.Conn, buffered *bufio.ReadWriter, err error) {
	conn, buffered, err = http.NewResponseController(h.ResponseWriter).Hijack()
	h.conn = conn
	return conn, buffered, err
}

// cut ends all reading and writing at once. The library would do so at the end of
// a context, but by a goroutine for each frame that has come meanwhile: thousands,
// if the client sends without end.
func (h *hijacking) cut() { _ = h.conn.Close() }
