package audit

import (
	"context"
	"iter"
	"time"
)

// Log is a trail that can be read and waited for. It promises a gapless
// prefix: an event is seen only with all events before it.
type Log interface {
	// Head returns the newest event in short.
	Head(ctx context.Context) (Head, error)
	// Read returns up to limit events behind a position, oldest first. Fewer
	// than limit means that there were no more. The events are shared: they
	// must not be changed.
	Read(ctx context.Context, after int64, limit int) ([]*Event, error)
	// Changed returns a channel that is closed when the trail may have grown
	// since the call.
	Changed() <-chan struct{}
	// Redacted reports whether an event that Read has returned with its payload
	// has lost it since. It answers at once.
	Redacted(position int64) bool
}

// Followers read this many events at a time, and look for themselves this
// often even when no wake-up came.
const (
	followPage = 256
	followPoll = time.Second
)

// CheckCursor returns nil when log still holds the place that c names, else
// [ErrCursorAhead] or [ErrTrailForked].
func CheckCursor(ctx context.Context, log Log, c Cursor) error {
	head, err := log.Head(ctx)
	if err != nil {
		return err
	}
	switch {
	case c.Trail != head.Trail:
		return ErrTrailForked
	case c.Position > head.Position:
		return ErrCursorAhead
	case c.Position == 0:
		return nil
	}
	events, err := log.Read(ctx, c.Position-1, 1)
	if err != nil {
		return err
	}
	if len(events) == 0 || events[0].Cursor() != c {
		return ErrTrailForked
	}
	return nil
}

// Follow yields every event behind a position, in order, none missing and none
// twice, and waits for more until ctx ends, which is not an error. It stops
// after the first error. The caller has checked the position with
// [CheckCursor]. A slow caller delays itself alone.
func Follow(ctx context.Context, log Log, after int64) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		poll := time.NewTicker(followPoll)
		defer poll.Stop()
		for {
			// Asked for before reading: what is appended between the two wakes us.
			changed := log.Changed()
			for {
				events, err := log.Read(ctx, after, followPage)
				if err != nil {
					if ctx.Err() == nil { // else the end of ctx is all that it says
						yield(nil, err)
					}
					return
				}
				for _, e := range events {
					if !e.Redacted && log.Redacted(e.Position) { // while the caller was busy with those before it
						e = e.WithoutPayload()
					}
					if ctx.Err() != nil || !yield(e, nil) {
						return
					}
					after = e.Position
				}
				if len(events) < followPage {
					break
				}
			}
			select {
			case <-ctx.Done():
				return
			case <-changed:
			case <-poll.C:
			}
		}
	}
}
