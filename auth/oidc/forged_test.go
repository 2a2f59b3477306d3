package oidc

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"tasktrail/auth"
	"tasktrail/auth/authtest"
)

func asJSON(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Two providers, each with a key of every type: every forgery of a token of one
// is refused, and its honest twin is not.
func TestForgedTokens(t *testing.T) {
	keys, otherKeys := signers(t, "a-"), signers(t, "b-")
	p, other := authtest.Start(t, keys...), authtest.Start(t, otherKeys...)
	v := start(t, configOf(p.Issuer, other.Issuer))
	tried, accepted := 0, 0
	for n, signer := range keys {
		forger := authtest.Forger{
			Signer: signer, Claims: p.Claims("analyst"),
			Others: slices.Delete(slices.Clone(keys), n, n+1), Foreign: otherKeys[n],
		}
		forgeries := forger.Forgeries(t)
		for _, f := range forgeries {
			if _, err := v.Verify(t.Context(), f.Honest); err != nil {
				t.Errorf("%s, %s: the honest twin is refused: %v", signer.Algorithm, f.Name, err)
			}
			viewer, err := v.Verify(t.Context(), f.Forged)
			tried++
			switch {
			case err == nil:
				accepted++
				t.Errorf("%s, %s: accepted as %+v: %.2000s", signer.Algorithm, f.Name, viewer, f.Forged)
			case !errors.Is(err, auth.ErrInvalidToken) && !errors.Is(err, auth.ErrExpiredToken):
				t.Errorf("%s, %s: it is not blamed: %v", signer.Algorithm, f.Name, err)
			case f.Expired && !errors.Is(err, auth.ErrExpiredToken):
				t.Errorf("%s, %s: got %v, want that it has expired", signer.Algorithm, f.Name, err)
			case viewer.Actor.ID != "" || viewer.Roles != nil:
				t.Errorf("%s, %s: refused with a viewer, %+v", signer.Algorithm, f.Name, viewer)
			}
		}
		if len(forgeries) < 60 {
			t.Errorf("%s: only %d forgeries", signer.Algorithm, len(forgeries))
		}
	}
	fetches := p.Fetches.Load() + other.Fetches.Load()
	if fetches != 2 {
		t.Errorf("%d fetches, want one of each issuer", fetches)
	}
	t.Logf("%d forged tokens of 3 key types tried, each with an honest twin; %d accepted; %d fetches of keys", tried, accepted, fetches)
}

// Honest tokens are changed at random, in their text and in what it stands for.
func TestMutatedTokens(t *testing.T) {
	n := 2_000
	if os.Getenv("TASKTRAIL_SOAK") != "" {
		n = 100_000
	}
	keys := signers(t, "")
	p := authtest.Provider{Issuer: "https://login.example.com"}
	v := fixed(t, configOf(p.Issuer), keys...)
	var honest []string
	for _, key := range keys {
		for _, role := range []string{"analyst", "root"} {
			honest = append(honest, key.Token(p.Claims(role)))
		}
	}
	for _, token := range honest {
		if _, err := v.Verify(t.Context(), token); err != nil {
			t.Fatal("control: ", err)
		}
	}
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	kinds, accepted := map[string]int{}, 0
	for range n {
		token := honest[random.IntN(len(honest))]
		kind, mutated := mutate(random, token, honest[random.IntN(len(honest))])
		if slices.Contains(honest, mutated) {
			continue
		}
		kinds[kind]++
		if viewer, err := v.Verify(t.Context(), mutated); err == nil {
			accepted++
			t.Errorf("seed %d, %s: accepted as %+v: %s, which was %s", seed, kind, viewer, mutated, token)
		}
	}
	for _, kind := range []string{"bit", "character", "parts", "cut", "decoded", "claim"} {
		if kinds[kind] < n/20 {
			t.Errorf("only %d of the kind %s", kinds[kind], kind)
		}
	}
	t.Logf("%d random mutations of honest tokens, %d accepted: %v", n, accepted, kinds)
}

func mutate(random *rand.Rand, token, other string) (kind, mutated string) {
	bytes, parts, others := []byte(token), strings.Split(token, "."), strings.Split(other, ".")
	at := random.IntN(len(bytes))
	switch random.IntN(6) {
	case 0:
		bytes[at] ^= 1 << random.IntN(8)
		return "bit", string(bytes)
	case 1:
		const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=."
		bytes[at] = alphabet[random.IntN(len(alphabet))]
		return "character", string(bytes)
	case 2:
		for n := range parts {
			if random.IntN(2) == 0 {
				parts[n] = others[random.IntN(3)]
			}
		}
		return "parts", strings.Join(parts, ".")
	case 3:
		return "cut", string(slices.Delete(bytes, at, at+1+random.IntN(min(8, len(bytes)-at))))
	case 4:
		n := random.IntN(3)
		raw := decode(parts[n])
		raw[random.IntN(len(raw))] ^= 1 << random.IntN(8)
		parts[n] = authtest.Encode(raw)
		return "decoded", strings.Join(parts, ".")
	}
	var claims map[string]any
	if err := json.Unmarshal(decode(parts[1]), &claims); err != nil {
		panic(err)
	}
	names := []string{"exp", "sub", "aud", "roles", "iat", "name", "jti"}
	claims[names[random.IntN(len(names))]] = random.Int64()
	text, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	parts[1] = authtest.Encode(text)
	return "claim", strings.Join(parts, ".")
}

// What is not a token of the issuer is refused, and nothing panics.
func FuzzVerify(f *testing.F) {
	keys := signers(f, "")
	p := authtest.Provider{Issuer: "https://login.example.com"}
	v := fixed(f, configOf(p.Issuer), keys...)
	forger := authtest.Forger{Signer: keys[2], Claims: p.Claims("root"), Others: keys[:2], Foreign: authtest.NewSigner(f, "x", "ES256")}
	for _, forged := range forger.Forgeries(f) {
		if len(forged.Forged) <= 2*MaxToken {
			f.Add(forged.Forged)
		}
	}
	f.Fuzz(func(t *testing.T, token string) {
		if viewer, err := v.Verify(t.Context(), token); err == nil {
			t.Errorf("accepted as %+v", viewer)
		}
	})
}
