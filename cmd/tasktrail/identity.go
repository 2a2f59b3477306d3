package main

import (
	"context"
	"time"

	"tasktrail/auth"
	"tasktrail/incident"
)

// identity is how the server knows who asks.
type identity struct {
	keyFile
}

// open returns the key that signs local tokens, and what verifies the tokens of
// requests.
func (c *identity) open() (auth.Key, auth.Verify, error) {
	key, err := auth.LoadOrCreateKey(c.Key)
	if err != nil {
		return auth.Key{}, nil, err
	}
	return key, func(_ context.Context, token string) (incident.Viewer, error) {
		return key.Verify(token, time.Now())
	}, nil
}
