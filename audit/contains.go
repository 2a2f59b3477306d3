package audit

import (
	"context"
	"errors"
	"fmt"
)

// Why a trail is not the one that a checkpoint of it states.
var (
	ErrTrailForeign   = errors.New("the checkpoint is of another trail")
	ErrTrailCut       = errors.New("the trail is shorter than its checkpoint: it was cut or restored from an older backup")
	ErrTrailRewritten = errors.New("the trail is not the one that was signed: it was rewritten, or goes on from an older backup")
	// ErrTiles says that the events are right, and only what was derived from
	// them is not.
	ErrTiles = errors.New("the stored tiles of the tree do not belong to the events: as the owner of the database, DELETE FROM tree_tiles; they are made again at the next start")
)

// IsContradiction reports whether err says that a trail and a checkpoint of it
// contradict each other, or that the checkpoint is a forged one, so that nothing
// may be signed.
func IsContradiction(err error) bool {
	for _, e := range []error{ErrTrailForeign, ErrTrailCut, ErrTrailRewritten, ErrTiles, ErrCheckpointForged, ErrCheckpointMalformed} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// LoadCheckedTree returns the tree over the events that c states; with one of
// the errors above when the trail in s does not begin with these. It trusts
// stored tiles as long as they give the root of c, and reads all events again,
// a page at a time, when they do not.
func LoadCheckedTree(ctx context.Context, s TreeStore, c Checkpoint) (*Tree, error) {
	head, err := s.Head(ctx)
	switch {
	case err != nil:
		return nil, err
	case head.Trail != c.Trail:
		return nil, fmt.Errorf("%w: it is of %s, the database holds %s", ErrTrailForeign, c.Trail, head.Trail)
	case head.Position < c.Size:
		return nil, fmt.Errorf("%w (the checkpoint is of %d events, the trail has %d)", ErrTrailCut, c.Size, head.Position)
	}
	tree, err := LoadTree(ctx, s, c.Size)
	if err != nil || tree.Root() == c.Root {
		return tree, err
	}
	fromEvents, err := LoadTree(ctx, eventsOnly{s}, c.Size)
	switch {
	case err != nil:
		return nil, err
	case fromEvents.Root() == c.Root:
		return nil, fmt.Errorf("%w (seen at the checkpoint of %d events)", ErrTiles, c.Size)
	}
	return nil, fmt.Errorf("%w (the checkpoint is of %d events, the trail has %d; root of the checkpoint %s, of the trail %s)",
		ErrTrailRewritten, c.Size, head.Position, c.Root, fromEvents.Root())
}

// eventsOnly is a store that has lost its tiles.
type eventsOnly struct{ TreeStore }

func (eventsOnly) Tile(context.Context, int, int64) ([]Hash, bool, error) { return nil, false, nil }

func (eventsOnly) TileRoots(context.Context, int, int64, int) ([]Hash, error) { return nil, nil }
