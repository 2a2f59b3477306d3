package incident_test

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

const (
	players = 25 // play at once, so that their changes share transactions
	steps   = 50 // of one history
)

// histories is how many random histories each player tries.
// SQLite is Go code here, and several times slower under the race detector.
func histories(url string) int {
	switch {
	case os.Getenv("TASKTRAIL_SOAK") != "":
		return 10_000 / players
	case strings.HasPrefix(url, "sqlite:"):
		return 100 / players
	}
	return 250 / players
}

// Random changes, valid and not, must be answered as the model says; in the end
// the reads give what the model holds, and the trail played back gives the
// tables.
func TestRandomHistories(t *testing.T) {
	checks := flag.Lookup("rapid.checks").Value
	usual := checks.String()
	t.Cleanup(func() { _ = checks.Set(usual) })
	dbtest.Each(t, func(t *testing.T, url string) {
		if err := checks.Set(fmt.Sprint(histories(url))); err != nil {
			t.Fatal(err)
		}
		store, service := open(t, url)
		total := tally{refused: map[incident.MutationErrorCode]int{}}
		var mu sync.Mutex
		var n atomic.Int64
		var work sync.WaitGroup
		for range players {
			work.Go(func() {
				rapid.Check(player{t}, func(t *rapid.T) {
					p := &play{t: t, store: store, service: service}
					p.begin(n.Add(1))
					for range steps {
						p.step()
					}
					p.compare()
					mu.Lock()
					defer mu.Unlock()
					total.add(p.tally)
				})
			})
		}
		work.Wait()
		verified, err := store.Verify(t.Context(), db.VerifyOptions{})
		if err != nil {
			t.Fatalf("verify: %v", err)
		}
		t.Logf("%d histories of %d steps: %+v; %d events, %d incidents, %d tasks", n.Load(), steps, total,
			verified.Head.Position, verified.Incidents, verified.Tasks)
		if got, want := verified.Head.Position, int64(total.changes); got != want && !t.Failed() {
			t.Errorf("there are %d events, want %d", got, want)
		}
		if total.changes == 0 || total.same == 0 || len(total.refused) != 5 || total.replayed == 0 {
			t.Error("the histories were all alike")
		}
	})
}

func (a *tally) add(b tally) {
	a.changes, a.same, a.replayed = a.changes+b.changes, a.same+b.same, a.replayed+b.replayed
	for code, n := range b.refused {
		a.refused[code] += n
	}
}

// begin lets two people of its own in.
func (p *play) begin(n int64) {
	p.model, p.tally.refused = &model{keys: map[keyOf]done{}}, map[incident.MutationErrorCode]int{}
	for _, name := range []string{"alice", "bob"} {
		v := person(fmt.Sprint(name, " ", n))
		p.viewers, p.model.actors = append(p.viewers, v), append(p.model.actors, v.Actor)
		p.must(p.service.Admit(p.t.Context(), v))
	}
	p.inputs = inputs(p.model.actors)
}

// player is the test as a goroutine beside it may use it: it ends itself, not
// the test.
type player struct{ *testing.T }

func (p player) FailNow() { p.Fail(); runtime.Goexit() }

func (p player) Fatalf(format string, args ...any) { p.Errorf(format, args...); p.FailNow() }

func (p player) Fatal(args ...any) { p.Error(args...); p.FailNow() }
