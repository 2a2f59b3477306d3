package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// greedy shows each event twenty times over, so that a few fill every buffer.
var greedy = func() string {
	document := "subscription { auditEvents(fromStart: true) { position"
	for n := range 20 {
		document += fmt.Sprintf(" c%d: changes { field from to }", n)
	}
	return document + " } }"
}()

// bulk writes events of 200 kB, as greedy shows them.
func (s *siege) bulk() {
	s.t.Helper()
	for range 20 {
		_, err := s.query("writer", `mutation($d: String!) { createIncident(input: {title: "I", severity: LOW, description: $d}) { event { position } } }`,
			map[string]any{"d": strings.Repeat("x", 10_000)})
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// raw is a connection without a library in the way of what goes over it.
type raw struct {
	net.Conn
	in *bufio.Reader
}

func (s *siege) connect() (*raw, error) {
	conn, err := net.DialTimeout("tcp", s.address, patience)
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(patience))
	return &raw{conn, bufio.NewReader(conn)}, nil
}

// headers of a request of client n.
func (s *siege) headers(n int, ttl time.Duration) string {
	return fmt.Sprintf("Host: %s\r\nX-Forwarded-For: %s\r\nAuthorization: Bearer %s\r\n", s.address, from(n), s.sign(fmt.Sprint("mallory", n), ttl))
}

// upgrade opens a socket with the given further headers, and returns the status.
func (s *siege) upgrade(n int, ttl time.Duration, more string) (*raw, int, error) {
	conn, err := s.connect()
	if err != nil {
		return nil, 0, err
	}
	_, err = fmt.Fprintf(conn, "GET /graphql HTTP/1.1\r\n%sConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n", s.headers(n, ttl), more)
	if err == nil {
		var response *http.Response
		if response, err = http.ReadResponse(conn.in, nil); err == nil {
			_ = response.Body.Close()
			return conn, response.StatusCode, nil
		}
	}
	_ = conn.Close()
	return nil, 0, err
}

const subprotocol = "Sec-WebSocket-Protocol: graphql-transport-ws\r\n"

// Kinds of frames.
const (
	unfinished = 0x00
	text       = 0x01
	binaryData = 0x02
	final      = 0x80
)

// frame writes one frame. The mask is zero: it only must be there.
func (r *raw) frame(kind byte, data string) error {
	head := []byte{kind}
	switch n := len(data); {
	case n < 126:
		head = append(head, 0x80|byte(n))
	case n < 1<<16:
		head = binary.BigEndian.AppendUint16(append(head, 0x80|126), uint16(n))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 0x80|127), uint64(n))
	}
	_, err := r.Write(append(append(head, 0, 0, 0, 0), data...))
	return err
}

// gone reads until the server has hung up, or until the attack ends, and reports
// whether the server hung up.
func (r *raw) gone(ctx context.Context) bool {
	stop := context.AfterFunc(ctx, func() { _ = r.Close() })
	defer stop()
	_, _ = io.Copy(io.Discard, r.in)
	_ = r.Close()
	return ctx.Err() == nil
}

// code is how the server closed the socket.
func (r *raw) code() int {
	for {
		var head [2]byte
		if _, err := io.ReadFull(r.in, head[:]); err != nil {
			return 0
		}
		size := int(head[1])
		if size == 126 {
			var long [2]byte
			if _, err := io.ReadFull(r.in, long[:]); err != nil {
				return 0
			}
			size = int(binary.BigEndian.Uint16(long[:]))
		}
		body := make([]byte, size)
		if _, err := io.ReadFull(r.in, body); err != nil {
			return 0
		}
		if head[0]&0x0f == 8 && size >= 2 {
			return int(binary.BigEndian.Uint16(body))
		}
	}
}

const initMessage = `{"type":"connection_init"}`

func subscribing(id, document string) string {
	body, _ := json.Marshal(map[string]any{"type": "subscribe", "id": id, "payload": map[string]any{"query": document}})
	return string(body)
}

// stall subscribes over a connection with a small buffer and never reads what
// comes.
func (s *siege) stall(n int, sse bool) (net.Conn, error) {
	if sse {
		conn, err := s.connect()
		if err != nil {
			return nil, err
		}
		_ = conn.Conn.(*net.TCPConn).SetReadBuffer(4096)
		body, _ := json.Marshal(map[string]any{"query": greedy})
		_, err = fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\n%sAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			s.headers(n, time.Hour), len(body), body)
		return conn.Conn, err
	}
	conn, status, err := s.upgrade(n, time.Hour, subprotocol)
	if err != nil || status != http.StatusSwitchingProtocols {
		return nil, fmt.Errorf("status %d: %w", status, err)
	}
	_ = conn.Conn.(*net.TCPConn).SetReadBuffer(4096)
	for _, message := range []string{initMessage, subscribing("1", greedy)} {
		if err := conn.frame(final|text, message); err != nil {
			return nil, err
		}
	}
	return conn.Conn, nil
}

// hostility is one way to misbehave. act reports whether the server hung up.
type hostility struct {
	name string
	act  func(s *siege, ctx context.Context, n int) bool
}

