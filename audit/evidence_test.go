package audit

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// evidenceStore is a [TreeStore] in memory, in which everything can be altered.
type evidenceStore struct {
	*memLog
	tiles map[[2]int64][]Hash
	roots map[[2]int64]Hash
	saved []StoredCheckpoint // by size
}

func newEvidenceStore(id TrailID, events []*Event) *evidenceStore {
	return &evidenceStore{memLog: newMemLog(id, slices.Clone(events)), tiles: map[[2]int64][]Hash{}, roots: map[[2]int64]Hash{}}
}

func (s *evidenceStore) Tile(_ context.Context, level int, number int64) ([]Hash, bool, error) {
	hashes, ok := s.tiles[[2]int64{int64(level), number}]
	return hashes, ok, nil
}

func (s *evidenceStore) TileRoots(_ context.Context, level int, from int64, limit int) ([]Hash, error) {
	var roots []Hash
	for n := range int64(limit) {
		root, ok := s.roots[[2]int64{int64(level), from + n}]
		if !ok {
			break
		}
		roots = append(roots, root)
	}
	return roots, nil
}

func (s *evidenceStore) SaveTiles(_ context.Context, tiles []Tile) error {
	for _, t := range tiles {
		key := [2]int64{int64(t.Level), t.Number}
		s.tiles[key], s.roots[key] = slices.Clone(t.Hashes), t.Root()
	}
	return nil
}

func (s *evidenceStore) Checkpoint(context.Context, int64) (StoredCheckpoint, bool, error) {
	return StoredCheckpoint{}, false, errors.New("not asked for here")
}

func (s *evidenceStore) SaveCheckpoint(_ context.Context, c StoredCheckpoint) error {
	s.saved = append(s.saved, c)
	return nil
}

// sealUpTo grows the tree over the store's events and makes a checkpoint at each
// size.
func (s *evidenceStore) sealUpTo(t testing.TB, sizes ...int64) {
	t.Helper()
	var tree Tree
	for _, e := range s.events[:sizes[len(sizes)-1]] {
		encoded, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		_ = s.SaveTiles(t.Context(), tree.Append(LeafHash(encoded)))
		if slices.Contains(sizes, tree.Size()) {
			c := Checkpoint{Trail: s.id, Size: tree.Size(), Root: tree.Root()}
			_ = s.SaveCheckpoint(t.Context(), StoredCheckpoint{Checkpoint: c, Note: c.text() + "\nunsigned"})
		}
	}
}

// What is proved holds, at and around the sizes where tiles fill up, whether
// tiles are stored or lost.
func TestEvidence(t *testing.T) {
	id := TrailID{7}
	sizes := []int64{1, 2, 3, 255, 256, 257, 511, 512, 513, 65535, 65536, 65537}
	full := newEvidenceStore(id, mustTrail(t, id, 65537))
	full.sealUpTo(t, sizes...)
	lost := newEvidenceStore(id, full.events[:513])
	lost.saved = full.saved[:9]
	proofs := 0
	for name, s := range map[string]*evidenceStore{"tiles stored": full, "tiles lost": lost} {
		for n, to := range s.saved {
			for _, position := range []int64{1, 2, to.Size / 2, to.Size - 256, to.Size - 1, to.Size} {
				if position < 1 || position > to.Size {
					continue
				}
				i, err := Include(t.Context(), s, to, position)
				if err != nil {
					t.Fatalf("%s: %d in %d: %v", name, position, to.Size, err)
				}
				leaf := LeafHash(i.Entry)
				if encoded, _ := s.events[position-1].Encode(); string(encoded) != string(i.Entry) || leaf != i.Leaf || i.Position != position || i.Checkpoint != to {
					t.Fatalf("%s: %d in %d: got another event", name, position, to.Size)
				}
				if err := CheckInclusion(to.Checkpoint, position, leaf, i.Hashes); err != nil {
					t.Fatalf("%s: %d in %d: %v", name, position, to.Size, err)
				}
				proofs++
			}
			for _, from := range s.saved[:n+1] {
				c, err := Connect(t.Context(), s, from, to)
				if err != nil {
					t.Fatalf("%s: %d to %d: %v", name, from.Size, to.Size, err)
				}
				if err := CheckConsistency(from.Checkpoint, to.Checkpoint, c.Hashes); err != nil || c.From != from || c.To != to {
					t.Fatalf("%s: %d to %d: %v", name, from.Size, to.Size, err)
				}
				proofs++
			}
		}
	}
	t.Logf("%d proofs", proofs)
}

