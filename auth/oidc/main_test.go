package oidc

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"tasktrail/auth/authtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// configOf is a configuration with the given issuers.
func configOf(issuers ...string) string {
	var b strings.Builder
	b.WriteString("issuers:\n")
	for _, issuer := range issuers {
		fmt.Fprintf(&b, `- issuer: %s
  audience: tasktrail
  algorithms: [RS256, ES256, EdDSA]
  claims: {roles: roles}
  roles: {analyst: RESPONDER, lead: [CONTRIBUTOR, AUDITOR], root: ADMIN}
`, issuer)
	}
	return b.String()
}

func mustParse(t testing.TB, text string) Config {
	t.Helper()
	config, err := ParseConfig([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// start runs a verifier until the test ends, and waits for its first fetches.
func start(t testing.TB, text string) *Verifier {
	t.Helper()
	v := New(mustParse(t, text), zerolog.Nop())
	var firsts []<-chan struct{}
	for _, i := range v.issuers {
		firsts = append(firsts, i.keys.ended)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- v.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	for _, first := range firsts {
		<-first
	}
	return v
}

// signers are a key of each type.
func signers(t testing.TB, prefix string) []authtest.Signer {
	return []authtest.Signer{
		authtest.NewSigner(t, prefix+"rsa", "RS256"), authtest.NewSigner(t, prefix+"ec", "ES256"), authtest.NewSigner(t, prefix+"ed", "EdDSA"),
	}
}

// fixed is a verifier with keys that no fetch brought.
func fixed(t testing.TB, text string, signers ...authtest.Signer) *Verifier {
	t.Helper()
	v := New(mustParse(t, text), zerolog.Nop())
	for _, i := range v.issuers {
		i.keys.fetch = func(context.Context) ([]key, int, error) { return parseKeySet(asJSON(t, authtest.KeySet(signers...))) }
		i.keys.refresh(t.Context())
		i.keys.attempted = time.Now().Add(maxLifetime) // nobody fetches, so no token must wait for it
	}
	return v
}

// serving is the URL of a server that ends with the test.
func serving(t testing.TB, server *httptest.Server) string {
	t.Cleanup(server.Close)
	return server.URL
}
