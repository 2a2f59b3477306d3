package main

import (
	"context"
	"fmt"

	"tasktrail/db"
)

type migrateCmd struct{ database }

// Run prints each migration that was applied.
func (c *migrateCmd) Run(ctx context.Context, out output) error {
	names, err := db.Migrate(ctx, c.Database)
	if err != nil {
		return err
	}
	for _, name := range names {
		fmt.Fprintln(out.stdout, "applied", name)
	}
	if len(names) == 0 {
		fmt.Fprintln(out.stdout, "up to date")
	}
	return nil
}
