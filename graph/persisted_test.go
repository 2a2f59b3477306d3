package graph_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"tasktrail/auth"
	"tasktrail/db/dbtest"
	"tasktrail/graph"
	"tasktrail/graph/limit"
	"tasktrail/graph/transport"
)

// persisting serves the API of s with documents that can be named.
func (s *server) persisting(t *testing.T, p graph.Persisted) client {
	t.Helper()
	api := graph.New(s.service, graph.Options{Verify: verifyTest, Drain: s.drain, Persisted: p})
	server := httptest.NewServer(auth.RequestIDs(auth.Middleware(verifyTest)(api)))
	t.Cleanup(server.Close)
	c := s.as("alice")
	c.url = server.URL
	return c
}

const (
	askRoles    = `query Roles { viewer { roles } }`
	askHead     = `{ auditHead { position } }`
	watchTrail  = `subscription { auditEvents(fromStart: true) { position cursor } }`
	rolesAnswer = `{"data":{"viewer":{"roles":["RESPONDER"]}}}`
	newAccept   = "application/graphql-response+json"
)

// apollo is the extension that names a document, as Apollo's clients send it.
func apollo(hash string) string {
	return fmt.Sprintf(`"extensions":{"persistedQuery":{"version":1,"sha256Hash":"%s"}}`, hash)
}

// step is a request and what must come back.
type step struct {
	name, body string
	status     int
	says       string
}

func (s step) run(t *testing.T, c client, headers ...string) {
	t.Helper()
	status, _, text := c.send(t, s.body, headers...)
	if status != s.status || !strings.Contains(text, s.says) {
		t.Errorf("%s: got %d, %s; want %d, %s", s.name, status, text, s.status, s.says)
	}
}

