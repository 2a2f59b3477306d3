package audit

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// soak returns the second number where the long campaigns are asked for.
func soak(short, long int) int {
	if os.Getenv("TASKTRAIL_SOAK") != "" {
		return long
	}
	return short
}

// leafStore keeps the hashes of its leaves, so that all proofs can be tried; the
// events are encoded for a few only.
type leafStore struct {
	*memTree
	leaves []Hash
}

func newLeafStore(t testing.TB, id TrailID, size int) *leafStore {
	t.Helper()
	s := &leafStore{memTree: newMemTree(id, mustTrail(t, id, size))}
	var tree Tree
	for _, e := range s.events {
		encoded, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		s.leaves = append(s.leaves, LeafHash(encoded))
		if err := s.SaveTiles(t.Context(), tree.Append(s.leaves[len(s.leaves)-1])); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *leafStore) Tile(ctx context.Context, level int, number int64) ([]Hash, bool, error) {
	if level == 0 {
		from := number * TileWidth
		return s.leaves[from:min(from+TileWidth, int64(len(s.leaves)))], true, nil
	}
	return s.memTree.Tile(ctx, level, number)
}

// checker is a pair of checks, to try how good they are.
type checker struct {
	inclusion   func(c Checkpoint, position int64, leaf Hash, proof []Hash) error
	consistency func(older, newer Checkpoint, proof []Hash) error
}

var ours = checker{CheckInclusion, CheckConsistency}

// Every proof of every size verifies.
func TestProofsAreComplete(t *testing.T) {
	ctx, size := t.Context(), soak(300, 2000)
	s := newLeafStore(t, TrailID{1}, size)
	checkpoints := []Checkpoint{{}}
	var tree Tree
	for n, leaf := range s.leaves {
		tree.Append(leaf)
		checkpoints = append(checkpoints, Checkpoint{Trail: TrailID{1}, Size: int64(n + 1), Root: tree.Root()})
	}
	check := func(c Checkpoint, position int64, inclusion, consistency []Hash, err error) {
		t.Helper()
		if err == nil {
			err = errors.Join(CheckInclusion(c, position, s.leaves[position-1], inclusion), CheckConsistency(checkpoints[position], c, consistency))
		}
		if err != nil {
			t.Fatalf("position %d of %d: %v", position, c.Size, err)
		}
	}
	proofs, calls := 0, 0
	for _, c := range checkpoints[1:] {
		// All that the tiles give of this tree, authenticated at once and not anew
		// for each proof.
		known := everyHash(ctx, t, s, c)
		for position := int64(1); position <= c.Size; position++ {
			inclusion, err1 := tlog.ProveRecord(c.Size, position-1, known)
			consistency, err2 := tlog.ProveTree(c.Size, position, known)
			check(c, position, fromTlog(inclusion), fromTlog(consistency), errors.Join(err1, err2))
			proofs += 2
		}
		for n := range int64(6) {
			position := []int64{1, c.Size, c.Size/2 + 1, (c.Size*n*7+n)%c.Size + 1, max(c.Size-1, 1), (c.Size*n*13+n)%c.Size + 1}[n]
			inclusion, err1 := ProveInclusion(ctx, s, c, position)
			consistency, err2 := ProveConsistency(ctx, s, position, c)
			check(c, position, inclusion, consistency, errors.Join(err1, err2))
			calls += 2
		}
		for _, position := range []int64{0, -1, c.Size + 1} {
			if _, err := ProveInclusion(ctx, s, c, position); err == nil {
				t.Errorf("proved the inclusion of %d in %d", position, c.Size)
			}
			if _, err := ProveConsistency(ctx, s, position, c); err == nil {
				t.Errorf("proved the consistency of %d with %d", position, c.Size)
			}
		}
	}
	// And from the events themselves.
	for _, c := range []Checkpoint{checkpoints[1], checkpoints[255], checkpoints[256], checkpoints[257], checkpoints[size]} {
		proof, err := ProveInclusion(ctx, eventsOnly{s.memTree}, c, c.Size/2+1)
		if err != nil || CheckInclusion(c, c.Size/2+1, s.leaves[c.Size/2], proof) != nil {
			t.Errorf("from events: size %d: %v", c.Size, err)
		}
	}
	t.Logf("%d proofs of all sizes to %d, and %d by single calls: all verify", proofs, size, calls)
}

// everyHash reads all hashes of the tree that c states.
func everyHash(ctx context.Context, t *testing.T, s TreeStore, c Checkpoint) tlog.HashReader {
	t.Helper()
	indexes := make([]int64, tlog.StoredHashCount(c.Size))
	for n := range indexes {
		indexes[n] = int64(n)
	}
	hashes, err := hashReader(ctx, s, c).ReadHashes(indexes)
	if err != nil {
		t.Fatal(err)
	}
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for n, i := range indexes {
			out[n] = hashes[i]
		}
		return out, nil
	})
}

