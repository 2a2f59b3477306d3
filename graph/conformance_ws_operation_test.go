package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"tasktrail/graph/transport"
)

// subscribeWith is a subscribe message with a payload, as a line.
func subscribeWith(id, payload string) string {
	return `> {"id":"` + id + `","type":"subscribe","payload":` + payload + `}`
}

// query runs one that is answered at once, on a ready socket.
func query(lines ...string) check {
	return talk(slices.Concat([]string{initLine}, lines, nextTypename("1"), []string{pingLine})...)
}

// released is a query that answers when the check says so, whatever its context.
func released() (s stub, started, release chan bool) {
	started, release = make(chan bool), make(chan bool)
	return func(context.Context) *graphql.Response {
		started <- true
		<-release
		return &graphql.Response{Data: json.RawMessage(`{"name":"hunter2"}`)}
	}, started, release
}

// late completes a query before it has its result.
func late(t *testing.T, _ *edge) {
	s, started, release := released()
	c := serveStub(t, s, transport.WebSocket{}).dial(t, transport.Subprotocol)
	c.say(hello)
	c.say(ack)
	c.say(starts("1", "{ name }"))
	<-started
	c.say("> " + ends("1"))
	c.say(pingLine)
	release <- true
	c.say(pingLine) // the result is no message, nor is complete
	c.say(starts("2", "{ name }"))
	<-started
	c.say(pingLine)
	close(release)
}

// counting is a subscription that never ends and never pauses.
func counting(context.Context) *graphql.Response {
	return &graphql.Response{Data: json.RawMessage(`{"tick":1}`)}
}

// completing ends operations that are in full flow, and looks for messages that
// come after the server must have known.
func completing(t *testing.T, _ *edge) {
	c := serveStub(t, counting, transport.WebSocket{}).dial(t, transport.Subprotocol)
	c.say(hello)
	c.say(ack)
	for n := range 50 {
		c.say(starts("1", "subscription { tick }"))
		for range n { // in full flow
			c.say(`< {"id":"1","type":"next","payload":{"data":{"tick":1}}}`)
		}
		c.say("> " + ends("1"))
		c.say(fmt.Sprintf(`> {"type":"ping","payload":{"n":%d}}`, n))
		for {
			_, got, err := c.conn.Read(c.ctx)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) == fmt.Sprintf(`{"type":"pong","payload":{"n":%d}}`, n) {
				break
			}
			if string(got) != `{"id":"1","type":"next","payload":{"data":{"tick":1}}}` {
				t.Fatalf("got %s", got)
			}
		}
		c.say(pingLine)
	}
}

// ordered reads what happened, and then what happens.
func ordered(t *testing.T, e *edge) {
	e.alice.newIncident(t, "before")
	c := e.dial(t, transport.Subprotocol)
	c.say(initLine)
	c.say(starts("1", history))
	for n := 1; n <= 6; n++ {
		c.say(fmt.Sprintf(`< {"id":"1","type":"next","payload":{"data":{"auditEvents":{"position":%d}}}}`, n))
		if head := e.alice.must(t, `{ auditHead { position } }`, nil); at(head, "auditHead", "position") == float64(n) {
			e.alice.newIncident(t, "meanwhile")
		}
	}
	c.say("> " + ends("1"))
}

// together runs several operations at once.
func together(t *testing.T, e *edge) {
	c := e.dial(t, transport.Subprotocol)
	c.say(initLine)
	// Nothing tells when a subscription over a socket has begun, so they name the place.
	head := at(e.alice.must(t, "{ auditHead { cursor } }", nil), "auditHead", "cursor").(string)
	for _, id := range []string{"a", "b"} {
		c.say(starts(id, `subscription { auditEvents(after: "`+head+`") { position } }`))
	}
	c.say(starts("c", typename))
	for _, line := range nextTypename("c") {
		c.say(line)
	}
	e.alice.newIncident(t, "for both")
	got := map[string]int{}
	for range 2 {
		var m struct{ ID, Type string }
		if _, text, err := c.conn.Read(c.ctx); err != nil || json.Unmarshal(text, &m) != nil || m.Type != "next" {
			t.Fatalf("got %s, %v", text, err)
		}
		got[m.ID]++
	}
	if got["a"] != 1 || got["b"] != 1 {
		t.Errorf("events by id: %v", got)
	}
	c.say("> " + ends("a"))
	c.say(pingLine)
	e.alice.newIncident(t, "for one")
	c.say(`~ {"id":"b","type":"next"`)
	c.say(pingLine)
}

// free takes an id again after each way an operation can end.
func free(t *testing.T, e *edge) {
	c := e.dial(t, transport.Subprotocol)
	c.say(initLine)
	for range 20 {
		c.say(starts("1", typename)) // ended by the server
		for _, line := range nextTypename("1") {
			c.say(line)
		}
		c.say(starts("1", "{ nonsense }")) // refused
		c.say(`~ {"id":"1","type":"error"`)
		c.say(starts("1", live)) // ended by the client
		c.say("> " + ends("1"))
	}
	c.say(pingLine)
}

