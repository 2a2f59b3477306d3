package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// snapshot begins a transaction that sees one moment of the database for as
// long as it takes: the time limits that protect a server's connections do not
// hold for it. end gives everything back.
func (s *Store) snapshot(ctx context.Context) (tx bun.Tx, end func(), err error) {
	from, closePool := s.read, func() {}
	if s.url.postgres() {
		from, err = readPostgres(s.url.pg, 1, map[string]any{"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}, nil)
		if err != nil {
			return tx, nil, err
		}
		closePool = func() { _ = from.Close() }
	}
	if tx, err = from.BeginTx(ctx, readSnapshot(s.url)); err != nil {
		closePool()
		return tx, nil, fmt.Errorf("db: begin: %w", err)
	}
	return tx, func() { _ = tx.Rollback(); closePool() }, nil
}
