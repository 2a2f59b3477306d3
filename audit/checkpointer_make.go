package audit

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// make signs and stores a checkpoint, unless another process has made one after
// which none is needed.
func (c *Checkpointer) make(ctx context.Context, needed func() bool) error {
	stored, ok, err := c.store.Checkpoint(ctx, 0)
	if err != nil {
		return err
	}
	if ok && stored.Size > c.newest.Size {
		if _, err := c.check(ctx, stored); err != nil {
			return err
		}
		c.learn(stored)
		if !needed() {
			return nil
		}
	}
	head, err := c.store.Head(ctx)
	switch {
	case err != nil:
		return err
	case head.Position < c.tree.Size():
		return fmt.Errorf("%w (it had %d events, and has %d)", ErrTrailCut, c.tree.Size(), head.Position)
	case head.Position == c.tree.Size() && head.Hash != c.last:
		return fmt.Errorf("%w (the event at position %d was another one)", ErrTrailRewritten, head.Position)
	}
	made := StoredCheckpoint{
		Checkpoint: Checkpoint{Trail: c.newest.Trail, Size: c.tree.Size(), Root: c.tree.Root()},
		SignedAt:   c.o.Now().UTC().Truncate(time.Microsecond),
	}
	if made.Note, err = c.keys.Sign(made.Checkpoint); err != nil {
		return err
	}
	c.unsunk = made.Note
	sinkErr := c.sink() // first, so that what the store has is outside it too
	if err := c.store.SaveCheckpoint(ctx, made); err != nil {
		return errors.Join(err, sinkErr)
	}
	c.learn(made)
	return sinkErr
}

// sink hands the newest note over if it has not been taken yet.
func (c *Checkpointer) sink() error {
	if c.unsunk != "" && c.unsunk != c.sunk && c.o.Sink != nil {
		if err := c.o.Sink(c.unsunk); err != nil {
			return err
		}
		c.sunk = c.unsunk
	}
	c.unsunk = ""
	return nil
}
