package db

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"tasktrail/incident"
)

// accessTimeout bounds one transaction of the access log.
const accessTimeout = 10 * time.Second

// accessWriter lets those who wait for the access log at the same time share a
// transaction: whoever has the turn writes what all have brought.
type accessWriter struct {
	turn chan struct{} // holds one while somebody writes

	mu      sync.Mutex
	waiting []*accessRequest
}

type accessRequest struct {
	rows []*accessRow
	done chan error // buffered: the writer never waits
}

func newAccessWriter() *accessWriter { return &accessWriter{turn: make(chan struct{}, 1)} }

// RecordAccess implements [incident.Store].
func (s *Store) RecordAccess(ctx context.Context, entries []incident.AccessEntry) error {
	if len(entries) == 0 {
		return nil
	}
	r := &accessRequest{done: make(chan error, 1)}
	for _, e := range entries {
		r.rows = append(r.rows, accessRowOf(e))
	}
	w := s.accesses
	w.mu.Lock()
	w.waiting = append(w.waiting, r)
	w.mu.Unlock()
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		return ctx.Err() // it may still be written
	case w.turn <- struct{}{}:
	}
	s.recordWaiting(ctx)
	<-w.turn
	return <-r.done
}

// recordWaiting writes what waits in one transaction, and when that fails each
// request in one of its own.
func (s *Store) recordWaiting(ctx context.Context) {
	w := s.accesses
	w.mu.Lock()
	requests := w.waiting
	w.waiting = nil
	w.mu.Unlock()
	if len(requests) == 0 {
		return
	}
	ctx = context.WithoutCancel(ctx) // the others wait too
	var all []*accessRow
	for _, r := range requests {
		all = append(all, r.rows...)
	}
	err := s.recordRows(ctx, all)
	for _, r := range requests {
		if err != nil && len(requests) > 1 {
			r.done <- s.recordRows(ctx, r.rows)
		} else {
			r.done <- err
		}
	}
}

// recordRows writes rows behind the last one. After an error of the COMMIT it
// does not try again: the caller finds an entry too many or is refused, never an
// answer without its entry.
func (s *Store) recordRows(ctx context.Context, rows []*accessRow) error {
	ctx, cancel := context.WithTimeout(ctx, accessTimeout)
	defer cancel()
	for n := 1; ; n++ {
		err := s.inTx(ctx, func(tx bun.Tx) error {
			if err := s.advisoryLock(ctx, tx, lockAccess); err != nil {
				return fmt.Errorf("lock the access log: %w", err)
			}
			var last int64
			if err := tx.NewSelect().Table("access_log").ColumnExpr("COALESCE(MAX(number), 0)").Scan(ctx, &last); err != nil {
				return fmt.Errorf("read its last number: %w", err)
			}
			for i, r := range rows {
				r.Number = last + 1 + int64(i)
			}
			_, err := tx.NewInsert().Model(&rows).Exec(ctx)
			return err
		})
		if err == nil {
			return nil
		}
		if _, unknown := err.(unknownOutcome); unknown || n == attempts || !retryable(err) || ctx.Err() != nil { //nolint:errorlint // only that of the COMMIT itself
			return fmt.Errorf("db: write the access log: %w", err)
		}
		pause(ctx, n)
	}
}
