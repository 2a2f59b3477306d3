package db_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// A test binary that finds these in its environment is a process of its own: it
// writes changes to the database until it has made as many as told, printing
// "ack POSITION" when each is acknowledged and "saw POSITION" for each event
// that it follows.
const (
	childURL     = "TASKTRAIL_TEST_CHILD_URL"
	childChanges = "TASKTRAIL_TEST_CHILD_CHANGES"
	childNoHints = "TASKTRAIL_TEST_CHILD_NO_HINTS"
)

const childWriters = 4

func child() {
	changes, _ := strconv.Atoi(os.Getenv(childChanges))
	if changes == 0 {
		childMigrate()
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	s, err := db.Open(ctx, os.Getenv(childURL), db.Options{Log: zerolog.Nop(), NoHints: os.Getenv(childNoHints) != ""})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	service, v := incident.New(s, nil), person(fmt.Sprint("process ", os.Getpid()))
	ready := sync.OnceFunc(func() { fmt.Println("ready") })

	// To be over, a process must have seen an event of its own last change.
	last := make(chan int64, 1)
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		until := int64(-1)
		for e, err := range audit.Follow(ctx, s.Log(), 0) {
			if err != nil {
				fmt.Println("error", err)
				return
			}
			fmt.Println("saw", e.Position)
			select {
			case until = <-last:
			default:
			}
			if until >= 0 && e.Position >= until {
				return
			}
		}
	}()
	var work sync.WaitGroup
	var mu sync.Mutex
	newest := int64(0)
	for w := range childWriters {
		work.Go(func() {
			for n := range changes / childWriters {
				p, err := service.CreateIncident(ctx, v, incident.CreateIncidentInput{Title: fmt.Sprint(w, n), Severity: incident.SeverityLow})
				if err != nil {
					fmt.Println("error", err)
					return
				}
				mu.Lock()
				newest = max(newest, p.Event.Position)
				mu.Unlock()
				fmt.Println("ack", p.Event.Position)
				ready()
			}
		})
	}
	work.Wait()
	last <- newest
	// The follower may have seen everything already; one more event wakes it.
	if _, err := service.CreateIncident(ctx, v, incident.CreateIncidentInput{Title: "end", Severity: incident.SeverityLow}); err != nil {
		fmt.Println("error", err)
	}
	<-followed
	stop()
	if err := <-ended; err != nil {
		fmt.Println("error", err)
	}
	_ = s.Close()
	fmt.Println("end")
}

// childMigrate is what a child does that is to make no changes: it migrates, and
// acknowledges how many migrations it has applied.
func childMigrate() {
	names, err := db.Migrate(context.Background(), os.Getenv(childURL))
	if err != nil {
		fmt.Println("error", err)
		return
	}
	fmt.Println("ack", len(names))
	fmt.Println("end")
}

// process is a running child and what it has said.
type process struct {
	cmd   *exec.Cmd
	acked []int64
	seen  []int64
	ended bool
	errs  []string
	done  chan struct{}
}

// spawn starts a child; ready is closed when its first change is acknowledged.
func spawn(t *testing.T, url string, changes int, more ...string) (p *process, ready chan struct{}) {
	t.Helper()
	p, ready = &process{cmd: exec.Command(os.Args[0]), done: make(chan struct{})}, make(chan struct{})
	p.cmd.Env = append(append(os.Environ(), childURL+"="+url, fmt.Sprintf("%s=%d", childChanges, changes)), more...)
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			word, rest, _ := strings.Cut(lines.Text(), " ")
			n, _ := strconv.ParseInt(rest, 10, 64)
			switch word {
			case "ready":
				close(ready)
			case "ack":
				p.acked = append(p.acked, n)
			case "saw":
				p.seen = append(p.seen, n)
			case "end":
				p.ended = true
			default:
				p.errs = append(p.errs, lines.Text())
			}
		}
		_ = p.cmd.Wait()
	}()
	return p, ready
}

// Processes that write to one database at once keep one chain without a gap,
// and each follows all of it, in order and nothing twice.
func TestProcessesKeepOneChain(t *testing.T) {
	for _, hints := range []string{"", childNoHints + "=1"} {
		t.Run("hints "+map[bool]string{true: "off", false: "on"}[hints != ""], func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, url string) {
				s := open(t, url, db.Options{})
				var all []*process
				for range 3 {
					p, _ := spawn(t, url, 200, hints)
					all = append(all, p)
				}
				acked := map[int64]bool{}
				for n, p := range all {
					<-p.done
					if !p.ended || len(p.errs) > 0 {
						t.Errorf("process %d: %v", n, p.errs)
					}
					for _, position := range p.acked {
						if acked[position] {
							t.Errorf("position %d was acknowledged twice", position)
						}
						acked[position] = true
					}
					for place, position := range p.seen {
						if position != int64(place+1) {
							t.Fatalf("process %d saw %d at place %d", n, position, place+1)
						}
					}
				}
				v := verify(t, s)
				if v.Head.Position != 603 || len(acked) != 600 {
					t.Errorf("%d events and %d acknowledged, want 603 and 600", v.Head.Position, len(acked))
				}
			})
		})
	}
}

// What was acknowledged is there after a kill at any moment, and nothing is half
// there.
func TestKill(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		kills := 50
		if !strings.HasPrefix(url, "sqlite:") {
			kills = 10
		}
		if os.Getenv("TASKTRAIL_SOAK") != "" {
			kills *= 40
		}
		if _, err := db.Migrate(t.Context(), url); err != nil {
			t.Fatal(err)
		}
		acked := 0
		for n := range kills {
			p, ready := spawn(t, url, 1_000_000)
			select {
			case <-ready:
			case <-p.done:
				t.Fatalf("the process ended by itself: %v", p.errs)
			}
			// The moment is the point of this test, so time must pass.
			<-time.After(time.Duration(n*7%40) * time.Millisecond)
			if err := p.cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			<-p.done
			acked += len(p.acked)
			check(t, url, p.acked)
		}
		t.Logf("%d kills, %d acknowledged changes, 0 lost", kills, acked)
		if acked == 0 {
			t.Error("nothing was ever acknowledged")
		}
	})
}

// check opens the database anew, as after a crash.
func check(t *testing.T, url string, acked []int64) {
	t.Helper()
	s, err := db.Open(t.Context(), url, db.Options{Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	v := verify(t, s)
	for _, position := range acked {
		if position > v.Head.Position {
			t.Fatalf("position %d was acknowledged, the trail ends at %d", position, v.Head.Position)
		}
	}
}
