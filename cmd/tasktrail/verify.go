package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/rs/zerolog"
	"github.com/schollz/progressbar/v3"

	"tasktrail/audit"
	"tasktrail/db"
)

type verifyCmd struct {
	database
	File       string `placeholder:"EXPORT" help:"Verify this export instead of a database."`
	Checkpoint string `placeholder:"FILE" help:"Checkpoints that were kept outside the database, one or several; the trail must contain what each states."`
	Key        string `env:"TASKTRAIL_CHECKPOINT_KEY" default:"tasktrail-checkpoint.key" placeholder:"FILE" help:"The keys that checkpoints are signed with, private or public: PEM or verifier keys (${default})."`
	JSON       bool   `name:"json" help:"Print the result as one JSON object."`
}

// Run verifies and prints what was found. It changes nothing, and may run
// beside a server.
func (c *verifyCmd) Run(ctx context.Context, out output) error {
	if c.File != "" {
		return c.runFile(ctx, out)
	}
	keys, noKeys := c.keys()
	if noKeys != nil && !errors.Is(noKeys, fs.ErrNotExist) {
		return noKeys
	}
	outside, err := c.outside(keys)
	if err != nil {
		return err
	}
	store, err := db.Open(ctx, c.Database, db.Options{Log: newLogger(out.stderr, zerolog.InfoLevel)})
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()

	var bar *progressbar.ProgressBar
	checked, err := store.Verify(ctx, db.VerifyOptions{Keys: keys, Outside: outside, Progress: func(position, head int64) {
		if bar == nil {
			bar = newProgress(out.stderr, int(head), "events")
		}
		_ = bar.Set64(position)
	}})
	if bar != nil {
		_ = bar.Finish()
	}
	v := newVerdict(checked, err)
	if noKeys != nil && v.OutsideCheckpoints+v.Checkpoints > 0 {
		v.unchecked(fmt.Sprintf("the signatures of %d stored checkpoints and %d kept outside: %v; name one with --key", v.Checkpoints, v.OutsideCheckpoints, noKeys))
	}
	if c.JSON {
		if err := json.NewEncoder(out.stdout).Encode(v); err != nil {
			return err
		}
	} else if v.Error == "" {
		v.print(out.stdout)
	}
	return v.err(err)
}

// keys returns nil when there is no key file, and an error that says so.
func (c *verifyCmd) keys() (*audit.Keys, error) {
	keys, err := readKeys(c.Key)
	if err != nil {
		return nil, err
	}
	return &keys, nil
}

// outside reads the checkpoints that were kept outside the database. Their
// signatures are looked at when there are keys.
func (c *verifyCmd) outside(keys *audit.Keys) ([]audit.Checkpoint, error) {
	if c.Checkpoint == "" {
		return nil, nil
	}
	notes, err := readNotes(c.Checkpoint)
	if err != nil {
		return nil, err
	}
	open := audit.ReadCheckpoint
	if keys != nil {
		open = keys.Open
	}
	out := make([]audit.Checkpoint, len(notes))
	for n, signed := range notes {
		if out[n], err = open(signed); err != nil {
			return nil, answerIsNo(fmt.Errorf("%s, checkpoint %d: %w", c.Checkpoint, n+1, err))
		}
	}
	return out, nil
}
