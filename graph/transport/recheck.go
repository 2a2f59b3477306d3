package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// ErrTryAgain is wrapped by errors of [WebSocket.Init] that are not the
// client's fault.
var ErrTryAgain = errors.New("try again later")

const (
	defaultRecheck = time.Minute
	maxRecheck     = 10 * time.Second // for one check
)

// recheck calls check at intervals until it refuses, and returns its error, or
// until ctx ends, and returns nil. At an interval in which the one before
// still runs, none begins.
func recheck(ctx context.Context, interval time.Duration, check func(context.Context) error) error {
	if check == nil {
		return nil
	}
	ticker := time.NewTicker(orDefault(interval, defaultRecheck))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		err := checkOnce(ctx, check)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
	}
}

// checkOnce calls check. One that panics does not refuse.
func checkOnce(ctx context.Context, check func(context.Context) error) (err error) {
	ctx, cancel := context.WithTimeout(ctx, maxRecheck)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			slog.ErrorContext(ctx, "panic while a token was checked again",
				"type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			err = nil
		}
	}()
	return check(ctx)
}
