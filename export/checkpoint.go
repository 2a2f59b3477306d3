package export

import (
	"context"
	"errors"
	"time"

	"tasktrail/audit"
)

// Why there is no checkpoint to export under. The texts are fit for clients.
var (
	ErrNoEvents     = errors.New("the trail has no events yet, so there is nothing to export")
	ErrNoCheckpoint = errors.New("the trail has no checkpoint yet")

	// ErrNotTheTrail means that the newest checkpoint is of a trail that the
	// events are not.
	ErrNotTheTrail = errors.New("the trail is not the one that its newest checkpoint states, run tasktrail verify")
)

// Newest returns the newest stored checkpoint and how many newer events there
// are, or [ErrNoEvents] or [ErrNoCheckpoint].
func Newest(ctx context.Context, tree audit.TreeStore) (c audit.StoredCheckpoint, behind int64, err error) {
	head, err := tree.Head(ctx)
	if err != nil {
		return c, 0, err
	}
	if head.Position == 0 {
		return c, 0, ErrNoEvents
	}
	c, ok, err := tree.Checkpoint(ctx, 0)
	if err == nil && !ok {
		err = ErrNoCheckpoint
	}
	return c, head.Position - c.Size, err
}

// Fresh returns a checkpoint of the whole trail: the newest one, or when there
// are newer events one that it signs and stores. Nothing is signed that does not
// begin with what was signed before: the error is then [ErrNotTheTrail].
func Fresh(ctx context.Context, tree audit.TreeStore, keys audit.Keys) (audit.StoredCheckpoint, error) {
	newest, behind, err := Newest(ctx, tree)
	if err != nil && !errors.Is(err, ErrNoCheckpoint) {
		return newest, err
	}
	if err == nil && behind == 0 {
		return newest, nil
	}
	head, err := tree.Head(ctx)
	if err != nil {
		return newest, err
	}
	built, err := audit.LoadTree(ctx, tree, head.Position)
	if err != nil {
		return newest, err
	}
	fresh := audit.StoredCheckpoint{
		Checkpoint: audit.Checkpoint{Trail: head.Trail, Size: head.Position, Root: built.Root()},
		SignedAt:   time.Now().UTC().Truncate(time.Microsecond),
	}
	if newest.Size > 0 {
		proof, err := audit.ProveConsistency(ctx, tree, newest.Size, fresh.Checkpoint)
		if err != nil {
			return newest, err
		}
		if audit.CheckConsistency(newest.Checkpoint, fresh.Checkpoint, proof) != nil {
			return newest, ErrNotTheTrail
		}
	}
	if fresh.Note, err = keys.Sign(fresh.Checkpoint); err != nil {
		return newest, err
	}
	if err := tree.SaveCheckpoint(ctx, fresh); err != nil {
		return newest, err
	}
	// A server may have stored one of this size, signed by other keys.
	stored, _, err := tree.Checkpoint(ctx, fresh.Size)
	return stored, err
}
