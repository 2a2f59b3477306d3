package graph_test

import (
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tasktrail/graph/transport"
)

// hanging opens a socket with operations that have begun.
func hanging(t *testing.T, ws transport.WebSocket, operations ...string) (c *talker, ended chan bool) {
	t.Helper()
	s, started, ended := hangs()
	c = serveStub(t, s, ws).dial(t, transport.Subprotocol)
	c.say(hello)
	c.say(ack)
	for n, document := range operations {
		c.say(starts(strings.Repeat("x", n+1), document))
		<-started
	}
	return c, ended
}

// await waits for n operations to end.
func await(t *testing.T, ended chan bool, n int) {
	t.Helper()
	for range n {
		select {
		case <-ended:
		case <-time.After(time.Minute):
			t.Fatal("an operation goes on")
		}
	}
}

// handshake sends an upgrade request as it is, and checks the status.
func handshake(text string, status int, has ...string) check {
	return func(t *testing.T, e *edge) {
		t.Helper()
		w := e.wire(t)
		w.say(text)
		r, body := w.answer()
		if r.StatusCode != status {
			t.Errorf("%.80q: got %d, want %d: %s", text, r.StatusCode, status, body)
		}
		for _, field := range has {
			name, value, _ := strings.Cut(field, ": ")
			if r.Header.Get(name) != value {
				t.Errorf("%s is %q, want %q", name, r.Header.Get(name), value)
			}
		}
	}
}

// upgrade is a handshake that is as it should be; the key is that of RFC 6455.
const upgrade = "GET / HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n"

// frames sends bytes behind a handshake, and expects a close with code.
func frames(code byte, bytes string) check {
	return func(t *testing.T, e *edge) {
		t.Helper()
		w := e.wire(t)
		w.say(upgrade + "\r\n")
		if r, _ := w.answer(); r.StatusCode != 101 {
			t.Fatal(r.Status)
		}
		w.say(bytes)
		var head [4]byte // a close frame: its length, then its code
		for n := range head {
			b, err := w.in.ReadByte()
			if err != nil {
				t.Fatalf("after %x: %v", head[:n], err)
			}
			head[n] = b
		}
		if head[0] != 0x88 || head[2] != 0x03 || head[3] != code {
			t.Errorf("got % x, want a close frame with 10%02d", head, code-0xe8)
		}
	}
}

var wsSocket = []statement{
	{
		"handshake", "MUST", "RFC 6455, 4.2.2", "The handshake is answered with 101 and the digest of its key.", "",
		handshake(upgrade+"\r\n", 101, "Sec-Websocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "Sec-Websocket-Protocol: graphql-transport-ws", "Upgrade: websocket"),
	},
	{"handshake-wrong", "MUST", "RFC 6455, 4.2.1", "A handshake of another version, method or without a proper key is refused.", "", all(
		handshake(strings.Replace(upgrade, "Version: 13", "Version: 8", 1)+"\r\n", 400, "Sec-Websocket-Version: 13"),
		handshake(strings.Replace(upgrade, "GET", "POST", 1)+"\r\n", 405, "Allow: GET"),
		handshake(strings.Replace(upgrade, "dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ=", 1)+"\r\n", 400),
		handshake(strings.Replace(upgrade, "Connection: Upgrade", "Connection: close", 1)+"\r\n", 426))},
	{"origin", "SHOULD", "RFC 6455, 10.2", "A page of another site cannot open a socket: 403.", "", all(
		handshake(upgrade+"Origin: https://evil.example\r\n\r\n", 403), handshake(upgrade+"Origin: null\r\n\r\n", 403),
		handshake(upgrade+"Origin: http://test\r\n\r\n", 101))},
	{"masked", "MUST", "RFC 6455, 5.1", "A frame of a client that is not masked ends the connection.", "", func(t *testing.T, e *edge) {
		w := e.wire(t)
		w.say(upgrade + "\r\n")
		w.answer()
		w.say("\x81\x0f" + `{"type":"ping"}`)
		if !w.ended() {
			t.Error("it goes on")
		}
	}},
	{"reserved", "MUST", "RFC 6455, 5.2", "Reserved bits and unknown kinds of frames close with 1002.", "", all(
		frames(0xea, "\xb1\x80\x00\x00\x00\x00"), frames(0xea, "\x83\x80\x00\x00\x00\x00"))},
	{"control", "MUST", "RFC 6455, 5.5", "A frame for control that is larger than 125 bytes or in fragments closes with 1002.", "", all(
		frames(0xea, "\x89\xfe\x00\x7e\x00\x00\x00\x00"+strings.Repeat("\x00", 126)), frames(0xea, "\x09\x80\x00\x00\x00\x00"))},
	{"protocol-ping", "MUST", "RFC 6455, 5.5.2", "Pings of the WebSocket protocol are answered too.", "", func(t *testing.T, e *edge) {
		c := e.dial(t, transport.Subprotocol)
		c.say(initLine)
		ctx := c.conn.CloseRead(c.ctx)
		if err := c.conn.Ping(ctx); err != nil {
			t.Error(err)
		}
	}},
	{"close-client", "MUST", "Communication", "A client that closes is answered in kind, and its operations end.", "", func(t *testing.T, _ *edge) {
		c, ended := hanging(t, transport.WebSocket{}, "subscription { tick }", "{ name }", "mutation { name }")
		if err := c.conn.Close(websocket.StatusNormalClosure, ""); err != nil {
			t.Errorf("the close was not answered: %v", err)
		}
		await(t, ended, 3)
	}},
	{"cut", "MUST", "reference server", "Operations end when the connection is cut.", "", func(t *testing.T, _ *edge) {
		c, ended := hanging(t, transport.WebSocket{}, "subscription { tick }", "{ name }")
		_ = c.conn.CloseNow()
		await(t, ended, 2)
	}},
	{"close-server", "MUST", "Invalid message", "Operations end when the server closes.", "", func(t *testing.T, _ *edge) {
		c, ended := hanging(t, transport.WebSocket{}, "subscription { tick }", "{ name }")
		c.say(`> {`)
		c.say("closed 4400 Invalid message")
		await(t, ended, 2)
	}},
	{"complete-ends", "MUST", "Complete", "The client's complete ends its operation, and no other.", "", func(t *testing.T, _ *edge) {
		c, ended := hanging(t, transport.WebSocket{}, "subscription { tick }", "{ name }")
		c.say("> " + ends("xx"))
		await(t, ended, 1)
		c.say(pingLine)
		if len(ended) > 0 {
			t.Error("both have ended")
		}
		c.say("> " + ends("x"))
		await(t, ended, 1)
	}},
	{"drain", "OURS", "Communication", "A server that stops closes with 1012, on which clients connect again; operations end.", "", func(t *testing.T, _ *edge) {
		drain := make(chan struct{})
		c, ended := hanging(t, transport.WebSocket{Drain: drain}, "subscription { tick }", "{ name }")
		close(drain)
		c.say("closed 1012 Service restart")
		await(t, ended, 2)
	}},
}