func TestAutomaticPersistedQueries(t *testing.T) {
	s := start(t, dbtest.SQLite(t))
	s.as("alice").newIncident(t, "1")
	c := s.persisting(t, graph.Persisted{Keep: 100})
	roles, head, watch := transport.HashDocument(askRoles), transport.HashDocument(askHead), transport.HashDocument(watchTrail)
	// What clients look for, to the letter.
	const unknown = `{"errors":[{"message":"PersistedQueryNotFound","extensions":{"code":"PERSISTED_QUERY_NOT_FOUND"}}]}`
	nobody, stranger := c, c
	nobody.token, stranger.token = "", "eve:NOBODY"
	invalid := `{ missing }`
	beyond := `{` + strings.Repeat(" __typename", 2001) + `}`
	for _, step := range []struct {
		step
		as      client
		headers []string
	}{
		{step{"not left yet", `{` + apollo(roles) + `}`, 200, unknown}, c, nil},
		{step{"not left yet, new client", `{` + apollo(roles) + `}`, 400, unknown}, c, []string{"Accept", newAccept}},
		{step{"by nobody", `{` + apollo(roles) + `}`, 401, "UNAUTHENTICATED"}, nobody, nil},
		{step{"left by nobody", `{"query":"` + askRoles + `",` + apollo(roles) + `}`, 401, "UNAUTHENTICATED"}, nobody, nil},
		{step{"left by a stranger", `{"query":"` + askRoles + `",` + apollo(roles) + `}`, 200, "FORBIDDEN"}, stranger, nil},
		{step{"left with another hash", `{"query":"` + askRoles + `",` + apollo(head) + `}`, 400, "provided sha does not match query"}, c, nil},
		{step{"left although invalid", `{"query":"` + invalid + `",` + apollo(transport.HashDocument(invalid)) + `}`, 200, "BAD_USER_INPUT"}, c, nil},
		{step{"left beyond a limit", `{"query":"` + beyond + `",` + apollo(transport.HashDocument(beyond)) + `}`, 200, "TOO_COMPLEX"}, c, nil},
		{step{"without its hash", `{"query":"` + askRoles + `"}`, 200, rolesAnswer}, c, nil},
		{step{"still not there", `{` + apollo(roles) + `}`, 200, unknown}, c, nil},
		{step{"invalid is not there", `{` + apollo(transport.HashDocument(invalid)) + `}`, 200, unknown}, c, nil},
		{step{"beyond a limit is not there", `{` + apollo(transport.HashDocument(beyond)) + `}`, 200, unknown}, c, nil},
		{step{"under the other hash neither", `{` + apollo(head) + `}`, 200, unknown}, c, nil},
		{step{"left", `{"query":"` + askRoles + `",` + apollo(roles) + `}`, 200, rolesAnswer}, c, nil},
		{step{"there", `{` + apollo(roles) + `}`, 200, rolesAnswer}, c, nil},
		{step{"there for nobody", `{` + apollo(roles) + `}`, 401, "UNAUTHENTICATED"}, nobody, nil},
		{step{"by documentId", `{"documentId":"sha256:` + roles + `"}`, 200, rolesAnswer}, c, nil},
		{step{"both ways", `{"documentId":"sha256:` + roles + `",` + apollo(roles) + `}`, 200, rolesAnswer}, c, nil},
		{step{"by a name", `{"documentId":"roles"}`, 200, "PERSISTED_QUERY_NOT_IN_LIST"}, c, nil},
	} {
		step.run(t, step.as, step.headers...)
	}

	// On every way in.
	const first = `{"data":{"auditEvents":{"position":1,`
	if got := c.firstEvent(t, http.MethodPost, "", `{"query":"`+watchTrail+`",`+apollo(watch)+`}`, "text/event-stream"); !strings.HasPrefix(got, first) {
		t.Errorf("a subscription: %s", got)
	}
	if got := c.firstEvent(t, http.MethodGet, "?documentId=sha256:"+watch, "", "text/event-stream"); !strings.HasPrefix(got, first) {
		t.Errorf("a subscription by its hash: %s", got)
	}
	get := "?extensions=" + url.QueryEscape(`{"persistedQuery":{"version":1,"sha256Hash":"`+roles+`"}}`)
	if status, _, text := c.request(t, http.MethodGet, get, "", "Apollo-Require-Preflight", "1"); status != 200 || text != rolesAnswer {
		t.Errorf("GET: %d, %s", status, text)
	}
	if got, code := c.frame(t, `{`+apollo(roles)+`}`); !strings.Contains(got, rolesAnswer) || code != "" {
		t.Errorf("WebSocket: %s", got)
	}
	if got, code := c.frame(t, `{`+apollo(head)+`}`); code != "PERSISTED_QUERY_NOT_FOUND" {
		t.Errorf("WebSocket, not there: %s", got)
	}
	if got, code := c.frame(t, `{"query":"{ __typename }",`+apollo(head)+`}`); code != "BAD_USER_INPUT" || !strings.Contains(got, "provided sha") {
		t.Errorf("WebSocket, wrong hash: %s", got)
	}
	none := s.persisting(t, graph.Persisted{})
	step{"switched off", `{` + apollo(roles) + `}`, 200, `"message":"PersistedQueryNotSupported","extensions":{"code":"PERSISTED_QUERY_NOT_SUPPORTED"}`}.run(t, none)
	step{"switched off, with the text", `{"query":"` + askRoles + `",` + apollo(roles) + `}`, 200, rolesAnswer}.run(t, none)
}

// firstEvent opens a stream and returns its first line of data.
func (c client) firstEvent(t *testing.T, method, query, body, accept string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, c.url+query, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + c.token, "Accept": accept, "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin",
	} {
		r.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			return data
		}
	}
	return response.Status
}

