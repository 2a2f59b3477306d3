package auth

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tasktrail/incident"
	"tasktrail/throttle"
)

// Bad tokens from one address are soon refused unchecked; those that were good
// lately go on, and so does everybody elsewhere.
func TestLimited(t *testing.T) {
	checked, withdrawn := 0, false
	verify := func(_ context.Context, token string) (incident.Viewer, error) {
		checked++
		switch token {
		case "good", "also good":
			return incident.Viewer{Actor: incident.Actor{ID: "act_1"}}, nil
		case "withdrawn after that":
			if !withdrawn {
				withdrawn = true
				return incident.Viewer{Actor: incident.Actor{ID: "act_2"}}, nil
			}
		case "old":
			return incident.Viewer{}, ErrExpiredToken
		case "unlucky":
			return incident.Viewer{}, errors.New("no keys")
		}
		return incident.Viewer{}, ErrInvalidToken
	}
	now := time.Unix(1_800_000_000, 0)
	limits := throttle.New(throttle.Options{Failures: 3, Client: Client, Address: Address, Now: func() time.Time { return now }})
	h := Addresses(nil)(RequestIDs(Middleware(Limited(verify, limits))(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))))
	send := func(address, token string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
		r.RemoteAddr = address + ":4711"
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	const here, elsewhere, nowhere = "192.0.2.1", "192.0.2.2", "192.0.2.3"
	long := string(make([]byte, maxToken+1))
	for _, c := range []struct {
		address, token string
		want           int
		checked        bool
	}{
		{here, "good", 200, true},
		{here, "old", 401, true},
		{here, "old", 401, true},
		{here, "old", 401, true},
		{here, "old", 401, true}, // no attack: it was good once
		{here, "unlucky", 503, true},
		{here, "bad 1", 401, true},
		{here, "bad 2", 401, true},
		{here, "bad 3", 401, true},
		{here, "bad 4", 429, false},
		{here, "also good", 429, false}, // nobody can know that
		{here, "good", 200, true},
		{elsewhere, "also good", 200, true},
		{here, "also good", 200, true}, // it is known now
		{elsewhere, "bad 4", 401, true},
		{elsewhere, long, 401, false},
		{elsewhere, long, 401, false},
		{elsewhere, "bad 5", 429, false}, // those that are too long count
		{nowhere, "withdrawn after that", 200, true},
		{nowhere, "withdrawn after that", 401, true},
		{nowhere, "withdrawn after that", 401, true},
		{nowhere, "withdrawn after that", 401, true},
		{nowhere, "withdrawn after that", 429, false}, // it is not known as good any more
	} {
		before := checked
		w := send(c.address, c.token)
		if w.Code != c.want || (checked > before) != c.checked {
			t.Errorf("%s, %.20q: got %d, checked %t; want %d, %t", c.address, c.token, w.Code, checked > before, c.want, c.checked)
		}
		if w.Code != http.StatusTooManyRequests {
			continue
		}
		var body struct {
			Errors []struct {
				Extensions struct {
					Code, Limit, RequestID string
					RetryAfter             int
				}
			}
		}
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Header().Get("Retry-After") != "1" {
			t.Fatalf("%v, Retry-After %q", err, w.Header().Get("Retry-After"))
		}
		if e := body.Errors[0].Extensions; e.Code != "RATE_LIMITED" || e.Limit != "authentication" || e.RetryAfter != 1 || e.RequestID == "" {
			t.Errorf("got %+v", e)
		}
	}
}

func TestClient(t *testing.T) {
	user := WithViewer(context.Background(), incident.Viewer{Actor: incident.Actor{ID: "act_1"}})
	if got := Client(user); got != "act_1" {
		t.Errorf("got %q", got)
	}
	if got := Client(context.Background()); got != "address invalid IP" {
		t.Errorf("got %q", got)
	}
}
