package incident

import (
	"strings"
	"testing"
)

// What the parser accepts is a key of ours, whole, and one bit more or less of
// it is none.
func FuzzParseAPIKey(f *testing.F) {
	_, key := newAPIKey()
	for _, seed := range []string{key, "", "ttk_", key[:24], key + "\n", strings.ToUpper(key), strings.Repeat("ttk_", 20), "ttk_" + strings.Repeat("é", 35)} {
		f.Add(seed, uint(7))
	}
	f.Fuzz(func(t *testing.T, s string, bit uint) {
		if id, _, ok := parseAPIKey(s); ok && (len(s) != keyLength || id != s[:keyIDLength] || checksum(s[:keyLength-keyChecksum]) != s[keyLength-keyChecksum:]) {
			t.Errorf("accepted %q", s)
		}
		id, key := newAPIKey()
		parsed, hash, ok := parseAPIKey(key)
		if !ok || parsed != id {
			t.Fatalf("refused %s", key)
		}
		wrong := []byte(key)
		wrong[int(bit/8)%len(wrong)] ^= 1 << (bit % 8)
		if _, other, ok := parseAPIKey(string(wrong)); ok || other == hash {
			t.Errorf("one bit of %s is wrong, and accepted", key)
		}
	})
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
