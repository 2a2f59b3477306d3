package oidc

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"tasktrail/auth"
	"tasktrail/auth/authtest"
)

// A new key is accepted at once, without a restart; the old one until it is gone
// from the set and the set was fetched again.
func TestRotation(t *testing.T) {
	second := authtest.NewSigner(t, "second", "RS256")
	inWorld(t, false, func(w *world) {
		w.want("the first key", w.token, nil)
		w.pass(time.Minute)
		w.Publish(w.signer, second)
		w.want("the second key", w.sign(second), nil)
		w.want("the first key beside it", w.token, nil)
		if got := w.Fetches.Load(); got != 2 {
			t.Errorf("%d fetches, want 2", got)
		}
		w.Publish(second)
		w.want("the first key before the next fetch", w.token, nil)
		w.pass(11 * time.Minute)
		w.want("the first key after it", w.token, auth.ErrInvalidToken)
		w.want("the second key after it", w.sign(second), nil)
		// Another key under an id that is known comes with the timer.
		third := authtest.NewSigner(t, "second", "ES256")
		w.Publish(third)
		w.want("another key under a known id", w.sign(third), auth.ErrInvalidToken)
		w.pass(11 * time.Minute)
		w.want("the same later", w.sign(third), nil)
	})
}

// A token that was accepted a moment ago is refused as soon as the key that
// verified it is known to be withdrawn.
func TestWithdrawnAtOnce(t *testing.T) {
	second := authtest.NewSigner(t, "second", "ES256")
	inWorld(t, false, func(w *world) {
		w.pass(time.Minute)
		w.want("before", w.token, nil)
		w.Publish(second)
		w.want("a token that makes the keys be fetched", w.sign(second), nil)
		w.want("after", w.token, auth.ErrInvalidToken)
	})
}

// What was asked for while a fetch was about to begin is that fetch, and not one
// more.
func TestAskedTwice(t *testing.T) {
	fetches := 0
	s := newKeySet(func(context.Context) ([]key, int, error) {
		fetches++
		return nil, 0, nil
	}, zerolog.Nop())
	s.ask <- struct{}{}
	s.refresh(t.Context())
	if len(s.ask) != 0 || fetches != 1 {
		t.Errorf("%d fetches, and %d asked for", fetches, len(s.ask))
	}
}

// All keys are withdrawn: nothing is accepted any more, and the tokens are to
// blame.
func TestRevocation(t *testing.T) {
	inWorld(t, false, func(w *world) {
		w.want("before", w.token, nil)
		w.Publish()
		w.pass(11 * time.Minute)
		w.want("after", w.token, auth.ErrInvalidToken)
		w.Publish(w.signer)
		w.pass(refetchAfter)
		w.want("and back", w.token, nil)
	})
}

// The provider is away for longer than its keys may be used without it.
func TestOutage(t *testing.T) {
	inWorld(t, false, func(w *world) {
		w.want("before", w.token, nil)
		w.pass(time.Minute)
		w.Down(true)
		unknown := w.sign(authtest.NewSigner(t, "unknown", "ES256"))
		w.want("an unknown key that cannot be looked for", unknown, errNoRefresh)
		w.pass(maxStale - time.Minute - 10*time.Second)
		w.want("after almost a day", w.token, nil)
		if age, failed := w.Keys(0); age < 23*time.Hour || failed < 2000 {
			t.Errorf("the keys are %s old, %d fetches failed", age, failed)
		}
		w.pass(20 * time.Second) // less than accepted tokens are remembered
		w.want("after a day", w.token, auth.ErrUncheckable)
		fetches := w.Fetches.Load()
		t.Logf("a day of outage: %d fetches, keys used for 24 h, then 503", fetches)
		if want := int64(maxStale/refetchAfter) + 20; fetches > want {
			t.Errorf("%d fetches in a day, want at most %d", fetches, want)
		}
		w.Down(false)
		w.pass(refetchAfter)
		w.want("when it is back", w.token, nil)
		w.want("and an unknown key", unknown, auth.ErrInvalidToken)
	})
}

