package transport_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tasktrail/graph/transport"
)

// How requests may name a document, and that whatever is wrong with that is told
// before anything is looked up. The stub finds none.
func TestDocumentIDs(t *testing.T) {
	server := newServer(t, newExec(stub{}), transport.WebSocket{}, transport.HTTP{})
	hash := transport.HashDocument("{ name }")
	apollo := func(members string) string { return `{"extensions":{"persistedQuery":` + members + `}}` }
	const hashHelp, idHelp = "sha256Hash must be the SHA-256", "documentId must be sha256:"
	for _, c := range []struct{ name, body, says string }{
		{"neither text nor name", `{"extensions":{"other":1}}`, "query is missing"},
		{"empty name", `{"documentId":""}`, "query is missing"},
		{"no text", `{"documentId":7}`, "documentId must be a string"},
		{"upper-case hash", `{"documentId":"sha256:` + strings.ToUpper(hash) + `"}`, idHelp},
		{"short hash", `{"documentId":"sha256:abc"}`, idHelp},
		{"blank", `{"documentId":"a b"}`, idHelp},
		{"slash", `{"documentId":"../a"}`, idHelp},
		{"no prefix", `{"documentId":":a"}`, idHelp},
		{"too long", `{"documentId":"` + strings.Repeat("a", 201) + `"}`, idHelp},
		{"not an object", apollo(`"x"`), "persistedQuery must be a JSON object"},
		{"no version", apollo(`{"sha256Hash":"` + hash + `"}`), "version must be 1"},
		{"another version", apollo(`{"version":2,"sha256Hash":"` + hash + `"}`), "version must be 1"},
		{"version as text", apollo(`{"version":"1","sha256Hash":"` + hash + `"}`), "version must be 1"},
		{"no hash", apollo(`{"version":1}`), hashHelp},
		{"hash is a number", apollo(`{"version":1,"sha256Hash":1}`), hashHelp},
		{"two documents", `{"documentId":"a","extensions":{"persistedQuery":{"version":1,"sha256Hash":"b"}}}`, "name different documents"},
		{"text of another", `{"query":"{  name }","documentId":"sha256:` + hash + `"}`, "provided sha does not match query"},
		{"text with a name", `{"query":"{ name }","documentId":"a"}`, "provided sha does not match query"},
	} {
		httpCase{body: c.body, status: 400, contains: []string{c.says, "BAD_USER_INPUT"}}.run(t, server)
	}
	for _, body := range []string{
		`{"query":"{ name }","documentId":"sha256:` + hash + `"}`,
		`{"query":"{ name }","documentId":"` + hash + `"}`,
		`{"query":"{ name }","documentId":null,"extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + hash + `"},"documentId":"a b"}}`,
	} {
		httpCase{body: body, status: 200, contains: []string{`"name":"test"`}}.run(t, server)
	}
	twice := url.Values{"documentId": {"a", "b"}}
	httpCase{method: http.MethodGet, params: twice, header: preflight, status: 400, contains: []string{"documentId is given more than once"}}.run(t, server)

	// A wrong name ends its operation, not the socket with all others.
	socket := dialReady(t, server)
	socket.send(`{"id":"1","type":"subscribe","payload":{"documentId":"a b"}}`)
	if got := socket.read(); !strings.HasPrefix(got, `{"id":"1","type":"error","payload":[{"message":"documentId must`) {
		t.Errorf("got %s", got)
	}
	socket.send(subscribeFrame("1", "{ name }"))
	if got := socket.read(); !strings.Contains(got, `"name":"test"`) {
		t.Errorf("got %s", got)
	}
}