// Whatever was altered where, the answer says so and is no proof.
func TestNoEvidenceOfAnAlteredTrail(t *testing.T) {
	const size = 700
	id := TrailID{7}
	events := mustTrail(t, id, size)
	alter := func(e *Event) *Event { c := *e; c.ActorID = "act_2"; return &c }
	tests := []struct {
		name     string
		position int64
		alter    func(s *evidenceStore)
		field    string // what the fault is about
	}{
		{"a hash beside the path", 1, func(s *evidenceStore) { s.tiles[[2]int64{0, 0}][255][0] ^= 1 }, "root of tile 0/0"},
		{"a hash on the path", 300, func(s *evidenceStore) { s.tiles[[2]int64{0, 1}][43][31] ^= 1 }, "root of tile 0/1"},
		{"a root", 1, func(s *evidenceStore) { r := s.roots[[2]int64{0, 1}]; r[0] ^= 1; s.roots[[2]int64{0, 1}] = r }, "root of the tree"},
		{"a tile with its root", 1, func(s *evidenceStore) {
			s.tiles[[2]int64{0, 0}][9] = Hash{}
			s.roots[[2]int64{0, 0}] = Tile{Hashes: s.tiles[[2]int64{0, 0}]}.Root()
		}, "root of the tree"},
		{"an event under a tile", 200, func(s *evidenceStore) { s.events[199] = alter(s.events[199]) }, "leaf of the tree"},
		{"an event under no tile", 1, func(s *evidenceStore) { s.events[650] = alter(s.events[650]) }, "root of the tree"},
		{"two events swapped", 1, func(s *evidenceStore) { s.events[600], s.events[601] = s.events[601], s.events[600] }, "event"},
		{"an event removed", 1, func(s *evidenceStore) { s.events = slices.Delete(s.events, 600, 601) }, "event"},
		{"an event that cannot be encoded", 1, func(s *evidenceStore) { e := *s.events[600]; e.ActorID = ""; s.events[600] = &e }, "header"},
		{"the end cut off", 1, func(s *evidenceStore) { s.events = s.events[:600] }, "event"},
		{"the asked event cut off", 690, func(s *evidenceStore) { s.events = s.events[:600] }, "event"},
		{"the root of the checkpoint", 1, func(s *evidenceStore) { s.saved[1].Root[0] ^= 1 }, "root of the tree"},
		{"another trail in it", 1, func(s *evidenceStore) {
			for n := range s.events {
				s.events[n] = alter(s.events[n])
			}
			s.tiles, s.roots = map[[2]int64][]Hash{}, map[[2]int64]Hash{}
		}, "root of the tree"},
	}
	for _, test := range tests {
		s := newEvidenceStore(id, events)
		s.sealUpTo(t, 1, size)
		test.alter(s)
		i, err := Include(t.Context(), s, s.saved[1], test.position)
		if fault, ok := errors.AsType[*Fault](err); i != nil || !ok || fault.Field != test.field || fault.Expected == fault.Found || fault.Position < 1 {
			t.Errorf("%s: got %v, %v; want a fault about the %s", test.name, i, err, test.field)
		}
	}

	// Where a proof has no hashes, or the tree is right and the older checkpoint
	// is not.
	s := newEvidenceStore(id, events)
	s.sealUpTo(t, 1, 300, size)
	for n, name := range []string{"the only event", "an older checkpoint", "a checkpoint with itself"} {
		s.saved[n].Root[0] ^= 1
		_, included := Include(t.Context(), s, s.saved[n], 1)
		_, connected := Connect(t.Context(), s, s.saved[n], s.saved[2])
		for _, err := range []error{included, connected} {
			if _, ok := errors.AsType[*Fault](err); !ok {
				t.Errorf("%s: got %v, want a fault", name, err)
			}
		}
		s.saved[n].Root[0] ^= 1
	}
	if err := s.saved[1].Check(); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]StoredCheckpoint{
		"another root": {Checkpoint: s.saved[0].Checkpoint, Note: s.saved[1].Note},
		"no note":      {Checkpoint: s.saved[0].Checkpoint},
		"another size": {Checkpoint: Checkpoint{Trail: id, Size: 2, Root: s.saved[0].Root}, Note: s.saved[0].Note},
	} {
		if _, ok := errors.AsType[*Fault](c.Check()); !ok {
			t.Errorf("%s: got %v, want a fault", name, c.Check())
		}
	}
}

// One bit anywhere, in tiles, roots, events and checkpoints: never a proof that
// is not one, and never a failure that is not named.
func TestEvidenceAfterAnyFlippedBit(t *testing.T) {
	const size = 3*TileWidth + 40
	id, random := TrailID{7}, rand.New(rand.NewPCG(1, 2))
	events := mustTrail(t, id, size)
	honest := newEvidenceStore(id, events)
	honest.sealUpTo(t, 1, 300, size)
	flip := func(h *Hash) { h[random.IntN(32)] ^= 1 << random.IntN(8) }
	refused := 0
	const rounds = 400
	for n := range rounds {
		s := newEvidenceStore(id, events)
		s.sealUpTo(t, 1, 300, size)
		position := 1 + random.Int64N(size)
		key := [2]int64{0, random.Int64N(3)}
		var what string
		switch n % 4 {
		case 0:
			place := random.IntN(TileWidth)
			what = fmt.Sprintf("hash %d of tile %d", place, key[1])
			flip(&s.tiles[key][place])
		case 1:
			root := s.roots[key]
			flip(&root)
			s.roots[key], what = root, fmt.Sprintf("root of tile %d", key[1])
		case 2:
			place := random.IntN(size)
			e := *s.events[place]
			flip(&e.Commitment)
			s.events[place], what = &e, fmt.Sprintf("event %d", place+1)
		case 3:
			what = "checkpoint"
			flip(&s.saved[2].Root)
		}
		i, err := Include(t.Context(), s, s.saved[2], position)
		_, fault := errors.AsType[*Fault](err)
		switch {
		case err == nil && CheckInclusion(honest.saved[2].Checkpoint, position, i.Leaf, i.Hashes) != nil:
			t.Fatalf("%s: a proof for %d that is none", what, position)
		case err != nil && (!fault || i != nil || strings.Contains(err.Error(), "tlog")):
			t.Fatalf("%s: got %v", what, err)
		case err != nil:
			refused++
		}
		c, err := Connect(t.Context(), s, s.saved[1], s.saved[2])
		_, fault = errors.AsType[*Fault](err)
		if err == nil && CheckConsistency(honest.saved[1].Checkpoint, honest.saved[2].Checkpoint, c.Hashes) != nil || err != nil && !fault {
			t.Fatalf("%s: got %v, %v", what, c, err)
		}
	}
	if refused < rounds/2 {
		t.Errorf("%d of %d were refused, which is few", refused, rounds)
	}
	t.Logf("%d of %d refused, the others touched nothing that was read", refused, rounds)
}
