package auth

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"tasktrail/incident"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func newKey(t *testing.T) Key {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return Key{private: private}
}

// good returns the claims and header of a token that is accepted.
func good() (jwt.MapClaims, map[string]any) {
	return jwt.MapClaims{
		"iss": "tasktrail", "aud": "tasktrail", "sub": "user:alice", "jti": "1", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"name": "alice", "kind": "USER", "roles": []string{"RESPONDER"},
	}, map[string]any{"typ": "at+jwt"}
}

func TestForgedTokens(t *testing.T) {
	key, other := newKey(t), newKey(t)
	public := key.private.Public().(ed25519.PublicKey)
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(m jwt.SigningMethod, with any, edit func(c jwt.MapClaims, h map[string]any)) string {
		c, h := good()
		if edit != nil {
			edit(c, h)
		}
		token := jwt.NewWithClaims(m, c)
		for k, v := range h {
			token.Header[k] = v
		}
		text, err := token.SignedString(with)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	edited := func(edit func(c jwt.MapClaims, h map[string]any)) string {
		return sign(jwt.SigningMethodEdDSA, key.private, edit)
	}
	claim := func(name string, value any) string {
		return edited(func(c jwt.MapClaims, _ map[string]any) { c[name] = value })
	}
	header := func(name string, value any) string {
		return edited(func(_ jwt.MapClaims, h map[string]any) { h[name] = value })
	}
	without := func(name string) string {
		return edited(func(c jwt.MapClaims, _ map[string]any) { delete(c, name) })
	}
	valid := edited(nil)
	parts := strings.Split(valid, ".")
	raw := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

	if v, err := key.Verify(valid, now); err != nil || v.Actor.Name != "alice" || !v.ExpiresAt.Equal(now.Add(time.Hour)) {
		t.Fatalf("the token that all others are made from: got %+v, %v", v, err)
	}
	forged := map[string]string{
		"alg none":             sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil),
		"alg None":             raw(`{"alg":"None","typ":"at+jwt"}`) + "." + parts[1] + ".",
		"alg nOnE":             raw(`{"alg":"nOnE","typ":"at+jwt"}`) + "." + parts[1] + "." + parts[2],
		"no signature":         parts[0] + "." + parts[1] + ".",
		"HS256 by public key":  sign(jwt.SigningMethodHS256, []byte(public), nil),
		"HS256 by public PEM":  sign(jwt.SigningMethodHS256, publicPEM, nil),
		"HS256 by public DER":  sign(jwt.SigningMethodHS256, der, nil),
		"RS256":                sign(jwt.SigningMethodRS256, rsaKey, nil),
		"other key":            sign(jwt.SigningMethodEdDSA, other.private, nil),
		"embedded jwk":         header("jwk", map[string]any{"kty": "OKP"}),
		"jku":                  header("jku", "https://example.org/keys"),
		"x5u":                  header("x5u", "https://example.org/cert"),
		"x5c":                  header("x5c", []string{"AA"}),
		"kid":                  header("kid", "../../etc/passwd"),
		"crit":                 header("crit", []string{"x"}),
		"b64":                  header("b64", false),
		"typ JWT":              header("typ", "JWT"),
		"typ missing":          edited(func(_ jwt.MapClaims, h map[string]any) { h["typ"] = nil }),
		"issuer other":         claim("iss", "https://example.org"),
		"issuer with slash":    claim("iss", "tasktrail/"),
		"issuer missing":       without("iss"),
		"audience other":       claim("aud", "other"),
		"audience missing":     without("aud"),
		"exp missing":          without("exp"),
		"exp text":             claim("exp", "tomorrow"),
		"exp huge":             claim("exp", 1e300),
		"iat in the future":    claim("iat", now.Add(time.Hour).Unix()),
		"nbf in the future":    claim("nbf", now.Add(time.Hour).Unix()),
		"jti missing":          without("jti"),
		"role unknown":         claim("roles", []string{"ROOT"}),
		"role lower case":      claim("roles", []string{"admin"}),
		"roles missing":        without("roles"),
		"roles not a list":     claim("roles", "ADMIN"),
		"kind SYSTEM":          claim("kind", "SYSTEM"),
		"kind rule":            claim("kind", "AUTOMATION_RULE"),
		"kind of another":      claim("kind", "SERVICE"),
		"subject of another":   claim("sub", "user:bob"),
		"name of another":      claim("name", "bob"),
		"name empty":           claim("name", ""),
		"name with control":    claim("name", "a\nb"),
		"payload edited":       parts[0] + "." + raw(`{"iss":"tasktrail"}`) + "." + parts[2],
		"signature cut":        valid[:len(valid)-4],
		"signature padded":     valid + "==",
		"trailing bytes":       valid + "AAAA",
		"five parts":           valid + ".a.b",
		"one hundred thousand": strings.Repeat(".", 100_000),
		"too long":             strings.Repeat("a", 9000) + "." + parts[1] + "." + parts[2],
		"empty":                "",
		"not base64":           "!.!.!",
	}
	for name, token := range forged {
		if v, err := key.Verify(token, now); !errors.Is(err, ErrInvalidToken) || v.Actor.ID != "" {
			t.Errorf("%s: got %+v, %v, want %v", name, v, err, ErrInvalidToken)
		}
	}
	t.Logf("%d forged tokens refused", len(forged))
	if _, err := key.Verify(valid, now.Add(2*time.Hour)); !errors.Is(err, ErrExpiredToken) {
		t.Errorf("expired: got %v, want ErrExpiredToken", err)
	}
	if _, err := key.Verify(valid, now.Add(time.Hour+time.Second)); err == nil {
		t.Error("a second past its end the token is still accepted")
	}
}

func TestSignChecks(t *testing.T) {
	key := newKey(t)
	reader := []incident.Role{incident.RoleReader}
	for name, sign := range map[string]func() (string, error){
		"no name": func() (string, error) { return key.Sign(" ", incident.KindUser, reader, time.Hour, now) },
		"long name": func() (string, error) {
			return key.Sign(strings.Repeat("x", 201), incident.KindUser, reader, time.Hour, now)
		},
		"no role":       func() (string, error) { return key.Sign("a", incident.KindUser, nil, time.Hour, now) },
		"kind system":   func() (string, error) { return key.Sign("a", incident.KindSystem, reader, time.Hour, now) },
		"no time":       func() (string, error) { return key.Sign("a", incident.KindUser, reader, 0, now) },
		"too much time": func() (string, error) { return key.Sign("a", incident.KindUser, reader, MaxTTL+1, now) },
	} {
		if token, err := sign(); err == nil {
			t.Errorf("%s: got %q", name, token)
		}
	}
	token, err := key.Sign("svc", incident.KindService, reader, time.Hour, now)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := key.Verify(token, now); err != nil || v.Actor.Kind != incident.KindService {
		t.Errorf("got %+v, %v", v, err)
	}
}
