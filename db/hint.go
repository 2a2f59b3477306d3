package db

import (
	"context"
	"time"

	"github.com/uptrace/bun/driver/pgdriver"
)

// Hints tell other servers that the trail has grown. They travel outside the
// transactions (NOTIFY inside one holds a lock of the whole cluster until it is
// on disk) and at most this often. Nothing relies on them.
const (
	hintChannel  = "tasktrail_events"
	hintInterval = 20 * time.Millisecond
)

// hint asks for a hint to be sent soon.
func (s *Store) hint() { poke(s.hints) }

// poke wakes who waits on c, which holds one, now or when it next waits.
func poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (s *Store) runHints(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.hints:
		}
		if _, err := s.read.ExecContext(ctx, "SELECT pg_notify(?, '')", hintChannel); err != nil && ctx.Err() == nil {
			s.log.Debug().Err(err).Msg("no hint sent; other servers look for themselves")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(hintInterval):
		}
	}
}

// listen looks at the table whenever a hint comes. The listener reconnects by
// itself; what it misses meanwhile the poll finds.
func (s *Store) listen(ctx context.Context) error {
	l := pgdriver.NewListener(s.read)
	if err := l.Listen(ctx, hintChannel); err != nil {
		s.log.Warn().Err(err).Msg("hints of other servers are not heard; looking every 250 ms instead")
		<-ctx.Done()
		return nil
	}
	hints := l.Channel()
	for {
		select {
		case <-ctx.Done():
			_ = l.Close()
			return nil
		case _, ok := <-hints:
			if !ok {
				<-ctx.Done()
				return nil
			}
			s.tail.look()
		}
	}
}
