package main

import (
	"context"
	"errors"
	"io"
	"io/fs"

	"github.com/rs/zerolog"

	"tasktrail/audit"
	"tasktrail/db"
)

// checkpoints is the checkpointer of a server and where it keeps them outside
// the database.
type checkpoints struct {
	*audit.Checkpointer
	log      *checkpointLog // nil when there is none
	verifier string         // checks them
}

// startCheckpoints compares the trail with its newest checkpoint in the
// database, and with the last one in the file at path where that is not empty.
// When one of them contradicts it, the error says so, and nothing may be written.
func startCheckpoints(
	ctx context.Context, store *db.Store, keys audit.Keys, path string, stdout io.Writer, log zerolog.Logger,
) (*checkpoints, error) {
	tree := store.Tree()
	head, err := tree.Head(ctx)
	if err != nil {
		return nil, err
	}
	signing, err := keys.SigningKeys(head.Trail)
	if err != nil {
		return nil, err
	}
	c := &checkpoints{verifier: signing[len(signing)-1]}
	o := audit.CheckpointerOptions{Report: reportCheckpoints(log)}
	if path != "" {
		if c.log, err = openCheckpointLog(path, stdout, head.Trail); err != nil {
			return nil, err
		}
		if err := c.log.check(ctx, tree, keys); err != nil {
			c.close()
			return nil, err
		}
		o.Sink = c.log.append
	}
	c.Checkpointer = audit.NewCheckpointer(tree, keys, o)
	if err := c.begin(ctx, keys, log); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// begin starts the checkpointer and brings the log up to the newest checkpoint.
func (c *checkpoints) begin(ctx context.Context, keys audit.Keys, log zerolog.Logger) error {
	if err := c.Start(ctx); err != nil {
		return err
	}
	newest := c.Newest()
	if newest.Size == 0 {
		return nil
	}
	if _, err := keys.Open(newest.Note); errors.Is(err, audit.ErrCheckpointUnsigned) {
		log.Warn().Int64("size", newest.Size).
			Msg("the newest checkpoint was signed with a key that is not in the file of --checkpoint-key: was the file lost, or does this server have another one?")
	}
	if c.log != nil && newest.Size > c.log.size() {
		return c.log.append(newest.Note)
	}
	return nil
}

func (c *checkpoints) close() {
	if c.log != nil {
		_ = c.log.close() // every entry was synced
	}
}

func reportCheckpoints(log zerolog.Logger) func(error) {
	return func(err error) {
		switch {
		case err == nil:
			log.Info().Msg("signing checkpoints again")
		case audit.IsContradiction(err):
			log.Error().Err(err).Msg("the trail contradicts its checkpoints: nothing is signed any more; keep database and checkpoints, and find out what happened, see docs/checkpoints.md")
		default:
			log.Warn().Err(err).Msg("cannot make a checkpoint, trying again until it works")
		}
	}
}

// ifThere compares the trail with its newest checkpoint when there is a key
// file, and returns what makes a last one; without a file, what does nothing.
func (k *checkpointKey) ifThere(ctx context.Context, store *db.Store, log zerolog.Logger) (finish func() error, err error) {
	nothing := func() error { return nil }
	if k == nil {
		return nothing, nil
	}
	keys, err := readKeys(k.CheckpointKey)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && !keys.CanSign()) {
		return nothing, nil
	}
	if err != nil {
		return nil, err
	}
	c := audit.NewCheckpointer(store.Tree(), keys, audit.CheckpointerOptions{Report: reportCheckpoints(log)})
	if err := c.Start(ctx); err != nil {
		return nil, err
	}
	// Also of what was written before an interruption.
	return func() error { return c.Finish(context.WithoutCancel(ctx)) }, nil
}
