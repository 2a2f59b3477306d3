package auth

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Key signs and verifies the tokens of one installation.
type Key struct{ private ed25519.PrivateKey }

// LoadKey reads a key from a file that only its owner may read.
func LoadKey(path string) (Key, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Key{}, fmt.Errorf("the key file %s does not exist: start the server once, or name the right file: %w", path, err)
	case err != nil:
		return Key{}, fmt.Errorf("the key file %s cannot be read: check its owner and rights", path)
	case info.Mode().Perm()&0o077 != 0:
		return Key{}, fmt.Errorf("the key file %s can be read by others: chmod 600 it, or make a new key if others had access", path)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the path is the operator's
	if err != nil {
		return Key{}, fmt.Errorf("the key file %s cannot be read: check its owner and rights", path)
	}
	broken := fmt.Errorf("the key file %s holds no Ed25519 private key in PEM: restore it, or move it away to get a new one", path)
	block, rest := pem.Decode(text)
	if block == nil || block.Type != "PRIVATE KEY" || len(rest) != 0 {
		return Key{}, broken
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return Key{}, broken
	}
	private, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return Key{}, broken
	}
	return Key{private: private}, nil
}

// LoadOrCreateKey reads a key, or makes one where there is none. Programs that
// start at once all end up with the same key, and none sees half a file.
func LoadOrCreateKey(path string) (Key, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := CreateKey(path); err != nil {
			return Key{}, err
		}
	}
	return LoadKey(path)
}

// CreateKey writes a new Ed25519 private key, PKCS #8 in PEM, to a file of mode
// 0600, unless there is one.
func CreateKey(path string) error {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return err
	}
	cannot := fmt.Errorf("the key file %s cannot be written: check the directory's rights", path)
	f, err := os.CreateTemp(filepath.Dir(path), ".tasktrail-key-") // mode 0600
	if err != nil {
		return cannot
	}
	defer func() { _ = os.Remove(f.Name()) }()
	werr := pem.Encode(f, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := errors.Join(werr, f.Sync(), f.Close()); err != nil {
		return cannot
	}
	// Unlike a rename, a link does not replace the file of whoever was first.
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return cannot
	}
	return nil
}
