package transport

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// By default a minute passes between two checks, and the first that refuses ends
// it.
func TestRecheckInterval(t *testing.T) {
	refused := errors.New("withdrawn")
	for name, c := range map[string]struct {
		check func(n int) error // what the n-th check answers
		want  error
		after time.Duration
	}{
		"the first": {func(int) error { return refused }, refused, time.Minute},
		"never":     {func(int) error { return nil }, nil, time.Hour},
		"the fifth": {func(n int) error {
			if n < 5 {
				return nil
			}
			return refused
		}, refused, 5 * time.Minute},
		"a panic is no refusal": {func(n int) error {
			if n == 1 {
				panic("x")
			}
			return refused
		}, refused, 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				began, n := time.Now(), 0
				err := recheck(ctx, 0, func(context.Context) error {
					n++
					return c.check(n)
				})
				if took := time.Since(began); !errors.Is(err, c.want) || took != c.after {
					t.Errorf("ended with %v after %s, want %v after %s", err, took, c.want, c.after)
				}
			})
		})
	}
}

// A check has 10 s, and what it says when the connection has ended is not heard.
func TestRecheckIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		began := time.Now()
		err := recheck(ctx, 0, func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took != defaultRecheck+maxRecheck {
			t.Errorf("got %v after %s", err, took)
		}
		if err := recheck(ctx, 0, func(ctx context.Context) error {
			cancel()
			return ctx.Err()
		}); err != nil {
			t.Errorf("got %v, though the connection had ended", err)
		}
		if err := recheck(t.Context(), 0, nil); err != nil {
			t.Errorf("got %v of no check", err)
		}
	})
}
