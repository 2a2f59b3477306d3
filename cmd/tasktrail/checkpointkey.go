package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/rs/zerolog"

	"tasktrail/audit"
	"tasktrail/db"
)

type checkpointKeyCmd struct {
	database
	checkpointKey
	Add    bool `xor:"change" help:"Put a new key beside the old one; checkpoints then carry signatures by both."`
	Retire bool `xor:"change" help:"Let the oldest key sign no more. Its public key stays in the file."`
}

// Run prints the verifier keys for auditors, one a line, after the change that
// was asked for. What to do next is said on standard error.
func (c *checkpointKeyCmd) Run(ctx context.Context, out output) error {
	keys, err := readKeys(c.CheckpointKey)
	if err != nil {
		return fmt.Errorf("%w; serve makes the first one", err)
	}
	trail, err := c.trailID(ctx, out)
	if err != nil {
		return err
	}
	next := ""
	switch {
	case c.Add:
		next = "Now restart each server that uses the file (copy it to those on other machines): they then sign with all keys in it.\n" +
			"Give the auditors the keys above. When they have them: tasktrail checkpoint-key --retire"
		err = c.rewrite(audit.AddKey)
	case c.Retire:
		next = "Now restart each server that uses the file (copy it to those on other machines): the oldest key then signs no more.\n" +
			"Auditors keep its verifier key for older checkpoints."
		err = c.rewrite(audit.RetireKey)
	}
	if err != nil {
		return err
	}
	if next != "" {
		if keys, err = readKeys(c.CheckpointKey); err != nil {
			return err
		}
	}
	lines, err := keys.VerifierKeys(trail)
	if err != nil {
		return err
	}
	for _, line := range lines {
		fmt.Fprintln(out.stdout, line)
	}
	if next != "" {
		fmt.Fprintln(out.stderr, next)
	}
	return nil
}

func (c *checkpointKeyCmd) trailID(ctx context.Context, out output) (audit.TrailID, error) {
	store, err := db.Open(ctx, c.Database, db.Options{Log: newLogger(out.stderr, zerolog.InfoLevel)})
	if err != nil {
		return audit.TrailID{}, err
	}
	defer func() { _ = store.Close() }()
	head, err := store.Log().Head(ctx)
	return head.Trail, err
}

// rewrite changes the key file in one step, keeping its owner and mode.
func (c *checkpointKeyCmd) rewrite(change func([]byte) ([]byte, error)) error {
	path, err := filepath.EvalSymlinks(c.CheckpointKey)
	if err != nil {
		return err
	}
	text, err := readKeyFile(path)
	if err != nil {
		return err
	}
	if text, err = change(text); err != nil {
		return answerIsNo(fmt.Errorf("the key file %s was not changed: %w", path, err))
	}
	cannot := fmt.Errorf("the key file %s cannot be replaced: check its owner and the directory's rights", path)
	info, err := os.Stat(path)
	if err != nil {
		return cannot
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".tasktrail-key-") // mode 0600
	if err != nil {
		return cannot
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(info.Mode().Perm()))
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		err = errors.Join(err, f.Chown(int(owner.Uid), int(owner.Gid)))
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return cannot
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return cannot
	}
	return syncDirectory(path)
}

// syncDirectory makes it durable that a file was made or replaced.
func syncDirectory(file string) error {
	d, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
