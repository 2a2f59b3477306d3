package db_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
)

// treeEvents is how many events the trails here have: two full tiles and some.
const treeEvents = 2*audit.TileWidth + 60

// signedTrail writes a trail and puts it under a checkpoint, with its tiles.
func signedTrail(t *testing.T, url string) (*db.Store, audit.Keys, audit.StoredCheckpoint) {
	t.Helper()
	s, keys := open(t, url, db.Options{}), newKeys(t)
	many(t, s, treeEvents-1)
	return s, keys, finish(t, s, keys)
}

func newKeys(t testing.TB) audit.Keys {
	t.Helper()
	text := newKeyText(t)
	keys, err := audit.ParseKeys(text)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// finish brings checkpoint and tiles up to date, as a start and stop does.
func finish(t testing.TB, s *db.Store, keys audit.Keys) audit.StoredCheckpoint {
	t.Helper()
	c := audit.NewCheckpointer(s.Tree(), keys, audit.CheckpointerOptions{})
	if err := errors.Join(c.Start(t.Context()), c.Finish(t.Context())); err != nil {
		t.Fatal(err)
	}
	return c.Newest()
}

// provenBy counts the positions that can be proved, and fails for a proof that
// does not pass.
func provenBy(t *testing.T, s *db.Store, c audit.Checkpoint) (proven int) {
	t.Helper()
	events, err := s.Tree().Read(t.Context(), 0, int(c.Size))
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(events); n += 19 {
		e := events[n]
		proof, err := audit.ProveInclusion(t.Context(), s.Tree(), c, e.Position)
		if err != nil {
			continue
		}
		encoded, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if err := audit.CheckInclusion(c, e.Position, audit.LeafHash(encoded), proof); err != nil {
			t.Errorf("position %d: a proof was given out that does not pass", e.Position)
		}
		proven++
	}
	return proven
}

// What is stored of the tree can be lost; what is wrong in it never gives a
// proof that passes, and nothing is signed on top of it.
func TestTiles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s, keys, c := signedTrail(t, url)
		all := (treeEvents + 18) / 19
		raw := dbtest.Raw(t, url)
		exec := func(statement string) {
			t.Helper()
			if _, err := raw.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		stored := func() string {
			t.Helper()
			var b strings.Builder
			writeRows(t, &b, raw, "SELECT level, number, root, hashes FROM tree_tiles ORDER BY level, number")
			return b.String()
		}
		tiles := stored()
		if n := strings.Count(tiles, "\n"); c.Size != treeEvents || n != 2 || provenBy(t, s, c.Checkpoint) != all {
			t.Fatalf("checkpoint of %d, %d tiles", c.Size, n)
		}
		for n, lose := range []string{"DELETE FROM tree_tiles", "DELETE FROM tree_tiles WHERE number = 0", "DELETE FROM tree_tiles WHERE number = 1"} {
			exec(lose)
			if provenBy(t, s, c.Checkpoint) != all {
				t.Errorf("%s: not everything can be proved", lose)
			}
			finish(t, s, keys)
			if stored() != tiles {
				t.Errorf("loss %d: the tiles are not what they were", n)
			}
		}
		for _, spoil := range []string{
			"UPDATE tree_tiles SET root = {32} WHERE number = 1",
			"UPDATE tree_tiles SET root = (SELECT root FROM tree_tiles WHERE number = 1) WHERE number = 0",
		} {
			exec(strings.ReplaceAll(spoil, "{32}", blobOf(url, strings.Repeat("ab", 32))))
			if got := provenBy(t, s, c.Checkpoint); got == all {
				t.Errorf("%s: everything was proved all the same", spoil)
			}
			err := audit.NewCheckpointer(s.Tree(), keys, audit.CheckpointerOptions{}).Start(t.Context())
			if !errors.Is(err, audit.ErrTiles) {
				t.Errorf("%s: a checkpointer starts with %v", spoil, err)
			}
			exec("DELETE FROM tree_tiles") // what the error says to do
			finish(t, s, keys)
		}
		exec("UPDATE tree_tiles SET hashes = " + blobOf(url, strings.Repeat("ab", 8192)))
		if got := provenBy(t, s, c.Checkpoint); got == all {
			t.Error("wrong hashes: everything was proved all the same")
		}
	})
}

// Checkpoints are there for good, one of each size, of events that are there.
func TestCheckpointsStay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s, keys := open(t, url, db.Options{}), newKeys(t)
		many(t, s, 20)
		ctx, tree := t.Context(), s.Tree()
		head, err := tree.Head(ctx)
		if err != nil {
			t.Fatal(err)
		}
		made := func(size int64, root byte) audit.StoredCheckpoint {
			c := audit.StoredCheckpoint{Checkpoint: audit.Checkpoint{Trail: head.Trail, Size: size, Root: audit.Hash{root}}}
			c.SignedAt = time.UnixMicro(1764000000000000 + size).UTC()
			if c.Note, err = keys.Sign(c.Checkpoint); err != nil {
				t.Fatal(err)
			}
			return c
		}
		if _, ok, err := tree.Checkpoint(ctx, 0); ok || err != nil {
			t.Errorf("of none: %t, %v", ok, err)
		}
		for _, size := range []int64{5, 9, 7} {
			for root := range byte(2) { // the second is not stored
				if err := tree.SaveCheckpoint(ctx, made(size, root)); err != nil {
					t.Fatal(err)
				}
			}
		}
		for position, want := range map[int64]int64{0: 9, 1: 5, 5: 5, 6: 7, 8: 9, 9: 9, 10: 0} {
			got, ok, err := tree.Checkpoint(ctx, position)
			if err != nil || ok != (want > 0) || (ok && got != made(want, 0)) {
				t.Errorf("at %d: got %+v, %v, want that of %d", position, got, err, want)
			}
		}
		if err := tree.SaveCheckpoint(ctx, made(head.Position+1, 0)); err == nil {
			t.Error("a checkpoint of events that are not there was stored")
		}
		raw := dbtest.Raw(t, url)
		row := fmt.Sprintf("VALUES (%%d, %s, 'x', 1)", blobOf(url, strings.Repeat("ab", 32)))
		bad := []string{
			"UPDATE checkpoints SET note = 'x'", "UPDATE checkpoints SET size = 8 WHERE size = 7", "DELETE FROM checkpoints WHERE size = 9",
			"INSERT INTO checkpoints " + fmt.Sprintf(row, head.Position+1), "INSERT INTO checkpoints " + fmt.Sprintf(row, 5), "INSERT INTO checkpoints " + fmt.Sprintf(row, 0),
			"INSERT INTO checkpoints " + fmt.Sprintf(row, 5) + " ON CONFLICT (size) DO UPDATE SET note = 'x'",
		}
		if strings.HasPrefix(url, "sqlite:") {
			bad = append(bad, "INSERT OR REPLACE INTO checkpoints "+fmt.Sprintf(row, 5), "UPDATE OR REPLACE checkpoints SET size = 5 WHERE size = 7")
		} else {
			bad = append(bad, "TRUNCATE checkpoints", "SET session_replication_role = replica; DELETE FROM checkpoints")
		}
		for _, statement := range bad {
			if _, err := raw.ExecContext(ctx, statement); err == nil {
				t.Errorf("let through: %s", statement)
			}
		}
		for _, size := range []int64{5, 7, 9} {
			if got, _, err := tree.Checkpoint(ctx, size); err != nil || got != made(size, 0) {
				t.Errorf("after that: got %+v, %v", got, err)
			}
		}
	})
}
