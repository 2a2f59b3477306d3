package db_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// resume follows a trail from a cursor to its present end. What it yields must
// follow on the event that the cursor names, without a gap.
func resume(ctx context.Context, s *db.Store, after string) (int64, error) {
	head, err := s.Log().Head(ctx)
	if err != nil {
		return 0, err
	}
	events, err := incident.New(s, nil).Follow(ctx, person("alice"), nil, &after, false)
	if err != nil {
		return 0, err
	}
	cursor, err := audit.ParseCursor(after)
	if err != nil {
		return 0, err
	}
	at := cursor.Position
	if at == head.Position {
		return at, nil
	}
	for e, err := range events {
		switch {
		case err != nil:
			return at, err
		case e.Position != at+1:
			return at, fmt.Errorf("position %d comes after %d", e.Position, at)
		case at == cursor.Position && at > 0 && [16]byte(e.Previous[:16]) != cursor.Prefix:
			return at, fmt.Errorf("position %d does not follow on the cursor", e.Position)
		}
		if at = e.Position; at == head.Position {
			break
		}
	}
	return at, nil
}

// cursors returns one behind each event of a store, from before the first.
func cursors(t *testing.T, s *db.Store) []string {
	t.Helper()
	head := verify(t, s).Head
	out := []string{audit.Head{Trail: head.Trail}.Cursor().String()}
	events, err := s.Log().Read(t.Context(), 0, int(head.Position))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		out = append(out, e.Cursor().String())
	}
	return out
}

// resumesAll resumes from every cursor of a trail whose events behind position
// common are lost. Those of the common part go on to the end; the others are
// refused with a name.
func resumesAll(t *testing.T, s *db.Store, all []string, common int64) {
	t.Helper()
	head := verify(t, s).Head.Position
	for n, c := range all {
		got, err := resume(t.Context(), s, c)
		switch position := int64(n); {
		case position <= common:
			if err != nil || got != head {
				t.Errorf("from %d: got to %d, %v, want %d", position, got, err, head)
			}
		case position > head:
			if !errors.Is(err, audit.ErrCursorAhead) {
				t.Errorf("from %d, which is lost, with the end at %d: got to %d, %v", position, head, got, err)
			}
		default:
			if !errors.Is(err, audit.ErrTrailForked) {
				t.Errorf("from %d, which is lost, with the end at %d: got to %d, %v", position, head, got, err)
			}
		}
	}
}

// lostTail is what there is to say once the events behind a checkpoint are lost
// and others were written: before, after, and to who kept a checkpoint.
func lostTail(t *testing.T, s *db.Store, all []string, before, lost audit.Checkpoint) {
	t.Helper()
	common := before.Size
	resumesAll(t, s, all, common)
	tail := int64(len(all)) - 1 - common
	for n := range tail - 1 { // the end is behind some of the lost ones and before others
		goesOn(t, s, fmt.Sprint("new ", n))
		if n == 0 || n == tail-2 {
			resumesAll(t, s, all, common)
		}
	}
	// The control: a bare position, as many clients keep it, skips in silence.
	e, err := s.Log().Read(t.Context(), common+1, 1)
	if err != nil || len(e) != 1 {
		t.Fatal(e, err)
	}
	if cursor, _ := audit.ParseCursor(all[common+1]); [16]byte(e[0].Previous[:16]) == cursor.Prefix {
		t.Error("control: a bare position would have resumed rightly")
	}
	for n := range 3 {
		goesOn(t, s, fmt.Sprint("beyond ", n))
	}
	resumesAll(t, s, all, common)

	newest, err := checkpoint(t.Context(), s, verify(t, s).Head.Position)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		kept audit.Checkpoint
		want error
	}{{"before", before, nil}, {"of what was lost", lost, audit.ErrProof}} {
		proof, err := audit.ProveConsistency(t.Context(), s.Tree(), test.kept.Size, newest)
		if err != nil {
			t.Fatal(err)
		}
		if got := audit.CheckConsistency(test.kept, newest, proof); !errors.Is(got, test.want) {
			t.Errorf("a checkpoint %s: got %v, want %v", test.name, got, test.want)
		}
	}
}

const (
	commonEvents = 12
	lostEvents   = 8
)

