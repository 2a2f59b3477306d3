package main

import (
	"context"
	"fmt"

	"tasktrail/db"
)

type migrateCmd struct {
	database
	AppRole string `placeholder:"NAME" help:"Afterwards give this role of PostgreSQL the rights that a server needs, and no others on these tables."`
}

// Run prints each migration that was applied, and that the role has its rights.
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
	if c.AppRole == "" {
		return nil
	}
	if err := db.Grant(ctx, c.Database, c.AppRole); err != nil {
		return err
	}
	fmt.Fprintf(out.stdout, "role %s may serve\n", c.AppRole)
	return nil
}
