package audit

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
)

func keyText(t testing.TB, name string) string {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	block, err := MarshalKey(ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		t.Fatal(err)
	}
	return string(block)
}

func TestParseKeys(t *testing.T) {
	private := keyText(t, "a")
	seed := sha256.Sum256([]byte("b"))
	der, err := x509.MarshalPKIXPublicKey(ed25519.NewKeyFromSeed(seed[:]).Public())
	if err != nil {
		t.Fatal(err)
	}
	public := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	lines, err := mustKeys(t, "c").VerifierKeys(TrailID{1})
	if err != nil {
		t.Fatal(err)
	}
	vkey := lines[0]
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err = x509.MarshalPKCS8PrivateKey(p256)
	if err != nil {
		t.Fatal(err)
	}
	otherKind := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	for _, test := range []struct {
		name, text   string
		keys, signed int // 0: refused
	}{
		{"private", private, 1, 1},
		{"public", public, 1, 0},
		{"verifier key", vkey, 1, 0},
		{"verifier key with line ends of Windows", vkey + "\r\n", 1, 0},
		{"all of them", private + "\n" + vkey + "\n" + public + "\n" + keyText(t, "d"), 4, 2},
		{"empty", "", 0, 0},
		{"blank", " \n\t\n", 0, 0},
		{"a word", "hello", 0, 0},
		{"a word behind", private + "hello", 0, 0},
		{"a word before", "hello\n" + private, 0, 0},
		{"cut short", private[:len(private)-10], 0, 0},
		{"a broken block before", "-----BEGIN PRIVATE KEY-----0-----END PRIVATE KEY-----\n" + private, 0, 0},
		{"another kind of key", otherKind, 0, 0},
		{"a private key called public", strings.ReplaceAll(private, "PRIVATE", "PUBLIC"), 0, 0},
		{"a public key called private", strings.ReplaceAll(public, "PUBLIC", "PRIVATE"), 0, 0},
		{"a certificate", strings.ReplaceAll(public, "PUBLIC KEY", "CERTIFICATE"), 0, 0},
		{"a verifier key with another hash", strings.Replace(vkey, "+", "+0", 1), 0, 0},
		{"a private key of the library", "PRIVATE+KEY+example.com+0a0a0a0a+AQ==", 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			k, err := ParseKeys([]byte(test.text))
			if (err == nil) != (test.keys > 0) || (err != nil && !errors.Is(err, ErrKeys)) {
				t.Fatalf("got %v", err)
			}
			if len(k.public)+len(k.named) != test.keys || len(k.private) != test.signed || k.CanSign() != (test.signed > 0) {
				t.Errorf("got %d and %d named, %d private", len(k.public), len(k.named), len(k.private))
			}
			if err != nil && strings.Contains(err.Error(), "MC4CAQ") {
				t.Error("the error holds a key")
			}
		})
	}
}

// A key is replaced without a checkpoint that one of its holders cannot check.
func TestReplaceKey(t *testing.T) {
	c := Checkpoint{Trail: TrailID{1}, Size: 1, Root: Hash{1}}
	open := func(text []byte) Keys {
		t.Helper()
		k, err := ParseKeys(text)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	for _, text := range []string{keyText(t, "a"), strings.TrimSuffix(keyText(t, "a"), "\n"), "\n" + strings.ReplaceAll(keyText(t, "a"), "\n", "\r\n")} {
		old := []byte(text)
		both, err := AddKey(old)
		if err != nil {
			t.Fatal(err)
		}
		after, err := RetireKey(both)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(after, []byte(keyText(t, "a"))) || len(open(after).private) != 1 || len(open(after).public) != 2 {
			t.Errorf("after it, the file holds\n%s", after)
		}
		signing, err := open(after).SigningKeys(c.Trail)
		if err != nil || len(signing) != 1 {
			t.Fatalf("got %q, %v", signing, err)
		}
		newOnly := open([]byte(signing[0]))
		for _, test := range []struct {
			name    string
			by, who Keys
			want    error
		}{
			{"before, with the old key", open(old), mustKeys(t, "a"), nil},
			{"overlap, with the old key", open(both), mustKeys(t, "a"), nil},
			{"overlap, with the new key", open(both), newOnly, nil},
			{"after, with the new key", open(after), newOnly, nil},
			{"after, with the old key", open(after), mustKeys(t, "a"), ErrCheckpointUnsigned},
			{"before, with the file as it is after", open(old), open(after), nil},
			{"overlap, with the file as it is after", open(both), open(after), nil},
		} {
			if got, err := test.who.Open(mustSign(t, test.by, c)); !errors.Is(err, test.want) || (test.want == nil && got != c) {
				t.Errorf("%s: got %v, want %v", test.name, err, test.want)
			}
		}
		if _, err := RetireKey(after); !errors.Is(err, ErrOnlyKey) {
			t.Errorf("the only key retired: %v", err)
		}
	}
	for _, change := range []func([]byte) ([]byte, error){AddKey, RetireKey} {
		if _, err := change([]byte("hello")); !errors.Is(err, ErrKeys) {
			t.Errorf("got %v", err)
		}
	}
}

func FuzzParseKeys(f *testing.F) {
	f.Add([]byte(keyText(f, "a") + keyText(f, "b")))
	f.Add([]byte("tasktrail/01+8f1a2b3c+AQ=="))
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := ParseKeys(text)
		if err != nil {
			if !errors.Is(err, ErrKeys) {
				t.Fatal(err)
			}
			return
		}
		if _, err := k.VerifierKeys(TrailID{1}); err != nil {
			t.Fatal(err)
		}
		more, err := AddKey(text)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ParseKeys(more); err != nil || len(again.private) != len(k.private)+1 {
			t.Fatalf("with a key more: %d, %v", len(again.private), err)
		}
		if fewer, err := RetireKey(more); err == nil {
			if again, err := ParseKeys(fewer); err != nil || len(again.private) != len(k.private) {
				t.Fatalf("with one retired: %v", err)
			}
		} else if len(k.private) > 0 {
			t.Fatal(err)
		}
	})
}
