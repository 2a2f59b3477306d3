package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"tasktrail/graph/transport"
)

// bytesOf reads a stream as it is.
func bytesOf(t *testing.T, e *edge, a ask) string {
	t.Helper()
	_, _, text := e.alice.request(t, a.method, a.query, a.body, append(a.header, "Accept", asStream)...)
	return text
}

// exact compares a stream byte by byte.
func exact(a ask, want string) check {
	return func(t *testing.T, e *edge) {
		t.Helper()
		if got := bytesOf(t, e, a); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// numbered is a subscription of an event for each cursor.
func numbered(cursors ...string) stub {
	n := 0
	return func(ctx context.Context) *graphql.Response {
		if n == len(cursors) {
			n = 0 // for the next
			return nil
		}
		graphql.RegisterExtension(ctx, "cursor", cursors[n])
		n++
		return &graphql.Response{Data: []byte(`{"tick":1}`)}
	}
}

// hardText is what a line of a stream could break on.
const hardText = "a\nb\rc\r\nd\u2028e\u0085f: data: x\n\nevent: complete\n\n\ufeff🏃"

// lineBreaks sends text through the trail and expects it in one line.
func lineBreaks(t *testing.T, e *edge) {
	made := e.alice.must(t, `mutation($d: String!) { createIncident(input: {title: "lines", severity: LOW, description: $d}) { event { position } errors { message } } }`, object{"d": hardText})
	if errs, _ := at(made, "createIncident", "errors").([]any); len(errs) > 0 {
		t.Fatal(errs)
	}
	created := at(made, "createIncident", "event", "position")
	r := document(`subscription { auditEvents(fromStart: true) { position changes { field to } } }`).open(t, e)
	for {
		f := r.event()
		if !strings.Contains(f.data, fmt.Sprintf(`"position":%v,`, created)) {
			continue
		}
		if want := jsonText(t, hardText); !strings.Contains(jsonText(t, answerText(t, f.data)), want) {
			t.Errorf("got %s, want %s in it", f.data, want)
		}
		return
	}
}

// resumes reads one event, leaves, and comes back with its id.
func resumes(a ask) check {
	return func(t *testing.T, e *edge) {
		t.Helper()
		e.alice.newIncident(t, "one more")
		r := a.open(t, e)
		first := r.event()
		r.close()
		if !first.hasID || first.id == "" {
			t.Fatalf("got %+v", first)
		}
		if next := a.with("Last-Event-ID", first.id).open(t, e).event(); !strings.Contains(next.data, `"position":2`) {
			t.Errorf("after %+v comes %+v", first, next)
		}
		if next := a.with("Last-Event-ID", "").open(t, e).event(); next != first {
			t.Errorf("without an id it begins with %+v, want %+v", next, first)
		}
	}
}

var sseStream = []statement{
	{"bytes", "MUST", "next event", "Each response is an event next with data, the end an event complete.", "", all(
		exact(document(typename), ":\n\nevent: next\ndata: "+typenameData+"\n\nevent: complete\ndata:\n\n"),
		onSSE(transport.SSE{}, numbered("c1", "c2"), exact(document("subscription { tick }"),
			":\n\nevent: next\nid: c1\ndata: {\"data\":{\"tick\":1}}\n\nevent: next\nid: c2\ndata: {\"data\":{\"tick\":1}}\n\nevent: complete\ndata:\n\n")))},
	{"complete-data", "MUST", "complete event", "complete has an empty data line, as an EventSource needs.", "", document(typename).streams(typenameData)},
	{"no-break", "MUST", "HTML, 9.2.6", "Data is one line, whatever text is in it; so line breaks of users end nothing.", "", lineBreaks},
	{"utf-8", "MUST", "HTML, 9.2.5", "A stream is UTF-8, without byte order mark.", "", func(t *testing.T, e *edge) {
		e.alice.newIncident(t, "🏃")
		text := bytesOf(t, e, document(`{ incidents(filter: {search: "🏃"}) { nodes { title } } }`))
		if !strings.HasPrefix(text, ":\n\n") || !strings.Contains(text, "🏃") {
			t.Errorf("got %q", text)
		}
	}},
	{"id", "MAY", "HTML, 9.2.6", "An event that can be resumed after has its cursor as id; the data has it only if asked for.", "", func(t *testing.T, e *edge) {
		r := document(`subscription { auditEvents(fromStart: true) { cursor } }`).open(t, e)
		if f := r.event(); f.data != `{"data":{"auditEvents":{"cursor":`+jsonText(t, f.id)+`}}}` {
			t.Errorf("got %+v", f)
		}
	}},
	{"id-unfit", "MUST", "HTML, 9.2.6", "An id has no line break and no NUL: such a cursor is left out.", "", onSSE(transport.SSE{}, numbered("a\nevent: complete", "a\rb", "a\x00"), exact(document("subscription { tick }"),
		":\n\n"+strings.Repeat("event: next\ndata: {\"data\":{\"tick\":1}}\n\n", 3)+"event: complete\ndata:\n\n"))},
	{"last-event-id", "MUST", "HTML, 9.2.4", "A client that comes back with Last-Event-ID gets what followed, nothing missing and nothing twice.", "", all(resumes(document(history)), resumes(eventSource(history)))},
	{"last-event-id-wrong", "OURS", "HTML, 9.2.4", "An id that is no cursor is refused within the stream, which then completes.", "", all(
		document(history, "Last-Event-ID", secret).streams(`"code":"BAD_USER_INPUT"`, `!"data"`), document(history, "Last-Event-ID", "\"};:\t").streams(`"code":"BAD_USER_INPUT"`))},
	{"at-once", "MUST", "Distinct connections mode", "The stream opens when the subscription has begun, without waiting for an event, and an event is sent when it happens.", "", atOnce},
	{"http2", "SHOULD", "Single connection mode", "Streams work over HTTP/2, many in one connection.", "", overHTTP2(func(t *testing.T, e *edge) {
		if r := document(typename).open(t, e); r.proto != 2 || r.header.Get("Connection") != "" {
			t.Errorf("HTTP/%d, %v", r.proto, r.header)
		}
		all(atOnce, document(typename).streams(typenameData), resumes(document(history)))(t, e)
	})},
	{"http1", "MUST", "RFC 9112, 9.3", "Over HTTP/1 a connection ends with its stream, as it has the stream's deadlines.", "", func(t *testing.T, e *edge) {
		if r := document(typename).open(t, e); r.proto != 1 || r.header.Get("Connection") != "" { // the client takes it out
			t.Errorf("HTTP/%d, %v", r.proto, r.header)
		}
		for _, version := range []string{"1.0", "1.1"} {
			w := e.wire(t)
			w.say(e.head(version, "Accept: text/event-stream", "Content-Type: application/json", strings.TrimSpace(length(typenameBody))) + typenameBody)
			r, body := w.answer()
			if r.StatusCode != 200 || !strings.HasSuffix(body, "data: "+typenameData+"\n\nevent: complete\ndata:\n\n") || !w.ended() {
				t.Errorf("HTTP/%s: got %d: %q", version, r.StatusCode, body)
			}
		}
	}},
	{"no-buffering", "SHOULD", "HTML, 9.2.7", "No proxy may keep, change or collect it.", "", func(t *testing.T, e *edge) {
		h := document(typename).open(t, e).header
		for name, want := range map[string]string{"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Encoding": "", "Content-Length": "", "X-Content-Type-Options": "nosniff"} {
			if h.Get(name) != want {
				t.Errorf("%s is %q, want %q", name, h.Get(name), want)
			}
		}
		if h = document(typename, "Accept-Encoding", "gzip, br").open(t, e).header; h.Get("Content-Encoding") != "" {
			t.Errorf("compressed: %v", h)
		}
	}},
	{"keep-alive", "SHOULD", "HTML, 9.2.7", "A silent stream has a comment from time to time.", "", func(t *testing.T, _ *edge) {
		s, _, ended := hangs()
		r := document("subscription { tick }").open(t, serveStub(t, s, transport.SSE{KeepAlive: time.Millisecond}))
		for range 5 {
			if f, more := r.next(); !more || !f.comment {
				t.Fatalf("got %+v", f)
			}
		}
		r.close()
		await(t, ended, 1)
	}},
}

var sseEnds = []statement{
	{"client-leaves", "MUST", "Distinct connections mode", "A client ends its operation by closing the connection.", "", all(
		leaving(http.MethodPost), leaving(http.MethodGet))},
	{"crash", "MUST", "next event", "A fault ends the stream with an error, without a word of the fault, and complete.", "", onSSE(transport.SSE{}, crashes, all(
		document("{ name }").streams(`"code":"INTERNAL"`, `!"data"`), document("subscription { tick }").streams(`"code":"INTERNAL"`, `!"data"`)))},
	{"expiry", "OURS", "complete event", "When the token runs out the stream says so, and completes: clients do not come back with the same.", "", func(t *testing.T, e *edge) {
		later := *e
		later.alice.token = "alice:RESPONDER:" + time.Now().Add(200*time.Millisecond).Format(time.RFC3339Nano)
		document(live).streams(`"code":"UNAUTHENTICATED"`, `!"data"`)(t, &later)
	}},
	{"drain", "OURS", "complete event", "A server that stops ends streams without complete, on which clients connect again.", "", func(t *testing.T, _ *edge) {
		s, started, ended := hangs()
		drain := make(chan struct{})
		r := document("subscription { tick }").open(t, serveStub(t, s, transport.SSE{Drain: drain}))
		<-started
		close(drain)
		for {
			f, more := r.next()
			if !more {
				break
			}
			if !f.comment {
				t.Errorf("got %+v", f)
			}
		}
		await(t, ended, 1)
	}},
	{"end-whole", "MUST", "HTML, 9.2.6", "A stream never ends within an event.", "", func(t *testing.T, e *edge) {
		if text := bytesOf(t, e, document(typename)); !strings.HasSuffix(text, "\n\n") {
			t.Errorf("got %q", text)
		}
	}},
}

// leaving closes a stream whose operation has begun.
func leaving(method string) check {
	return func(t *testing.T, _ *edge) {
		t.Helper()
		s, started, ended := hangs()
		e := serveStub(t, s, transport.SSE{})
		a := document("subscription { tick }")
		if method == http.MethodGet {
			a = eventSource("subscription { tick }")
		}
		r := a.open(t, e)
		<-started
		r.close()
		_, _ = io.Copy(io.Discard, r.in)
		await(t, ended, 1)
	}
}

// answerText parses an answer, so that escapes do not count.
func answerText(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}
