package graph_test

import (
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"tasktrail/graph/transport"
)

// overSSE is the distinct connections mode, and what browsers make of a stream.
var overSSE = standard{
	title: "GraphQL over Server-Sent Events",
	source: "[Distinct connections mode](https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md), with what " +
		"[HTML, 9.2](https://html.spec.whatwg.org/multipage/server-sent-events.html) says of the same.",
	statements: slices.Concat(sseRequests, sseStream, sseEnds),
}

func TestGraphQLOverSSE(t *testing.T) { overSSE.run(t) }

// refuses is gets for a request that asks for a stream.
func (a ask) refuses(status int, has ...string) check {
	return a.with("Accept", asStream).gets(status, asJSON, has...)
}

// eventSource asks as the EventSource of a browser does.
func eventSource(text string) ask {
	a := get([]string{"query", text})
	a.header = []string{"Sec-Fetch-Site", "same-origin", "Cache-Control", "no-cache"}
	return a
}

// overHTTP2 runs a check on the same handler over HTTP/2.
func overHTTP2(c check) check {
	return func(t *testing.T, e *edge) {
		t.Helper()
		s := httptest.NewUnstartedServer(e.Config.Handler)
		s.EnableHTTP2 = true
		s.StartTLS()
		t.Cleanup(s.Close)
		c(t, &edge{server: &server{Server: s, service: e.service, store: e.store}, alice: client{url: e.alice.url, token: e.alice.token}})
	}
}

// atOnce expects an event while the stream is open, and several streams at once.
func atOnce(t *testing.T, e *edge) {
	one, two := document(live).open(t, e), eventSource(live).open(t, e)
	for _, r := range []*eventReader{one, two} {
		if f, _ := r.next(); !f.comment {
			t.Errorf("the stream begins with %+v", f)
		}
	}
	e.alice.newIncident(t, "while they listen")
	for _, r := range []*eventReader{one, two} {
		if f := r.event(); f.event != "next" || !strings.Contains(f.data, `"position":`) {
			t.Errorf("got %+v", f)
		}
	}
}

var sseRequests = []statement{
	{"post", "MUST", "Distinct connections mode", "A request by POST is that of GraphQL over HTTP, and its response a stream of type text/event-stream.", "", document(history + " ").streamsFirst()},
	{"get", "MUST", "Distinct connections mode", "A request by GET, as an EventSource makes it, gets the same.", "", eventSource(history).streamsFirst()},
	{"query", "MUST", "Distinct connections mode", "Queries and mutations stream too: one next, and complete.", "", all(
		document(typename).streams(typenameData), eventSource(typename).streams(typenameData),
		document(`mutation { createIncident(input: {title: "as a stream", severity: LOW}) { incident { title } } }`).streams(`{"data":{"createIncident":{"incident":{"title":"as a stream"}}}}`))},
	{"validation", "MUST", "Distinct connections mode", "Errors of validation come within the stream, as next.", "", all(
		invalid.streams(`"errors":[{"message":`, `"locations"`, `!"data"`), document("{").streams(`"errors"`, `!"data"`), document("").streams(`"errors"`, `!"data"`),
		twoOperations.streams(`"errors"`, `!"data"`), uncoercible.streams(`"errors"`, `!"data"`), eventSource("{ nonsense }").streams(`"errors"`, `!"data"`),
		document(`subscription { auditEvents(after: "nonsense") { position } }`).streams(`BAD_USER_INPUT`, `!"data"`))},
	{"field-errors", "MUST", "next event", "Errors of fields come beside the data.", "", partial.streams(`"path":["a"]`, `"data":{"a":null,"viewer":`)},
	{"unauthenticated", "MUST", "Distinct connections mode", "Who has no login is told within the stream; who has a wrong one by 401.", "", all(
		document(typename, "Authorization", "").refuses(401, "UNAUTHENTICATED"),
		anonymous(document(`{ viewer { roles } }`).streams("UNAUTHENTICATED", `!"data"`)))},
	{"malformed", "MUST", "Distinct connections mode", "What is no request of GraphQL over HTTP is refused with its status there.", "", all(
		post("{").refuses(400, "not valid JSON"), post(`{}`).refuses(400, "query is missing"), post(`{"query":7}`).refuses(400, "query must be a string"),
		post(typenameBody, "Content-Type", "text/plain").refuses(415), post(strings.Repeat(" ", 129<<10)).refuses(413, "131072 bytes"),
		eventSource(makeByGet).refuses(405, "@Allow: POST"), unchanged("made by GET"),
		rawGet("?query=%7B__typename%7D"+strings.Repeat("+", 16<<10)).refuses(414))},
	{"cross-site", "OURS", "Distinct connections mode", "A stream by GET cannot be asked for by a page of another site.", "", all(
		ask{"GET", "?query=%7B__typename%7D", "", []string{"Sec-Fetch-Site", "cross-site"}}.refuses(400, "cross-site"), ask{"GET", "?query=%7B__typename%7D", "", nil}.refuses(400, "cross-site"))},
	{"negotiation", "MUST", "Distinct connections mode", "The stream is for those that want it most; a client that names it behind JSON gets JSON.", "", accepts(
		asStream, asStream, asStream+", */*", asStream, asStream+"; charset=utf-8", asStream, "Text/Event-Stream", asStream, asJSON+", "+asStream, asJSON, "*/*", asJSON, "text/*", "")},
	{"single", "MAY", "Single connection mode", "The mode with a single connection is offered.", "only distinct connections: HTTP/2 has no limit of six, and reservations would be state of a server that is gone with it. PUT and DELETE get 405", all(
		ask{"PUT", "", "", nil}.refuses(405, "@Allow: GET, POST"), ask{"PUT", "", "", []string{"Accept", "text/plain"}}.gets(406, asJSON),
		ask{"DELETE", "?operationId=1", "", nil}.refuses(405, "@Allow: GET, POST"), document(typename).by("HEAD").refuses(405, "@Allow: GET, POST"))},
	{"single-token", "MUST", "Single connection mode", "A request with a token of that mode is one of its own, and answered in its own connection.", "", all(
		document(typename, "X-GraphQL-Event-Stream-Token", secret).streams(typenameData), document(typename, "X-GraphQL-Event-Stream-Token", secret).gets(200, asJSON, typenameData),
		post(`{"query":"{ __typename }","extensions":{"operationId":"hunter2"}}`).streams(typenameData))},
}

// streamsFirst checks the first event of the trail, and leaves.
func (a ask) streamsFirst() check {
	return func(t *testing.T, e *edge) {
		t.Helper()
		r := a.open(t, e)
		if f := r.event(); f.event != "next" || f.data != `{"data":{"auditEvents":{"position":1}}}` || f.id == "" {
			t.Errorf("got %+v", f)
		}
		r.close()
	}
}

// jsonText makes a JSON text of v.
func jsonText(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// onSSE runs a check against a stub behind a transport with options.
func onSSE(sse transport.SSE, s stub, c check) check {
	return func(t *testing.T, _ *edge) {
		t.Helper()
		c(t, serveStub(t, s, sse))
	}
}
