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
// [CheckCursor]; when the trail no longer goes on from there, after a failover
// say, that is [ErrCursorAhead] or [ErrTrailForked]. A slow caller delays itself
// alone.
func Follow(ctx context.Context, log Log, after int64) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		poll := time.NewTicker(followPoll)
		defer poll.Stop()
		place := &place{position: after}
		for {
			// Asked for before reading: what is appended between the two wakes us.
			changed := log.Changed()
			for {
				events, err := place.read(ctx, log)
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
					place.position, place.hash = e.Position, e.Hash
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

// place is where a follower is: behind an event. Its hash is zero as long as
// nothing was read.
type place struct {
	position int64
	hash     Hash
}

// read returns the next events. They are read together with the one that the
// follower is behind: it must still be what it was.
func (p *place) read(ctx context.Context, log Log) ([]*Event, error) {
	if p.position == 0 {
		return log.Read(ctx, 0, followPage)
	}
	events, err := log.Read(ctx, p.position-1, followPage+1)
	if err != nil {
		return nil, err
	}
	if len(events) == 0 {
		head, err := log.Head(ctx)
		if err == nil && head.Position < p.position {
			err = ErrCursorAhead
		}
		return nil, err
	}
	if p.hash == (Hash{}) {
		p.hash = events[0].Hash
	}
	if events[0].Hash != p.hash {
		return nil, ErrTrailForked
	}
	return events[1:], nil
}
