package audit

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// ErrProof is returned for a proof that does not prove what it is for. The text
// is fit for clients.
var ErrProof = errors.New("the proof does not fit the checkpoint")

// ReadTile returns the first width hashes of a tile (1 to [TileWidth]) of the
// tree over the events in s. What is not stored of it is made from the tiles
// below or the events.
func ReadTile(ctx context.Context, s TreeStore, level int, number int64, width int) ([]Hash, error) {
	hashes, stored, err := s.Tile(ctx, level, number)
	switch {
	case err != nil:
		return nil, err
	case stored && len(hashes) >= width:
		return hashes[:width], nil
	case level == 0:
		return leafHashes(ctx, s, number*TileWidth, width)
	}
	roots, err := s.TileRoots(ctx, level-1, number*TileWidth, width)
	if err != nil {
		return nil, err
	}
	for len(roots) < width {
		below := Tile{Level: level - 1, Number: number*TileWidth + int64(len(roots))}
		if below.Hashes, err = ReadTile(ctx, s, below.Level, below.Number, TileWidth); err != nil {
			return nil, err
		}
		roots = append(roots, below.Root())
	}
	return roots, nil
}

func leafHashes(ctx context.Context, log Log, after int64, n int) ([]Hash, error) {
	hashes := make([]Hash, 0, n)
	for len(hashes) < n {
		events, err := log.Read(ctx, after+int64(len(hashes)), n-len(hashes))
		if err != nil {
			return nil, err
		}
		if len(events) == 0 {
			return nil, fmt.Errorf("audit: there is no event at position %d", after+int64(len(hashes))+1)
		}
		for _, e := range events {
			encoded, err := e.Encode()
			if err != nil {
				return nil, err
			}
			hashes = append(hashes, LeafHash(encoded))
		}
	}
	return hashes, nil
}

// LoadTree returns the tree over the first size events in s.
func LoadTree(ctx context.Context, s TreeStore, size int64) (*Tree, error) {
	var partial [][]Hash
	for level := 0; size>>(TileHeight*level) > 0; level++ {
		var hashes []Hash
		if width := int(size >> (TileHeight * level) % TileWidth); width > 0 {
			var err error
			if hashes, err = ReadTile(ctx, s, level, size>>(TileHeight*(level+1)), width); err != nil {
				return nil, err
			}
		}
		partial = append(partial, hashes)
	}
	return ResumeTree(partial), nil
}

// ProveInclusion returns the hashes that prove, with c, that the event at a
// position from 1 to c.Size is in the trail (RFC 6962 section 2.1.1). It fails
// when the tree in s is not the one that c states.
func ProveInclusion(ctx context.Context, s TreeStore, c Checkpoint, position int64) ([]Hash, error) {
	if position < 1 || position > c.Size {
		return nil, fmt.Errorf("audit: position %d is not below a checkpoint of %d events", position, c.Size)
	}
	proof, err := tlog.ProveRecord(c.Size, position-1, hashReader(ctx, s, c))
	return fromTlog(proof), err
}

// CheckInclusion returns nil when proof shows that the event at a position,
// whose leaf hash is given, is in the trail that c states, else [ErrProof].
func CheckInclusion(c Checkpoint, position int64, leaf Hash, proof []Hash) error {
	if tlog.CheckRecord(toTlog(proof), c.Size, tlog.Hash(c.Root), position-1, tlog.Hash(leaf)) != nil {
		return ErrProof
	}
	return nil
}

// ProveConsistency returns the hashes that prove that the trail of the newer
// checkpoint begins with that of a smaller size, at least 1 (RFC 6962 section
// 2.1.2). It fails when the tree in s is not the one that newer states.
func ProveConsistency(ctx context.Context, s TreeStore, size int64, newer Checkpoint) ([]Hash, error) {
	if size < 1 || size > newer.Size {
		return nil, fmt.Errorf("audit: size %d is not within a checkpoint of %d events", size, newer.Size)
	}
	proof, err := tlog.ProveTree(newer.Size, size, hashReader(ctx, s, newer))
	return fromTlog(proof), err
}

// CheckConsistency returns nil when proof shows that the trail of newer begins
// with the whole trail of older, else [ErrProof].
func CheckConsistency(older, newer Checkpoint, proof []Hash) error {
	if older.Trail != newer.Trail || tlog.CheckTree(toTlog(proof), newer.Size, tlog.Hash(newer.Root), older.Size, tlog.Hash(older.Root)) != nil {
		return ErrProof
	}
	return nil
}

// hashReader reads the tree that c states, and nothing that does not belong to
// it.
func hashReader(ctx context.Context, s TreeStore, c Checkpoint) tlog.HashReader {
	return tlog.TileHashReader(tlog.Tree{N: c.Size, Hash: tlog.Hash(c.Root)}, tileReader{ctx, s})
}

// tileReader implements [tlog.TileReader].
type tileReader struct {
	ctx   context.Context //nolint:containedctx // the interface has no other way
	store TreeStore
}

func (tileReader) Height() int { return TileHeight }

func (r tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for n, t := range tiles {
		hashes, err := ReadTile(r.ctx, r.store, t.L, t.N, t.W)
		if err != nil {
			return nil, err
		}
		for _, h := range hashes {
			data[n] = append(data[n], h[:]...)
		}
	}
	return data, nil
}

func (tileReader) SaveTiles([]tlog.Tile, [][]byte) {}

func toTlog(hashes []Hash) []tlog.Hash {
	out := make([]tlog.Hash, len(hashes))
	for n, h := range hashes {
		out[n] = tlog.Hash(h)
	}
	return out
}

func fromTlog(hashes []tlog.Hash) []Hash {
	out := make([]Hash, len(hashes))
	for n, h := range hashes {
		out[n] = Hash(h)
	}
	return out
}
