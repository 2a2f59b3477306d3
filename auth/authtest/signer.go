package authtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"sync"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// Signer is a private key with what a key set says about it.
type Signer struct {
	ID        string // "kid"; "" leaves it out
	Algorithm string
	Private   crypto.Signer
}

// NewSigner makes a key for one of RS256, ES256 and EdDSA.
func NewSigner(t testing.TB, id, algorithm string) Signer {
	t.Helper()
	var private crypto.Signer
	var err error
	switch algorithm {
	case "RS256":
		private = rsaKeys.next(t)
	case "ES256":
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "EdDSA":
		_, private, err = ed25519.GenerateKey(rand.Reader)
	default:
		t.Fatalf("no keys for %s", algorithm)
	}
	if err != nil {
		t.Fatal(err)
	}
	return Signer{ID: id, Algorithm: algorithm, Private: private}
}

// rsaKeys are made once for all tests of a program, as each takes up to a second,
// and some under the race detector.
var rsaKeys = &pool{}

// pool hands out keys one after the other; those of tests that have ended come
// again.
type pool struct {
	mu   sync.Mutex
	free []*rsa.PrivateKey
}

func (p *pool) next(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) == 0 {
		made, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		p.free = append(p.free, made)
	}
	key := p.free[len(p.free)-1]
	p.free = p.free[:len(p.free)-1]
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.free = append(p.free, key)
	})
	return key
}

// JWK is the public key as an entry of a key set.
func (s Signer) JWK() map[string]any {
	j := map[string]any{"use": "sig", "alg": s.Algorithm}
	if s.ID != "" {
		j["kid"] = s.ID
	}
	switch public := s.Private.Public().(type) {
	case *rsa.PublicKey:
		j["kty"], j["n"], j["e"] = "RSA", Encode(public.N.Bytes()), Encode(big.NewInt(int64(public.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			panic(err)
		}
		half := (len(point) - 1) / 2
		j["kty"], j["crv"], j["x"], j["y"] = "EC", public.Params().Name, Encode(point[1:1+half]), Encode(point[1+half:])
	case ed25519.PublicKey:
		j["kty"], j["crv"], j["x"] = "OKP", "Ed25519", Encode(public)
	}
	return j
}

// Header is that of an honest access token.
func (s Signer) Header() map[string]any {
	h := map[string]any{"alg": s.Algorithm, "typ": "at+jwt"}
	if s.ID != "" {
		h["kid"] = s.ID
	}
	return h
}

// Token signs claims under the honest header.
func (s Signer) Token(claims map[string]any) string {
	return s.sign(text(s.Header()), text(claims))
}

// sign signs whatever header and claims are, in the way of the key.
func (s Signer) sign(header, claims string) string {
	return signAs(s.Algorithm, s.Private, header, claims)
}

func signAs(algorithm string, key any, header, claims string) string {
	input := Encode([]byte(header)) + "." + Encode([]byte(claims))
	signature, err := jwt.GetSigningMethod(algorithm).Sign(input, key)
	if err != nil {
		panic(err)
	}
	return input + "." + Encode(signature)
}

// Encode is base64url without padding.
func Encode(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// text is JSON with its members in order.
func text(object map[string]any) string {
	raw, err := json.Marshal(object)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func decode(text string) []byte {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return raw
}

// Sign signs claims under any header, in the way of the key.
func (s Signer) Sign(header, claims map[string]any) string { return s.sign(text(header), text(claims)) }
