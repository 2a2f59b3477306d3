package main

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"tasktrail/auth"
	"tasktrail/incident"
)

// identity is how the server knows who asks.
type identity struct {
	keyFile
	oidcFile
}

// identified is what came of the flags.
type identified struct {
	key    *auth.Key // signs local tokens; nil when they are not accepted
	verify auth.Verify
	run    func(context.Context) error // keeps what verify needs up to date until the context ends
}

// open returns what verifies the tokens of requests: those of the providers if
// there are some, else those of the local key.
func (c *identity) open(log zerolog.Logger, metrics *metrics) (identified, error) {
	switch provider, err := c.provider(log, metrics); {
	case err != nil:
		return identified{}, err
	case provider != nil:
		return identified{verify: provider.Verify, run: provider.Run}, nil
	}
	key, err := auth.LoadOrCreateKey(c.Key)
	if err != nil {
		return identified{}, err
	}
	return identified{
		key: &key,
		verify: func(_ context.Context, token string) (incident.Viewer, error) {
			return key.Verify(token, time.Now())
		},
		run: func(context.Context) error { return nil },
	}, nil
}