func TestTrustedDocuments(t *testing.T) {
	s := start(t, dbtest.SQLite(t))
	s.as("alice").newIncident(t, "1")
	roles, head := transport.HashDocument(askRoles), transport.HashDocument(askHead)
	documents, err := graph.LoadDocuments([]byte(`{"roles.v1": "`+askRoles+`", "0123456789abcdef0123456789abcdef": "`+watchTrail+`"}`), limit.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for name, only := range map[string]bool{"besides others": false, "only": true} {
		t.Run(name, func(t *testing.T) {
			c := s.persisting(t, graph.Persisted{Keep: 100, Trusted: documents, TrustedOnly: only})
			for _, step := range []step{
				{"by its name", `{"documentId":"roles.v1"}`, 200, rolesAnswer},
				{"by its hash", `{"documentId":"sha256:` + roles + `"}`, 200, rolesAnswer},
				{"by its hash as Apollo does", `{` + apollo(roles) + `}`, 200, rolesAnswer},
				{"by its name as Apollo does", `{` + apollo("roles.v1") + `}`, 200, rolesAnswer},
				{"by its text", `{"query":"` + askRoles + `"}`, 200, rolesAnswer},
				{"by its text and hash", `{"query":"` + askRoles + `",` + apollo(roles) + `}`, 200, rolesAnswer},
				{"by its text and another's name", `{"query":"` + askRoles + `","documentId":"roles.v1"}`, 400, "provided sha does not match query"},
				{"an unknown name", `{"documentId":"roles.v2"}`, 200, `"code":"PERSISTED_QUERY_NOT_IN_LIST"`},
			} {
				step.run(t, c)
			}
			for _, step := range []struct{ name, body, open, closed string }{
				{"another text", `{"query":"` + askHead + `"}`, `"position":1`, `"code":"QUERY_NOT_IN_SAFELIST"`},
				{"the text in other words", `{"query":"` + askRoles + ` "}`, rolesAnswer, `"code":"QUERY_NOT_IN_SAFELIST"`},
				{"introspection", `{"query":"{ __schema { queryType { name } } }"}`, `"name":"Query"`, `"code":"QUERY_NOT_IN_SAFELIST"`},
				{"an unknown hash", `{` + apollo(head) + `}`, "PERSISTED_QUERY_NOT_FOUND", `"code":"PERSISTED_QUERY_NOT_IN_LIST"`},
				{"left", `{"query":"` + askHead + `",` + apollo(head) + `}`, `"position":1`, `"code":"QUERY_NOT_IN_SAFELIST"`},
				{"left before", `{` + apollo(head) + `}`, `"position":1`, `"code":"PERSISTED_QUERY_NOT_IN_LIST"`},
				{"nonsense", `{"query":"}"}`, `"code":"BAD_USER_INPUT"`, `"code":"QUERY_NOT_IN_SAFELIST"`},
			} {
				says := step.open
				if only {
					says = step.closed
				}
				if status, _, text := c.send(t, step.body); status != 200 || !strings.Contains(text, says) {
					t.Errorf("%s: got %d, %s; want %s", step.name, status, text, says)
				}
			}
			get := "?documentId=0123456789abcdef0123456789abcdef"
			if got := c.firstEvent(t, http.MethodGet, get, "", "text/event-stream"); !strings.HasPrefix(got, `{"data":{"auditEvents":{"position":1,`) {
				t.Errorf("GET, as a stream: %s", got)
			}
			if got, _ := c.frame(t, `{"documentId":"roles.v1"}`); !strings.Contains(got, rolesAnswer) {
				t.Errorf("WebSocket: %s", got)
			}
			if _, code := c.frame(t, `{"query":"`+askHead+`"}`); (code == "QUERY_NOT_IN_SAFELIST") != only {
				t.Errorf("WebSocket, another text: %s", code)
			}
			nobody := c
			nobody.token = ""
			step{"by nobody", `{"documentId":"roles.v1"}`, 401, "UNAUTHENTICATED"}.run(t, nobody)
			step{"by nobody, not there", `{"documentId":"roles.v2"}`, 401, "UNAUTHENTICATED"}.run(t, nobody)
		})
	}
}

// frame subscribes over a WebSocket, and returns the first message that comes
// back with the code of its first error.
func (c client) frame(t *testing.T, payload string) (text, code string) {
	t.Helper()
	conn, err := c.socket(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	if err := conn.Write(t.Context(), 1, []byte(`{"type":"subscribe","id":"1","payload":`+payload+`}`)); err != nil {
		t.Fatal(err)
	}
	_, message, err := conn.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, after, ok := strings.Cut(string(message), `"code":"`); ok {
		code, _, _ = strings.Cut(after, `"`)
	}
	return string(message), code
}
