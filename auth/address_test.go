package auth

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestAddress(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct {
		peer      string
		forwarded []string
		want      string
	}{
		{"192.0.2.1:4711", nil, "192.0.2.1"},
		{"192.0.2.1:4711", []string{"198.51.100.7"}, "192.0.2.1"}, // nobody told us to believe it
		{"[::ffff:10.1.1.1]:80", []string{"198.51.100.7"}, "198.51.100.7"},
		{"[fd00::1]:80", []string{"2001:db8::7"}, "2001:db8::7"},
		{"10.1.1.1:80", nil, "10.1.1.1"},
		{"10.1.1.1:80", []string{"203.0.113.9, 198.51.100.7, 10.2.2.2"}, "198.51.100.7"},
		{"10.1.1.1:80", []string{"203.0.113.9", "198.51.100.7"}, "198.51.100.7"},
		{"10.1.1.1:80", []string{"198.51.100.7, rubbish, 10.2.2.2"}, "10.2.2.2"},
		{"10.1.1.1:80", []string{"10.3.3.3, 10.2.2.2"}, "10.3.3.3"},
		{"@", nil, "invalid IP"}, // a local socket
	} {
		var got string
		h := Addresses(proxies)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = Address(r.Context()).String() }))
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		for _, line := range c.forwarded {
			r.Header.Add("X-Forwarded-For", line)
		}
		h.ServeHTTP(httptest.NewRecorder(), r)
		if got != c.want {
			t.Errorf("%s, forwarded %q: got %s, want %s", c.peer, c.forwarded, got, c.want)
		}
	}
}