// No forged proof is accepted; and checks that are a little too kind are caught
// by the same forgeries.
func TestForgedProofs(t *testing.T) {
	n := soak(20_000, 1_000_000)
	a, b := newLeafStore(t, TrailID{1}, 700), newLeafStore(t, TrailID{2}, 700)
	forge := func(check checker, n int) (accepted []string) {
		f := forger{Rand: rand.New(rand.NewPCG(1, 2)), t: t, own: a, foreign: b}
		for f.forged < n {
			accepted = append(accepted, f.inclusion(check)...)
			accepted = append(accepted, f.consistency(check)...)
		}
		return accepted
	}
	if accepted := forge(ours, n); len(accepted) != 0 {
		t.Errorf("%d accepted: %q", len(accepted), slices.Compact(slices.Sorted(slices.Values(accepted))))
	}
	t.Logf("%d forged proofs, 0 accepted", n)

	tooKind := map[string]checker{
		"accepts all": {
			func(Checkpoint, int64, Hash, []Hash) error { return nil },
			func(Checkpoint, Checkpoint, []Hash) error { return nil },
		},
		"reads no further than it needs": {
			func(c Checkpoint, position int64, leaf Hash, proof []Hash) error {
				for n := range len(proof) + 1 {
					if CheckInclusion(c, position, leaf, proof[:n]) == nil {
						return nil
					}
				}
				return ErrProof
			},
			func(older, newer Checkpoint, proof []Hash) error {
				for n := range len(proof) + 1 {
					if CheckConsistency(older, newer, proof[:n]) == nil {
						return nil
					}
				}
				return ErrProof
			},
		},
		"takes any order": {
			func(c Checkpoint, position int64, leaf Hash, proof []Hash) error {
				turned := slices.Clone(proof)
				slices.Reverse(turned)
				if CheckInclusion(c, position, leaf, turned) == nil {
					return nil
				}
				return CheckInclusion(c, position, leaf, proof)
			},
			CheckConsistency,
		},
		"does not look at the trail": {
			CheckInclusion,
			func(older, newer Checkpoint, proof []Hash) error {
				older.Trail = newer.Trail
				return CheckConsistency(older, newer, proof)
			},
		},
		"takes equal sizes for equal": {
			CheckInclusion,
			func(older, newer Checkpoint, proof []Hash) error {
				if older.Size == newer.Size {
					return nil
				}
				return CheckConsistency(older, newer, proof)
			},
		},
		"does not look at the leaf": {
			func(c Checkpoint, position int64, _ Hash, proof []Hash) error {
				if position < 1 || position > 700 {
					return ErrProof
				}
				return CheckInclusion(c, position, a.leaves[position-1], proof)
			},
			CheckConsistency,
		},
	}
	for name, check := range tooKind {
		if accepted := forge(check, 2000); len(accepted) == 0 {
			t.Errorf("a check that %s was not caught", name)
		}
	}
}

// forger makes proofs that prove nothing. What a checkpoint says is signed, so
// its size is not forged: a proof alone does not bind it.
type forger struct {
	*rand.Rand
	t            *testing.T
	own, foreign *leafStore
	forged       int
	cache        map[string]Checkpoint
}

func (f *forger) at(s *leafStore, size int64) Checkpoint {
	key := fmt.Sprint(s.id, size)
	c, ok := f.cache[key]
	if !ok {
		c = mustCheckpoint(f.t, s, size)
		if f.cache == nil {
			f.cache = map[string]Checkpoint{}
		}
		f.cache[key] = c
	}
	return c
}