var longID = strings.Repeat("é", 400)

var wsOperations = []statement{
	{"query", "MUST", "Single result operation", "A query gets one next and then complete.", "", query(starts("1", typename))},
	{"mutation", "MUST", "Single result operation", "So does a mutation.", "", talk(initLine,
		starts("1", `mutation { createIncident(input: {title: "over a socket", severity: LOW}) { incident { title } } }`),
		`< {"id":"1","type":"next","payload":{"data":{"createIncident":{"incident":{"title":"over a socket"}}}}}`, "< "+ends("1"), pingLine)},
	{"subscription", "MUST", "Streaming operation", "A subscription gets a next for each event, in order.", "", ordered},
	{"subscription-complete", "MUST", "Complete", "After its last event it gets complete.", "", onSocket(transport.WebSocket{}, func() stub {
		n := 0
		return func(context.Context) *graphql.Response {
			if n++; n > 2 {
				n = 0 // for the next
				return nil
			}
			return &graphql.Response{Data: fmt.Appendf(nil, `{"tick":%d}`, n)}
		}
	}(), talk(hello, ack, starts("1", "subscription { tick }"), `< {"id":"1","type":"next","payload":{"data":{"tick":1}}}`,
		`< {"id":"1","type":"next","payload":{"data":{"tick":2}}}`, "< "+ends("1"), pingLine))},
	{"subscribe-id", "MUST", "Subscribe", "subscribe has an id, a text that is not empty: else 4400.", "", all(
		refused(4400, "Invalid message: subscribe needs an id", `{"type":"subscribe","payload":{"query":"{ __typename }"}}`, `{"id":"","type":"subscribe","payload":{"query":"{ __typename }"}}`, `{"id":null,"type":"subscribe","payload":{"query":"{ __typename }"}}`),
		refused(4400, "Invalid message: id must be a string", `{"id":1,"type":"subscribe","payload":{"query":"{ __typename }"}}`, `{"id":["hunter2"],"type":"subscribe","payload":{"query":"{ __typename }"}}`))},
	{"ids", "MUST", "Subscribe", "Any text can be an id, and comes back as it was.", "", func(t *testing.T, e *edge) {
		for _, id := range []string{"0", " ", "__proto__", "é🏃", `a\"b`, `\u0000`, longID, "f47ac10b-58cc-4372-a567-0e02b2c3d479"} {
			c := e.dial(t, transport.Subprotocol)
			c.say(initLine)
			c.say(subscribeWith(id, `{"query":"{ __typename }"}`))
			c.say(`~ {"id":"` + id + `","type":"next"`)
			c.say(`~ {"id":"` + id + `","type":"complete"`)
		}
	}},
	{"subscribe-payload", "MUST", "Subscribe", "Its payload is an object with a query: else 4400.", "", all(
		refused(4400, "Invalid message: payload is empty", `{"id":"1","type":"subscribe"}`),
		refused(4400, "Invalid message: payload must be a JSON object", `{"id":"1","type":"subscribe","payload":null}`, `{"id":"1","type":"subscribe","payload":"hunter2"}`, `{"id":"1","type":"subscribe","payload":[]}`),
		refused(4400, "Invalid message: query is missing", `{"id":"1","type":"subscribe","payload":{}}`, `{"id":"1","type":"subscribe","payload":{"query":null}}`),
		refused(4400, "Invalid message: query must be a string", `{"id":"1","type":"subscribe","payload":{"query":7}}`, `{"id":"1","type":"subscribe","payload":{"query":{"a":"hunter2"}}}`))},
	{"subscribe-optional", "MUST", "Subscribe", "operationName, variables and extensions can be null, absent or empty; members that are not known are ignored.", "", all(
		query(subscribeWith("1", `{"query":"{ __typename }","operationName":null,"variables":null,"extensions":null}`)),
		query(subscribeWith("1", `{"query":"{ __typename }","operationName":"","variables":{},"extensions":{"a":1},"future":[]}`)),
		query(subscribeWith("1", `{"query":"query A { a: __typename } query B { __typename }","operationName":"B"}`)))},
	{"subscribe-wrong", "MUST", "Invalid message", "If they are of another type, the socket closes with 4400.", "", all(
		refused(4400, "Invalid message: operationName must be a string", `{"id":"1","type":"subscribe","payload":{"query":"{ __typename }","operationName":7}}`),
		refused(4400, "Invalid message: variables must be a JSON object", `{"id":"1","type":"subscribe","payload":{"query":"{ __typename }","variables":["hunter2"]}}`, `{"id":"1","type":"subscribe","payload":{"query":"{ __typename }","variables":"{}"}}`),
		refused(4400, "Invalid message: extensions must be a JSON object", `{"id":"1","type":"subscribe","payload":{"query":"{ __typename }","extensions":true}}`))},
	{"duplicate", "MUST", "Subscribe", "An id that is in use closes with 4409, whatever the kinds of the operations.", "", all(
		talk(initLine, starts("1", live), starts("1", live), "closed 4409 Subscriber for 1 already exists"),
		talk(initLine, starts("1", live), starts("1", typename), "closed 4409 Subscriber for 1 already exists"),
		talk(initLine, starts("1", live), starts("1", "{"), "closed 4409 Subscriber for 1 already exists"),
		talk(initLine, starts(longID, live), starts(longID, live), "closed 4409 Subscriber for éé"))},
	{"duplicate-query", "MUST", "Subscribe", "That holds while a query has no result yet.", "", func(t *testing.T, _ *edge) {
		s, started, ended := hangs()
		c := serveStub(t, s, transport.WebSocket{}).dial(t, transport.Subprotocol)
		c.say(hello)
		c.say(ack)
		c.say(starts("1", "{ name }"))
		<-started
		c.say(starts("1", "subscription { tick }"))
		c.say("closed 4409 Subscriber for 1 already exists")
		<-ended
	}},
	{"id-again", "MUST", "Subscribe", "An id is free once its operation has ended, at once and in whichever way.", "", free},
	{"together", "MUST", "Communication", "Several operations run at the same time, each under its id.", "", together},
	{"limit", "OURS", "Communication", "The eleventh operation at a time gets an error; the socket stays.", "", func(t *testing.T, e *edge) {
		c := e.dial(t, transport.Subprotocol)
		c.say(initLine)
		for n := range 10 {
			c.say(starts(fmt.Sprint(n), live))
		}
		c.say(starts("x", typename))
		c.say(`~ {"id":"x","type":"error","payload":[{"message": … 10 … "code":"RATE_LIMITED"`)
		c.say(pingLine)
	}},
	{"error", "MUST", "Error", "What is refused before it runs gets error, a list of errors, and nothing after it.", "", all(
		talk(initLine, starts("1", "{ nonsense }"), `~ {"id":"1","type":"error","payload":[{"message": … "locations":[{"line":1,"column":3}] … "code":"BAD_USER_INPUT"`, pingLine),
		talk(initLine, starts("1", "{"), `~ {"id":"1","type":"error","payload":[{"message": … "code":"BAD_USER_INPUT"`, pingLine),
		talk(initLine, starts("1", ""), `~ {"id":"1","type":"error","payload":[{"message": … "code":"BAD_USER_INPUT"`, pingLine),
		talk(initLine, starts("1", "query A { __typename } query B { __typename }"), `~ {"id":"1","type":"error","payload":[{"message":`, pingLine),
		talk(initLine, subscribeWith("1", `{"query":"query($n: Int) { incidents(first: $n) { totalCount } }","variables":{"n":"hunter"}}`), `~ {"id":"1","type":"error","payload":[{"message":`, pingLine))},
	{"error-start", "MUST", "Error", "So does a subscription that cannot begin.", "", talk(initLine,
		starts("1", `subscription { auditEvents(after: "nonsense") { position } }`), `~ {"id":"1","type":"error","payload":[{"message": … "code":"BAD_USER_INPUT"`, pingLine)},
	{"error-crash", "MUST", "Error", "A fault in an operation ends it with error and without a word of the fault; the others go on.", "", onSocket(transport.WebSocket{}, crashes, talk(hello, ack,
		starts("1", "{ name }"), `< {"id":"1","type":"error","payload":[{"message":"internal error","extensions":{"code":"INTERNAL"}}]}`,
		starts("1", "subscription { tick }"), `< {"id":"1","type":"error","payload":[{"message":"internal error","extensions":{"code":"INTERNAL"}}]}`, pingLine))},
	{"next-errors", "MUST", "Next", "Errors of fields are in next, beside the data.", "", talk(initLine, starts("1", `{ a: incident { id } viewer { roles } }`),
		`~ {"id":"1","type":"next","payload":{"errors":[{"message": … "path":["a"] … "data":{"a":null,"viewer":{"roles":["RESPONDER"]}}}}`, "< "+ends("1"), pingLine)},
	{"complete-client", "MUST", "Complete", "After the client's complete no event of the operation is sent.", "", completing},
	{"complete-early", "MUST", "Complete", "A query that the client completes before its result gets neither it nor complete.", "", late},
	{"complete-unknown", "MUST", "Invalid message", "complete for an id that is not in use is ignored.", "", all(
		talk("> "+ends("1"), pingLine, initLine, "> "+ends("none"), pingLine),
		talk(slices.Concat([]string{initLine, starts("1", typename)}, nextTypename("1"), []string{"> " + ends("1"), "> " + ends("1"), pingLine})...))},
	{"complete-id", "MUST", "Invalid message", "complete without an id, or with one that is no text, closes with 4400.", "", all(
		refused(4400, "Invalid message: complete needs an id", `{"type":"complete"}`, `{"id":"","type":"complete"}`), refused(4400, "Invalid message: id must be a string", `{"id":1,"type":"complete"}`))},
}
