package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// follower collects in a goroutine of its own what Follow yields. What it has
// may be read after synctest.Wait.
type follower struct {
	cancel context.CancelFunc
	events []*Event
	err    error
	done   bool
}

func follow(log Log, after int64) *follower {
	ctx, cancel := context.WithCancel(context.Background())
	f := &follower{cancel: cancel}
	go func() {
		for e, err := range Follow(ctx, log, after) {
			if err != nil {
				f.err = err
				continue // it must end by itself
			}
			f.events = append(f.events, e)
		}
		f.done = true
	}()
	return f
}

// mustHave waits until the follower has nothing more to do for now and compares
// what it got.
func (f *follower) mustHave(t testing.TB, want []*Event) {
	t.Helper()
	synctest.Wait()
	if f.err != nil || f.done || !slices.Equal(f.events, want) {
		t.Fatalf("got %d events, error %v, ended %v; want %d", len(f.events), f.err, f.done, len(want))
	}
}

// mustEnd cancels the follower and sees that this ends it without an error.
func (f *follower) mustEnd(t testing.TB) {
	t.Helper()
	f.cancel()
	synctest.Wait()
	if !f.done || f.err != nil {
		t.Errorf("got ended %v, error %v; want it to end without", f.done, f.err)
	}
}

// The clock of a synctest bubble stands still while anything can run, so an
// unchanged clock shows that no poll was needed.
func TestFollow(t *testing.T) {
	trail := mustTrail(t, TrailID{1}, 3*followPage+7)
	for _, before := range []int{0, 1, followPage - 1, followPage, followPage + 1, 2 * followPage} {
		t.Run(fmt.Sprintf("%d before, others while waiting", before), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				log := newMemLog(TrailID{1}, trail[:before:before])
				all, some := follow(log, 0), follow(log, int64(before/2))
				for n := before; n < len(trail); n += 100 {
					all.mustHave(t, trail[:n])
					some.mustHave(t, trail[before/2:n])
					log.append(trail[n:min(n+100, len(trail))]...)
				}
				all.mustHave(t, trail)
				some.mustHave(t, trail[before/2:])
				all.mustEnd(t)
				some.mustEnd(t)
				if got := time.Since(start); got != 0 {
					t.Errorf("got %v waited for the poll, want the wake-up to do", got)
				}
			})
		})
	}
}

// What is appended after a read has its answer and before the follower waits
// must wake it all the same.
func TestFollowAppendedBetweenReadAndWait(t *testing.T) {
	trail := mustTrail(t, TrailID{1}, 2*followPage+20)
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		log := newMemLog(TrailID{1}, trail[:followPage:followPage])
		next := followPage
		log.read = func(int64, []*Event) {
			if n := min(next+9, len(trail)); n > next {
				log.append(trail[next:n]...)
				next = n
			}
		}
		f := follow(log, 0)
		f.mustHave(t, trail)
		if got := time.Since(start); got != 0 {
			t.Errorf("got %v waited for the poll, want the wake-up to do", got)
		}
		f.mustEnd(t)
	})
}

func TestFollowFindsByItselfWhatNoWakeUpTold(t *testing.T) {
	trail := mustTrail(t, TrailID{1}, followPage+50)
	synctest.Test(t, func(t *testing.T) {
		log := newMemLog(TrailID{1}, nil)
		log.deaf = true
		f := follow(log, 0)
		for n := 0; n < len(trail); n += 51 {
			f.mustHave(t, trail[:n])
			log.append(trail[n:min(n+51, len(trail))]...)
			<-time.After(followPoll)
		}
		f.mustHave(t, trail)
		f.mustEnd(t)
	})
}

