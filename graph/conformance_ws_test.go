package graph_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tasktrail/graph/transport"
)

// overWebSocket is graphql-transport-ws, and what the reference server does where
// the text is silent.
var overWebSocket = standard{
	title:      "GraphQL over WebSocket",
	source:     "[graphql-transport-ws](https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md), with what RFC 6455 says of the same.",
	statements: slices.Concat(wsConnection, wsMessages, wsOperations, wsSocket),
}

func TestGraphQLOverWebSocket(t *testing.T) { overWebSocket.run(t) }

// offering opens a socket with subprotocols, and expects one or the close.
func offering(want string, subprotocols ...string) check {
	return func(t *testing.T, e *edge) {
		t.Helper()
		c := e.dial(t, subprotocols...)
		if c.conn.Subprotocol() != want {
			t.Fatalf("%v: got %q, want %q", subprotocols, c.conn.Subprotocol(), want)
		}
		if want == "" {
			c.say("closed 4406 Subprotocol not acceptable")
			return
		}
		c.say(initLine)
	}
}

// onSocket runs a check against a stub behind a transport with options.
func onSocket(ws transport.WebSocket, s stub, c check) check {
	return func(t *testing.T, _ *edge) {
		t.Helper()
		c(t, serveStub(t, s, ws))
	}
}

// as checks what a socket gets whose upgrade request has a token, "" for none.
func as(token string, c check) check {
	return func(t *testing.T, e *edge) {
		t.Helper()
		header := map[string][]string{}
		if token != "" {
			header["Authorization"] = []string{"Bearer " + token}
		}
		conn, _, err := websocket.Dial(t.Context(), e.URL, &websocket.DialOptions{Subprotocols: []string{transport.Subprotocol}, HTTPHeader: header})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.CloseNow() }()
		talker := &talker{t, conn, t.Context()}
		talker.say(`> {"type":"connection_init"}`)
		if token == "" {
			talker.say("closed 4403 Forbidden")
			return
		}
		talker.say(`< {"type":"connection_ack"}`)
	}
}

const (
	hello = `> {"type":"connection_init"}`
	ack   = `< {"type":"connection_ack"}`
)

func hangingInit() transport.WebSocket {
	return transport.WebSocket{InitTimeout: 50 * time.Millisecond}
}

