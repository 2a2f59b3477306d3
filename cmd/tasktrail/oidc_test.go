package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"tasktrail/auth"
	"tasktrail/auth/authtest"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// serveOIDC starts a server that takes tokens of p.
func serveOIDC(t *testing.T, url string, p *authtest.Provider) *server {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "oidc.yaml")
	text := fmt.Sprintf(`issuers:
- issuer: %s
  audience: tasktrail
  claims: {roles: roles}
  roles: {analyst: RESPONDER}
  services: {claim: client_id, values: [soar]}
`, p.Issuer)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return serve(t, url, dir, "--oidc="+file)
}

// ask sends a query with a token, and returns status and text of the answer.
func (s *server) ask(t *testing.T, token string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, s.url, strings.NewReader(`{"query":"{ viewer { actor { id name kind email } roles } }"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

func (s *server) get(t *testing.T, path string) string {
	t.Helper()
	response, err := http.Get(strings.TrimSuffix(s.url, "/graphql") + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.Status + " " + string(text)
}

// The whole program with a provider that is away when it starts.
func TestServeOIDC(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		signer := authtest.NewSigner(t, "k1", "RS256")
		p := authtest.Start(t, signer)
		p.Down(true)
		s := serveOIDC(t, url, p)
		token := signer.Token(p.Claims("analyst"))
		if out := s.out.find(t, "Tokens come from the providers")[0]; strings.Contains(s.out.String(), "TOKEN=") {
			t.Errorf("a token is printed beside %q", out)
		}
		s.log.find(t, "the issuer's keys cannot be fetched")

		response, text := s.ask(t, token)
		if response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" || !strings.Contains(text, "cannot be checked at the moment") || !strings.Contains(text, `"UNAVAILABLE"`) {
			t.Errorf("before the keys come: got %d, %s", response.StatusCode, text)
		}
		if code := s.closeCode(t, token); code != websocket.StatusTryAgainLater {
			t.Errorf("a socket before the keys come: closed with %d", code)
		}
		if got := s.get(t, "/readyz"); !strings.Contains(got, "200 OK") {
			t.Errorf("readyz: %s", got)
		}
		if got := s.get(t, "/metrics"); !strings.Contains(got, `tasktrail_oidc_keys_age_seconds{issuer="0"} NaN`) {
			t.Error("metrics: there is no age of no keys")
		}

		p.Down(false)
		s.log.find(t, "the issuer's keys have come")
		response, text = s.ask(t, token)
		want := fmt.Sprintf(`{"data":{"viewer":{"actor":{"id":%q,"name":"Jane Doe","kind":"USER","email":"jane@example.com"},"roles":["RESPONDER"]}}}`, incident.ActorID(p.Issuer, "248289761001"))
		if response.StatusCode != http.StatusOK || text != want {
			t.Errorf("got %d, %s; want %s", response.StatusCode, text, want)
		}
		service := p.Claims("analyst")
		service["sub"], service["client_id"], service["name"] = "soar", "soar", "SOAR"
		if _, text := s.ask(t, signer.Token(service)); !strings.Contains(text, `"kind":"SERVICE"`) {
			t.Errorf("a service: got %s", text)
		}
		if _, text := s.ask(t, signer.Token(p.Claims("nobody"))); !strings.Contains(text, "FORBIDDEN") {
			t.Errorf("without a role: got %s", text)
		}
		// The key that signs local tokens exists elsewhere, and is not looked at.
		mustHaveKey(t, s)
		local, errs, code := command("token", s.keyFlag(), "--name=alice", "--role=admin")
		if code != 0 {
			t.Fatal(errs)
		}
		for name, bad := range map[string]string{"local": strings.TrimSpace(local), "damaged": token + "A", "another key": authtest.NewSigner(t, "k1", "RS256").Token(p.Claims("analyst"))} {
			if response, text := s.ask(t, bad); response.StatusCode != http.StatusUnauthorized || !strings.Contains(text, "UNAUTHENTICATED") {
				t.Errorf("%s: got %d, %s", name, response.StatusCode, text)
			}
		}
		if got := s.get(t, "/graphql?query={viewer{roles}}&access_token="+token); !strings.HasPrefix(got, "4") {
			t.Errorf("a token in the query string: got %s", got)
		}
		if code := s.closeCode(t, token+"A"); code != 4403 {
			t.Errorf("a socket with a bad token: closed with %d", code)
		}
		if got := s.get(t, "/metrics"); !strings.Contains(got, `tasktrail_oidc_keys_age_seconds{issuer="0"} 0.`) || !strings.Contains(got, `tasktrail_oidc_fetches_failed_total{issuer="0"} `) {
			t.Error("metrics: there is no age of the keys")
		}
		if err := s.stop(); err != nil {
			t.Error(err)
		}
		if log := s.log.String(); strings.Contains(log, token) || strings.Contains(log, "Jane") {
			t.Error("the log holds a token, or what is in it")
		}
	})
}

// closeCode opens a socket with a token, and returns what it is closed with.
func (s *server) closeCode(t *testing.T, token string) websocket.StatusCode {
	t.Helper()
	ctx := t.Context()
	conn, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(s.url, "http"), &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	init, err := json.Marshal(map[string]any{"type": "connection_init", "payload": map[string]string{"authorization": "Bearer " + token}})
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Write(ctx, websocket.MessageText, init); err != nil {
		t.Fatal(err)
	}
	_, _, err = conn.Read(ctx)
	return websocket.CloseStatus(err)
}

// mustHaveKey makes the key for local tokens, which the server did not.
func mustHaveKey(t *testing.T, s *server) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(s.dir, "tasktrail.key")); err == nil {
		t.Error("the server made a key that it does not use")
	}
	if _, err := auth.LoadOrCreateKey(filepath.Join(s.dir, "tasktrail.key")); err != nil {
		t.Fatal(err)
	}
}
