package graph_test

import (
	"fmt"
	"strings"
	"testing"
)

// chunk is one of a chunked body.
func chunk(text string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(text), text) }

const chunked = "Transfer-Encoding: chunked\r\n"

// pipelined sends two requests before it reads an answer.
func pipelined(t *testing.T, e *edge) {
	w := e.wire(t)
	other := `{"query":"{ b: __typename }"}`
	head := strings.ReplaceAll(jsonHead, "AUTH", "Authorization: Bearer "+e.alice.token)
	w.say(head + length(typenameBody) + "\r\n" + typenameBody + head + length(other) + "\r\n" + other)
	for _, want := range []string{typenameData, `{"data":{"b":"Query"}}`} {
		if _, body := w.answer(); body != want {
			t.Errorf("got %s, want %s", body, want)
		}
	}
}

// expects sends headers and reads what comes before the body.
func expects(contentLength int, contentType string, status int) check {
	return func(t *testing.T, e *edge) {
		t.Helper()
		w := e.wire(t)
		w.say(e.head("1.1", "Content-Type: "+contentType, fmt.Sprintf("Content-Length: %d", contentLength), "Expect: 100-continue"))
		line, err := w.in.ReadString('\n')
		if err != nil || !strings.HasPrefix(line, fmt.Sprintf("HTTP/1.1 %d ", status)) {
			t.Fatalf("got %q, %v, want %d", line, err, status)
		}
		if status != 100 {
			return
		}
		if line, err := w.in.ReadString('\n'); line != "\r\n" || err != nil {
			t.Fatalf("got %q, %v", line, err)
		}
		w.say(typenameBody)
		if _, body := w.answer(); body != typenameData {
			t.Errorf("got %s", body)
		}
	}
}

// smuggled is a request within the body of one that is refused.
func smuggled(t *testing.T, e *edge) {
	head := strings.ReplaceAll(jsonHead, "AUTH", "Authorization: Bearer "+e.alice.token)
	inner := head + length(typenameBody) + "\r\n" + typenameBody
	other := `{"query":"{ b: __typename }"}`
	w := e.wire(t)
	w.say("PUT / HTTP/1.1\r\nHost: test\r\n" + length(inner) + "\r\n" + inner + head + length(other) + "\r\n" + other)
	if r, body := w.answer(); r.StatusCode != 405 {
		t.Errorf("got %d: %s", r.StatusCode, body)
	}
	if _, body := w.answer(); body != `{"data":{"b":"Query"}}` {
		t.Errorf("the next answer is %s", body)
	}
}

// bothLengths has chunks count, and the connection not be used again.
func bothLengths(t *testing.T, e *edge) {
	w := e.wire(t)
	w.say(strings.ReplaceAll(jsonHead, "AUTH", "Authorization: Bearer "+e.alice.token) + "Content-Length: 5\r\n" + chunked + "\r\n" + chunk(typenameBody) + "0\r\n\r\n")
	r, body := w.answer()
	if r.StatusCode != 400 && body != typenameData {
		t.Errorf("got %d: %s", r.StatusCode, body)
	}
	if !w.ended() {
		t.Errorf("the connection goes on after a request with two lengths, answered with %d", r.StatusCode)
	}
}

