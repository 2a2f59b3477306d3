package audit

import "context"

// filler makes the full tiles of a tree of size events that are not stored, from
// the lowest level up.
type filler struct {
	size   int64
	level  int
	number int64
}

// step makes one tile at most, and returns true when none is missing.
func (f *filler) step(ctx context.Context, s TreeStore) (done bool, err error) {
	full := f.size >> (TileHeight * (f.level + 1))
	if full == 0 {
		return true, nil
	}
	limit := min(full-f.number, TileWidth)
	roots, err := s.TileRoots(ctx, f.level, f.number, int(limit))
	if err != nil {
		return false, err
	}
	f.number += int64(len(roots))
	if int64(len(roots)) < limit {
		hashes, err := ReadTile(ctx, s, f.level, f.number, TileWidth)
		if err != nil {
			return false, err
		}
		if err := s.SaveTiles(ctx, []Tile{{Level: f.level, Number: f.number, Hashes: hashes}}); err != nil {
			return false, err
		}
		f.number++
	}
	if f.number >= full {
		f.level, f.number = f.level+1, 0
	}
	return false, nil
}
