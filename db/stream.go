package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"tasktrail/audit"
	"tasktrail/incident"
)

// A stream reads this many events at a time, and looks through this many
// positions in a statement when few of them are chosen: so that no statement
// takes long, and none that was begun keeps a stream from being stopped.
const (
	streamPage   = 500
	streamWindow = 20_000
)

// Stream implements [incident.TrailReader], in one transaction on a connection
// of its own: whoever takes the events may be slower than others may wait.
func (s *Store) Stream(ctx context.Context, q incident.TrailQuery, page func([]*audit.Event, int64) error) error {
	return s.stream(ctx, q, streamPage, streamWindow, page)
}

func (s *Store) stream(ctx context.Context, q incident.TrailQuery, limit int, window int64, page func([]*audit.Event, int64) error) (err error) {
	pool, err := s.openStream()
	if err != nil {
		return fmt.Errorf("db: open a connection: %w", err)
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	tx, err := pool.BeginTx(ctx, readSnapshot(s.url))
	if err != nil {
		return fmt.Errorf("db: begin: %w", unreachable(err))
	}
	defer func() { _ = tx.Rollback() }()
	for after := q.After; after < q.UpTo; {
		upTo := min(after+window, q.UpTo)
		var rows []*eventRow
		err := filterEvents(tx.NewSelect().Model(&rows), q.Filter).
			Where("e.position > ? AND e.position <= ?", after, upTo).OrderExpr("e.position").Limit(int64(limit)).Scan(ctx)
		if err != nil {
			return fmt.Errorf("db: read events: %w", err)
		}
		if after = upTo; len(rows) == limit {
			after = rows[limit-1].Position
		}
		events := make([]*audit.Event, len(rows))
		for n, r := range rows {
			if q.Payloads {
				events[n], err = r.event(s.trail)
			} else {
				events[n], err = r.undecoded(s.trail)
			}
			if err != nil {
				return fmt.Errorf("db: read events: %w", err)
			}
		}
		if err := page(events, after); err != nil {
			return err
		}
	}
	return nil
}

// openStream opens a pool of one connection that waits for whoever reads.
func (s *Store) openStream() (*bun.DB, error) {
	if !s.url.postgres() {
		return openSQLite(s.url.file, true, nil)
	}
	return readPostgres(s.url.pg, 1, map[string]any{
		"statement_timeout": "60s", "idle_in_transaction_session_timeout": "120s",
	}, nil)
}

// CountRedactions implements [incident.TrailReader].
func (s *Store) CountRedactions(ctx context.Context, after int64) (int, error) {
	return count(ctx, s.read.NewSelect().Model((*eventRow)(nil)).
		Where("e.position > ? AND e.subject_kind = ?", after, audit.SubjectEvent), "redactions")
}
