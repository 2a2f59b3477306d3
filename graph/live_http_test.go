package graph_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"tasktrail/db/dbtest"
)

// How the same address tells requests for a stream from others.
func TestStreamsOverHTTP(t *testing.T) {
	s := start(t, dbtest.SQLite(t))
	alice := s.as("alice")
	alice.newIncident(t, "1")
	const subscription = `subscription { auditEvents(fromStart: true) { position cursor } }`
	in := func(document string) string { return `{"query":"` + document + `"}` }
	get := "?query=" + url.QueryEscape(subscription)
	for _, test := range []struct {
		name, method, query, body string
		headers                   []string
		status                    int
		mediaType, says           string
	}{
		{"a subscription without a stream", "POST", "", in(subscription), nil, 200, "application/json", "subscriptions need a stream: send Accept: text/event-stream, or use a WebSocket"},
		{"as a new client", "POST", "", in(subscription), []string{"Accept", "application/graphql-response+json"}, 400, "application/graphql-response+json", "subscriptions need a stream"},
		{"a query, JSON before a stream", "POST", "", in("{ auditHead { position } }"), []string{"Accept", "application/json, text/event-stream"}, 200, "application/json", `{"data":{"auditHead":{"position":1}}}`},
		{"a query as a stream", "POST", "", in("{ auditHead { position } }"), []string{"Accept", "text/event-stream"}, 200, "text/event-stream", "event: next\ndata: {\"data\":{\"auditHead\":{\"position\":1}}}\n\nevent: complete\ndata:\n\n"},
		{"a mutation as a stream by GET", "GET", "?query=" + url.QueryEscape(`mutation { startTask(input: {id: "x"}) { replayed } }`), "", []string{"Accept", "text/event-stream", "Sec-Fetch-Site", "same-origin"}, 405, "application/json", "mutations need POST"},
		{"from another site", "GET", get, "", []string{"Accept", "text/event-stream", "Sec-Fetch-Site", "cross-site"}, 400, "application/json", "cross-site"},
		{"from who knows where", "GET", get, "", []string{"Accept", "text/event-stream"}, 400, "application/json", "cross-site"},
	} {
		headers := test.headers
		if test.method == http.MethodPost {
			headers = append([]string{"Content-Type", "application/json"}, headers...)
		}
		status, header, text := alice.request(t, test.method, test.query, test.body, headers...)
		if mediaType, _, _ := strings.Cut(header.Get("Content-Type"), ";"); status != test.status || mediaType != test.mediaType || !strings.Contains(text, test.says) {
			t.Errorf("%s: got %d, %s, %q", test.name, status, mediaType, text)
		}
	}
	var got []object
	if end := alice.overEventSource(t.Context(), subscription, "", take(1, &got)); !slices.Equal(positions(got), []int{1}) {
		t.Errorf("by GET from the same site: got %v, %+v", got, end)
	}
	// As urql sends it: a stream behind JSON is good enough for a subscription.
	if got := alice.firstEvent(t, http.MethodPost, "", in(subscription), "application/json, text/event-stream, multipart/mixed"); !strings.HasPrefix(got, `{"data":{"auditEvents":{"position":1,`) {
		t.Errorf("JSON before a stream: %s", got)
	}
}
