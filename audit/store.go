package audit

import (
	"context"
	"time"
)

// TreeStore keeps a trail with what is derived from it: the full tiles of its
// tree, which can be lost and made again, and its checkpoints, which can not.
type TreeStore interface {
	Log

	// Tile returns the hashes of a full tile; false when it is not stored.
	Tile(ctx context.Context, level int, number int64) ([]Hash, bool, error)
	// TileRoots returns the roots of the full tiles of a level from number on,
	// at most limit, without a gap. Fewer than limit means that no more are
	// stored.
	TileRoots(ctx context.Context, level int, from int64, limit int) ([]Hash, error)
	// SaveTiles stores full tiles. What is stored already stays as it is.
	SaveTiles(ctx context.Context, tiles []Tile) error

	// Checkpoint returns the smallest checkpoint whose size is at least
	// position, or the largest one when position is 0; false when there is none.
	Checkpoint(ctx context.Context, position int64) (StoredCheckpoint, bool, error)
	// SaveCheckpoint stores a checkpoint, unless there is one of its size.
	SaveCheckpoint(ctx context.Context, c StoredCheckpoint) error
}

// StoredCheckpoint is a checkpoint as it was signed. What is stored beside the
// note can be altered in the store: see [StoredCheckpoint.Check].
type StoredCheckpoint struct {
	Checkpoint
	Note     string    // signed
	SignedAt time.Time // UTC, whole microseconds
}

// Check returns a *[Fault] unless the note states the very checkpoint beside
// it. It does not look at the signatures.
func (c StoredCheckpoint) Check() error {
	noted, err := ReadCheckpoint(c.Note)
	if err != nil {
		return &Fault{Position: c.Size, Field: "note of the checkpoint", Expected: "a checkpoint", Found: "none"}
	}
	if noted != c.Checkpoint {
		return &Fault{
			Position: c.Size, Field: "checkpoint", Expected: "what its note says: " + noted.String(), Found: c.String(),
		}
	}
	return nil
}
