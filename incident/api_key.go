package incident

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"regexp"

	"tasktrail/audit"
)

// An API key is "ttk_", 20 hexadecimal digits, "_", a secret of 43 letters and
// digits (256 random bits) and a checksum of 6 (CRC-32, IEEE, of all before it,
// in base 62). The first 24 characters are its id, which is public. Prefix and
// checksum are for scanners that look for secrets in repositories and logs, and
// tell a mistyped key from a wrong one without a look at the database.
const (
	// PrefixAPIKey begins every API key and no other token.
	PrefixAPIKey = "ttk_"

	keyIDBytes  = 10
	keySecret   = 43 // characters
	keyChecksum = 6
	keyIDLength = len(PrefixAPIKey) + 2*keyIDBytes
	keyLength   = keyIDLength + 1 + keySecret + keyChecksum
)

var apiKeys = regexp.MustCompile(`^ttk_[0-9a-f]{20}_[0-9A-Za-z]{49}$`)

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// newAPIKey makes a key and its id.
func newAPIKey() (id, key string) {
	b := make([]byte, keyIDBytes)
	_, _ = rand.Read(b) // never fails
	id = PrefixAPIKey + hex.EncodeToString(b)
	key = id + "_" + randomBase62(keySecret)
	return id, key + checksum(key)
}

// randomBase62 returns n characters, each as likely as any other.
func randomBase62(n int) string {
	const fair = 256 / len(base62) * len(base62)
	out, b := make([]byte, 0, n), make([]byte, n)
	for len(out) < n {
		_, _ = rand.Read(b) // never fails
		for _, c := range b {
			if int(c) < fair && len(out) < n {
				out = append(out, base62[int(c)%len(base62)])
			}
		}
	}
	return string(out)
}

func checksum(text string) string {
	sum, out := crc32.ChecksumIEEE([]byte(text)), [keyChecksum]byte{}
	for n := keyChecksum - 1; n >= 0; n-- {
		out[n] = base62[sum%uint32(len(base62))]
		sum /= uint32(len(base62))
	}
	return string(out[:])
}

// parseAPIKey returns the id of a key and SHA-256 of it, which is what is
// stored. It is false for whatever no key looks like.
func parseAPIKey(key string) (id string, hash audit.Hash, ok bool) {
	if len(key) != keyLength || !apiKeys.MatchString(key) {
		return "", hash, false
	}
	body := key[:keyLength-keyChecksum]
	if checksum(body) != key[len(body):] {
		return "", hash, false
	}
	return key[:keyIDLength], sha256.Sum256([]byte(key)), true
}

// keyFingerprint is the public fingerprint of what is stored of a key.
func keyFingerprint(stored audit.Hash) string {
	sum := sha256.Sum256(stored[:])
	return hex.EncodeToString(sum[:])
}