// Ten followers stop early again and again and go on from the cursor of their
// last event, while the trail grows and some wake-ups are lost.
func TestFollowersResumeWithoutGapOrRepeat(t *testing.T) {
	trail := mustTrail(t, TrailID{1}, 400)
	stops := 0
	lengths := rapid.SliceOfN(rapid.IntRange(1, 120), 1, 20)
	rapid.Check(t, func(t *rapid.T) {
		plans := rapid.SliceOfN(lengths, 10, 10).Draw(t, "events until each stop")
		bursts := rapid.SliceOfN(rapid.IntRange(1, 90), 1, 20).Draw(t, "bursts")
		lost := rapid.SliceOfN(rapid.Bool(), len(bursts), len(bursts)).Draw(t, "wake-ups lost")
		rapid.SyncTest(t, func(t *rapid.T) {
			log := newMemLog(TrailID{1}, nil)
			type result struct {
				events []*Event
				stops  int
				err    error
			}
			results := make(chan result)
			for _, plan := range plans {
				go func() {
					r := result{}
					r.events, r.stops, r.err = resuming(log, plan, len(trail))
					results <- r
				}()
			}
			for i, rest := 0, trail; len(rest) > 0; i++ {
				n := min(bursts[i%len(bursts)], len(rest))
				log.mu.Lock()
				log.deaf = lost[i%len(lost)]
				log.mu.Unlock()
				log.append(rest[:n]...)
				rest = rest[n:]
				if i%3 != 0 { // every third time readers and the writer race
					synctest.Wait()
				}
			}
			for range plans {
				r := <-results
				if r.err != nil || !slices.Equal(r.events, trail) {
					t.Errorf("got %d events, %v; want the %d of the trail, each once and in order", len(r.events), r.err, len(trail))
				}
				stops += r.stops
			}
		})
	})
	t.Logf("%d stops and resumptions", stops)
}

// resuming follows log until it has n events. It stops after as many events as
// plan says, again and again, and keeps nothing but the text of the cursor.
func resuming(log Log, plan []int, n int) (events []*Event, stops int, err error) {
	ctx := context.Background()
	text := Head{Trail: TrailID{1}}.Cursor().String()
	for len(events) < n {
		c, err := ParseCursor(text)
		if err != nil {
			return events, stops, err
		}
		if err := CheckCursor(ctx, log, c); err != nil {
			return events, stops, err
		}
		left := min(plan[stops%len(plan)], n-len(events))
		for e, err := range Follow(ctx, log, c.Position) {
			if err != nil {
				return events, stops, err
			}
			events, text, left = append(events, e), e.Cursor().String(), left-1
			if left == 0 {
				break
			}
		}
		stops++
	}
	return events, stops, nil
}

func TestFollowEndsWithContext(t *testing.T) {
	trail := mustTrail(t, TrailID{1}, followPage+10)
	for _, n := range []int{4, followPage, len(trail)} { // within a page, between two, at the head
		log := newMemLog(TrailID{1}, trail)
		ctx, cancel := context.WithCancel(t.Context())
		var got []*Event
		for e, err := range Follow(ctx, log, 0) {
			if err != nil {
				t.Fatalf("after %d events: %v", len(got), err)
			}
			if got = append(got, e); len(got) == n {
				cancel()
			}
		}
		if !slices.Equal(got, trail[:n]) {
			t.Errorf("got %d events, want the %d before the context ended", len(got), n)
		}
		cancel()
	}
}

func TestFollowEndsWithError(t *testing.T) {
	trail := mustTrail(t, TrailID{1}, 5)
	want := errors.New("disk on fire")
	synctest.Test(t, func(t *testing.T) {
		log := newMemLog(TrailID{1}, trail[:4:4])
		f := follow(log, 0)
		f.mustHave(t, trail[:4])
		log.fail(want)
		log.append(trail[4])
		synctest.Wait()
		if !f.done || !errors.Is(f.err, want) || len(f.events) != 4 {
			t.Errorf("got ended %v, error %v, %d events; want it to end with %v after 4", f.done, f.err, len(f.events), want)
		}
	})
}
