package db_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

func newKeyText(t testing.TB) []byte {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := audit.MarshalKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// signing is a checkpointer that runs on a store with a clock of the test.
type signing struct {
	made  chan audit.Checkpoint // each that it makes
	tick  chan time.Time
	stop  func() // and wait for its end
	clock atomic.Int64
}

func sign(t *testing.T, s *db.Store, keys audit.Keys) *signing {
	t.Helper()
	p := &signing{made: make(chan audit.Checkpoint, 10_000), tick: make(chan time.Time)}
	p.clock.Store(time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC).UnixMicro())
	c := audit.NewCheckpointer(s.Tree(), keys, audit.CheckpointerOptions{
		Now: func() time.Time { return time.UnixMicro(p.clock.Load()) }, Tick: p.tick,
		Sink: func(note string) error {
			c, err := keys.Open(note)
			p.made <- c
			return err
		},
		Report: func(err error) { t.Errorf("reported: %v", err) },
	})
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	p.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(p.stop)
	return p
}

// later puts the clock forward and lets the checkpointer look twice: when the
// second look begins, the first is over.
func (p *signing) later(d time.Duration) {
	p.clock.Add(d.Microseconds())
	p.tick <- time.Time{}
	p.tick <- time.Time{}
}

func (p *signing) none(t *testing.T, what string) {
	t.Helper()
	select {
	case c := <-p.made:
		t.Errorf("%s: there is one of %d", what, c.Size)
	default:
	}
}

// one waits for the next checkpoint.
func (p *signing) one(t *testing.T, what string, size int64) {
	t.Helper()
	select {
	case c := <-p.made:
		if c.Size != size {
			t.Errorf("%s: one of %d, want %d", what, c.Size, size)
		}
	case <-time.After(time.Minute):
		t.Fatalf("%s: there is none, want one of %d", what, size)
	}
}

// tasks adds n events to an incident.
func tasks(t testing.TB, s *db.Store, id string, n int) {
	t.Helper()
	for i := range n {
		p, err := incident.New(s, nil).AddTask(context.Background(), person("alice"), incident.AddTaskInput{IncidentID: id, Title: fmt.Sprint(i)})
		if err != nil || len(p.Errors) > 0 {
			t.Fatal(err, p.Errors)
		}
	}
}

func newIncident(t testing.TB, s *db.Store) string {
	t.Helper()
	p, err := incident.New(s, nil).CreateIncident(context.Background(), person("alice"), incident.CreateIncidentInput{Title: "I", Severity: incident.SeverityLow})
	if err != nil {
		t.Fatal(err)
	}
	return p.Incident.ID
}

func TestCheckpointerOnStore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s, keys := open(t, url, db.Options{}), newKeys(t)
		p := sign(t, s, keys)
		id := newIncident(t, s)
		p.one(t, "the first event", 1)
		tasks(t, s, id, 99)
		p.later(9 * time.Second)
		p.none(t, "99 events, 9 seconds")
		tasks(t, s, id, 1)
		p.later(0)
		p.one(t, "100 events", 101)
		tasks(t, s, id, 1)
		p.later(9 * time.Second)
		p.none(t, "one event, 9 seconds")
		p.later(time.Second)
		p.one(t, "one event, 10 seconds", 102)
		p.later(9 * time.Second)
		p.none(t, "no event")
		tasks(t, s, id, 3)
		p.stop()
		p.one(t, "stopped", 105)
		stored, ok, err := s.Tree().Checkpoint(t.Context(), 0)
		if err != nil || !ok || stored.Size != 105 {
			t.Errorf("stored: %+v, %v", stored, err)
		}
		if again, err := keys.Open(stored.Note); err != nil || again != stored.Checkpoint {
			t.Errorf("stored: %v", err)
		}
	})
}

// The last checkpoint is made when the store has stopped, and holds also what
// another server wrote just before.
func TestLastCheckpoint(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		other, keys := open(t, url, db.Options{}), newKeys(t)
		s, err := db.Open(t.Context(), url, db.Options{NoHints: true})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		p := sign(t, s, keys)
		id := newIncident(t, s)
		p.one(t, "the first event", 1)
		tasks(t, other, id, 2)
		tasks(t, s, id, 1)
		tasks(t, other, id, 2)
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		tasks(t, other, id, 1)
		p.stop()
		p.one(t, "stopped", 7)
	})
}

// Three servers on one PostgreSQL, each with writers and a checkpointer, make
// checkpoints of one tree and get in nobody's way.
func TestCheckpointersOfServers(t *testing.T) {
	url, keys := dbtest.Postgres(t), newKeys(t)
	var servers []*signing
	var work sync.WaitGroup
	for range 3 {
		s := open(t, url, db.Options{})
		p := sign(t, s, keys)
		servers = append(servers, p)
		for range 4 {
			id := newIncident(t, s)
			work.Go(func() {
				for range 4 {
					tasks(t, s, id, 20)
					p.clock.Add(time.Second.Microseconds())
				}
			})
		}
	}
	work.Wait()
	for _, p := range servers {
		p.stop()
	}
	s := open(t, url, db.Options{})
	verify(t, s)
	sizes := map[int64]bool{}
	for n, p := range servers {
		close(p.made)
		for c := range p.made {
			sizes[c.Size] = true
			if _, err := audit.LoadCheckedTree(t.Context(), s.Tree(), c); err != nil {
				t.Errorf("server %d: %v", n, err)
			}
		}
	}
	stored, _, err := s.Tree().Checkpoint(t.Context(), 0)
	if err != nil || stored.Size != 3*4*81 || len(sizes) < 5 {
		t.Errorf("the newest is of %d, %v; made of %d sizes", stored.Size, err, len(sizes))
	}
	t.Logf("%d events under checkpoints of %d sizes", stored.Size, len(sizes))
}

// A trail that was cut or rewritten by whoever owns the database is not signed.
func TestCutTrailIsNotSigned(t *testing.T) {
	for _, test := range []struct {
		name string
		sql  []string
		want error
	}{
		{"cut", []string{"DELETE FROM audit_events WHERE position > 100"}, audit.ErrTrailCut},
		{"rewritten at its end", []string{"UPDATE audit_events SET actor_id = 'act_x' WHERE position = (SELECT max(position) FROM audit_events)"}, audit.ErrTrailRewritten},
		{"rewritten, tiles deleted", []string{"UPDATE audit_events SET actor_id = 'act_x' WHERE position = 7", "DELETE FROM tree_tiles"}, audit.ErrTrailRewritten},
	} {
		t.Run(test.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, url string) {
				_, keys, _ := signedTrail(t, url)
				for _, statement := range test.sql {
					tamperAll(t, url, statement)
				}
				s, err := db.Open(t.Context(), url, db.Options{}) // which has nothing in memory
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = s.Close() }()
				err = audit.NewCheckpointer(s.Tree(), keys, audit.CheckpointerOptions{}).Start(t.Context())
				if !errors.Is(err, test.want) {
					t.Errorf("got %v, want %v", err, test.want)
				}
			})
		})
	}
}

// tamperAll runs a statement on the events as the owner of the database, with
// whatever keys refer to them taken away.
func tamperAll(t *testing.T, url, statement string) {
	t.Helper()
	if strings.HasPrefix(url, "postgres") && strings.HasPrefix(statement, "DELETE FROM audit_events") {
		statement = "ALTER TABLE audit_events DISABLE TRIGGER ALL; SET session_replication_role = replica; " + statement
	}
	dbtest.Tamper(t, url, "audit_events", statement)
}
