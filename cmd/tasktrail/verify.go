package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"tasktrail/audit"
	"tasktrail/db"
)

type verifyCmd struct {
	database
	JSON       bool   `name:"json" help:"Print the result as one JSON object."`
	File       string `placeholder:"EXPORT" help:"Verify this export (JSON Lines) instead of a database."`
	Checkpoint string `placeholder:"FILE" help:"Checkpoints that were kept outside the database, one or more."`
	Key        string `env:"TASKTRAIL_CHECKPOINT_KEY" default:"tasktrail-checkpoint.key" placeholder:"FILE" help:"The keys that checkpoints are signed by, public ones suffice (${default})."`
}

// verdict is the result of a verification. It is printed as JSON with --json.
type verdict struct {
	OK          bool   `json:"ok"`
	Trail       string `json:"trail,omitempty"`
	Events      int64  `json:"events"`
	Head        string `json:"headHash,omitempty"`
	Incidents   int    `json:"incidents"`
	Tasks       int    `json:"tasks"`
	Definitions int    `json:"definitions"` // playbooks, rules and webhooks

	// What was found wrong first; only the last fields that apply are set.
	Position int64  `json:"position,omitempty"`
	Thing    string `json:"thing,omitempty"`
	Field    string `json:"field,omitempty"`
	Expected string `json:"expected,omitempty"`
	Found    string `json:"found,omitempty"`
}

// Run verifies and prints what was found. It changes nothing, and may run
// beside a server.
func (c *verifyCmd) Run(ctx context.Context, out output) error {
	if c.File != "" {
		return c.runFile(ctx, out)
	}
	store, err := db.Open(ctx, c.Database, db.Options{Log: newLogger(out.stderr, zerolog.InfoLevel)})
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()

	bar := newProgress(out.stderr, -1, "events")
	checked, err := store.Verify(ctx, func(position int64) { _ = bar.Set64(position) })
	_ = bar.Finish()
	v := verdict{OK: err == nil, Events: checked.Head.Position, Incidents: checked.Incidents, Tasks: checked.Tasks, Definitions: checked.Definitions}
	if v.Events > 0 {
		v.Trail, v.Head = checked.Head.Trail.String(), checked.Head.Hash.String()
	}
	var fault *audit.Fault
	var difference *db.Difference
	switch {
	case errors.As(err, &fault):
		v.Position, v.Field, v.Expected, v.Found = fault.Position, fault.Field, fault.Expected, fault.Found
	case errors.As(err, &difference):
		v.Thing, v.Field = difference.What, difference.Field
	case err != nil:
		return fmt.Errorf("could not verify to the end: %w", err)
	}
	if c.JSON {
		if err := json.NewEncoder(out.stdout).Encode(v); err != nil {
			return err
		}
	} else if v.OK {
		fmt.Fprintf(out.stdout, "ok: %d events, an unbroken chain; %d incidents, %d tasks and %d definitions are what the trail makes of them\nhead: %s\n",
			v.Events, v.Incidents, v.Tasks, v.Definitions, v.Head)
	}
	if !v.OK {
		return answerIsNo(fmt.Errorf("verification failed: %w", err))
	}
	return nil
}
