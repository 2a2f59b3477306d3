package graph_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

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

// frame is one event, or comment, as a browser would see it.
type frame struct {
	comment         bool
	event, id, data string
	hasID           bool
}

// eventReader reads an open response by the rules of HTML, and fails the test over
// whatever a parser might forgive.
type eventReader struct {
	t      *testing.T
	header http.Header
	proto  int
	in     *bufio.Reader
	close  context.CancelFunc
}

// open asks for a stream and checks its headers.
func (a ask) open(t *testing.T, e *edge) *eventReader {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, a.method, e.URL+"/"+a.query, strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	if e.alice.token != "" {
		r.Header.Set("Authorization", "Bearer "+e.alice.token)
	}
	r.Header.Set("Accept", asStream)
	for n := 0; n < len(a.header); n += 2 {
		r.Header.Set(a.header[n], a.header[n+1])
	}
	response, err := e.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	h := response.Header
	if response.StatusCode != 200 || h.Get("Content-Type") != "text/event-stream; charset=utf-8" {
		text, _ := io.ReadAll(response.Body)
		t.Fatalf("got %d, %s: %s", response.StatusCode, h.Get("Content-Type"), text)
	}
	return &eventReader{t, h, response.ProtoMajor, bufio.NewReader(response.Body), cancel}
}

// next returns the next event or comment, and false at the end of the stream.
func (r *eventReader) next() (f frame, more bool) {
	r.t.Helper()
	seen := map[string]bool{}
	for n := 0; ; n++ {
		line, err := r.in.ReadString('\n')
		if err != nil {
			if line != "" || n > 0 {
				r.t.Errorf("the stream ends within an event: %q", line)
			}
			return f, false
		}
		line = strings.TrimSuffix(line, "\n")
		if line == "" {
			if n == 0 {
				r.t.Error("an empty line ends nothing")
			}
			return f, true
		}
		if strings.ContainsAny(line, "\r\x00") || !utf8.ValidString(line) {
			r.t.Errorf("a line with a line break or NUL, or not in UTF-8: %q", line)
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		if seen[name] {
			r.t.Errorf("the field %s comes twice", name)
		}
		seen[name] = true
		switch name {
		case "":
			f.comment = true
		case "event":
			f.event = value
		case "id":
			f.id, f.hasID = value, true
		case "data":
			f.data = value
		default:
			r.t.Errorf("an unknown field: %q", line)
		}
	}
}

// event returns the next event, past comments.
func (r *eventReader) event() frame {
	r.t.Helper()
	for {
		f, more := r.next()
		if !more {
			r.t.Fatal("the stream has ended")
		}
		if f.comment {
			continue
		}
		if f.event == "next" {
			wellFormed(r.t, 200, f.data)
		}
		return f
	}
}

// completes checks that complete is next, has an empty data line, and is the end.
func (r *eventReader) completes() {
	r.t.Helper()
	if f := r.event(); f.event != "complete" || f.data != "" || f.hasID {
		r.t.Errorf("got %+v, want complete", f)
	}
	if f, more := r.next(); more {
		r.t.Errorf("after complete comes %+v", f)
	}
}

// streams checks a stream of one response: what it has and, behind "!", lacks.
func (a ask) streams(has ...string) check {
	return func(t *testing.T, e *edge) {
		t.Helper()
		r := a.open(t, e)
		f := r.event()
		if f.event != "next" || strings.Contains(f.data, secret) {
			t.Errorf("%.80s: got %+v", a.body, f)
		}
		for _, want := range has {
			if unwanted, ok := strings.CutPrefix(want, "!"); ok == strings.Contains(f.data, unwanted) {
				t.Errorf("%.80s: got %s, want %s", a.body, f.data, want)
			}
		}
		r.completes()
	}
}

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
		func(t *testing.T, e *edge) {
			anonymous := *e
			anonymous.alice.token = ""
			document(`{ viewer { roles } }`).streams("UNAUTHENTICATED", `!"data"`)(t, &anonymous)
		})},
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
