package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// checkStorage makes sure that indexes say what their tables do. Whoever holds
// a SQLite file can change one and not the other; then what a reader sees
// depends on the way it takes, and the ways taken here may be the good ones. The
// trail itself and the checkpoints are read without an index. PostgreSQL has no
// such check in itself.
//
// It takes a connection of its own, and works beside the rest: whether they
// agree is not a matter of the moment. wait gives what it has found in the end.
func (s *Store) checkStorage(ctx context.Context) (wait func() error, err error) {
	if s.url.postgres() {
		return func() error { return nil }, nil
	}
	tx, end, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	var found error
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer end()
		found = checkIndexes(ctx, tx)
	}()
	return func() error {
		<-done
		return found
	}, nil
}

func checkIndexes(ctx context.Context, tx bun.Tx) error {
	if tx.Dialect().Name() != dialect.SQLite {
		return nil
	}
	for _, table := range []string{"incidents", "tasks", "definitions", "tree_tiles"} {
		var lines []string
		if err := tx.NewRaw("PRAGMA integrity_check("+table+")").Scan(ctx, &lines); err != nil {
			return fmt.Errorf("db: check the storage of %s: %w", table, err)
		}
		if len(lines) != 1 || lines[0] != "ok" {
			return &Difference{What: "table " + table, Field: "its storage", Expected: "rows and indexes that agree", Found: fmt.Sprintf("%.200q", lines)}
		}
	}
	return nil
}
