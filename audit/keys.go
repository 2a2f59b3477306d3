package audit

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Keys sign checkpoints and check their signatures. While a key is replaced by
// another, both sign: so whoever knows one of them can check every checkpoint.
type Keys struct {
	private []ed25519.PrivateKey
	public  []ed25519.PublicKey // also those of the private ones
	named   []note.Verifier     // given with the origin that they are for
}

// ErrKeys is what [ParseKeys] returns. The text is fit for users.
var ErrKeys = errors.New("holds no Ed25519 keys: it takes PEM blocks PRIVATE KEY (PKCS #8) and PUBLIC KEY (PKIX), and verifier keys such as tasktrail/…+…+…, one a line")

// ParseKeys reads keys from text: PEM blocks "PRIVATE KEY" (PKCS #8), which sign
// and verify, PEM blocks "PUBLIC KEY" (PKIX), which verify, and verifier keys
// of C2SP signed-note, one a line. At least one must be there, and nothing else
// but empty lines.
func ParseKeys(text []byte) (Keys, error) {
	var k Keys
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			break
		}
		read := string(text[:len(text)-len(rest)])
		before, _, _ := strings.Cut(read, pemBegin)
		if strings.Count(read, pemBegin) != 1 { // a broken one was skipped
			return Keys{}, ErrKeys
		}
		if err := k.addLines(before); err != nil {
			return Keys{}, err
		}
		if err := k.addBlock(block); err != nil {
			return Keys{}, err
		}
		text = rest
	}
	if err := k.addLines(string(text)); err != nil {
		return Keys{}, err
	}
	if len(k.public)+len(k.named) == 0 {
		return Keys{}, ErrKeys
	}
	return k, nil
}

const pemBegin = "-----BEGIN"

func (k *Keys) addBlock(block *pem.Block) error {
	switch block.Type {
	case "PRIVATE KEY":
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		private, ok := key.(ed25519.PrivateKey)
		if err != nil || !ok {
			return ErrKeys
		}
		k.private = append(k.private, private)
		k.public = append(k.public, private.Public().(ed25519.PublicKey))
	case "PUBLIC KEY":
		key, err := x509.ParsePKIXPublicKey(block.Bytes)
		public, ok := key.(ed25519.PublicKey)
		if err != nil || !ok {
			return ErrKeys
		}
		k.public = append(k.public, public)
	default:
		return ErrKeys
	}
	return nil
}

func (k *Keys) addLines(text string) error {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		v, err := note.NewVerifier(line)
		if err != nil {
			return ErrKeys
		}
		k.named = append(k.named, v)
	}
	return nil
}

// CanSign reports whether there is a private key.
func (k Keys) CanSign() bool { return len(k.private) > 0 }

// VerifierKeys returns the public keys in the form of C2SP signed-note, which
// contains the name of the trail that they are for.
func (k Keys) VerifierKeys(trail TrailID) ([]string, error) {
	var out []string
	for _, public := range k.public {
		text, err := note.NewEd25519VerifierKey(trail.Origin(), public)
		if err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, nil
}

// verifiers returns what can check signatures in the name of origin.
func (k Keys) verifiers(origin string) ([]note.Verifier, error) {
	seen := map[uint32]bool{}
	var out []note.Verifier
	add := func(v note.Verifier) {
		if v.Name() == origin && !seen[v.KeyHash()] { // two alike would count as none
			seen[v.KeyHash()] = true
			out = append(out, v)
		}
	}
	for _, v := range k.named {
		add(v)
	}
	for _, public := range k.public {
		v, err := newVerifier(origin, public)
		if err != nil {
			return nil, err
		}
		add(v)
	}
	return out, nil
}

func newVerifier(origin string, public ed25519.PublicKey) (note.Verifier, error) {
	text, err := note.NewEd25519VerifierKey(origin, public)
	if err != nil {
		return nil, err
	}
	return note.NewVerifier(text)
}

// signer signs with a key that has no name of its own. [note.NewSigner] takes
// only keys in its own text form.
type signer struct {
	note.Verifier
	private ed25519.PrivateKey
}

func newSigner(origin string, private ed25519.PrivateKey) (note.Signer, error) {
	v, err := newVerifier(origin, private.Public().(ed25519.PublicKey))
	return signer{v, private}, err
}

// Sign implements [note.Signer].
func (s signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.private, msg), nil }

// MarshalKey returns a private key in the form that [ParseKeys] reads.
func MarshalKey(private ed25519.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(private)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), err
}
