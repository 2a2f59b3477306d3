package audit

import (
	"crypto/sha256"

	"golang.org/x/mod/sumdb/tlog"
)

// Tiles of the tree hold TileWidth hashes each, see [Tile].
const (
	TileHeight = 8
	TileWidth  = 1 << TileHeight
)

// Tile is a stretch of one row of the tree: at level 0 the hashes of the leaves
// Number·256 to Number·256+255, at level L the roots of as many complete tiles
// of level L-1. A full tile never changes. (C2SP tlog-tiles.)
type Tile struct {
	Level  int
	Number int64
	Hashes []Hash // TileWidth of them, unless the tile is partial
}

// Root returns the hash of a full tile in the tile above it.
func (t Tile) Root() Hash {
	var row row
	for _, h := range t.Hashes {
		row.append(h)
	}
	return row.roots[0]
}

// LeafHash returns the hash of an encoded header as a leaf of the tree:
// SHA-256(0, encoding), RFC 6962 section 2.1.
func LeafHash(encoded []byte) Hash { return Hash(tlog.RecordHash(encoded)) }

func nodeHash(left, right Hash) Hash { return Hash(tlog.NodeHash(tlog.Hash(left), tlog.Hash(right))) }

// Tree is the Merkle tree (RFC 6962) of a growing trail, of which it keeps the
// right edge only: at most 255 hashes for each factor of 256 in its size. The
// zero Tree is empty.
type Tree struct {
	size int64
	rows []row // by level
}

// row holds the hashes of the partial tile of one level.
type row struct {
	hashes []Hash
	roots  []Hash // of the largest complete subtrees over hashes, left to right
}

func (r *row) append(h Hash) {
	r.hashes = append(r.hashes, h)
	for n := len(r.hashes); n&1 == 0; n >>= 1 {
		last := len(r.roots) - 1
		h = nodeHash(r.roots[last], h)
		r.roots = r.roots[:last]
	}
	r.roots = append(r.roots, h)
}

// ResumeTree returns the tree of which partial holds the hashes of the partial
// tile of each level, from level 0. Each has fewer than TileWidth.
func ResumeTree(partial [][]Hash) *Tree {
	t := &Tree{}
	for level, hashes := range partial {
		var r row
		for _, h := range hashes {
			r.append(h)
		}
		t.rows = append(t.rows, r)
		t.size += int64(len(hashes)) << (TileHeight * level)
	}
	return t
}

// Size returns the number of leaves.
func (t *Tree) Size() int64 { return t.size }

// Append adds the hash of the next leaf and returns the tiles that it filled,
// lowest level first.
func (t *Tree) Append(leaf Hash) []Tile {
	var full []Tile
	t.size++
	for level, h := 0, leaf; ; level++ {
		if level == len(t.rows) {
			t.rows = append(t.rows, row{})
		}
		r := &t.rows[level]
		r.append(h)
		if len(r.hashes) < TileWidth {
			return full
		}
		number := t.size>>(TileHeight*(level+1)) - 1
		full = append(full, Tile{Level: level, Number: number, Hashes: r.hashes})
		h = r.roots[0]
		*r = row{}
	}
}

// Root returns the root hash; that of the empty tree is SHA-256 of nothing.
func (t *Tree) Root() Hash {
	root, any := Hash(sha256.Sum256(nil)), false
	for _, r := range t.rows {
		for n := len(r.roots) - 1; n >= 0; n-- {
			if any {
				root = nodeHash(r.roots[n], root)
			} else {
				root, any = r.roots[n], true
			}
		}
	}
	return root
}
