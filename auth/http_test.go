package auth

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
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

func fake(_ context.Context, token string) (incident.Viewer, error) {
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
		"two":       {[]string{"Bearer good", "Bearer good"}, 401, ""},
	} {
		seen = incident.Viewer{}
		r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
		r.Header["Authorization"] = c.headers
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
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
		"nothing":          {context.Background(), nil, "", ErrMissingToken},
	} {
		ctx, err := FromInit(fake)(c.ctx, c.payload)
		if !errors.Is(err, c.err) || (err == nil && ViewerFrom(ctx).Actor.ID != c.actor) {
			t.Errorf("%s: got %v, %+v", name, err, ViewerFrom(ctx))
		}
	}
}
