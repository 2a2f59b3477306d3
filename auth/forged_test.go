package auth

import (
	"crypto/ed25519"
	"errors"
	"testing"
	"time"

	"tasktrail/auth/authtest"
)

// The same forgeries as of tokens of providers, of those of the program's own
// key.
func TestForgedLocalTokens(t *testing.T) {
	key := newKey(t)
	now := time.Now()
	forger := authtest.Forger{
		Local: true, Signer: authtest.Signer{Algorithm: "EdDSA", Private: key.private},
		Claims: map[string]any{
			"iss": "tasktrail", "aud": "tasktrail", "sub": "user:alice", "jti": "1", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
			"name": "alice", "kind": "USER", "roles": []string{"RESPONDER"},
		},
	}
	forgeries, accepted := forger.Forgeries(t), 0
	for _, f := range forgeries {
		if _, err := key.Verify(f.Honest, time.Now()); err != nil {
			t.Errorf("%s: the honest twin is refused: %v", f.Name, err)
		}
		v, err := key.Verify(f.Forged, time.Now())
		if err == nil {
			accepted++
		}
		if (!errors.Is(err, ErrInvalidToken) && !errors.Is(err, ErrExpiredToken)) || v.Actor.ID != "" || (f.Expired && !errors.Is(err, ErrExpiredToken)) {
			t.Errorf("%s: got %+v, %v", f.Name, v, err)
		}
	}
	t.Logf("%d forged tokens of the local key tried, each with an honest twin; %d accepted", len(forgeries), accepted)
}

// What is not a token of the key is refused, and nothing panics.
func FuzzVerify(f *testing.F) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		f.Fatal(err)
	}
	key, other := Key{private: private}, authtest.NewSigner(f, "", "EdDSA")
	f.Add(other.Token(map[string]any{"iss": "tasktrail", "aud": "tasktrail", "sub": "user:alice", "exp": 4070908800}))
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		if v, err := key.Verify(token, time.Now()); err == nil {
			t.Errorf("accepted as %+v", v)
		}
	})
}
