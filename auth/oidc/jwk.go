package oidc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// RSA keys outside of these sizes, in bits, are not used: shorter ones can be
// broken, and longer ones make each token costly.
const (
	minRSA = 2048
	maxRSA = 8192
)

// key is a public key and the only algorithms that may be used with it.
type key struct {
	id         string // "" when the set gives it none
	algorithms []string
	public     crypto.PublicKey
}

// jwk is an entry of a key set, RFC 7517.
type jwk struct {
	Kty    string   `json:"kty"`
	Kid    string   `json:"kid"`
	Use    string   `json:"use"`
	KeyOps []string `json:"key_ops"`
	Alg    string   `json:"alg"`

	N   string `json:"n"`
	E   string `json:"e"`
	Crv string `json:"crv"`
	X   string `json:"x"`
	Y   string `json:"y"`

	D json.RawMessage `json:"d"` // part of a private key
	K json.RawMessage `json:"k"` // a secret
}

// parseKeySet returns the keys of a set that can verify signatures, and how many
// others it has. Those are no fault: a set may hold keys for other purposes.
func parseKeySet(text []byte) (keys []key, others int, err error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil || set.Keys == nil {
		return nil, 0, errors.New("the key set is not what RFC 7517 describes")
	}
	if len(set.Keys) > maxKeys {
		return nil, 0, fmt.Errorf("the key set has more than %d keys, which is the limit", maxKeys)
	}
	for _, entry := range set.Keys {
		var j jwk
		if json.Unmarshal(entry, &j) != nil {
			others++
			continue
		}
		if k, ok := j.key(); ok {
			keys = append(keys, k)
		} else {
			others++
		}
	}
	return keys, others, nil
}

// key returns a key that signatures can be verified with. One whose private
// part is in the set as well is nobody's any more.
func (j jwk) key() (key, bool) {
	if j.D != nil || j.K != nil || (j.Use != "" && j.Use != "sig") || (j.KeyOps != nil && !slices.Contains(j.KeyOps, "verify")) {
		return key{}, false
	}
	k := key{id: j.Kid}
	switch j.Kty {
	case "RSA":
		k.public, k.algorithms = j.rsa(), []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
	case "EC":
		k.public, k.algorithms = j.ecdsa()
	case "OKP":
		if x := decode(j.X); j.Crv == "Ed25519" && len(x) == ed25519.PublicKeySize {
			k.public, k.algorithms = ed25519.PublicKey(x), []string{"EdDSA"}
		}
	}
	if j.Alg != "" {
		if !slices.Contains(k.algorithms, j.Alg) {
			return key{}, false
		}
		k.algorithms = []string{j.Alg}
	}
	return k, k.public != nil
}

// rsa returns nil when it is no key to use; likewise ecdsa.
func (j jwk) rsa() crypto.PublicKey {
	n, e := new(big.Int).SetBytes(decode(j.N)), new(big.Int).SetBytes(decode(j.E))
	if n.BitLen() < minRSA || n.BitLen() > maxRSA || n.Bit(0) == 0 || e.BitLen() > 31 || e.Int64() < 3 || e.Bit(0) == 0 {
		return nil
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}
}

func (j jwk) ecdsa() (crypto.PublicKey, []string) {
	curves := map[string]struct {
		elliptic.Curve
		algorithm string
	}{"P-256": {elliptic.P256(), "ES256"}, "P-384": {elliptic.P384(), "ES384"}, "P-521": {elliptic.P521(), "ES512"}}
	curve, ok := curves[j.Crv]
	if !ok {
		return nil, nil
	}
	x, y, size := decode(j.X), decode(j.Y), (curve.Params().BitSize+7)/8
	if len(x) != size || len(y) != size {
		return nil, nil
	}
	// It refuses points that are not on the curve.
	public, err := ecdsa.ParseUncompressedPublicKey(curve.Curve, slices.Concat([]byte{4}, x, y))
	if err != nil {
		return nil, nil
	}
	return public, []string{curve.algorithm}
}

// decode returns nil for what is not base64url without padding.
func decode(text string) []byte {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil
	}
	return raw
}
