package auth

import (
	"context"
	"errors"
	"strings"

	"tasktrail/incident"
)

// Keys looks API keys of service accounts up. [incident.Service] does.
type Keys interface {
	ViewerOfKey(ctx context.Context, key string) (incident.Viewer, error)
}

// WithKeys is verify for bearer tokens that can also be API keys.
func WithKeys(verify Verify, keys Keys) Verify {
	return func(ctx context.Context, token string) (incident.Viewer, error) {
		if !strings.HasPrefix(token, incident.PrefixAPIKey) {
			return verify(ctx, token)
		}
		v, err := keys.ViewerOfKey(ctx, token)
		switch {
		case errors.Is(err, incident.ErrKeyExpired):
			return v, ErrExpiredToken
		case errors.Is(err, incident.ErrKeyInvalid):
			return v, ErrInvalidToken
		}
		return v, err
	}
}
