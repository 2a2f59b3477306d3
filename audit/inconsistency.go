package audit

import (
	"context"
	"errors"
	"fmt"
)

// ErrInconsistent is what a client is told of a *[Fault]. The fault itself is
// for the log.
var ErrInconsistent = errors.New("the stored trail is not what its signed checkpoints state, so nothing is proved: it was altered or is damaged, and an operator must run tasktrail verify")

// checkRoot returns a *Fault when the right edge of the tree in s does not have
// the root that c states.
func checkRoot(ctx context.Context, s TreeStore, c Checkpoint) error {
	tree, err := LoadTree(ctx, s, c.Size)
	if err != nil {
		return err
	}
	if root := tree.Root(); root != c.Root {
		return &Fault{Position: c.Size, Field: "root of the tree", Expected: c.Root.String(), Found: root.String()}
	}
	return nil
}

// inconsistency says in what the tree in s differs from the one that c states:
// its right edge, or else a full tile on the way down to a position.
func inconsistency(ctx context.Context, s TreeStore, c Checkpoint, position int64) error {
	if err := checkRoot(ctx, s, c); err != nil {
		return err
	}
	for level := 0; ; level++ {
		number := (position - 1) >> (TileHeight * (level + 1))
		if number >= c.Size>>(TileHeight*(level+1)) { // not full
			return &Fault{Position: position, Field: "tree", Expected: "that of the checkpoint of " + c.String(), Found: "another"}
		}
		below, err := ReadTile(ctx, s, level, number, TileWidth)
		if err != nil {
			return err
		}
		place := int(number % TileWidth)
		above, err := ReadTile(ctx, s, level+1, number/TileWidth, place+1)
		if err != nil {
			return err
		}
		if root := (Tile{Hashes: below}).Root(); root != above[place] {
			return &Fault{
				Position: number<<(TileHeight*(level+1)) + 1, Field: fmt.Sprintf("root of tile %d/%d", level, number),
				Expected: above[place].String(), Found: root.String(),
			}
		}
	}
}

func missing(position int64) *Fault {
	return &Fault{Position: position, Field: "event", Expected: "an event", Found: "none"}
}