// sends opens a socket, sends frames, and must be closed with a code, 0 when it
// does not matter how.
func sends(want int, ttl time.Duration, frames func(r *raw) error) func(*siege, context.Context, int) bool {
	return func(s *siege, ctx context.Context, n int) bool {
		conn, status, err := s.upgrade(n, ttl, subprotocol)
		if err != nil || status != http.StatusSwitchingProtocols {
			if ctx.Err() == nil {
				s.t.Errorf("client %d: status %d, %v", n, status, err)
			}
			return false
		}
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		defer stop()
		// What is cut off in the middle of a flood has an error to show.
		if err := frames(conn); err == nil && want != 0 {
			if got := conn.code(); got != want && got != 4408 && ctx.Err() == nil { // 4408: the machine is too busy for its init
				s.t.Errorf("client %d: closed with %d, want %d", n, got, want)
			}
		}
		return conn.gone(ctx)
	}
}

// says sends text messages.
func says(messages ...string) func(r *raw) error {
	return func(r *raw) error {
		for _, message := range messages {
			if err := r.frame(final|text, message); err != nil {
				return err
			}
		}
		return nil
	}
}

// floods sends messages without end, and reads nothing.
func floods(first []string, again func(i int) string) func(r *raw) error {
	return func(r *raw) error {
		err := says(first...)(r)
		for i := 0; err == nil; i++ {
			err = r.frame(final|text, again(i))
		}
		return err
	}
}

// answers sends a request and must get a status.
func answers(want int, more string) func(*siege, context.Context, int) bool {
	return func(s *siege, ctx context.Context, n int) bool {
		conn, status, err := s.upgrade(n, time.Hour, more)
		if (err != nil || status != want) && ctx.Err() == nil {
			s.t.Errorf("client %d: status %d, %v; want %d", n, status, err, want)
		}
		return err == nil && conn.gone(ctx)
	}
}

// trickles sends the beginning of a request, and a byte now and then.
func trickles(request string) func(*siege, context.Context, int) bool {
	return func(s *siege, ctx context.Context, n int) bool {
		conn, err := s.connect()
		if err != nil {
			return false
		}
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		defer stop()
		_, err = fmt.Fprintf(conn, request, s.headers(n, time.Hour))
		for err == nil {
			select {
			case <-time.After(500 * time.Millisecond): // slowly, that is the point
				_, err = conn.Write([]byte("x"))
			case <-ctx.Done():
				return false
			}
		}
		return conn.gone(ctx)
	}
}

const feed = "subscription { auditEvents { position } }"

var hostilities = []hostility{
	{"no connection_init", sends(4408, time.Hour, says())},
	{"an id twice", sends(4409, time.Hour, says(initMessage, subscribing("1", feed), subscribing("1", feed)))},
	{"a huge message", sends(1009, time.Hour, says(initMessage, `{"type":"ping","payload":{"x":"`+strings.Repeat("x", 200<<10)+`"}}`))},
	{"pings without end", sends(0, time.Hour, floods([]string{initMessage}, func(int) string { return `{"type":"ping"}` }))},
	{"subscriptions without end", sends(0, time.Hour, floods([]string{initMessage}, func(i int) string { return subscribing(fmt.Sprint(i), feed) }))},
	{"subscribes and completes without end", sends(0, time.Hour, floods([]string{initMessage}, func(i int) string {
		if i%2 == 0 {
			return subscribing(fmt.Sprint(i), greedy)
		}
		return fmt.Sprintf(`{"type":"complete","id":"%d"}`, i-1)
	}))},
	{"completes without end", sends(0, time.Hour, floods([]string{initMessage}, func(int) string { return `{"type":"complete","id":"none"}` }))},
	{"half a frame", sends(0, time.Hour, func(r *raw) error {
		_, err := r.Write([]byte{final | text, 0xfe, 0x10, 0x00, 0, 0, 0, 0, '{'})
		return err
	})},
	{"binary", sends(4400, time.Hour, func(r *raw) error { return r.frame(final|binaryData, initMessage) })},
	{"no UTF-8", sends(4400, time.Hour, says("{\"type\":\"\xff\"}"))},
	{"no JSON", sends(4400, time.Hour, says("{{{"))},
	{"a token that expires", sends(4403, 4*time.Second, says(initMessage, subscribing("1", feed)))},
	{"another origin", answers(http.StatusForbidden, subprotocol+"Origin: https://evil.example\r\n")},
	{"no origin", answers(http.StatusForbidden, subprotocol+"Origin: null\r\n")},
	{"another subprotocol", func(s *siege, ctx context.Context, n int) bool {
		conn, _, err := s.upgrade(n, time.Hour, "Sec-WebSocket-Protocol: graphql-ws\r\n")
		if err != nil {
			return false
		}
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		defer stop()
		if got := conn.code(); got != 4406 && ctx.Err() == nil {
			s.t.Errorf("client %d: closed with %d, want 4406", n, got)
		}
		return conn.gone(ctx)
	}},
	{"a message in tiny fragments, never finished", sends(0, time.Hour, func(r *raw) error {
		err := r.frame(text, "{")
		for err == nil {
			err = r.frame(unfinished, " ")
		}
		return err
	})},
	{"a closing handshake left open", sends(4400, time.Hour, says("}"))},
	{"subscribing too early", sends(4401, time.Hour, says(subscribing("1", feed)))},
	{"connection_init twice", sends(4429, time.Hour, says(initMessage, initMessage))},
	{"headers, slowly", trickles("GET /graphql HTTP/1.1\r\n%sX-Slow: ")},
	{"a body, slowly", trickles("POST /graphql HTTP/1.1\r\n%sContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{")},
}