var wsConnection = []statement{
	{"subprotocol", "MUST", "Communication", "The subprotocol is graphql-transport-ws, also when it is one of several that are offered.", "", all(
		offering(transport.Subprotocol, transport.Subprotocol), offering(transport.Subprotocol, "graphql-ws", transport.Subprotocol), offering(transport.Subprotocol, transport.Subprotocol, "chat"))},
	{"subprotocol-none", "MUST", "reference server", "Without it the socket is closed with 4406; that of the older protocol is not served.", "", all(
		offering(""), offering("", "graphql-ws"), offering("", "chat", "graphql-transport-ws2"))},
	{"init-ack", "MUST", "ConnectionInit", "connection_init is answered with connection_ack.", "", talk(initLine, pingLine)},
	{"init-payload", "MUST", "ConnectionInit", "Its payload is an object, null or absent.", "", onStub(answers("{}"), all(
		talk(hello, ack), talk(`> {"type":"connection_init","payload":null}`, ack), talk(`> {"type":"connection_init","payload":{}}`, ack),
		talk(`> {"type":"connection_init","payload":{"a":{"b":[1,"hunter2"]}},"id":null,"future":1}`, ack)))},
	{"init-payload-wrong", "MUST", "Invalid message", "Any other payload closes with 4400.", "", all(
		talk(`> {"type":"connection_init","payload":"hunter2"}`, "closed 4400 Invalid message: payload must be a JSON object"),
		talk(`> {"type":"connection_init","payload":7}`, "closed 4400 Invalid message: payload"),
		talk(`> {"type":"connection_init","payload":true}`, "closed 4400 Invalid message: payload"),
		talk(`> {"type":"connection_init","payload":["hunter2"]}`, "closed 4400 Invalid message: payload"))},
	{"init-timeout", "MUST", "ConnectionInit", "Without connection_init the socket is closed in time with 4408; pings do not put it off.", "", all(
		onSocket(hangingInit(), answers("{}"), talk("closed 4408 Connection initialisation timeout")),
		onSocket(hangingInit(), answers("{}"), talk(pingLine, `> {"type":"pong"}`, pingLine, "closed 4408 Connection initialisation timeout")))},
	{"init-timeout-over", "MUST", "ConnectionInit", "After connection_ack that time does not count.", "", onSocket(hangingInit(), answers("{}"), func(t *testing.T, e *edge) {
		c := e.dial(t, transport.Subprotocol)
		c.say(hello)
		c.say(ack)
		pings := time.NewTicker(5 * time.Millisecond) // fewer than are too many
		defer pings.Stop()
		for range 30 {
			<-pings.C
			c.say(pingLine)
		}
	})},
	{"init-twice", "MUST", "ConnectionInit", "A second connection_init closes with 4429, whenever it comes.", "", all(
		talk(initLine, hello, "closed 4429 Too many initialisation requests"),
		talk(initLine, starts("1", live), pingLine, hello, "closed 4429 Too many initialisation requests"))},
	{"init-rejected", "SHOULD", "ConnectionInit", "Whoever is not let in is closed with 4403, without the reason of it.", "", all(
		talk(`> {"type":"connection_init","payload":{"authorization":"Bearer hunter2"}}`, "closed 4403 Forbidden"),
		talk(`> {"type":"connection_init","payload":{"authorization":{"a":1}}}`, "closed 4403 Forbidden"),
		talk(`> {"type":"connection_init","payload":{"authorization":"hunter2"}}`, "closed 4403 Forbidden"),
		as("", nil), as("alice:RESPONDER", nil))},
	{"unacknowledged", "MUST", "Subscribe", "An operation before connection_ack closes with 4401, whatever it is.", "", all(
		talk(starts("1", typename), "closed 4401 Unauthorized"), talk(starts("1", live), "closed 4401 Unauthorized"), talk(starts("1", "{"), "closed 4401 Unauthorized"))},
	{"expiry", "SHOULD", "Communication", "A socket whose token runs out is closed with 4403.", "", func(t *testing.T, e *edge) {
		c := e.dial(t, transport.Subprotocol)
		at := time.Now().Add(300 * time.Millisecond).Format(time.RFC3339Nano)
		c.say(`> {"type":"connection_init","payload":{"authorization":"Bearer alice:RESPONDER:` + at + `"}}`)
		c.say(ack)
		c.say(starts("1", live))
		c.say("closed 4403 Token expired")
	}},
}

// binary sends bytes that would be fine as text.
func binary(t *testing.T, e *edge) {
	c := e.dial(t, transport.Subprotocol)
	if err := c.conn.Write(c.ctx, websocket.MessageBinary, []byte(`{"type":"ping"}`)); err != nil {
		t.Fatal(err)
	}
	c.say("closed 4400 Messages must be text")
}

// fragmented sends one message in three frames.
func fragmented(t *testing.T, e *edge) {
	c := e.dial(t, transport.Subprotocol)
	w, err := c.conn.Writer(c.ctx, websocket.MessageText)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`{"type":"pi`, `ng","payload":{"a":"Zo` + "\xc3", "\xab" + `"}}`} {
		if _, err := w.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	c.say(`< {"type":"pong","payload":{"a":"Zoë"}}`)
}

