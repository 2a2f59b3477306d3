package oidc

import (
	"context"
	"crypto/elliptic"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"tasktrail/auth/authtest"
)

func TestKeys(t *testing.T) {
	s := signers(t, "")
	rsa, ec, ed := s[0].JWK(), s[1].JWK(), s[2].JWK()
	and := func(j map[string]any, name string, value any) map[string]any {
		out := map[string]any{}
		for k, v := range j {
			out[k] = v
		}
		if out[name] = value; value == nil {
			delete(out, name)
		}
		return out
	}
	number := func(bits uint, add int64) string {
		n := new(big.Int).Lsh(big.NewInt(1), bits-1)
		return authtest.Encode(n.Add(n, big.NewInt(add)).Bytes())
	}
	good := map[string]map[string]any{
		"RSA": rsa, "EC": ec, "Ed25519": ed, "no use": and(rsa, "use", nil), "no alg": and(ec, "alg", nil), "no id": and(ed, "kid", nil),
		"to verify": and(rsa, "key_ops", []string{"verify"}), "with certificates": and(rsa, "x5c", []string{"AA"}), "PS256": and(rsa, "alg", "PS256"),
		"8192 bits": and(rsa, "n", number(8192, 1)),
	}
	bad := map[string]map[string]any{
		"to encrypt": and(rsa, "use", "enc"), "to sign": and(rsa, "key_ops", []string{"sign"}), "no operation": and(rsa, "key_ops", []string{}),
		"secret": {"kty": "oct", "k": "AAAA", "kid": "k"}, "secret beside": and(rsa, "k", "AAAA"), "private": and(ed, "d", "AAAA"),
		"private EC": and(ec, "d", "AAAA"), "no kty": and(rsa, "kty", nil), "other kty": and(ec, "kty", "RSA"), "kty in lower case": and(rsa, "kty", "rsa"),
		"1024 bits": and(rsa, "n", number(1024, 1)), "2047 bits": and(rsa, "n", number(2047, 1)), "8193 bits": and(rsa, "n", number(8193, 1)),
		"even modulus": and(rsa, "n", number(2048, 2)), "no modulus": and(rsa, "n", nil), "exponent 1": and(rsa, "e", "AQ"), "even exponent": and(rsa, "e", "BA"),
		"large exponent": and(rsa, "e", number(40, 1)), "padded modulus": and(rsa, "n", rsa["n"].(string)+"=="),
		"RSA for HS256": and(rsa, "alg", "HS256"), "RSA for ES256": and(rsa, "alg", "ES256"), "RSA for none": and(rsa, "alg", "none"), "RSA to encrypt": and(rsa, "alg", "RSA-OAEP"),
		"EC for another curve": and(ec, "alg", "ES384"), "other curve": and(ec, "crv", "P-384"), "secp256k1": and(ec, "crv", "secp256k1"), "no curve": and(ec, "crv", nil),
		"off the curve": and(ec, "y", ec["x"]), "at infinity": and(and(ec, "x", authtest.Encode(make([]byte, 32))), "y", authtest.Encode(make([]byte, 32))),
		"short x": and(ec, "x", ec["x"].(string)[:40]), "x beyond the field": and(ec, "x", authtest.Encode(elliptic.P256().Params().P.Bytes())), "no y": and(ec, "y", nil),
		"X25519": and(ed, "crv", "X25519"), "Ed448": and(ed, "crv", "Ed448"), "short key": and(ed, "x", "AAAA"), "EdDSA for RS256": and(ed, "alg", "RS256"),
		"kid a number": and(rsa, "kid", 1), "n a number": and(rsa, "n", 1), "no object": nil,
	}
	for name, j := range good {
		if keys, others, err := parseKeySet(asJSON(t, map[string]any{"keys": []any{j}})); err != nil || len(keys) != 1 || others != 0 {
			t.Errorf("%s: got %d keys and %d others, %v", name, len(keys), others, err)
		}
	}
	for name, j := range bad {
		// A key that cannot be used does not take those beside it away.
		keys, others, err := parseKeySet(asJSON(t, map[string]any{"keys": []any{j, rsa}}))
		if err != nil || len(keys) != 1 || others != 1 || keys[0].id != "rsa" {
			t.Errorf("%s: got %d keys and %d others, %v", name, len(keys), others, err)
		}
	}
}

