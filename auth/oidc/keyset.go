package oidc

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/rs/zerolog"

	"tasktrail/auth"
)

// keySet holds the keys of one issuer. Only run fetches them, one fetch at a
// time; tokens can ask it to.
type keySet struct {
	fetch func(ctx context.Context) (keys []key, others int, err error)
	log   zerolog.Logger

	mu       sync.Mutex
	keys     []key
	edition  int       // counts how often they came
	fetched  time.Time // when they came last, zero before
	failures int       // since then
	failed   int       // of all fetches
	failure  error     // what the newest fetch ended with
	said     string    // what the log said last
	saidAt   time.Time

	attempted time.Time     // when the newest fetch began, zero before the first
	running   bool          // whether it goes on
	ended     chan struct{} // closed when the newest or next fetch ends
	ask       chan struct{} // asks for a fetch before its time
}

func newKeySet(fetch func(context.Context) ([]key, int, error), log zerolog.Logger) *keySet {
	return &keySet{fetch: fetch, log: log, ended: make(chan struct{}), ask: make(chan struct{}, 1)}
}

// Why a token cannot be checked. The texts are for the log.
var (
	errNoKeys    = errors.New("oidc: the issuer's keys have not come yet")
	errNoRefresh = errors.New("oidc: the token names an unknown key, and the issuer's keys cannot be fetched to look for it")
)

// find returns the keys that may have signed a token. Without a key id there
// must be only one key. It answers [auth.ErrInvalidToken] when the issuer has no
// such key; any other error says that this is not known.
func (s *keySet) find(ctx context.Context, id, algorithm string) (jwt.VerificationKeySet, error) {
	found, err := s.look(id, algorithm)
	if ended := s.wanted(err); ended != nil {
		timer := time.NewTimer(maxWait)
		defer timer.Stop()
		select {
		case <-ended:
			return s.look(id, algorithm)
		case <-timer.C:
		case <-ctx.Done():
			return found, ctx.Err()
		}
		if errors.Is(err, errUnknown) {
			err = errNoRefresh
		}
	}
	return found, err
}

// errUnknown is the token's fault as far as is known.
var errUnknown = refused("the issuer has no key of its kid")

// look is find with the keys that are there.
func (s *keySet) look(id, algorithm string) (found jwt.VerificationKeySet, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.fetched.IsZero():
		return found, errNoKeys
	case time.Since(s.fetched) > maxStale:
		return found, auth.ErrUncheckable
	}
	named := s.keys
	if id != "" {
		named = slices.DeleteFunc(slices.Clone(s.keys), func(k key) bool { return k.id != id })
	} else if len(named) > 1 {
		return found, refused("it has no kid, and the issuer has several keys")
	}
	switch {
	case len(named) > 0:
	case s.failure != nil:
		return found, errNoRefresh
	default:
		return found, errUnknown
	}
	for _, k := range named {
		if slices.Contains(k.algorithms, algorithm) {
			found.Keys = append(found.Keys, k.public)
		}
	}
	if len(found.Keys) == 0 {
		return found, refused("the key of its kid is for another alg") // no fetch changes that
	}
	return found, nil
}

// wanted returns a channel to wait on when a fetch can change err, and asks for
// that fetch unless it runs already. It returns nil when there is nothing to
// wait for, or the last fetch was too short a time ago.
func (s *keySet) wanted(err error) <-chan struct{} {
	if err == nil || (errors.Is(err, auth.ErrInvalidToken) && !errors.Is(err, errUnknown)) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.running, s.attempted.IsZero():
	case time.Since(s.attempted) >= refetchAfter:
		select {
		case s.ask <- struct{}{}:
		default: // asked for already
		}
	default:
		return nil
	}
	return s.ended
}

// run fetches the keys now, then at intervals, and when asked, until ctx ends.
func (s *keySet) run(ctx context.Context) error {
	for {
		wait := s.refresh(ctx)
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-s.ask:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
		timer.Stop()
	}
}

// refresh fetches the keys once, and returns how long to wait until the next
// time. Keys that are there stay when it fails.
func (s *keySet) refresh(ctx context.Context) (wait time.Duration) {
	s.mu.Lock()
	s.attempted, s.running = time.Now(), true
	select {
	case <-s.ask: // this is the fetch that was asked for
	default:
	}
	s.mu.Unlock()

	keys, others, err := s.fetch(ctx)

	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = false
	close(s.ended)
	s.ended = make(chan struct{})
	if ctx.Err() != nil {
		return 0
	}
	s.say(keys, others, err)
	s.failure = err
	if err != nil {
		s.failed++
		s.failures++
		return min(firstRetry<<min(s.failures-1, 10), refetchAfter)
	}
	s.keys, s.fetched, s.failures = keys, time.Now(), 0
	s.edition++
	return refreshEvery - refreshEvery/10 + rand.N(refreshEvery/5) //nolint:gosec // jitter
}

// sayAgain is how often a failure that goes on is logged.
const sayAgain = time.Hour

// say logs what has changed, and now and then that something still fails. mu is
// held.
func (s *keySet) say(keys []key, others int, err error) {
	state, text := "", ""
	switch {
	case err == nil && len(keys) > 0:
		state, text = "good", "the issuer's keys have come"
	case err == nil:
		state, text = "empty", "the issuer publishes no key that can be used: its tokens are refused"
	case s.fetched.IsZero():
		state, text = "none", "the issuer's keys cannot be fetched: its tokens are answered with 503 until they come"
	case time.Since(s.fetched) > maxStale:
		state, text = "old", "the issuer's keys are older than 24 hours: its tokens are answered with 503 until new ones come"
	default:
		state, text = "kept", "the issuer's keys cannot be fetched: those that are there are used until they are 24 hours old"
	}
	if state == s.said && (state == "good" || time.Since(s.saidAt) < sayAgain) {
		return
	}
	s.said, s.saidAt = state, time.Now()
	line := s.log.Error().Err(err)
	if state == "good" {
		line = s.log.Info()
	}
	if err == nil {
		line = line.Int("keys", len(keys)).Int("others", others)
	} else if !s.fetched.IsZero() {
		line = line.Str("age", time.Since(s.fetched).Round(time.Second).String())
	}
	line.Msg(text)
}

// current returns the edition of the keys that are there.
func (s *keySet) current() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.edition
}

// isStill reports whether an edition of the keys is the one to use.
func (s *keySet) isStill(edition int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.edition == edition && time.Since(s.fetched) <= maxStale
}

// stats returns the age of the keys, negative when there are none, and how many
// fetches have failed.
func (s *keySet) stats() (age time.Duration, failed int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fetched.IsZero() {
		return -1, s.failed
	}
	return time.Since(s.fetched), s.failed
}
