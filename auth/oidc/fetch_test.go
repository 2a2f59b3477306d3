package oidc

import (
	"compress/gzip"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"tasktrail/auth/authtest"
)

// Answers that a provider must not give, over HTTP.
func TestBadAnswers(t *testing.T) {
	signer := authtest.NewSigner(t, "k", "ES256")
	p := authtest.Start(t, signer)
	var elsewhere atomic.Int64
	other := serving(t, httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		elsewhere.Add(1)
		fmt.Fprint(w, string(asJSON(t, authtest.KeySet(signer))))
	})))
	says := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
	}
	names := func(issuer, keys string) http.HandlerFunc {
		return says(fmt.Sprintf(`{"issuer":%q,"jwks_uri":%q}`, issuer, keys))
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", other+"/.well-known/openid-configuration")
			w.WriteHeader(code)
			fmt.Fprint(w, string(asJSON(t, authtest.KeySet(signer))))
		}
	}
	bomb := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write([]byte(strings.Repeat(" ", 4<<20)))
		_ = z.Close()
	}
	many := make([]authtest.Signer, maxKeys+1)
	for n := range many {
		many[n] = signer
	}
	for _, c := range []struct {
		name            string
		discovery, keys http.HandlerFunc
		says            string
	}{
		{"redirect of discovery", status(302), nil, "redirects are not followed"},
		{"redirect of keys", nil, status(307), "redirects are not followed"},
		{"not found", status(404), nil, "404"},
		{"error with a key set", nil, status(500), "500"},
		{"no content", nil, status(204), "204"},
		{"partial", nil, status(206), "206"},
		{"another issuer", names("https://attacker.example", p.Issuer+"/keys"), nil, "another issuer"},
		{"the issuer with a slash", names(p.Issuer+"/", p.Issuer+"/keys"), nil, "another issuer"},
		{"no issuer", says(`{"jwks_uri":"` + p.Issuer + `/keys"}`), nil, "another issuer"},
		{"no JSON", says("<html>"), nil, "discovery document"},
		{"empty", says(""), nil, "discovery document"},
		{"large discovery", says(strings.Repeat(" ", maxDiscovery+1)), nil, "65536 bytes"},
		{"large key set", nil, says(strings.Repeat(" ", maxKeySet+1)), "524288 bytes"},
		{"eight megabytes", nil, says(strings.Repeat(" ", 8<<20)), "524288 bytes"},
		{"gzip bomb", nil, bomb, "key set"},
		{"keys without a key set", nil, says(`{}`), "RFC 7517"},
		{"keys null", nil, says(`{"keys":null}`), "RFC 7517"},
		{"keys object", nil, says(`{"keys":{}}`), "RFC 7517"},
		{"HTML with status 200", nil, says("<html>sign in</html>"), "RFC 7517"},
		{"too many keys", nil, says(string(asJSON(t, authtest.KeySet(many...)))), "more than 100 keys"},
		{"keys on another host, http", names(p.Issuer, other+"/keys"), nil, "neither an https URL nor"},
		{"keys on this machine, https", names(p.Issuer, strings.Replace(other, "http:", "https:", 1)+"/keys"), nil, errAddress.Error()},
		{"keys at the metadata service", names(p.Issuer, "https://169.254.169.254/latest"), nil, errAddress.Error()},
		{"keys at the mapped metadata service", names(p.Issuer, "https://[::ffff:169.254.169.254]/latest"), nil, errAddress.Error()},
		{"keys at the unspecified address", names(p.Issuer, "https://[::]/keys"), nil, errAddress.Error()},
		{"keys in a file", names(p.Issuer, "file:///etc/passwd"), nil, "no URL to fetch"},
		{"keys nowhere", names(p.Issuer, ""), nil, "no URL to fetch"},
		{"keys with a password", names(p.Issuer, strings.Replace(p.Issuer, "://", "://u:p@", 1)+"/keys"), nil, "no URL to fetch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.Answer(c.discovery, c.keys)
			keys, _, err := fetcher{}.keys(t.Context(), p.Issuer)
			if err == nil || len(keys) > 0 || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %d keys, %v; want %q", len(keys), err, c.says)
			}
		})
	}
	if n := elsewhere.Load(); n != 0 {
		t.Errorf("%d requests went to where an answer pointed", n)
	}
	p.Answer(nil, nil)
	if keys, _, err := (fetcher{}).keys(t.Context(), p.Issuer); err != nil || len(keys) != 1 {
		t.Errorf("control: got %d keys, %v", len(keys), err)
	}
}

// The certificate of an issuer is verified, and keys may be on another host when
// that is not this machine.
func TestTLS(t *testing.T) {
	p := &authtest.Provider{}
	p.Publish(authtest.NewSigner(t, "k", "ES256"))
	server := httptest.NewTLSServer(p)
	p.Issuer = serving(t, server)
	if _, _, err := (fetcher{}).keys(t.Context(), p.Issuer); !errors.As(err, new(x509.UnknownAuthorityError)) {
		t.Errorf("an unknown certificate: got %v", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	if keys, _, err := (fetcher{roots: roots}).keys(t.Context(), p.Issuer); err != nil || len(keys) != 1 {
		t.Errorf("a known certificate: got %d keys, %v", len(keys), err)
	}
	// An issuer without TLS is on this machine, whatever its name leads to.
	if _, _, err := (fetcher{}).keys(t.Context(), "http://192.0.2.1"); !errors.Is(err, errAddress) {
		t.Errorf("http to another machine: got %v", err)
	}
}

// A proxy that the environment names is not used.
func TestNoProxy(t *testing.T) {
	var asked atomic.Int64
	proxy := serving(t, httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) })))
	t.Setenv("HTTP_PROXY", proxy)
	t.Setenv("HTTPS_PROXY", proxy)
	if f := (fetcher{}).transport(nil); f.Proxy != nil {
		t.Error("the transport has a proxy")
	}
	p := authtest.Start(t)
	if _, _, err := (fetcher{}).keys(t.Context(), p.Issuer); err != nil || asked.Load() != 0 {
		t.Errorf("got %v, and the proxy was asked %d times", err, asked.Load())
	}
}