// A token without the id of its key is accepted while there is one key only.
func TestKeyID(t *testing.T) {
	one, two := authtest.NewSigner(t, "", "ES256"), authtest.NewSigner(t, "two", "ES256")
	p := authtest.Provider{Issuer: "https://login.example.com"}
	text := configOf(p.Issuer)
	for name, c := range map[string]struct {
		keys, tokens []authtest.Signer
		accepted     bool
	}{
		"one without id":           {[]authtest.Signer{one}, []authtest.Signer{one}, true},
		"several, token without":   {[]authtest.Signer{one, two}, []authtest.Signer{one}, false},
		"several, token with":      {[]authtest.Signer{one, two}, []authtest.Signer{two}, true},
		"several of the same id":   {[]authtest.Signer{{ID: "two", Algorithm: "ES256", Private: one.Private}, two}, []authtest.Signer{two}, true},
		"one, token of another id": {[]authtest.Signer{one}, []authtest.Signer{{ID: "x", Algorithm: "ES256", Private: one.Private}}, false},
	} {
		v := fixed(t, text, c.keys...)
		for _, signer := range c.tokens {
			if _, err := v.Verify(t.Context(), signer.Token(p.Claims())); (err == nil) != c.accepted {
				t.Errorf("%s: got %v", name, err)
			}
		}
	}
}

// Beside the key, what may be used with it is pinned twice: by the file, and by
// what the key set says of the key.
func TestAlgorithms(t *testing.T) {
	ec, rsa := authtest.NewSigner(t, "ec", "ES256"), authtest.NewSigner(t, "rsa", "RS256")
	p := authtest.Provider{Issuer: "https://login.example.com"}
	pss := rsa
	pss.Algorithm = "PS256"
	for name, c := range map[string]struct {
		allowed  string
		token    authtest.Signer
		accepted bool
	}{
		"allowed":                    {"[ES256]", ec, true},
		"not allowed by the file":    {"[ES256]", rsa, false},
		"another of the same key":    {"[RS256, PS256]", pss, false},
		"that of the key":            {"[RS256, PS256]", rsa, true},
		"not allowed though default": {"[PS256]", rsa, false},
	} {
		v := fixed(t, strings.Replace(configOf(p.Issuer), "[RS256, ES256, EdDSA]", c.allowed, 1), ec, rsa)
		if _, err := v.Verify(t.Context(), c.token.Token(p.Claims())); (err == nil) != c.accepted {
			t.Errorf("%s: got %v", name, err)
		}
	}
	// Where the set does not say, every algorithm of the key's type may be.
	v := fixed(t, strings.Replace(configOf(p.Issuer), "[RS256, ES256, EdDSA]", "[RS256, PS256]", 1))
	open := rsa.JWK()
	delete(open, "alg")
	v.issuers[0].keys.fetch = func(context.Context) ([]key, int, error) {
		return parseKeySet(asJSON(t, map[string]any{"keys": []any{open}}))
	}
	v.issuers[0].keys.refresh(t.Context())
	for _, signer := range []authtest.Signer{rsa, pss} {
		if _, err := v.Verify(t.Context(), signer.Token(p.Claims())); err != nil {
			t.Errorf("%s: got %v", signer.Algorithm, err)
		}
	}
}

// An id that is no text is not the same as none.
func TestOddKeyID(t *testing.T) {
	only := authtest.NewSigner(t, "", "ES256")
	p := authtest.Provider{Issuer: "https://login.example.com"}
	v := fixed(t, configOf(p.Issuer), only)
	for _, id := range []any{1, "", []string{}, map[string]any{}, strings.Repeat("k", maxKeyID+1)} {
		header := only.Header()
		header["kid"] = id
		if _, err := v.Verify(t.Context(), only.Sign(header, p.Claims())); err == nil {
			t.Errorf("a token with the key id %.20q was accepted", fmt.Sprint(id))
		}
	}
}

// A key set that is no JSON never panics, nor does anything in it.
func FuzzKeySet(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"},{"kty":"EC","crv":"P-256","x":"","y":""},null,1]}`))
	f.Add(asJSON(f, authtest.KeySet(signers(f, "")...)))
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, others, err := parseKeySet(text)
		if err != nil && (keys != nil || others != 0) {
			t.Errorf("got %d keys and %v", len(keys), err)
		}
		for _, k := range keys {
			if k.public == nil || len(k.algorithms) == 0 || strings.HasPrefix(k.algorithms[0], "HS") {
				t.Errorf("got the key %+v", k)
			}
		}
	})
}
