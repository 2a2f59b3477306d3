package incident

import (
	"context"
	"crypto/subtle"
	"errors"
	"sync"
	"time"

	"tasktrail/audit"
)

// Why an API key gives no access. Which of the reasons of [ErrKeyInvalid] it is
// stays unsaid: whoever holds the key should not learn it.
var (
	ErrKeyInvalid = errors.New("the API key is wrong or revoked, or its service account disabled or deleted")
	ErrKeyExpired = errors.New("the API key has expired")
)

// KeyCacheTime is how long a server takes what it has read of a key for true:
// so long after a revocation on another server the key can still be used here.
const KeyCacheTime = 2 * time.Second

// maxCachedKeys is as many as can give access.
const maxCachedKeys = MaxServiceAccounts * MaxLiveKeys

// ViewerOfKey returns who acts with an API key, or [ErrKeyInvalid] or
// [ErrKeyExpired]. Any other error says that it could not be looked up.
func (s *Service) ViewerOfKey(ctx context.Context, key string) (Viewer, error) {
	id, hash, ok := parseAPIKey(key)
	if !ok {
		return Viewer{}, ErrKeyInvalid
	}
	known, err := s.keys.find(ctx, s, id)
	if err != nil {
		return Viewer{}, err
	}
	a := known.account
	if a == nil || !known.is(hash) {
		return Viewer{}, ErrKeyInvalid
	}
	n := a.key(id)
	if a.DeletedAt != nil || !a.Enabled || n < 0 {
		return Viewer{}, ErrKeyInvalid
	}
	// The trail vouches for the fingerprint, so that nobody can put the hash of
	// another key in the place of this one.
	k, now := &a.Keys[n], s.Now()
	switch {
	case k.RevokedAt != nil || k.Fingerprint != keyFingerprint(known.hash):
		return Viewer{}, ErrKeyInvalid
	case !k.live(now):
		return Viewer{}, ErrKeyExpired
	}
	s.keys.used(id, now)
	return Viewer{Actor: a.Actor(), Roles: a.Roles, ExpiresAt: k.ExpiresAt}, nil
}

// knownKey is what was read of a key.
type knownKey struct {
	account *ServiceAccount // nil: there is no such key
	hash    audit.Hash
	read    time.Time
}

// is compares the whole hash of a key, in the same time wherever they differ.
func (k *knownKey) is(hash audit.Hash) bool {
	return subtle.ConstantTimeCompare(hash[:], k.hash[:]) == 1
}

// keyCache holds what was read of keys lately, and when they were used.
type keyCache struct {
	mu      sync.Mutex
	known   map[string]knownKey
	changes int // counts forget
	uses    map[string]time.Time
}

// find returns what is known of a key, reading it if need be. Keys that are not
// there are not remembered: anybody can make up any number.
func (c *keyCache) find(ctx context.Context, s *Service, id string) (knownKey, error) {
	now := s.Now()
	c.mu.Lock()
	known, ok := c.known[id]
	changes := c.changes
	c.mu.Unlock()
	// A clock that was set back makes nothing last longer.
	if ok && !now.Before(known.read) && now.Sub(known.read) < KeyCacheTime {
		return known, nil
	}
	account, hash, err := s.store.APIKey(ctx, id)
	if err != nil || account == nil {
		return knownKey{}, err
	}
	known = knownKey{account: account, hash: hash, read: now}
	c.mu.Lock()
	defer c.mu.Unlock()
	if changes != c.changes {
		return known, nil // it may be from before a revocation: it counts once
	}
	if c.known == nil || len(c.known) >= maxCachedKeys {
		c.known = map[string]knownKey{}
	}
	c.known[id] = known
	return known, nil
}

// forget makes every key be read anew.
func (c *keyCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known, c.changes = nil, c.changes+1
}

func (c *keyCache) used(id string, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.uses == nil {
		c.uses = map[string]time.Time{}
	}
	c.uses[id] = now
}

// takeUses returns the uses since the last call.
func (c *keyCache) takeUses() map[string]time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	uses := c.uses
	c.uses = nil
	return uses
}

// keyUseInterval is how often it is written down when keys were used last.
const keyUseInterval = time.Minute

// RunKeyUses writes down every minute, and when ctx ends, when API keys were used
// last: one statement for all of them, none of it in a request. What could not be
// written is told to failed and lost; the next use tells it again.
func (s *Service) RunKeyUses(ctx context.Context, failed func(error)) error {
	tick := time.NewTicker(keyUseInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			s.noteKeyUses(context.WithoutCancel(ctx), failed)
			return nil
		case <-tick.C:
			s.noteKeyUses(ctx, failed)
		}
	}
}

// NoteKeyUses writes down when API keys were used last.
func (s *Service) NoteKeyUses(ctx context.Context) error {
	uses := s.keys.takeUses()
	if len(uses) == 0 {
		return nil
	}
	return s.store.SaveKeyUses(ctx, uses)
}

func (s *Service) noteKeyUses(ctx context.Context, failed func(error)) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := s.NoteKeyUses(ctx); err != nil && !errors.Is(err, ErrReadOnly) {
		failed(err)
	}
}
