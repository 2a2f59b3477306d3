package auth

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tasktrail/incident"
)

// verifyUntil knows tokens that end with the time until which they last.
func verifyUntil(expires *time.Time) Verify {
	return func(_ context.Context, token string) (incident.Viewer, error) {
		if !strings.HasPrefix(token, "good") {
			return incident.Viewer{}, ErrInvalidToken
		}
		return incident.Viewer{Actor: incident.Actor{ID: "act_1"}, ExpiresAt: expires}, nil
	}
}

func TestStreamCookie(t *testing.T) {
	soon := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	late := time.Now().Add(30 * 24 * time.Hour)
	for name, c := range map[string]struct {
		method, authorization string
		expires               *time.Time
		status                int
		cookie                string // its value
		until                 time.Time
	}{
		"a token":         {"POST", "Bearer good", &soon, 204, "good", soon},
		"without an end":  {"POST", "Bearer good", nil, 204, "good", time.Now().Add(12 * time.Hour)},
		"for too long":    {"POST", "Bearer good", &late, 204, "good", time.Now().Add(12 * time.Hour)},
		"nobody":          {"POST", "", nil, 401, "", time.Time{}},
		"a bad token":     {"POST", "Bearer bad", nil, 401, "", time.Time{}},
		"too long a one":  {"POST", "Bearer good" + strings.Repeat("x", 3800), nil, 400, "", time.Time{}},
		"a wrong method":  {"GET", "Bearer good", nil, 405, "", time.Time{}},
		"removed":         {"DELETE", "", nil, 204, "", time.Time{}},
		"removed by user": {"DELETE", "Bearer good", nil, 204, "", time.Time{}},
	} {
		h := Middleware(verifyUntil(c.expires))(http.HandlerFunc(StreamCookie))
		r := httptest.NewRequest(c.method, "/graphql/eventsource", nil)
		if c.authorization != "" {
			r.Header.Set("Authorization", c.authorization)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s: got %d, %s", name, w.Code, w.Body)
		}
		cookies := w.Result().Cookies()
		if c.status != 204 {
			if len(cookies) != 0 {
				t.Errorf("%s: got %v", name, cookies)
			}
			continue
		}
		if len(cookies) != 1 {
			t.Fatalf("%s: got %v", name, cookies)
		}
		got := cookies[0]
		if got.Value != c.cookie || !got.Secure || !got.HttpOnly || got.SameSite != http.SameSiteStrictMode || got.Domain != "" || got.Path != "" {
			t.Errorf("%s: got %s", name, got)
		}
		if c.cookie == "" && got.MaxAge >= 0 {
			t.Errorf("%s: the cookie stays: %s", name, got)
		}
		if d := got.Expires.Sub(c.until).Abs(); c.cookie != "" && d > 5*time.Second {
			t.Errorf("%s: it lasts until %s, want %s", name, got.Expires, c.until)
		}
	}
}

// The cookie is worth something to an EventSource of our own pages, and nothing
// to anybody and anything else.
func TestCookieStreams(t *testing.T) {
	const good = streamCookie + "=good"
	base := map[string]string{"Accept": "text/event-stream", "Sec-Fetch-Site": "same-origin", "Cookie": good}
	for name, c := range map[string]struct {
		method string
		change map[string]string // "" removes
		status int
		actor  string
	}{
		"an EventSource":     {"GET", nil, 200, "act_1"},
		"with other cookies": {"GET", map[string]string{"Cookie": "a=b; " + good + "; c=d"}, 200, "act_1"},
		"another site":       {"GET", map[string]string{"Sec-Fetch-Site": "cross-site"}, 200, ""},
		"a sibling":          {"GET", map[string]string{"Sec-Fetch-Site": "same-site"}, 200, ""},
		"by hand":            {"GET", map[string]string{"Sec-Fetch-Site": "none"}, 200, ""},
		"an old browser":     {"GET", map[string]string{"Sec-Fetch-Site": ""}, 200, ""},
		"fetch":              {"GET", map[string]string{"Accept": "*/*"}, 200, ""},
		"JSON":               {"GET", map[string]string{"Accept": "application/json, text/event-stream"}, 200, ""},
		"POST":               {"POST", nil, 200, ""},
		"HEAD":               {"HEAD", nil, 200, ""},
		"a socket":           {"GET", map[string]string{"Upgrade": "websocket"}, 200, ""},
		"no cookie":          {"GET", map[string]string{"Cookie": ""}, 200, ""},
		"an empty cookie":    {"GET", map[string]string{"Cookie": streamCookie + "="}, 200, ""},
		"two of them":        {"GET", map[string]string{"Cookie": good + "; " + streamCookie + "=good2"}, 200, ""},
		"expired":            {"GET", map[string]string{"Cookie": streamCookie + "=bad"}, 401, ""},
		"a bad header":       {"GET", map[string]string{"Authorization": "Bearer bad"}, 401, ""},
	} {
		var actor string
		h := CookieStreams(Middleware(verifyUntil(nil))(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { actor = ViewerFrom(r.Context()).Actor.ID })))
		r := httptest.NewRequest(c.method, "/graphql", nil)
		for _, headers := range []map[string]string{base, c.change} {
			for name, value := range headers {
				r.Header.Del(name)
				if value != "" {
					r.Header.Set(name, value)
				}
			}
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status || actor != c.actor {
			t.Errorf("%s: got %d, actor %q; want %d, %q", name, w.Code, actor, c.status, c.actor)
		}
	}
}
