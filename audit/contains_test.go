package audit

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// contradictions are trails that do not bear out a checkpoint of 700 events.
var contradictions = []struct {
	name string
	do   func(t *testing.T, s *memTree, c *StoredCheckpoint)
	want error
	says string
}{
	{"none", func(*testing.T, *memTree, *StoredCheckpoint) {}, nil, ""},
	{"signed by an unknown key", func(t *testing.T, _ *memTree, c *StoredCheckpoint) {
		c.Note = mustSign(t, mustKeys(t, "other"), c.Checkpoint)
	}, nil, ""},
	{"tail cut", func(_ *testing.T, s *memTree, _ *StoredCheckpoint) { s.events = s.events[:699] }, ErrTrailCut, "of 700 events, the trail has 699"},
	{"emptied", func(_ *testing.T, s *memTree, _ *StoredCheckpoint) { s.events = nil }, ErrTrailCut, "the trail has 0"},
	{"rewritten", func(t *testing.T, s *memTree, _ *StoredCheckpoint) {
		s.events = recommitted(cloned(s.events), 600, []byte(`{"actorName":"Eve"}`))
	}, ErrTrailRewritten, "of 700 events"},
	{"rewritten, with its tiles", func(t *testing.T, s *memTree, _ *StoredCheckpoint) {
		s.events, s.tiles = recommitted(cloned(s.events), 10, []byte(`{"actorName":"Eve"}`)), map[[2]int64][]Hash{}
	}, ErrTrailRewritten, "of 700 events"},
	{"an event lost", func(t *testing.T, s *memTree, _ *StoredCheckpoint) {
		s.events, s.tiles = append(slices.Delete(cloned(s.events), 99, 100), mustTrail(t, TrailID{1}, 701)[700]), map[[2]int64][]Hash{}
	}, ErrTrailRewritten, "of 700 events"},
	{"another trail", func(_ *testing.T, s *memTree, _ *StoredCheckpoint) { s.id = TrailID{2}; s.events = nil }, ErrTrailForeign, TrailID{1}.String()},
	{"a tile is wrong", func(_ *testing.T, s *memTree, _ *StoredCheckpoint) { s.tiles[[2]int64{0, 1}][7][3] ^= 1 }, ErrTiles, "DELETE FROM tree_tiles"},
	{"forged", func(t *testing.T, _ *memTree, c *StoredCheckpoint) {
		c.Size++
		lines := strings.SplitN(c.Note, "\n", 3)
		c.Note = lines[0] + "\n701\n" + lines[2]
	}, ErrCheckpointForged, "701"},
	{"no note", func(_ *testing.T, _ *memTree, c *StoredCheckpoint) { c.Note = "x" }, ErrCheckpointMalformed, "700"},
	{"note of another size", func(t *testing.T, s *memTree, c *StoredCheckpoint) {
		c.Note = mustSign(t, mustKeys(t, "a"), mustCheckpoint(t, s, 600))
	}, ErrCheckpointMalformed, "700"},
}

// When the newest checkpoint contradicts the trail, nothing is signed: neither
// after a start, nor once it is seen while running.
func TestContradictions(t *testing.T) {
	for _, test := range contradictions {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, k := newMemTree(TrailID{1}, mustTrail(t, TrailID{1}, 700)), mustKeys(t, "a")
				p := runPointer(t, s, k)
				mustSizes(t, "before", s, 700)
				p.stop()
				stored := s.checkpoints[0]
				test.do(t, s, &stored)
				s.checkpoints[0] = stored
				err := NewCheckpointer(s, k, CheckpointerOptions{}).Start(t.Context())
				if !errors.Is(err, test.want) || IsContradiction(err) != (test.want != nil) || (err != nil && !strings.Contains(err.Error(), test.says)) {
					t.Errorf("at the start: got %v, want %v and %q", err, test.want, test.says)
				}

				s = newMemTree(TrailID{1}, mustTrail(t, TrailID{1}, 700))
				p = runPointer(t, s, k)
				defer p.stop()
				mustSizes(t, "before", s, 700)
				if test.want == nil || errors.Is(test.want, ErrTrailForeign) { // ids of trails are read once
					return
				}
				stored = s.checkpoints[0]
				s.checkpoints = nil
				test.do(t, s, &stored)
				s.checkpoints = []StoredCheckpoint{stored}
				p.mu.Lock()
				p.reports = nil
				p.mu.Unlock()
				p.learn(StoredCheckpoint{Checkpoint: Checkpoint{Trail: TrailID{1}}}) // as if another had made it
				later(time.Minute)
				got := p.reported()
				if len(got) != 1 || !errors.Is(got[0], test.want) || !errors.Is(p.Refusal(), test.want) {
					t.Errorf("while running: reported %v, refusal %v, want %v", got, p.Refusal(), test.want)
				}
				p.stop()
				mustSizes(t, "after", s, stored.Size)
			})
		})
	}
}

// A trail that is cut or rewritten under a running server is noticed with the
// next checkpoint.
func TestContradictionsWhileRunning(t *testing.T) {
	trail := mustTrail(t, TrailID{1}, 100)
	other := recommitted(cloned(trail), 50, []byte(`{"actorName":"Eve"}`))
	for _, test := range []struct {
		name   string
		events []*Event
		want   error
	}{
		{"cut", trail[:40], ErrTrailCut},
		{"rewritten", other[:61], ErrTrailRewritten},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newMemTree(TrailID{1}, trail[:60:60])
				p := runPointer(t, s, mustKeys(t, "a"))
				mustSizes(t, "before", s, 60)
				s.append(trail[60])
				synctest.Wait()
				s.mu.Lock()
				s.events = test.events
				s.mu.Unlock()
				later(time.Minute)
				if got := p.reported(); len(got) != 1 || !errors.Is(got[0], test.want) {
					t.Errorf("reported %v, want %v", got, test.want)
				}
				p.stop()
				mustSizes(t, "after", s, 60)
			})
		})
	}
}
