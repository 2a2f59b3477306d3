package incident

import (
	"context"
	"fmt"

	"tasktrail/audit"
)

// TreeRead is what of the tree is read. The positions are 0 where they do not
// apply.
type TreeRead struct {
	Subject     string // checkpoint, proof, consistency, tile or entries
	First, Last int64
}

// Tree gives v the tree over the trail and its checkpoints, once that is
// recorded.
func (s *Service) Tree(ctx context.Context, v Viewer, r TreeRead) (audit.TreeStore, error) {
	action := AccessProof
	if r.Subject == "checkpoint" {
		action = AccessCheckpoint
	}
	if err := s.record(ctx, v, v.CheckAudit(), v.access(action, []string{r.Subject}).at(r.First, r.Last)); err != nil {
		return nil, err
	}
	return s.store.Tree(), nil
}

// AuditCheckpoint returns the smallest checkpoint that covers a position of the
// trail, the newest one when that is nil, and nil when there is none.
func (s *Service) AuditCheckpoint(ctx context.Context, v Viewer, at *int64) (*audit.StoredCheckpoint, error) {
	read := TreeRead{Subject: "checkpoint"}
	if at != nil {
		read.First, read.Last = *at, *at
	}
	tree, err := s.Tree(ctx, v, read)
	if err != nil {
		return nil, err
	}
	if at == nil {
		return covering(ctx, tree, 0)
	}
	if err := inTrail(ctx, tree, "atPosition", *at); err != nil {
		return nil, err
	}
	return covering(ctx, tree, *at)
}

// AuditProof shows that the event at a position is in the trail, by the
// checkpoint of a size or, when that is nil, by the smallest that covers it;
// nil when none does yet. A trail that its checkpoints contradict is answered
// with an [*audit.Fault].
func (s *Service) AuditProof(ctx context.Context, v Viewer, position int64, checkpointSize *int64) (*audit.Inclusion, error) {
	tree, err := s.Tree(ctx, v, TreeRead{"proof", position, position})
	if err != nil {
		return nil, err
	}
	if err := inTrail(ctx, tree, "position", position); err != nil {
		return nil, err
	}
	var c *audit.StoredCheckpoint
	switch {
	case checkpointSize == nil:
		c, err = covering(ctx, tree, position)
	case *checkpointSize < position:
		return nil, &InputError{
			Path: []string{"checkpointSize"}, Message: fmt.Sprintf("at least the position, which is %d; this is %d", position, *checkpointSize),
		}
	default:
		c, err = sized(ctx, tree, "checkpointSize", *checkpointSize)
	}
	if err != nil || c == nil {
		return nil, err
	}
	return audit.Include(ctx, tree, *c, position)
}

// AuditConsistency shows that the trail of the checkpoint of size to begins with
// that of the one of size from. A trail that its checkpoints contradict is
// answered with an [*audit.Fault].
func (s *Service) AuditConsistency(ctx context.Context, v Viewer, from, to int64) (*audit.Consistency, error) {
	tree, err := s.Tree(ctx, v, TreeRead{"consistency", from, to})
	if err != nil {
		return nil, err
	}
	if from > to {
		return nil, &InputError{Path: []string{"from"}, Message: fmt.Sprintf("at most to, which is %d; this is %d", to, from)}
	}
	older, err := sized(ctx, tree, "from", from)
	if err != nil {
		return nil, err
	}
	newer, err := sized(ctx, tree, "to", to)
	if err != nil {
		return nil, err
	}
	return audit.Connect(ctx, tree, *older, *newer)
}

// inTrail refuses an argument that is no position of the trail.
func inTrail(ctx context.Context, tree audit.TreeStore, argument string, position int64) error {
	head, err := tree.Head(ctx)
	if err != nil {
		return err
	}
	if position < 1 || position > head.Position {
		limit := fmt.Sprintf("from 1 to %d, the newest position", head.Position)
		if head.Position == 0 {
			limit = "the trail is empty"
		}
		return &InputError{Path: []string{argument}, Message: fmt.Sprintf("%s; this is %d", limit, position)}
	}
	return nil
}

// covering returns the smallest checkpoint that covers a position, the newest
// for position 0, nil when there is none.
func covering(ctx context.Context, tree audit.TreeStore, position int64) (*audit.StoredCheckpoint, error) {
	c, ok, err := tree.Checkpoint(ctx, position)
	if err != nil || !ok {
		return nil, err
	}
	return &c, c.Check()
}

// sized returns the checkpoint of exactly a size, or refuses the argument and
// names the next one there is.
func sized(ctx context.Context, tree audit.TreeStore, argument string, size int64) (*audit.StoredCheckpoint, error) {
	refused := func(format string, args ...any) error {
		return &InputError{Path: []string{argument}, Message: fmt.Sprintf(format, args...)}
	}
	if size < 1 {
		return nil, refused("the size of a checkpoint, at least 1; this is %d", size)
	}
	c, err := covering(ctx, tree, size)
	switch {
	case err != nil:
		return nil, err
	case c != nil && c.Size == size:
		return c, nil
	case c != nil:
		return nil, refused("there is no checkpoint of size %d; the next larger one has %d", size, c.Size)
	}
	newest, err := covering(ctx, tree, 0)
	switch {
	case err != nil:
		return nil, err
	case newest == nil:
		return nil, refused("there is no checkpoint yet")
	}
	return nil, refused("there is no checkpoint of size %d; the newest has %d", size, newest.Size)
}
