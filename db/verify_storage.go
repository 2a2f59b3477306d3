package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun/dialect"
)

// checkStorage makes sure that indexes say what their tables do. Whoever holds
// a SQLite file can change one and not the other; then what a reader sees
// depends on the way it takes, and the ways taken here may be the good ones. The
// trail itself and the checkpoints are read without an index. PostgreSQL has no
// such check in itself.
func (v *verification) checkStorage(ctx context.Context) error {
	if v.tx.Dialect().Name() != dialect.SQLite {
		return nil
	}
	for _, table := range []string{"incidents", "tasks", "definitions", "tree_tiles"} {
		var lines []string
		if err := v.tx.NewRaw("PRAGMA integrity_check("+table+")").Scan(ctx, &lines); err != nil {
			return fmt.Errorf("db: check the storage of %s: %w", table, err)
		}
		if len(lines) != 1 || lines[0] != "ok" {
			return &Difference{What: "table " + table, Field: "its storage", Expected: "rows and indexes that agree", Found: fmt.Sprintf("%.200q", lines)}
		}
	}
	return nil
}
