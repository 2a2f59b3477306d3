package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tasktrail/incident"
)

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tasktrail.key")
	if _, err := LoadKey(path); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("got %v, want not exist", err)
	}
	var wg sync.WaitGroup
	keys := make([]Key, 8)
	for n := range keys {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var err error
			if keys[n], err = LoadOrCreateKey(path); err != nil {
				t.Error(err)
			}
		}()
	}
	wg.Wait()
	for _, k := range keys {
		if !k.private.Equal(keys[0].private) {
			t.Error("programs that started at once have different keys")
		}
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKey(path); err == nil {
		t.Error("a key that others can read was accepted")
	}
	broken := filepath.Join(t.TempDir(), "broken.key")
	if err := os.WriteFile(broken, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadOrCreateKey(broken); err == nil {
		t.Error("a broken key was accepted")
	}
}

var errAway = errors.New("hunter2 is away")

func fake(_ context.Context, token string) (incident.Viewer, error) {
	if token == "away" {
		return incident.Viewer{}, errAway
	}
	if token != "good" {
		return incident.Viewer{}, ErrInvalidToken
	}
	return incident.Viewer{Actor: incident.Actor{ID: "act_1"}}, nil
}

func TestMiddleware(t *testing.T) {
	var seen incident.Viewer
	h := RequestIDs(Middleware(fake)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = ViewerFrom(r.Context()) })))
	for name, c := range map[string]struct {
		headers []string
		status  int
		actor   string
	}{
		"none":      {nil, 200, ""},
		"good":      {[]string{"Bearer good"}, 200, "act_1"},
		"any case":  {[]string{"bearer good"}, 200, "act_1"},
		"bad":       {[]string{"Bearer bad"}, 401, ""},
		"basic":     {[]string{"Basic good"}, 401, ""},
		"no scheme": {[]string{"good"}, 401, ""},
		"unchecked": {[]string{"Bearer away"}, 503, ""},
		"two":       {[]string{"Bearer good", "Bearer good"}, 401, ""},
	} {
		seen = incident.Viewer{}
		r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
		r.Header["Authorization"] = c.headers
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if (w.Header().Get("Retry-After") == "30") != (w.Code == 503) || strings.Contains(w.Body.String(), "hunter2") {
			t.Errorf("%s: got %v, %s", name, w.Header(), w.Body)
		}
		if w.Code != c.status || seen.Actor.ID != c.actor || w.Header().Get("X-Request-Id") == "" {
			t.Errorf("%s: got %d, actor %q, request id %q", name, w.Code, seen.Actor.ID, w.Header().Get("X-Request-Id"))
		}
	}
}

func TestFromInit(t *testing.T) {
	carried := WithViewer(context.Background(), incident.Viewer{Actor: incident.Actor{ID: "act_2"}})
	for name, c := range map[string]struct {
		ctx     context.Context
		payload map[string]any
		actor   string
		err     error
	}{
		"payload":          {context.Background(), map[string]any{"authorization": "Bearer good"}, "act_1", nil},
		"upper case":       {context.Background(), map[string]any{"Authorization": "Bearer good"}, "act_1", nil},
		"payload first":    {carried, map[string]any{"authorization": "Bearer good"}, "act_1", nil},
		"upgrade":          {carried, nil, "act_2", nil},
		"bad over upgrade": {carried, map[string]any{"authorization": "Bearer bad"}, "", ErrInvalidToken},
		"not text":         {context.Background(), map[string]any{"authorization": 7}, "", ErrInvalidToken},
		"twice":            {context.Background(), map[string]any{"authorization": "Bearer good", "Authorization": "Bearer good"}, "", ErrInvalidToken},
		"nothing":          {context.Background(), nil, "", ErrMissingToken},
	} {
		ctx, err := FromInit(fake)(c.ctx, c.payload)
		if !errors.Is(err, c.err) || (err == nil && ViewerFrom(ctx).Actor.ID != c.actor) {
			t.Errorf("%s: got %v, %+v", name, err, ViewerFrom(ctx))
		}
	}
}

// A token is taken from the header alone.
func TestNoTokenInTheURL(t *testing.T) {
	var seen *incident.Viewer
	h := Middleware(fake)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		v := ViewerFrom(r.Context())
		seen = &v
	}))
	for _, query := range []string{"access_token=good", "token=good", "authorization=Bearer+good"} {
		seen = nil
		r := httptest.NewRequest(http.MethodGet, "/graphql?"+query, nil)
		r.Header.Set("Cookie", "access_token=good")
		h.ServeHTTP(httptest.NewRecorder(), r)
		if seen == nil || seen.Actor.ID != "" {
			t.Errorf("%s: got %+v", query, seen)
		}
	}
}

// An open connection ends when its token is bad by now, or cannot be checked for
// too long, and not when a check fails.
func TestRecheck(t *testing.T) {
	for name, c := range map[string]struct{ now, want error }{
		"good":              {nil, nil},
		"withdrawn":         {fmt.Errorf("hunter2: %w", ErrInvalidToken), ErrInvalidToken},
		"expired":           {ErrExpiredToken, ErrExpiredToken},
		"cannot any longer": {fmt.Errorf("hunter2: %w", ErrUncheckable), ErrUncheckable},
		"cannot":            {errAway, nil},
		"has no time":       {context.DeadlineExceeded, nil},
	} {
		answer, asked := error(nil), ""
		verify := Verify(func(_ context.Context, token string) (incident.Viewer, error) {
			asked = token
			return incident.Viewer{}, answer
		})
		ctx, err := FromInit(verify)(t.Context(), map[string]any{"authorization": "Bearer T"})
		if err != nil {
			t.Fatal(err)
		}
		answer, asked = c.now, ""
		if got := verify.Recheck(ctx); got != c.want || asked != "T" { //nolint:errorlint // the very error, whose text is fit for clients
			t.Errorf("%s: got %v of the token %q, want %v", name, got, asked, c.want)
		}
	}
}
