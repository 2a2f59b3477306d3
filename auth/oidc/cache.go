package oidc

import (
	"crypto/sha256"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"tasktrail/incident"
)

// cache remembers tokens that were accepted, by their SHA-256, as clients send
// the same one with every request. What it says is what a verification now would
// say: it is good for the very keys that verified the token, and not longer than
// they are, than the token is, or than a minute.
type cache struct {
	entries *lru.Cache[[sha256.Size]byte, accepted]
}

const (
	cacheSize = 4096 // tokens; a few hundred bytes each
	cacheTime = time.Minute
)

type accepted struct {
	viewer  incident.Viewer
	keys    *keySet
	edition int // of the keys
	until   time.Time
}

func newCache() cache {
	entries, err := lru.New[[sha256.Size]byte, accepted](cacheSize)
	if err != nil {
		panic(err) // only a size below 1 is an error
	}
	return cache{entries}
}

// get returns the viewer of a token that was accepted.
func (c cache) get(sum [sha256.Size]byte) (incident.Viewer, bool) {
	a, ok := c.entries.Get(sum)
	if !ok || !time.Now().Before(a.until) || !a.keys.isStill(a.edition) {
		return incident.Viewer{}, false
	}
	return a.viewer, true
}

// put remembers a viewer whose token was verified with an edition of keys.
func (c cache) put(sum [sha256.Size]byte, viewer incident.Viewer, keys *keySet, edition int) {
	until := time.Now().Add(cacheTime)
	if viewer.ExpiresAt.Before(until) {
		until = *viewer.ExpiresAt
	}
	c.entries.Add(sum, accepted{viewer, keys, edition, until})
}
