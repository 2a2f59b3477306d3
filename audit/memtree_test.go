package audit

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"
)

// memTree is a [TreeStore] in memory: what the interface promises and no more.
type memTree struct {
	*memLog
	tiles       map[[2]int64][]Hash
	checkpoints []StoredCheckpoint // by size

	saveErr          error // of SaveTiles
	maxRead, maxSave int   // the most that was asked for at once
	reads            int64
}

func newMemTree(id TrailID, events []*Event) *memTree {
	return &memTree{memLog: newMemLog(id, events), tiles: map[[2]int64][]Hash{}}
}

func (s *memTree) Read(ctx context.Context, after int64, limit int) ([]*Event, error) {
	events, err := s.memLog.Read(ctx, after, limit)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.maxRead, s.reads = max(s.maxRead, limit), s.reads+int64(len(events))
	return events, err
}

func (s *memTree) Tile(_ context.Context, level int, number int64) ([]Hash, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	hashes, ok := s.tiles[[2]int64{int64(level), number}]
	return hashes, ok, s.err
}

func (s *memTree) TileRoots(_ context.Context, level int, from int64, limit int) ([]Hash, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var roots []Hash
	for n := range int64(limit) {
		hashes, ok := s.tiles[[2]int64{int64(level), from + n}]
		if !ok {
			break
		}
		roots = append(roots, Tile{Hashes: hashes}.Root())
	}
	return roots, s.err
}

func (s *memTree) SaveTiles(_ context.Context, tiles []Tile) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.maxSave = max(s.maxSave, len(tiles))
	if err := errors.Join(s.err, s.saveErr); err != nil {
		return err
	}
	for _, t := range tiles {
		if at := [2]int64{int64(t.Level), t.Number}; s.tiles[at] == nil {
			s.tiles[at] = slices.Clone(t.Hashes)
		}
	}
	return nil
}

func (s *memTree) Checkpoint(_ context.Context, position int64) (StoredCheckpoint, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil || len(s.checkpoints) == 0 {
		return StoredCheckpoint{}, false, s.err
	}
	if position == 0 {
		return s.checkpoints[len(s.checkpoints)-1], true, nil
	}
	for _, c := range s.checkpoints {
		if c.Size >= position {
			return c, true, nil
		}
	}
	return StoredCheckpoint{}, false, nil
}

func (s *memTree) SaveCheckpoint(_ context.Context, c StoredCheckpoint) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	at, found := slices.BinarySearchFunc(s.checkpoints, c, func(a, b StoredCheckpoint) int { return int(a.Size - b.Size) })
	if !found {
		s.checkpoints = slices.Insert(s.checkpoints, at, c)
	}
	return nil
}

// sizes lists the stored checkpoints.
func (s *memTree) sizes() []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []int64
	for _, c := range s.checkpoints {
		out = append(out, c.Size)
	}
	return out
}

// mustKeys returns keys of which the private ones are made from the names.
func mustKeys(t testing.TB, names ...string) Keys {
	t.Helper()
	var text []byte
	for _, name := range names {
		seed := sha256.Sum256([]byte(name))
		block, err := MarshalKey(ed25519.NewKeyFromSeed(seed[:]))
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, block...)
	}
	k, err := ParseKeys(text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// mustCheckpoint returns the checkpoint of the first size events in s.
func mustCheckpoint(t testing.TB, s TreeStore, size int64) Checkpoint {
	t.Helper()
	tree, err := LoadTree(context.Background(), s, size)
	if err != nil {
		t.Fatal(err)
	}
	head, err := s.Head(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return Checkpoint{Trail: head.Trail, Size: size, Root: tree.Root()}
}

func mustSign(t testing.TB, k Keys, c Checkpoint) string {
	t.Helper()
	signed, err := k.Sign(c)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}