// writes adds events and returns the checkpoint behind them.
func writes(t *testing.T, s *db.Store, n int) audit.Checkpoint {
	t.Helper()
	var last *audit.Event
	for k := range n {
		last = goesOn(t, s, fmt.Sprint("x", k))
	}
	c, err := checkpoint(t.Context(), s, last.Position)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A standby that had not received everything is promoted: what was acknowledged
// and is lost is never skipped in silence, and who kept a checkpoint can prove
// the loss.
func TestFailover(t *testing.T) {
	runs := 1
	if soak() {
		runs = 50
	}
	for range runs {
		t.Run("run", func(t *testing.T) {
			primary := dbtest.NewCluster(t)
			s := open(t, primary.URL(), db.Options{NoHints: true})
			before := writes(t, s, commonEvents)
			k := keep(t, s)
			standby := primary.BaseBackup(t, true)
			standby.Start(t)
			copied, err := db.Open(t.Context(), standby.URL(), db.Options{})
			if err != nil {
				t.Fatal(err)
			}
			// The base backup has all of it; that holds for every other one.
			if err := k.same(t.Context(), copied); err != nil {
				t.Errorf("the base backup: %v", err)
			}
			_ = copied.Close()
			standby.Kill() // and hears nothing more
			lost := writes(t, s, lostEvents)
			all := cursors(t, s)
			primary.Kill()
			standby.Start(t)
			if _, err := dbtest.Raw(t, standby.URL()).ExecContext(t.Context(), "SELECT pg_promote()"); err != nil {
				t.Fatal(err)
			}
			lostTail(t, open(t, standby.URL(), db.Options{}), all, before, lost)
		})
	}
	t.Logf("%d failovers that lost %d acknowledged events each: 0 cursors resumed in silence", runs, lostEvents)
}

// The same when an old backup is restored.
func TestOldBackup(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		before := writes(t, s, commonEvents)
		old := dbtest.BackupsOf(url)[0].Copy(t, url)
		lost := writes(t, s, lostEvents)
		lostTail(t, open(t, old, db.Options{}), cursors(t, s), before, lost)
	})
}

// Of all that a cursor can be changed into, nothing is accepted but a place of
// this very trail.
func TestMutatedCursors(t *testing.T) {
	mutations := 2_000
	if soak() {
		mutations = 20_000
	}
	dbtest.Each(t, func(t *testing.T, url string) {
		s, other := open(t, url, db.Options{}), open(t, dbtest.SQLite(t), db.Options{})
		writes(t, s, 20)
		writes(t, other, 20)
		all, foreign := cursors(t, s), cursors(t, other)
		genuine := map[string]bool{}
		for _, c := range all {
			genuine[c] = true
			if _, err := resume(t.Context(), s, c); err != nil { // the control: a check that accepts nothing is easy
				t.Fatal(err)
			}
		}
		r, accepted, refused := rand.New(rand.NewPCG(8, 8)), 0, map[error]int{}
		for n := range mutations {
			c, err := audit.ParseCursor(all[r.IntN(len(all))])
			if err != nil {
				t.Fatal(err)
			}
			text := ""
			switch n % 6 {
			case 0:
				c.Trail[r.IntN(16)] ^= 1 << r.IntN(8)
			case 1:
				c.Prefix[r.IntN(16)] ^= 1 << r.IntN(8)
			case 2:
				c.Position = r.Int64N(40)
			case 3:
				c.Position ^= 1 << r.IntN(63)
			case 4:
				text = foreign[r.IntN(len(foreign))]
			case 5:
				b := []byte(c.String())
				b[r.IntN(len(b))] ^= 1 << r.IntN(8)
				text = string(b[:len(b)-r.IntN(2)*r.IntN(len(b))])
			}
			if text == "" {
				text = c.String()
			}
			_, err = resume(t.Context(), s, text)
			if err == nil && !genuine[text] {
				t.Errorf("%q was accepted", text)
			}
			if err == nil {
				accepted++
				continue
			}
			for _, known := range []error{audit.ErrCursorMalformed, audit.ErrCursorAhead, audit.ErrTrailForked} {
				if errors.Is(err, known) {
					refused[known]++
					err = nil
				}
			}
			if err != nil {
				t.Errorf("%q: %v", text, err)
			}
		}
		t.Logf("%d cursors, %d of them unchanged and accepted, 0 others; %d malformed, %d ahead, %d forked", mutations, accepted,
			refused[audit.ErrCursorMalformed], refused[audit.ErrCursorAhead], refused[audit.ErrTrailForked])
	})
}
