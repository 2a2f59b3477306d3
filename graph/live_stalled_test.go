package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"tasktrail/db/dbtest"
)

// Clients that stop reading, more than the sockets' buffers can hide, delay
// nobody else. They are cut off after the time that a write may take, which
// only the soak waits for; else they leave by themselves.
func TestStalledReadersDelayNobody(t *testing.T) {
	here := goleak.IgnoreCurrent()
	s := start(t, dbtest.SQLite(t))
	const events, stalled = 40, 4
	create := func() {
		s.as("alice").must(t, `mutation($d: String!) { createIncident(input: {title: "I", severity: LOW, description: $d}) { event { position } } }`,
			object{"d": strings.Repeat("x", 10_000)})
	}
	for range events {
		create()
	}
	// An event of 200 kB: all of them are more than any buffer.
	document := "subscription($after: String, $start: Boolean) { auditEvents(after: $after, fromStart: $start) { position cursor"
	for n := range 20 {
		document += fmt.Sprintf(" c%d: changes { field from to }", n)
	}
	document += " } }"
	var conns []net.Conn
	for n := range stalled {
		conns = append(conns, s.stall(t, document, n%2 == 0))
	}
	waitForWrites(t, stalled) // now the server is blocked in a write to each

	var work sync.WaitGroup
	after := s.as("alice").cursor(t)
	for _, over := range transports {
		work.Go(func() {
			var got []object
			if end := over(s.as("watcher"), t.Context(), document, object{"after": after}, take(5, &got)); len(got) != 5 {
				t.Errorf("got %d events, %+v", len(got), end)
			}
		})
	}
	for range 5 {
		create()
	}
	work.Wait()

	if os.Getenv("TASKTRAIL_SOAK") != "" {
		waitForWrites(t, 0)
	}
	for _, conn := range conns {
		_ = conn.Close()
	}
	waitForWrites(t, 0)
	s.stop()
	goleak.VerifyNone(t, here)
}

// stall subscribes over a connection with a small buffer and never reads what
// comes.
func (s *server) stall(t *testing.T, document string, sse bool) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	c := s.as("staller")
	payload := object{"query": document, "variables": object{"start": true}}
	if sse {
		body, _ := json.Marshal(payload)
		_, err = fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer %s\r\nAccept: text/event-stream\r\n"+
			"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", c.token, len(body), body)
	} else {
		dial := func(context.Context, string, string) (net.Conn, error) { return conn, nil }
		var socket *websocket.Conn
		socket, _, err = websocket.Dial(t.Context(), s.URL, &websocket.DialOptions{
			HTTPClient:   &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}},
			Subprotocols: []string{"graphql-transport-ws"},
			HTTPHeader:   http.Header{"Authorization": {"Bearer " + c.token}},
		})
		if err == nil {
			err = write(t.Context(), socket, object{"type": "connection_init"})
		}
		if err == nil {
			_, _, err = socket.Read(t.Context()) // connection_ack
		}
		if err == nil {
			err = write(t.Context(), socket, object{"type": "subscribe", "id": "1", "payload": payload})
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// waitForWrites waits until as many goroutines as given, and no more, write to
// a client.
func waitForWrites(t *testing.T, want int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	stacks := make([]byte, 8<<20)
	for range time.Tick(10 * time.Millisecond) {
		text := string(stacks[:runtime.Stack(stacks, true)])
		got := strings.Count(text, "transport.(*eventStream).write(") + strings.Count(text, "transport.(*socket).write(")
		if got == want {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("got %d writes, want %d", got, want)
		}
	}
}
