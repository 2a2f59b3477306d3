package incident

import (
	"crypto/sha256"
	"strings"
	"testing"
)

// What the parser accepts has the form of a key of ours, whole.
func FuzzParseAPIKey(f *testing.F) {
	_, key := newAPIKey()
	for _, seed := range []string{key, "", "ttk_", key[:24], key + "\n", strings.ToUpper(key), strings.Repeat("ttk_", 20), "ttk_" + strings.Repeat("é", 35)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if id, _, ok := parseAPIKey(s); ok && (len(s) != keyLength || id != s[:keyIDLength] || checksum(s[:keyLength-keyChecksum]) != s[keyLength-keyChecksum:]) {
			t.Errorf("accepted %q", s)
		}
	})
}

// A key with one wrong bit, wherever, is no key.
func TestEveryBitOfAKeyCounts(t *testing.T) {
	id, key := newAPIKey()
	if parsed, _, ok := parseAPIKey(key); !ok || parsed != id {
		t.Fatalf("refused %s", key)
	}
	for bit := range 8 * len(key) {
		wrong := []byte(key)
		wrong[bit/8] ^= 1 << (bit % 8)
		if _, _, ok := parseAPIKey(string(wrong)); ok {
			t.Errorf("bit %d of %s is wrong, and accepted", bit, key)
		}
	}
}

// Of the hash of a key, every bit is compared.
func TestEveryBitOfAHashCounts(t *testing.T) {
	known := knownKey{hash: sha256.Sum256([]byte("key"))}
	if !known.is(known.hash) {
		t.Error("the hash itself is refused")
	}
	for bit := range 8 * len(known.hash) {
		wrong := known.hash
		wrong[bit/8] ^= 1 << (bit % 8)
		if known.is(wrong) {
			t.Errorf("bit %d is wrong, and accepted", bit)
		}
	}
}

// Every character of a secret is as likely as any other.
func TestSecretsAreEven(t *testing.T) {
	const n = 62 * 2_000
	count := map[rune]int{}
	for _, c := range randomBase62(n) {
		count[c]++
	}
	for _, c := range base62 {
		if got := count[c]; got < 1_700 || got > 2_300 { // 6.7 standard deviations
			t.Errorf("%c came up %d times of %d, want about %d", c, got, n, n/62)
		}
	}
}
