package authtest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Provider is an OpenID provider: a discovery document, a key set, and tokens.
type Provider struct {
	Issuer string

	// Fetches counts the requests for the discovery document.
	Fetches atomic.Int64

	mu       sync.Mutex
	keys     []Signer
	instead  http.HandlerFunc
	instead2 http.HandlerFunc
}

// Start serves a provider with keys on a port of this machine until the test
// ends.
func Start(t testing.TB, keys ...Signer) *Provider {
	t.Helper()
	p := &Provider{keys: keys}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.Issuer = server.URL
	return p
}

// Publish replaces the keys.
func (p *Provider) Publish(keys ...Signer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = keys
}

// Answer replaces the answers to requests for the discovery document and for
// the key set; nil is the honest one.
func (p *Provider) Answer(discovery, keys http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.instead, p.instead2 = discovery, keys
}

// Down makes every answer an error, or honest again.
func (p *Provider) Down(down bool) {
	if !down {
		p.Answer(nil, nil)
		return
	}
	away := func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "away", http.StatusServiceUnavailable) }
	p.Answer(away, away)
}

// ServeHTTP answers as OpenID Connect Discovery 1.0 says.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	keys, discovery, keySet := p.keys, p.instead, p.instead2
	p.mu.Unlock()
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		p.Fetches.Add(1)
		if discovery != nil {
			discovery(w, r)
			return
		}
		answer(w, map[string]any{
			"issuer": p.Issuer, "jwks_uri": p.Issuer + "/keys", "authorization_endpoint": p.Issuer + "/authorize",
			"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
			"id_token_signing_alg_values_supported": []string{"RS256"},
		})
	case "/keys":
		if keySet != nil {
			keySet(w, r)
			return
		}
		answer(w, KeySet(keys...))
	default:
		http.NotFound(w, r)
	}
}

// KeySet is the key set that holds keys.
func KeySet(keys ...Signer) map[string]any {
	set := make([]any, len(keys))
	for n, k := range keys {
		set[n] = k.JWK()
	}
	return map[string]any{"keys": set}
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

// Claims are those of an honest access token for the audience "tasktrail", which
// is valid for an hour and maps to no role by itself: its roles are in the claim
// "roles".
func (p *Provider) Claims(roles ...string) map[string]any {
	now := time.Now()
	return map[string]any{
		"iss": p.Issuer, "aud": "tasktrail", "sub": "248289761001", "client_id": "console", "jti": "1",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"name": "Jane Doe", "email": "jane@example.com", "scope": "openid tasktrail", "roles": roles,
	}
}
