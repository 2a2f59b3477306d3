package audit

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pointer is a checkpointer that runs, and what it said.
type pointer struct {
	*Checkpointer
	stop func() // and wait for its end

	mu      sync.Mutex
	sunk    []string
	sinkErr error
	reports []error
}

func (p *pointer) sink(note string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sinkErr == nil {
		p.sunk = append(p.sunk, note)
	}
	return p.sinkErr
}

func (p *pointer) failSink(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sinkErr = err
}

func (p *pointer) reported() []error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.reports)
}

// runPointer starts a checkpointer in the bubble of a test.
func runPointer(t *testing.T, s *memTree, k Keys) *pointer {
	t.Helper()
	p := &pointer{}
	p.Checkpointer = NewCheckpointer(s, k, CheckpointerOptions{Sink: p.sink, Report: func(err error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.reports = append(p.reports, err)
	}})
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := p.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	p.stop = sync.OnceFunc(func() { cancel(); <-done })
	return p
}

// later lets time pass in a bubble.
func later(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func mustSizes(t *testing.T, what string, s *memTree, want ...int64) {
	t.Helper()
	synctest.Wait()
	if got := s.sizes(); !slices.Equal(got, want) {
		t.Errorf("%s: checkpoints of %v, want %v", what, got, want)
	}
}

func TestCheckpointWhenDue(t *testing.T) {
	trail := mustTrail(t, TrailID{1}, 1000)
	synctest.Test(t, func(t *testing.T) {
		s, k := newMemTree(TrailID{1}, nil), mustKeys(t, "a")
		p := runPointer(t, s, k)
		later(time.Minute)
		mustSizes(t, "no events", s)
		s.append(trail[:1]...)
		mustSizes(t, "the first after a long silence", s, 1)
		s.append(trail[1:100]...)
		later(checkpointAge - time.Second)
		mustSizes(t, "99 more", s, 1)
		s.append(trail[100])
		mustSizes(t, "100 more", s, 1, 101)
		s.append(trail[101:300]...)
		mustSizes(t, "199 more, at the same moment", s, 1, 101, 300)
		s.append(trail[300])
		later(checkpointAge - time.Millisecond)
		mustSizes(t, "one more, just before its time", s, 1, 101, 300)
		later(time.Second)
		mustSizes(t, "one more", s, 1, 101, 300, 301)
		later(time.Hour)
		mustSizes(t, "nothing new", s, 1, 101, 300, 301)
		s.append(trail[301:310]...)
		synctest.Wait()
		s.append(trail[310:321]...)
		p.stop()
		mustSizes(t, "stopped", s, 1, 101, 300, 301, 310, 321)
		for n, c := range s.checkpoints {
			got, err := k.Open(c.Note)
			if err != nil || got != mustCheckpoint(t, s, c.Size) || got != c.Checkpoint || p.sunk[n] != c.Note {
				t.Errorf("the one of %d: got %v, %v", c.Size, got, err)
			}
		}
		if got := p.Newest(); got.Size != 321 || len(p.sunk) != 6 || len(p.reports) != 0 {
			t.Errorf("newest %d, %d sunk, reported %v", got.Size, len(p.sunk), p.reports)
		}
	})
}

// Of servers that share a store, the others make none when one has.
func TestCheckpointersShareAStore(t *testing.T) {
	trail := mustTrail(t, TrailID{1}, 1000)
	synctest.Test(t, func(t *testing.T) {
		s := newMemTree(TrailID{1}, nil)
		var all []*pointer
		for range 3 {
			all = append(all, runPointer(t, s, mustKeys(t, "a")))
		}
		s.append(trail[0])
		mustSizes(t, "one event", s, 1)
		for n := 1; n < 1000; n += 37 {
			s.append(trail[n:min(n+37, 1000)]...)
			later(time.Second)
		}
		for n, p := range all {
			p.stop()
			if len(p.reports) != 0 {
				t.Errorf("server %d reports %v", n, p.reports)
			}
		}
		sizes := s.sizes()
		if last := sizes[len(sizes)-1]; last != 1000 || len(sizes) > 14 {
			t.Errorf("checkpoints of %v", sizes)
		}
	})
}

// What fails is reported once, tried again, and nothing is left out.
func TestCheckpointerErrors(t *testing.T) {
	trail, away := mustTrail(t, TrailID{1}, 1000), errors.New("away")
	synctest.Test(t, func(t *testing.T) {
		s := newMemTree(TrailID{1}, nil)
		p := runPointer(t, s, mustKeys(t, "a"))
		s.append(trail[:300]...)
		mustSizes(t, "before", s, 300)
		s.fail(away)
		s.append(trail[300:600]...)
		later(time.Minute)
		if got := p.reported(); !slices.Equal(got, []error{away}) {
			t.Errorf("store away: reported %v", got)
		}
		s.fail(nil)
		later(time.Second)
		mustSizes(t, "store back", s, 300, 600)
		s.mu.Lock()
		s.saveErr = away
		s.mu.Unlock()
		s.append(trail[600:790]...)
		later(time.Minute)
		mustSizes(t, "tiles cannot be stored", s, 300, 600)
		s.mu.Lock()
		s.saveErr = nil
		s.mu.Unlock()
		later(time.Second)
		mustSizes(t, "tiles can be stored", s, 300, 600, 790)
		p.failSink(away)
		s.append(trail[790:800]...)
		later(time.Minute)
		mustSizes(t, "sink away", s, 300, 600, 790, 800)
		s.append(trail[800:900]...)
		later(time.Minute)
		p.failSink(nil)
		later(time.Second)
		if got := p.reported(); len(got) != 6 || !errors.Is(got[2], away) || !errors.Is(got[4], away) || got[1] != nil || got[3] != nil || got[5] != nil {
			t.Errorf("reported %v", got)
		}
		p.stop()
		var sunk []int64
		for _, note := range p.sunk {
			c, _ := ReadCheckpoint(note)
			sunk = append(sunk, c.Size)
		}
		if want := []int64{300, 600, 790, 900}; !slices.Equal(sunk, want) {
			t.Errorf("sunk %v, want %v", sunk, want)
		}
		if want := 900 / TileWidth; len(s.tiles) != want {
			t.Errorf("%d tiles, want %d", len(s.tiles), want)
		}
	})
}

// A long trail without tiles or checkpoints is taken in by pages, and lost tiles
// are made again.
func TestCheckpointerMakesTiles(t *testing.T) {
	const size = TileWidth*TileWidth + 2*TileWidth + 3
	s, k := newMemTree(TrailID{1}, mustTrail(t, TrailID{1}, size)), mustKeys(t, "a")
	make := func() *Checkpointer {
		t.Helper()
		c := NewCheckpointer(s, k, CheckpointerOptions{})
		if err := errors.Join(c.Start(t.Context()), c.Finish(t.Context())); err != nil {
			t.Fatal(err)
		}
		return c
	}
	make()
	if s.reads != size || s.maxRead > followPage || s.maxSave > 2 {
		t.Errorf("read %d events, at most %d at once, stored %d tiles at once", s.reads, s.maxRead, s.maxSave)
	}
	want := s.tiles
	if len(want) != TileWidth+2+1 || len(s.checkpoints) != 1 {
		t.Fatalf("%d tiles, %d checkpoints", len(want), len(s.checkpoints))
	}
	for _, lost := range []func(level, number int64) bool{
		func(_, _ int64) bool { return true },
		func(level, _ int64) bool { return level == 1 },
		func(level, number int64) bool { return level == 0 && number%3 == 0 },
		func(level, number int64) bool { return level == 0 && number == TileWidth+1 },
	} {
		s.tiles = map[[2]int64][]Hash{}
		for at, hashes := range want {
			if !lost(at[0], at[1]) {
				s.tiles[at] = hashes
			}
		}
		make()
		if len(s.tiles) != len(want) {
			t.Errorf("%d tiles, want %d", len(s.tiles), len(want))
		}
		for at, hashes := range want {
			if !slices.Equal(s.tiles[at], hashes) {
				t.Fatalf("tile %v differs", at)
			}
		}
	}
	if s.maxRead > followPage || s.maxSave > 2 || len(s.checkpoints) != 1 {
		t.Errorf("read %d at once, stored %d tiles at once, %d checkpoints", s.maxRead, s.maxSave, len(s.checkpoints))
	}
}
