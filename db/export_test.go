package db

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"tasktrail/audit"
	"tasktrail/incident"
)

// Attempt runs f in a transaction that is rolled back: exec changes the
// database, and verify looks at it as it is by then.
func (s *Store) Attempt(ctx context.Context, f func(exec func(query string, args ...any) error, verify func(VerifyOptions) (Verified, error)) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	return errors.Join(f(
		func(query string, args ...any) error { _, err := tx.Tx.ExecContext(ctx, query, args...); return err },
		func(o VerifyOptions) (Verified, error) { return verifyIn(ctx, bun.Tx(tx), o) },
	), tx.Rollback())
}

// StreamBy is [Store.Stream] with other limits.
func (s *Store) StreamBy(
	ctx context.Context, q incident.TrailQuery, limit int, window int64, page func([]*audit.Event, int64) error,
) error {
	return s.stream(ctx, q, limit, window, page)
}
