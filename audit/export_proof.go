package audit

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Prover makes many inclusion proofs for one checkpoint. It is quick when
// positions come in order, and its memory does not grow with the tree. Whether a
// proof is right is for [CheckInclusion] to say.
type Prover struct {
	store      TreeStore
	checkpoint Checkpoint
	tiles      map[tileKey]tileNodes // at most two a level
}

type tileKey struct {
	level int
	edge  bool // the last tile of the level, which every proof needs
}

// tileNodes are the hashes of a tile and of the complete subtrees over them.
type tileNodes struct {
	number int64
	rows   [][]Hash // by height over the tile's own
}

// NewProver returns a prover for the tree that s keeps and c states.
func NewProver(s TreeStore, c Checkpoint) *Prover {
	return &Prover{store: s, checkpoint: c, tiles: map[tileKey]tileNodes{}}
}

// Prove returns the inclusion proof of a position from 1 to the size of the
// checkpoint, see [ProveInclusion].
func (p *Prover) Prove(ctx context.Context, position int64) ([]Hash, error) {
	if position < 1 || position > p.checkpoint.Size {
		return nil, fmt.Errorf("audit: position %d is not below a checkpoint of %d events", position, p.checkpoint.Size)
	}
	proof, err := tlog.ProveRecord(p.checkpoint.Size, position-1, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for n, index := range indexes {
			h, err := p.node(ctx, index)
			if err != nil {
				return nil, err
			}
			out[n] = tlog.Hash(h)
		}
		return out, nil
	}))
	return fromTlog(proof), err
}

// node returns the hash of a complete subtree by its index in tlog's order.
func (p *Prover) node(ctx context.Context, index int64) (Hash, error) {
	height, n := tlog.SplitStoredHashIndex(index)
	level, row := height/TileHeight, height%TileHeight
	tile, err := p.tile(ctx, level, n>>(TileHeight-row))
	if err != nil {
		return Hash{}, err
	}
	return tile.rows[row][n&(1<<(TileHeight-row)-1)], nil
}

func (p *Prover) tile(ctx context.Context, level int, number int64) (tileNodes, error) {
	count := p.checkpoint.Size >> (TileHeight * level) // hashes in the whole level
	key := tileKey{level, number == (count-1)/TileWidth}
	if t, ok := p.tiles[key]; ok && t.number == number {
		return t, nil
	}
	width := int(min(TileWidth, count-number*TileWidth))
	hashes, err := ReadTile(ctx, p.store, level, number, width)
	if err != nil {
		return tileNodes{}, err
	}
	t := tileNodes{number: number, rows: [][]Hash{hashes}}
	for below := hashes; len(below) > 1; below = t.rows[len(t.rows)-1] {
		row := make([]Hash, len(below)/2)
		for n := range row {
			row[n] = nodeHash(below[2*n], below[2*n+1])
		}
		t.rows = append(t.rows, row)
	}
	p.tiles[key] = t
	return t, nil
}