var wsMessages = []statement{
	{"type-missing", "MUST", "Communication", "A message without type, or with one that is no text, closes with 4400.", "", all(
		refused(4400, "Invalid message: unknown type", `{}`, `{"type":null}`, `{"type":""}`, `{"id":"1","payload":{}}`, `{"Type":"ping"}`),
		refused(4400, "Invalid message: type must be a string", `{"type":1}`, `{"type":["ping"]}`, `{"type":{}}`))},
	{"type-unknown", "MUST", "Invalid message", "A type that is not known closes with 4400; so does one of the server's and of the older protocol.", "", refused(4400, "Invalid message: unknown type",
		`{"type":"hunter2"}`, `{"type":"PING"}`, `{"type":"connection_ack"}`, `{"id":"1","type":"next","payload":{}}`, `{"id":"1","type":"error","payload":[]}`,
		`{"id":"1","type":"start","payload":{"query":"{ __typename }"}}`, `{"id":"1","type":"stop"}`, `{"type":"connection_terminate"}`, `{"type":"ka"}`)},
	{"format", "MUST", "Invalid message", "A message that is no JSON object closes with 4400.", "", all(
		refused(4400, "Invalid message: message is not valid JSON", `{hunter2`, `{"type":"ping"}x`, `{"type":"ping"}{"type":"ping"}`, `hunter2`, "\ufeff"+`{"type":"ping"}`),
		refused(4400, "Invalid message: message must be a JSON object", `null`, `7`, `"ping"`, `[]`, `[{"type":"ping"}]`),
		refused(4400, "Invalid message: message is empty", ` `), refused(4400, "Invalid message: message has a name that is given more than once", `{"type":"ping","type":"hunter2"}`))},
	{"format-early", "MUST", "Invalid message", "That holds before connection_init as well.", "", all(
		talk(`> {`, "closed 4400 Invalid message"), talk(`> {"type":"hunter2"}`, "closed 4400 Invalid message"))},
	{"unknown-members", "SHOULD", "Communication", "Members that are not known are ignored.", "", talk(initLine, `> {"type":"ping","future":{"a":1},"id":"1"}`, `< {"type":"pong"}`)},
	{"text", "MUST", "Communication", "Messages are text: a binary one closes with 4400.", "", binary},
	{"utf-8", "MUST", "RFC 6455, 5.6", "Text is UTF-8: else the socket is closed.", "", refused(4400, "Invalid message: message is not valid UTF-8", "{\"type\":\"ping\",\"payload\":{\"a\":\"\xff\"}}")},
	{"fragments", "MUST", "RFC 6455, 5.4", "A message can come in several frames, cut anywhere.", "", fragmented},
	{"large", "OURS", "Communication", "A message of more than 64 KiB closes with 1009.", "", all(
		refused(1009, "", `{"type":"ping","payload":{"a":"`+strings.Repeat("x", 64<<10)+`"}}`),
		talk(initLine, `> {"type":"ping"}`+strings.Repeat(" ", 64<<10-15), `< {"type":"pong"}`))},
	{"ping", "MUST", "Ping", "A ping is answered with pong, at any time.", "", all(
		talk(`> {"type":"ping"}`, `< {"type":"pong"}`, initLine, `> {"type":"ping"}`, `< {"type":"pong"}`),
		talk(initLine, starts("1", live), `> {"type":"ping"}`, `< {"type":"pong"}`))},
	{"ping-payload", "MAY", "Ping", "The pong has the payload of its ping.", "", talk(
		`> {"type":"ping","payload":{"a":[9007199254740993,"Zoë",null]}}`, `< {"type":"pong","payload":{"a":[9007199254740993,"Zoë",null]}}`,
		`> {"type":"ping","payload":{}}`, `< {"type":"pong","payload":{}}`, `> {"type":"ping","payload":null}`, `~ {"type":"pong"`)},
	{"ping-payload-wrong", "MUST", "Invalid message", "A payload of ping or pong that is no object closes with 4400.", "", refused(4400, "Invalid message: payload must be a JSON object",
		`{"type":"ping","payload":7}`, `{"type":"ping","payload":"hunter2"}`, `{"type":"ping","payload":[]}`, `{"type":"pong","payload":false}`)},
	{"pong", "MUST", "Pong", "A pong that nobody asked for is no error, at any time, and not answered.", "", all(
		talk(`> {"type":"pong"}`, pingLine, initLine, `> {"type":"pong","payload":{"a":1}}`, pingLine))},
	{"server-ping", "MAY", "Ping", "The server pings too; who answers nothing for two intervals is dropped.", "", onSocket(transport.WebSocket{PingInterval: 100 * time.Millisecond}, answers("{}"), func(t *testing.T, e *edge) {
		c := e.dial(t, transport.Subprotocol)
		for _, line := range []string{hello, ack, `< {"type":"ping"}`, `> {"type":"pong"}`, `< {"type":"ping"}`, `> {"type":"pong"}`, `< {"type":"ping"}`, `> {"type":"pong"}`} {
			c.say(line)
		}
		for {
			if _, _, err := c.conn.Read(c.ctx); err != nil {
				if websocket.CloseStatus(err) != -1 || c.ctx.Err() != nil {
					t.Errorf("ended with %v, want it cut", err)
				}
				return
			}
		}
	})},
}
