package graph_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	asJSON    = "application/json"
	asGraphQL = "application/graphql-response+json"
	asStream  = "text/event-stream"
)

// secret is in requests that are refused, and must be in no answer.
const secret = "hunter2"

// ask is a request to the server, from alice unless the headers say otherwise.
type ask struct {
	method, query, body string
	header              []string // name, value and so on; those given later win
}

// post asks with a JSON body.
func post(body string, header ...string) ask {
	return ask{"POST", "", body, append([]string{"Content-Type", asJSON}, header...)}
}

// document asks to run one.
func document(text string, header ...string) ask {
	body, _ := json.Marshal(object{"query": text})
	return post(string(body), header...)
}

// get asks by GET, with a header against requests of other sites. parameters
// are name, value and so on.
func get(parameters []string, header ...string) ask {
	values := url.Values{}
	for n := 0; n < len(parameters); n += 2 {
		values.Add(parameters[n], parameters[n+1])
	}
	return ask{"GET", "?" + values.Encode(), "", append([]string{"GraphQL-Require-Preflight", "1"}, header...)}
}

// with is the same request with one more header.
func (a ask) with(name, value string) ask {
	a.header = append(slices.Clip(a.header), name, value)
	return a
}

// by is the same request with another method.
func (a ask) by(method string) ask {
	a.method = method
	return a
}

// gets checks the answer: status, media type, and what the body has or, behind
// "!", lacks. "@Name: value" is a header.
func (a ask) gets(status int, mediaType string, has ...string) check {
	return func(t *testing.T, e *edge) {
		t.Helper()
		from := e.alice
		if slices.Contains(a.header, "Authorization") {
			from.token = ""
		}
		got, header, text := from.request(t, a.method, a.query, a.body, a.header...)
		if got != status || header.Get("Content-Type") != mediaType+"; charset=utf-8" {
			t.Errorf("%s %.80s %.80q: got %d, %s, want %d, %s: %.300s", a.method, a.query, a.body, got, header.Get("Content-Type"), status, mediaType, text)
		}
		for _, want := range has {
			if field, ok := strings.CutPrefix(want, "@"); ok {
				name, value, _ := strings.Cut(field, ": ")
				if header.Get(name) != value {
					t.Errorf("%s is %q, want %q", name, header.Get(name), value)
				}
			} else if unwanted, ok := strings.CutPrefix(want, "!"); ok && strings.Contains(text, unwanted) {
				t.Errorf("%.80q: the answer has %s: %.300s", a.body, unwanted, text)
			} else if !ok && !strings.Contains(text, want) {
				t.Errorf("%s %.80s %.80q: the answer lacks %s: %.300s", a.method, a.query, a.body, want, text)
			}
		}
		if mediaType != asStream && a.method != "HEAD" {
			wellFormed(t, status, text)
		}
		if strings.Contains(text, secret) {
			t.Errorf("the answer repeats the request: %s", text)
		}
		if status == 405 && header.Get("Allow") == "" || status == 401 && header.Get("WWW-Authenticate") == "" {
			t.Errorf("%d without the header that belongs to it: %v", status, header)
		}
		if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Cache-Control") != "no-store" {
			t.Errorf("the answer may be sniffed or stored: %v", header)
		}
	}
}

// wellFormed checks what is true of every GraphQL response.
func wellFormed(t *testing.T, status int, text string) {
	t.Helper()
	var answer map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &answer); err != nil || !utf8.ValidString(text) {
		t.Fatalf("no JSON object in UTF-8, %v: %.300q", err, text)
	}
	for name := range answer {
		if !slices.Contains([]string{"data", "errors", "extensions"}, name) {
			t.Errorf("the answer has an entry %s", name)
		}
	}
	data, hasData := answer["data"]
	var errs []struct {
		Message    string
		Extensions map[string]any
	}
	if list, ok := answer["errors"]; ok {
		if err := json.Unmarshal(list, &errs); err != nil || len(errs) == 0 {
			t.Errorf("errors is no list of errors: %s", list)
		}
		if !strings.HasPrefix(text, `{"errors":`) {
			t.Errorf("errors do not come first: %.100s", text)
		}
	}
	for _, e := range errs {
		if e.Message == "" || e.Extensions["code"] == nil {
			t.Errorf("an error without message or code: %.300s", text)
		}
	}
	if len(errs) == 0 && (!hasData || string(data) == "null") {
		t.Errorf("neither data nor errors: %s", text)
	}
	if hasData && status != 200 {
		t.Errorf("status %d with data", status)
	}
}
