package db_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// kept is what somebody kept of a trail outside its database.
type kept struct {
	head    audit.Head
	at      audit.Checkpoint
	older   audit.Checkpoint
	leaves  []audit.Hash
	proofs  [][]audit.Hash // of each event, in at
	between []audit.Hash   // from older to at
}

// checkpoint states the tree over the first size events of a store.
func checkpoint(ctx context.Context, s *db.Store, size int64) (audit.Checkpoint, error) {
	head, err := s.Log().Head(ctx)
	if err != nil {
		return audit.Checkpoint{}, err
	}
	tree, err := audit.LoadTree(ctx, s.Tree(), size)
	if err != nil {
		return audit.Checkpoint{}, err
	}
	return audit.Checkpoint{Trail: head.Trail, Size: size, Root: tree.Root()}, nil
}

// keep keeps checkpoints of a trail as it is, and proofs of all of its events.
func keep(t *testing.T, s *db.Store) kept {
	t.Helper()
	k := kept{head: verify(t, s).Head}
	var err error
	if k.at, err = checkpoint(t.Context(), s, k.head.Position); err != nil {
		t.Fatal(err)
	}
	if k.older, err = checkpoint(t.Context(), s, k.head.Position/2); err != nil {
		t.Fatal(err)
	}
	if k.between, err = audit.ProveConsistency(t.Context(), s.Tree(), k.older.Size, k.at); err != nil {
		t.Fatal(err)
	}
	events, err := s.Log().Read(t.Context(), 0, int(k.head.Position))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		encoded, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		proof, err := audit.ProveInclusion(t.Context(), s.Tree(), k.at, e.Position)
		if err != nil {
			t.Fatal(err)
		}
		k.leaves, k.proofs = append(k.leaves, audit.LeafHash(encoded)), append(k.proofs, proof)
	}
	return k
}

// same returns nil when a database holds the trail that k was kept of, and
// nothing more: the head, the roots, and the events that the proofs are of.
func (k kept) same(ctx context.Context, s *db.Store) error {
	v, err := s.Verify(ctx, db.VerifyOptions{})
	if err != nil {
		return err
	}
	if v.Head != k.head {
		return fmt.Errorf("the head is %+v, it was %+v", v.Head, k.head)
	}
	for _, old := range []audit.Checkpoint{k.older, k.at} {
		got, err := checkpoint(ctx, s, old.Size)
		if err != nil {
			return err
		}
		if got != old {
			return fmt.Errorf("the checkpoint is %+v, it was %+v", got, old)
		}
	}
	if err := audit.CheckConsistency(k.older, k.at, k.between); err != nil {
		return err
	}
	events, err := s.Log().Read(ctx, 0, int(k.head.Position))
	if err != nil {
		return err
	}
	for n, e := range events {
		encoded, err := e.Encode()
		if err != nil {
			return err
		}
		if err := audit.CheckInclusion(k.at, e.Position, audit.LeafHash(encoded), k.proofs[n]); err != nil {
			return err
		}
		proof, err := audit.ProveInclusion(ctx, s.Tree(), k.at, e.Position)
		if err != nil {
			return err
		}
		if !slices.Equal(proof, k.proofs[n]) {
			return fmt.Errorf("the proof of position %d is another", e.Position)
		}
	}
	return nil
}

// goesOn writes one change and returns its event.
func goesOn(t *testing.T, s *db.Store, title string) *audit.Event {
	t.Helper()
	p, err := incident.New(s, nil).CreateIncident(t.Context(), person("alice"), incident.CreateIncidentInput{Title: title, Severity: incident.SeverityLow})
	if err != nil || p.Event == nil {
		t.Fatalf("got %v, %v", p, err)
	}
	return p.Event
}

// A copy of a database has the same head, roots and proofs, and can be written
// on.
func TestBackups(t *testing.T) {
	rounds := 1
	if soak() {
		rounds = 20
	}
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		copies := 0
		for round := range rounds {
			many(t, s, 40)
			k := keep(t, s)
			for _, b := range dbtest.BackupsOf(url) {
				t.Run(fmt.Sprint(b.Name, " ", round+1), func(t *testing.T) {
					to := b.Copy(t, url)
					restored := open(t, to, db.Options{})
					if err := k.same(t.Context(), restored); err != nil {
						t.Error(err)
					}
					// The control: what was written since must not pass for it.
					e := goesOn(t, restored, "after")
					if e.Position != k.head.Position+1 || e.Previous != k.head.Hash {
						t.Errorf("it goes on with %+v", e.Header)
					}
					verify(t, restored)
					if err := k.same(t.Context(), restored); err == nil {
						t.Error("control: one more event was not found")
					}
					copies++
				})
			}
		}
		t.Logf("%d copies with the same head, roots and %d proofs each at least; control: one event more is found each time", copies, 41)
	})
}
