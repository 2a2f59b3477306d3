package auth

import (
	"context"
	"crypto/sha256"
	"errors"

	lru "github.com/hashicorp/golang-lru/v2"

	"tasktrail/incident"
	"tasktrail/throttle"
)

// knownTokens is how many tokens are remembered as good, by their SHA-256.
const knownTokens = 10_000

// Limited returns verify for addresses that did not send too many bad tokens:
// those are refused, with a [throttle.Refusal], before anything is computed.
// Tokens that were good lately are checked all the same, so that one broken
// client does not lock out everybody behind its address.
func Limited(verify Verify, limits *throttle.Limits) Verify {
	known, err := lru.New[[sha256.Size]byte, struct{}](knownTokens)
	if err != nil {
		panic(err) // only for a size below 1
	}
	return func(ctx context.Context, token string) (incident.Viewer, error) {
		if len(token) > maxToken {
			limits.Failed(ctx)
			return incident.Viewer{}, ErrInvalidToken
		}
		hash := sha256.Sum256([]byte(token))
		if !known.Contains(hash) {
			if err := limits.Attempt(ctx); err != nil {
				return incident.Viewer{}, err
			}
		}
		v, err := verify(ctx, token)
		switch {
		case err == nil:
			known.Add(hash, struct{}{})
		case errors.Is(err, ErrInvalidToken):
			known.Remove(hash)
			limits.Failed(ctx)
		}
		return v, err
	}
}

// Client names who makes a request, for [throttle.Options]: a user, or who has
// no valid token by its address.
func Client(ctx context.Context) string {
	if id := ViewerFrom(ctx).Actor.ID; id != "" {
		return id
	}
	return throttle.Network(Address(ctx))
}
