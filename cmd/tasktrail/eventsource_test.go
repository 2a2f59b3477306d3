package main

import (
	"bufio"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tasktrail/db/dbtest"
)

// A page gets a cookie with its token, and its EventSource comes in with that,
// also when it comes back. Only then is a request logged as a stream.
func TestEventSource(t *testing.T) {
	s := serve(t, dbtest.SQLite(t), t.TempDir())
	s.post(t, http.DefaultClient, `mutation { createIncident(input: { title: "One", severity: LOW }) { event { position } } }`)
	s.post(t, http.DefaultClient, `mutation { createIncident(input: { title: "Two", severity: LOW }) { event { position } } }`)
	do := func(method, path string, headers ...string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; n < len(headers); n += 2 {
			r.Header.Set(headers[n], headers[n+1])
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = response.Body.Close() })
		return response
	}
	if response := do("POST", "/eventsource"); response.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token: %s", response.Status)
	}
	response := do("POST", "/eventsource", "Authorization", "Bearer "+s.token)
	if response.StatusCode != http.StatusNoContent || len(response.Cookies()) != 1 {
		t.Fatalf("%s, %v", response.Status, response.Header)
	}
	cookie := response.Cookies()[0].Name + "=" + response.Cookies()[0].Value
	const subscription = `subscription { auditEvents(fromStart: true) { position cursor } }`
	first := func(headers ...string) (id, data string) {
		t.Helper()
		response := do("GET", "?query="+url.QueryEscape(subscription), append(headers, "Accept", "text/event-stream", "Sec-Fetch-Site", "same-origin")...)
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			if value, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
				id = value
			}
			if value, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return id, value
			}
		}
		return "", response.Status
	}
	id, data := first("Cookie", cookie)
	if !strings.Contains(data, `"position":1`) {
		t.Errorf("the stream begins with %s", data)
	}
	if _, data := first("Cookie", cookie, "Last-Event-ID", id); !strings.Contains(data, `"position":2`) {
		t.Errorf("it comes back to %s", data)
	}
	if _, data := first(); !strings.Contains(data, "UNAUTHENTICATED") {
		t.Errorf("without a cookie: %s", data)
	}
	s.log.find(t, `(?s)stream begins.*stream begins.*stream begins`)
	query := do("GET", "?query="+url.QueryEscape("{ __typename }"), "Authorization", "Bearer "+s.token, "Graphql-Require-Preflight", "1",
		"Accept", "application/json, text/event-stream, multipart/mixed", "X-Request-Id", "a-query")
	s.log.find(t, `"requestId":"a-query".*"message":"request"`)
	log := s.log.String()
	if query.StatusCode != http.StatusOK || strings.Count(log, "stream begins") != 3 {
		t.Errorf("%s; a query is logged as a stream: %s", query.Status, log)
	}
	if strings.Contains(log, s.token) {
		t.Error("the log holds the token")
	}
}
