package transport

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzRequest reads the parameters of a request: whatever is accepted is valid
// JSON and UTF-8 with a query, and errors repeat nothing of it.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		`{"query":"{ a }"}`, `{"query":"{ a }","operationName":null,"variables":{"v":1e999},"extensions":{"cost":true}}`,
		`{"query":"\ud83d\ude00"}`, `{"query":"\ud83d"}`, `{"Query":"x"}`, `[{"query":"x"}]`, `{"query":"x"}{}`, `null`, ``, `{"query":1}`, `{"query":""}`,
		`{"query":"x","query":"y"}`, `{"query":"x","variables":[]}`, "\xff", `{"query":"` + "\xff" + `"}`, strings.Repeat(`{"variables":`, 20),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		params, err := parseParams(body, "request body")
		if err != nil {
			checkMessage(t, err, body)
			return
		}
		if !json.Valid(body) || !utf8.Valid(body) || !utf8.ValidString(params.Query) || !utf8.ValidString(params.OperationName) {
			t.Errorf("%q was accepted as %+v", body, params)
		}
		if params.Variables != nil {
			if _, err := json.Marshal(params.Variables); err != nil {
				t.Errorf("%q has variables without a JSON form: %v", body, err)
			}
		}
	})
}

// FuzzMessage reads a message of a socket. One that is accepted can be written
// and read again as the same.
func FuzzMessage(f *testing.F) {
	for _, seed := range []string{
		`{"type":"connection_init"}`, `{"id":"1","type":"subscribe","payload":{"query":"{ a }"}}`, `{"id":"1","type":"complete"}`,
		`{"type":"ping","payload":{}}`, `{"type":"subscribe"}`, `{"id":1,"type":"ping"}`, `{"ID":"1","TYPE":"x"}`, `[]`, `{"type":null}`, "\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseMessage(data)
		if err != nil {
			checkMessage(t, err, data)
			return
		}
		if (m.Type == typeSubscribe || m.Type == typeComplete) && m.ID == "" {
			t.Errorf("%q was accepted without an id", data)
		}
		text := m.encode()
		again, err := parseMessage(text)
		if err != nil || again.ID != m.ID || again.Type != m.Type || !bytes.Equal(again.Payload, m.Payload) {
			t.Errorf("%q became %q: %v", data, text, err)
		}
	})
}

// checkMessage holds that an error is told in words of ours.
func checkMessage(t *testing.T, err error, from []byte) {
	t.Helper()
	message := err.Error()
	if len(message) > 120 || !utf8.ValidString(message) {
		t.Errorf("%q: %q", from, message)
	}
	if at := bytes.Index(from, []byte("secret")); at >= 0 && strings.Contains(message, "secret") {
		t.Errorf("%q is repeated in %q", from, message)
	}
}

// FuzzAccept negotiates: the answer has a type that the client named or a
// wildcard stands for, and streams are only for those who put them first.
func FuzzAccept(f *testing.F) {
	for _, seed := range []string{
		"", "*/*", "application/json", "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8",
		"text/event-stream", "application/json, text/event-stream", "application/json;q=0", "text/html", ";q=1", "application/*;q=0.5,*/*;q=NaN", "a/b;q=1e99,,",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		h := http.Header{"Accept": {accept}}
		mediaType, ok := negotiate(h)
		if ok != (mediaType == mediaJSON || mediaType == mediaGraphQL) {
			t.Errorf("%q is answered with %q, %t", accept, mediaType, ok)
		}
		lower := strings.ToLower(accept)
		if ok && strings.TrimSpace(accept) != "" && !strings.Contains(lower, mediaType) && !strings.Contains(lower, "*") {
			t.Errorf("%q is answered with %q", accept, mediaType)
		}
		if accepted, _ := eventStreamIn(h); accepted && !strings.Contains(lower, mediaEventStream) {
			t.Errorf("%q is answered with a stream", accept)
		}
		for _, m := range parseAccept(h) {
			if !(m.quality >= 0) {
				t.Errorf("%q has a range of quality %v", accept, m.quality)
			}
		}
	})
}

// FuzzPreflight looks at the headers of a GET: none that a page of another site
// can send without asking first is let through.
func FuzzPreflight(f *testing.F) {
	for _, seed := range [][3]string{
		{"", "", ""},
		{"text/plain", "cross-site", ""},
		{"application/json", "", ""},
		{"application/json; charset=utf-8", "cross-site", ""},
		{"application/x-www-form-urlencoded", "same-origin", ""},
		{"multipart/form-data; boundary=application/json", "", ""},
		{"", "none", ""},
		{"", "cross-site", "1"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, contentType, site, header string) {
		h := http.Header{"Content-Type": {contentType}, "Sec-Fetch-Site": {site}, "Graphql-Require-Preflight": {header}}
		if checkPreflighted(h, nil) != nil {
			return
		}
		simple, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(contentType)), ";")
		switch strings.TrimSpace(simple) {
		case "", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded":
			if header == "" && site != "same-origin" && site != "none" {
				t.Errorf("let through: %q, %q, %q", contentType, site, header)
			}
		}
	})
}

// FuzzGet reads the query string of a GET.
func FuzzGet(f *testing.F) {
	for _, seed := range []string{"query=%7Ba%7D", "query={a}&variables={}&extensions={}", "query=a&query=b", "query=%ff", "query=a&variables=[]", "%zz", ";", "query=a;b", "query"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		r, err := http.NewRequest(http.MethodGet, "http://example.com/graphql", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.RawQuery = query
		r.Header.Set("Graphql-Require-Preflight", "1")
		params, err := readGet(r, DefaultMaxBody, nil)
		if err != nil {
			checkMessage(t, err, []byte(query))
		} else if !utf8.ValidString(params.Query) {
			t.Errorf("%q was accepted as %+v", query, params)
		}
	})
}