var httpWire = []statement{
	{"chunked", "MUST", "RFC 9112, 7.1", "Chunked bodies are read.", "", all(
		raw(jsonHead+chunked+"\r\n"+chunk(typenameBody[:5])+chunk(typenameBody[5:])+"0\r\n\r\n", 200, false),
		raw(jsonHead+"Transfer-Encoding: Chunked\r\n\r\n"+chunk(typenameBody)+"0\r\nTrailer: ignored\r\n\r\n", 200, false),
	)},
	{
		"chunked-413", "SHOULD", "Status Codes", "The limit of 413 holds for chunked bodies, before their end.", "",
		raw(jsonHead+chunked+"\r\n"+chunk(strings.Repeat(" ", 129<<10)), 413, false),
	},
	{"chunked-broken", "MUST", "RFC 9112, 7.1", "Broken chunks are refused with 400 and end the connection.", "", all(
		raw(jsonHead+chunked+"\r\nzz\r\n"+typenameBody+"\r\n0\r\n\r\n", 400, true),
		raw(jsonHead+chunked+"\r\n-1\r\n\r\n0\r\n\r\n", 400, true),
		raw(jsonHead+chunked+"\r\nffffffffffffffff1\r\n"+typenameBody, 400, true),
		raw(jsonHead+chunked+"\r\n"+strings.TrimSuffix(chunk(typenameBody), "\r\n")+"XX0\r\n\r\n", 400, true),
	)},
	{
		"http-1.0", "SHOULD", "RFC 9110, 2.5", "A client of HTTP/1.0 is served, and its connection closed.", "",
		raw("POST / HTTP/1.0\r\nAUTH\r\nContent-Type: application/json\r\n"+length(typenameBody)+"\r\n"+typenameBody, 200, true),
	},
	{
		"http-2.0-text", "SHOULD", "RFC 9110, 15.6.6", "An unknown version of HTTP is refused.", "",
		raw("POST / HTTP/9.0\r\nHost: test\r\n\r\n", 505, true),
	},
	{"pipelining", "MUST", "RFC 9112, 9.3.2", "Requests that are sent at once are answered in order.", "", pipelined},
	{"keep-alive", "SHOULD", "RFC 9112, 9.3", "The connection stays open after an answer, and closes when asked.", "", all(
		raw(jsonHead+length(typenameBody)+"Connection: close\r\n\r\n"+typenameBody, 200, true), pipelined)},
	{"continue", "MUST", "RFC 9110, 10.1.1", "A client that waits for 100 Continue gets it.", "", expects(len(typenameBody), asJSON, 100)},
	{"continue-refused", "SHOULD", "RFC 9110, 10.1.1", "It gets its refusal instead if the headers suffice for that.", "", all(
		expects(1<<30, asJSON, 413), expects(len(typenameBody), "text/plain", 415))},
	{"expect-unknown", "MAY", "RFC 9110, 10.1.1", "Other expectations are refused with 417.", "", raw(jsonHead+length(typenameBody)+"Expect: hunter2\r\n\r\n"+typenameBody, 417, true)},
	{"two-lengths", "MUST", "RFC 9112, 6.3", "Content-Length twice with different values is refused.", "", raw(jsonHead+"Content-Length: 5\r\n"+length(typenameBody)+"\r\n"+typenameBody, 400, true)},
	{"bad-length", "MUST", "RFC 9112, 6.3", "A Content-Length that is no number is refused.", "", all(
		raw(jsonHead+"Content-Length: -1\r\n\r\n", 400, true), raw(jsonHead+"Content-Length: +26\r\n\r\n"+typenameBody, 400, true),
		raw(jsonHead+"Content-Length: 0x1a\r\n\r\n"+typenameBody, 400, true), raw(jsonHead+"Content-Length: 99999999999999999999\r\n\r\n", 400, true))},
	{"length-and-chunks", "MUST", "RFC 9112, 6.1", "After Content-Length with Transfer-Encoding the connection ends.", "", bothLengths},
	{"other-coding", "SHOULD", "RFC 9112, 6.1", "A transfer coding that is not known is refused with 501.", "", all(
		raw(jsonHead+"Transfer-Encoding: gzip\r\n\r\n", 501, true), raw(jsonHead+"Transfer-Encoding: xchunked\r\n\r\n", 501, true),
		raw(jsonHead+"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 501, true))},
	{"bad-fields", "MUST", "RFC 9112, 5.1", "Headers with blanks before the colon or line breaks within are refused.", "", all(
		raw("POST / HTTP/1.1\r\nHost: test\r\nContent-Length : 5\r\n\r\n12345", 400, true),
		raw("POST / HTTP/1.1\r\nHost: test\r\nA\x00: 5\r\n\r\n", 400, true),
		raw("POST / HTTP/1.1\r\nHost: test\r\nX: a\rb\r\n\r\n", 400, true))},
	{"host", "MUST", "RFC 9112, 3.2", "A request of HTTP/1.1 without Host, or with two, is refused.", "", all(
		raw("POST / HTTP/1.1\r\n\r\n", 400, true), raw("POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, true))},
	{"short-body", "MUST", "RFC 9112, 8", "A body that is shorter than announced is not executed.", "", func(t *testing.T, e *edge) {
		body := `{"query":"mutation { createIncident(input: {title: \"cut off\", severity: LOW}) { replayed } }"}`
		w := e.wire(t)
		w.say(strings.ReplaceAll(jsonHead, "AUTH", "Authorization: Bearer "+e.alice.token) + "Content-Length: 999\r\n\r\n" + body)
		_ = w.CloseWrite()
		if r, text := w.answer(); r.StatusCode != 400 {
			t.Errorf("got %d: %s", r.StatusCode, text)
		}
		unchanged("cut off")(t, e)
	}},
	{"body-is-body", "MUST", "RFC 9112, 6", "The body of a refused request is not taken for the next request.", "", smuggled},
	{"no-sniffing", "OURS", "Security", "No response may be stored or its type guessed.", "", all( // gets looks for it
		document(typename).gets(200, asJSON), document(typename, "Accept", "text/html").gets(406, asJSON), document(typename, "Authorization", secret).gets(401, asJSON))},
}
