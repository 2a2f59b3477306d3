package db

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"tasktrail/audit"
)

// Advisory locks of PostgreSQL, in the order in which they are taken. Numbers
// are of our own choice; locks are per database.
const (
	lockMigrate = 7461_7301
	lockDefine  = 7461_7304
	lockNumber  = 7461_7302
	lockRedact  = 7461_7305
	lockAppend  = 7461_7303
	lockAccess  = 7461_7306 // alone, in transactions of its own
)

// lockDefinitions lets those who change definitions wait for each other, and
// those whose definitions have changed under their hands once keep them from
// changing again. All others take no lock, and look in the end.
func (s *Store) lockDefinitions(ctx context.Context, tx bun.Tx, requests []*request, again retry) error {
	defines := slices.ContainsFunc(requests, func(r *request) bool { return r.needs.Define })
	switch {
	case defines:
		if err := s.advisoryLock(ctx, tx, lockDefine); err != nil {
			return fmt.Errorf("lock the definitions: %w", err)
		}
	case again.redefined && s.url.postgres():
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock_shared(?)", lockDefine); err != nil {
			return fmt.Errorf("lock the definitions: %w", err)
		}
	}
	if again.redefined {
		s.defined = nil
	}
	return nil
}

func (s *Store) advisoryLock(ctx context.Context, tx bun.Tx, key int) error {
	if !s.url.postgres() {
		return nil // the transaction is the only writer
	}
	_, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(?)", key)
	return err
}

// lockTrail takes the append lock and then, in a statement of its own, reads
// the newest event: together they make the order of positions that of commits.
// It also returns the position of the newest event of a definition.
func (s *Store) lockTrail(ctx context.Context, tx bun.Tx) (audit.Head, int64, error) {
	if err := s.advisoryLock(ctx, tx, lockAppend); err != nil {
		return audit.Head{}, 0, fmt.Errorf("lock the trail: %w", err)
	}
	var rows []struct {
		Position   int64
		Hash       []byte
		RecordedAt int64
		Revision   int64
	}
	err := tx.NewSelect().TableExpr("audit_events AS e").Column("e.position", "e.hash", "e.recorded_at").
		ColumnExpr("(?) AS revision", revision(tx)).OrderExpr("e.position DESC").Limit(1).Scan(ctx, &rows)
	if err != nil {
		return audit.Head{}, 0, fmt.Errorf("read the newest event: %w", err)
	}
	if len(rows) == 0 {
		return audit.Head{Trail: s.trail}, 0, nil
	}
	r := rows[0]
	newest := eventRow{Position: r.Position, Hash: r.Hash, RecordedAt: r.RecordedAt}
	head, err := newest.head(s.trail)
	return head, r.Revision, err
}

// readHead reads the newest event in short.
func readHead(ctx context.Context, from bun.IDB, trail audit.TrailID) (audit.Head, error) {
	var rows []*eventRow
	err := from.NewSelect().Model(&rows).Column("position", "hash", "recorded_at").
		OrderExpr("e.position DESC").Limit(1).Scan(ctx)
	if err != nil || len(rows) == 0 {
		return audit.Head{Trail: trail}, err
	}
	return rows[0].head(trail)
}

func (r *eventRow) head(trail audit.TrailID) (audit.Head, error) {
	if len(r.Hash) != len(audit.Hash{}) { // a damaged file
		return audit.Head{}, fmt.Errorf("position %d: a hash has %d bytes", r.Position, len(r.Hash))
	}
	return audit.Head{Trail: trail, Position: r.Position, Hash: audit.Hash(r.Hash), RecordedAt: fromMicros(r.RecordedAt)}, nil
}
