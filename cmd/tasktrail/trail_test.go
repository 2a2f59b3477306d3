package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"tasktrail/db"
	"tasktrail/db/dbtest"
)

// The files of the trail are where the tools look for them, behind the token,
// in the log and in the metrics, which have no label that clients choose.
func TestTrailFiles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := serve(t, url, t.TempDir(), "--demo")
		s.post(t, http.DefaultClient, "{ viewer { roles } }")
		store, err := db.Open(context.Background(), url, db.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = store.Close() }()
		c := dbtest.Checkpoint(t, store.Tree(), dbtest.NewKeys(t), 3)
		auditor, errs, code := command("token", s.keyFlag(), "--name=eve", "--role=auditor")
		if code != 0 {
			t.Fatal(errs)
		}
		base := strings.TrimSuffix(s.url, "/graphql")
		get := func(method, path, token string) (int, string) {
			r, err := http.NewRequest(method, base+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if token != "" {
				r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(token))
			}
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = response.Body.Close() }()
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			return response.StatusCode, string(body)
		}
		for _, path := range []string{"/trail/checkpoint", "/trail/tile/0/000.p/3", "/trail/tile/entries/000.p/3"} {
			if status, body := get("GET", path, auditor); status != 200 || !strings.Contains(path, "tile") && !strings.HasPrefix(body, c.Trail.Origin()+"\n") {
				t.Errorf("%s: got %d, %q", path, status, body)
			}
			for token, want := range map[string]int{"": 401, "nonsense": 401, s.token: 403} {
				if status, body := get("GET", path, token); status != want || !strings.Contains(body, `"code":"`) {
					t.Errorf("%s: got %d, %s; want %d", path, status, body, want)
				}
			}
			if status, _ := get("POST", path, auditor); status != 405 {
				t.Errorf("POST %s: got %d", path, status)
			}
		}
		if status, body := get("GET", "/trail/tile/0/xyz", auditor); status != 404 || !strings.Contains(body, "tile/<L>/<N>") {
			t.Errorf("got %d, %s", status, body)
		}
		s.log.find(t, `"path":"/trail/tile/0/xyz"`)
		_, text := get("GET", "/metrics", "")
		if !strings.Contains(text, `tasktrail_request_seconds_count{path="/trail/",status="200"} 3`) || strings.Contains(text, "/tile") {
			t.Errorf("/metrics: %s", text)
		}
	})
}
