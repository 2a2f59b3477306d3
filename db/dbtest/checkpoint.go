package dbtest

import (
	"crypto/ed25519"
	"testing"
	"time"

	"tasktrail/audit"
)

// NewKeys returns new keys that sign checkpoints.
func NewKeys(t testing.TB) audit.Keys {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := audit.MarshalKey(private)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := audit.ParseKeys(text)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// Checkpoint stores the full tiles of the tree over the first size events in s,
// and a checkpoint of it.
func Checkpoint(t testing.TB, s audit.TreeStore, keys audit.Keys, size int64) audit.StoredCheckpoint {
	t.Helper()
	head, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	entries, err := audit.ReadEntries(t.Context(), s, 0, int(size))
	if err != nil {
		t.Fatal(err)
	}
	var tree audit.Tree
	var tiles []audit.Tile
	for _, entry := range entries {
		tiles = append(tiles, tree.Append(audit.LeafHash(entry))...)
	}
	c := audit.StoredCheckpoint{
		Checkpoint: audit.Checkpoint{Trail: head.Trail, Size: size, Root: tree.Root()}, SignedAt: time.Now().UTC().Truncate(time.Microsecond),
	}
	if c.Note, err = keys.Sign(c.Checkpoint); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveTiles(t.Context(), tiles); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveCheckpoint(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return c
}
