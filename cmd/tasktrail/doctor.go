package main

import (
	"context"
	"encoding/json"
	"fmt"

	"tasktrail/db"
)

type doctorCmd struct {
	database
	strict
	JSON bool `name:"json" help:"Print the result as one JSON object."`
}

// strict is the flag of the commands that examine the installation.
type strict struct {
	Strict bool `help:"Count warnings as failures, such as serving as a role that owns the tables."`
}

// diagnosis is what doctor prints with --json. Findings is never null.
type diagnosis struct {
	OK       bool         `json:"ok"`
	Checks   int          `json:"checks"`
	Findings []db.Finding `json:"findings"`
}

// Run prints a line for each finding. It changes nothing, and may run beside a
// server. Who it connects as is who it takes for the server's role.
func (c *doctorCmd) Run(ctx context.Context, out output) error {
	d, err := db.Diagnose(ctx, c.Database)
	if err != nil {
		return err
	}
	sound := d.Sound(c.Strict)
	if c.JSON {
		if err := json.NewEncoder(out.stdout).Encode(diagnosis{sound, d.Checks, append([]db.Finding{}, d.Findings...)}); err != nil {
			return err
		}
	} else {
		for _, f := range d.Findings {
			fmt.Fprintln(out.stdout, onOneLine(f.String()))
		}
		if len(d.Findings) == 0 {
			fmt.Fprintf(out.stdout, "ok: %d checks\n", d.Checks)
		}
	}
	if !sound {
		return answerIsNo(fmt.Errorf("%d of %d checks found something, and a server refuses changes until that is repaired", len(d.Findings), d.Checks))
	}
	return nil
}