// spoil changes a proof in one of the ways that need no knowledge of the tree.
// It returns nil and no name when there is nothing to change.
func (f *forger) spoil(proof []Hash) ([]Hash, string) {
	proof = slices.Clone(proof)
	at := 0
	if len(proof) > 0 {
		at = f.IntN(len(proof))
	}
	kind := f.IntN(8)
	switch {
	case kind == 0:
		return append(proof, Hash{}), "extended"
	case kind == 1:
		return slices.Insert(proof, at, f.own.leaves[f.IntN(700)]), "one put in"
	case len(proof) == 0:
		return nil, ""
	case kind == 2:
		proof[at][f.IntN(32)] ^= 1 << f.IntN(8)
		return proof, "a bit flipped"
	case kind == 3:
		return slices.Delete(proof, at, at+1), "one left out"
	case kind == 4:
		return nil, "emptied"
	case kind == 5:
		return append(proof, proof[at]), "one repeated"
	}
	turned := slices.Clone(proof)
	if kind == 6 {
		slices.Reverse(turned)
	} else {
		other := f.IntN(len(proof))
		turned[at], turned[other] = turned[other], turned[at]
	}
	if slices.Equal(turned, proof) {
		return nil, ""
	}
	return turned, "another order"
}

// Each proof is forged so many times.
const forgeries = 20

// inclusion forges a proof and returns what the forgeries were that check
// accepts.
func (f *forger) inclusion(check checker) (accepted []string) {
	c := f.at(f.own, f.Int64N(700)+1)
	position := f.Int64N(c.Size) + 1
	leaf := f.own.leaves[position-1]
	proof, err := ProveInclusion(f.t.Context(), f.own, c, position)
	if err != nil {
		f.t.Fatal(err)
	}
	for range forgeries {
		if name := f.forgeInclusion(check, c, position, leaf, proof); name != "" {
			accepted = append(accepted, name)
		}
	}
	return accepted
}

func (f *forger) forgeInclusion(check checker, c Checkpoint, position int64, leaf Hash, proof []Hash) string {
	name := ""
	switch f.IntN(6) {
	case 0:
		other := f.Int64N(700) + 1
		name, leaf = "another leaf", f.own.leaves[other-1]
		if other == position {
			return ""
		}
	case 1:
		other := []int64{0, -position, position + 1, position - 1, c.Size + 1, f.Int64N(c.Size) + 1}[f.IntN(6)]
		if other == position {
			return ""
		}
		name, position = "another position", other
	case 2:
		name, leaf = "a foreign leaf", f.foreign.leaves[position-1]
	case 3:
		name, c = "a foreign checkpoint", f.at(f.foreign, c.Size)
	case 4: // a node of the tree in the place of a leaf
		if len(proof) < 2 || position%2 == 0 {
			return ""
		}
		name, leaf, proof = "a node for a leaf", nodeHash(leaf, proof[0]), proof[1:]
	default:
		if proof, name = f.spoil(proof); name == "" {
			return ""
		}
	}
	f.forged++
	if err := check.inclusion(c, position, leaf, proof); err == nil {
		return "inclusion: " + name
	} else if !errors.Is(err, ErrProof) {
		f.t.Fatal(err)
	}
	return ""
}

// consistency forges a proof and returns what the forgeries were that check
// accepts.
func (f *forger) consistency(check checker) (accepted []string) {
	newer := f.at(f.own, f.Int64N(700)+1)
	older := f.at(f.own, f.Int64N(newer.Size)+1)
	if f.IntN(5) == 0 {
		older = newer
	}
	proof, err := ProveConsistency(f.t.Context(), f.own, older.Size, newer)
	if err != nil {
		f.t.Fatal(err)
	}
	for range forgeries {
		if name := f.forgeConsistency(check, older, newer, proof); name != "" {
			accepted = append(accepted, name)
		}
	}
	return accepted
}

func (f *forger) forgeConsistency(check checker, older, newer Checkpoint, proof []Hash) string {
	name := ""
	switch f.IntN(6) {
	case 0:
		name = "another root before"
		older.Root[f.IntN(32)] ^= 1 << f.IntN(8)
	case 1:
		name = "another root after"
		newer.Root[f.IntN(32)] ^= 1 << f.IntN(8)
	case 2:
		if name = "turned round"; older == newer {
			return ""
		}
		older, newer = newer, older
	case 3:
		name, older = "a foreign checkpoint", f.at(f.foreign, older.Size)
	case 4:
		name, older.Trail = "another trail's name", TrailID{2}
	default:
		if proof, name = f.spoil(proof); name == "" {
			return ""
		}
	}
	f.forged++
	if err := check.consistency(older, newer, proof); err == nil {
		return "consistency: " + name
	} else if !errors.Is(err, ErrProof) {
		f.t.Fatal(err)
	}
	return ""
}
