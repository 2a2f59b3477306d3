package transport_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tasktrail/graph/transport"
)

func TestParseOrigins(t *testing.T) {
	for _, good := range []string{"https://app.example.com", "http://localhost:3000", "https://[2001:db8::1]:8443", "https://xn--bcher-kva.example"} {
		if _, err := transport.ParseOrigins([]string{good}); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"*", "null", "", "https://*.example.com", "https://", "app.example.com", "https://app.example.com/", "https://App.example.com",
		"https://user@app.example.com", "https://app.example.com:443", "http://app.example.com:80", "https://app.example.com:", "wss://app.example.com",
		"https://app.example.com?x", "https://app.example.com#x", "https://a b", "file://", "https://app.example.com\\.evil", "https://exa?ple.com",
	} {
		if _, err := transport.ParseOrigins([]string{"https://ok.example", bad}); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

// A web page of another origin opens no socket, whatever it looks like.
func TestOriginsOfSockets(t *testing.T) {
	server := newServer(t, newExec(stub{}), transport.WebSocket{Edge: transport.Edge{
		Origins: transport.Origins{"https://good.example", "http://localhost:3000", "https://[2001:db8::1]:8443"},
	}})
	host := strings.TrimPrefix(server.URL, "http://")
	for _, c := range []struct {
		origins []string
		want    int
	}{
		{nil, 101}, // no browser
		{[]string{"https://good.example"}, 101},
		{[]string{"http://localhost:3000"}, 101},
		{[]string{"https://[2001:db8::1]:8443"}, 101},
		{[]string{"http://" + host}, 101}, // its own
		{[]string{"https://" + host}, 101},
		{[]string{"https://evil.example"}, 403},
		{[]string{"null"}, 403},
		{[]string{""}, 403},
		{[]string{"http://good.example"}, 403},
		{[]string{"https://good.example:8443"}, 403},
		{[]string{"http://localhost"}, 403},
		{[]string{"http://localhost:30000"}, 403},
		{[]string{"https://GOOD.example"}, 403}, // no browser sends that
		{[]string{"https://good.example."}, 403},
		{[]string{"https://sub.good.example"}, 403},
		{[]string{"https://good.example.evil.example"}, 403},
		{[]string{"https://evilgood.example"}, 403},
		{[]string{"https://good.example@evil.example"}, 403},
		{[]string{"https://evil.example/https://good.example"}, 403},
		{[]string{"https://good.example/"}, 403},
		{[]string{"https://good.example", "https://evil.example"}, 403},
		{[]string{"http://" + host, "https://evil.example"}, 403},
		{[]string{"http://evil@" + host}, 403},
		{[]string{"http://" + host + "/x"}, 403},
		{[]string{"http://" + host + ".evil.example"}, 403},
		{[]string{"//" + host}, 403},
		{[]string{host}, 403},
		{[]string{"https://[2001:db8::2]:8443"}, 403},
	} {
		if got := upgradeStatus(t, server, http.Header{"Origin": c.origins}); got != c.want {
			t.Errorf("%q: got %d, want %d", c.origins, got, c.want)
		}
	}
}

// A page of the server's own host that came without TLS can be anybody's.
func TestOwnOriginOverTLS(t *testing.T) {
	server := startServer(t, (*httptest.Server).StartTLS, newExec(stub{}), transport.WebSocket{})
	host := strings.TrimPrefix(server.URL, "https://")
	for origin, want := range map[string]int{"https://" + host: 101, "http://" + host: 403} {
		if got := upgradeStatus(t, server, http.Header{"Origin": {origin}}); got != want {
			t.Errorf("%s: got %d, want %d", origin, got, want)
		}
	}
}

// EventSource can set no header; a page that may read the answer anyway may send
// it.
func TestOriginOfGet(t *testing.T) {
	e := transport.Edge{Origins: transport.Origins{"https://good.example"}}
	server := newServer(t, newExec(stub{}), transport.SSE{Edge: e}, transport.HTTP{Edge: e})
	for origin, want := range map[string]int{"https://good.example": 200, "https://evil.example": 400, "null": 400, "https://good.example.evil.example": 400, "": 400} {
		for _, accept := range []string{"application/json", "text/event-stream"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"?query={name}", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept", accept)
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			if origin != "" {
				r.Header.Set("Origin", origin)
			}
			response, err := server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.StatusCode != want {
				t.Errorf("%q, %s: got %d, want %d", origin, accept, response.StatusCode, want)
			}
		}
	}
}