// A provider that is away when the server starts holds nothing up.
func TestAwayAtStart(t *testing.T) {
	inWorld(t, true, func(w *world) {
		began := time.Now()
		w.want("before the first keys", w.token, errNoKeys)
		if took := time.Since(began); took != 0 {
			t.Errorf("a token waited %s for a fetch that had failed", took)
		}
		if age, failed := w.Keys(0); age >= 0 || failed == 0 {
			t.Errorf("got an age of %s, %d failed", age, failed)
		}
		w.want("another issuer's", w.signer.Token(map[string]any{"iss": "https://other.example"}), auth.ErrInvalidToken)
		w.Down(false)
		w.pass(2 * firstRetry)
		w.want("soon after they can come", w.token, nil)
	})
}

// A provider that does not answer delays no token whose key is known, and others
// by a little.
func TestSlow(t *testing.T) {
	inWorld(t, false, func(w *world) {
		w.pass(time.Minute)
		hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		w.Answer(hang, nil)
		began := time.Now()
		w.want("an unknown key", w.sign(authtest.NewSigner(t, "unknown", "ES256")), errNoRefresh)
		if took := time.Since(began); took != maxWait {
			t.Errorf("it took %s, want %s", took, maxWait)
		}
		w.want("a known key", w.token, nil)
		if took := time.Since(began); took != maxWait {
			t.Error("a known key was kept waiting")
		}
		if _, failed := w.Keys(0); failed != 0 {
			t.Errorf("the fetch ended early")
		}
		w.pass(fetchTimeout - maxWait)
		if _, failed := w.Keys(0); failed != 1 {
			t.Errorf("%d fetches failed, want the one that took %s", failed, fetchTimeout)
		}
		// So does one that sends a byte now and then.
		w.Answer(nil, func(rw http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				fmt.Fprint(rw, " ")
				_ = http.NewResponseController(rw).Flush()
				select {
				case <-time.After(time.Second):
				case <-r.Context().Done():
				}
			}
		})
		w.pass(time.Minute)
		if _, failed := w.Keys(0); failed < 2 {
			t.Error("a fetch goes on for ever")
		}
	})
}

// 10,000 bad tokens with unknown keys, 100 at a time over five minutes, set off
// no more fetches than one in 30 s.
func TestHammering(t *testing.T) {
	inWorld(t, false, func(w *world) {
		_, rest, _ := strings.Cut(w.token, ".")
		for batch := range 100 {
			var clients sync.WaitGroup
			for n := range 100 {
				clients.Go(func() {
					header := fmt.Sprintf(`{"alg":"ES256","typ":"at+jwt","kid":"%d-%d"}`, batch, n)
					w.want("a bad token", authtest.Encode([]byte(header))+"."+rest, auth.ErrInvalidToken)
				})
			}
			w.pass(3 * time.Second)
			clients.Wait()
			w.want("a good one meanwhile", w.token, nil)
		}
		fetches := w.Fetches.Load()
		t.Logf("10,000 tokens with unknown keys in 5 minutes: %d fetches", fetches)
		if fetches < 5 || fetches > 1+10+1 {
			t.Errorf("%d fetches, want one at start, one in 30 s and one of the timer at most", fetches)
		}
	})
}

// A token that was accepted a moment ago is not accepted longer than it lasts, and
// what is remembered is bounded.
func TestRememberedTokens(t *testing.T) {
	inWorld(t, false, func(w *world) {
		claims := w.Claims("analyst")
		claims["exp"] = time.Now().Add(10 * time.Second).Unix()
		short := w.signer.Token(claims)
		w.want("before it expires", short, nil)
		w.pass(9 * time.Second)
		w.want("just before it expires", short, nil)
		w.pass(time.Second)
		w.want("as it expires", short, auth.ErrExpiredToken)
		w.want("again", short, auth.ErrExpiredToken)

		first, _ := w.Verify(t.Context(), w.token)
		again, err := w.Verify(t.Context(), w.token)
		if err != nil || !reflect.DeepEqual(first, again) || w.cache.entries.Len() != 2 {
			t.Errorf("got %+v and %+v, %d remembered", first, again, w.cache.entries.Len())
		}
		for n := range cacheSize {
			w.cache.put([32]byte{byte(n), byte(n >> 8)}, first, nil, 0)
		}
		if n := w.cache.entries.Len(); n != cacheSize {
			t.Errorf("%d remembered, want %d", n, cacheSize)
		}
	})
}
