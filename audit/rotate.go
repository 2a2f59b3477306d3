package audit

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
)

// ErrOnlyKey refuses to retire the only key that can sign.
var ErrOnlyKey = errors.New("it has only one private key, and without it nothing could be signed: add another one first")

// AddKey returns the text of a key file with a new private key at its end.
// Whatever else is in the text stays; [ErrKeys] when [ParseKeys] refuses it.
func AddKey(text []byte) ([]byte, error) {
	if _, err := ParseKeys(text); err != nil {
		return nil, err
	}
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	block, err := MarshalKey(private)
	if err != nil {
		return nil, err
	}
	if !bytes.HasSuffix(text, []byte("\n")) {
		text = append(bytes.Clone(text), '\n')
	}
	return append(bytes.Clone(text), block...), nil
}

// RetireKey returns the text of a key file with the public key in the place of
// its first private key, which is the oldest: it signs no more, and what it
// signed can still be checked. It refuses with [ErrKeys] and [ErrOnlyKey].
func RetireKey(text []byte) ([]byte, error) {
	keys, err := ParseKeys(text)
	switch {
	case err != nil:
		return nil, err
	case len(keys.private) < 2:
		return nil, ErrOnlyKey
	}
	der, err := x509.MarshalPKIXPublicKey(keys.private[0].Public())
	if err != nil {
		return nil, err
	}
	const begin, end = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"
	before, rest, ok := bytes.Cut(text, []byte(begin))
	_, after, ended := bytes.Cut(rest, []byte(end))
	if !ok || !ended {
		return nil, ErrKeys
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return append(append(bytes.Clone(before), block...), bytes.TrimLeft(after, "\r\n")...), nil
}

// SigningKeys returns the verifier keys, see [Keys.VerifierKeys], of those keys
// that sign, the oldest first.
func (k Keys) SigningKeys(trail TrailID) ([]string, error) {
	signing := Keys{}
	for _, private := range k.private {
		signing.public = append(signing.public, private.Public().(ed25519.PublicKey))
	}
	return signing.VerifierKeys(trail)
}
