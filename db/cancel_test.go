package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

type key int

const watched key = 0

// endless makes every query of incidents take for ever, computing.
func endless(t *testing.T, url string) {
	t.Helper()
	for _, statement := range []string{
		`ALTER TABLE incidents RENAME TO incidents_kept`,
		`CREATE VIEW incidents AS SELECT k.* FROM incidents_kept AS k, (WITH RECURSIVE c(x) AS (
			SELECT 1 UNION ALL SELECT x FROM c) SELECT count(*) AS n FROM c) AS endless`,
	} {
		if _, err := dbtest.Raw(t, url).ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// busy returns how many of the server's connections work on a query of
// incidents.
func busy(t *testing.T, raw *sql.DB) (n int) {
	t.Helper()
	err := raw.QueryRowContext(t.Context(), `SELECT count(*) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' AND query LIKE '%incidents%'`).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// worker returns the process of the server that works on a query of incidents.
func worker(t *testing.T, raw *sql.DB) (pid int) {
	t.Helper()
	err := raw.QueryRowContext(t.Context(), `SELECT pid FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' AND query LIKE '%incidents%'`).Scan(&pid)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// connected reports whether a process of the server has a client.
func connected(t *testing.T, raw *sql.DB, pid int) (is bool) {
	t.Helper()
	if err := raw.QueryRowContext(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)`, pid).Scan(&is); err != nil {
		t.Fatal(err)
	}
	return is
}

// connections returns how many there are to the database but our own. A store
// has at most 10, and a listener.
func connections(t *testing.T, raw *sql.DB) (n int) {
	t.Helper()
	err := raw.QueryRowContext(t.Context(), `SELECT count(*) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Whoever leaves, or whose time is up, takes the running statement along, and
// nobody else's: the pool is as good afterwards as before.
func TestLeavingCancels(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		raw := dbtest.Raw(t, url)
		asking := make(chan struct{}, 1)
		faults := &dbtest.Faults{Counts: func(ctx context.Context) bool { // sees every statement before the database
			if ctx.Value(watched) != nil {
				asking <- struct{}{}
			}
			return false
		}}
		faults.Arm(dbtest.Swallowed, 1, false)
		s := open(t, url, db.Options{Wrap: faults.Wrap})
		many(t, s, 3)
		endless(t, url)
		postgres := !strings.HasPrefix(url, "sqlite:")
		list := func(ctx context.Context) error {
			_, err := s.Incidents(ctx, incident.IncidentQuery{Page: incident.PageQuery{Limit: 10}})
			return err
		}

		leaving, leave := context.WithCancel(context.WithValue(t.Context(), watched, true))
		ended := make(chan error)
		go func() { ended <- list(leaving) }()
		<-asking
		pid := 0
		if postgres {
			within(t, 10*time.Second, "the statement runs", func() bool { return busy(t, raw) == 1 })
			pid = worker(t, raw)
		}
		leave()
		left := time.Now()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Fatalf("left: got %v", err) // those that follow would take as long
		}
		answered := time.Since(left)
		if postgres {
			within(t, 2*time.Second, "the statement is gone", func() bool { return busy(t, raw) == 0 })
			within(t, 2*time.Second, "its connection is not used again", func() bool { return !connected(t, raw, pid) })
		}
		t.Logf("answered %s after the client had left, gone from the server %s after", answered, time.Since(left))

		innocent, stop := context.WithCancel(t.Context())
		var others sync.WaitGroup
		asked := make([]int, 3)
		for n := range asked {
			others.Go(func() {
				for ; innocent.Err() == nil; asked[n]++ {
					if _, err := s.Actors(context.Background(), incident.ActorQuery{Page: incident.PageQuery{Limit: 10}}); err != nil {
						t.Errorf("somebody else's query: %v", err)
					}
				}
			})
		}
		others.Go(func() { // whose time is up just as the answer comes: no request to cancel may reach the next one
			for range 40 {
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rand.IntN(2000))*time.Microsecond)
				_, _ = s.Actors(ctx, incident.ActorQuery{Page: incident.PageQuery{Limit: 10}})
				cancel()
			}
		})
		cancels := 40
		if os.Getenv("TASKTRAIL_SOAK") != "" {
			cancels = 400
		}
		var slowest time.Duration
		var mu sync.Mutex
		var clients sync.WaitGroup
		for range 4 {
			clients.Go(func() {
				for range cancels / 4 {
					patience := time.Duration(rand.IntN(20_000)) * time.Microsecond
					ctx, cancel := context.WithTimeout(t.Context(), patience)
					begun := time.Now()
					err := list(ctx)
					took := time.Since(begun) - patience
					cancel()
					mu.Lock()
					slowest = max(slowest, took)
					mu.Unlock()
					if !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("no time left: got %v", err)
					}
				}
			})
		}
		clients.Wait()
		stop()
		others.Wait()
		if slowest > 5*time.Second {
			t.Errorf("one was answered %s late", slowest)
		}
		if postgres {
			within(t, 2*time.Second, "all statements are gone", func() bool { return busy(t, raw) == 0 })
			within(t, 2*time.Second, "no connection is left over", func() bool { return connections(t, raw) <= 12 })
		}
		for range 20 {
			if _, err := s.Actors(t.Context(), incident.ActorQuery{Page: incident.PageQuery{Limit: 10}}); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		}
		t.Logf("%d cancelled, the last answered %s late; %d queries of others meanwhile, none harmed", cancels, slowest, asked[0]+asked[1]+asked[2])
	})
}

// within waits until a condition holds.
func within(t *testing.T, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for begun := time.Now(); !holds(); <-look.C {
		if time.Since(begun) > limit {
			t.Fatalf("not within %s: %s", limit, what)
		}
	}
}

// When the database server has dropped every connection, nobody who reads or
// writes afterwards sees it.
func TestDroppedConnections(t *testing.T) {
	url := dbtest.Postgres(t)
	s := open(t, url, db.Options{})
	many(t, s, 3)
	service := incident.New(s, nil)
	for round := range 3 {
		var clients sync.WaitGroup
		for range 8 { // so that there is more than one connection to drop
			clients.Go(func() { _, _ = s.Actors(t.Context(), incident.ActorQuery{Page: incident.PageQuery{Limit: 10}}) })
		}
		clients.Wait()
		var dropped int
		if err := dbtest.Raw(t, url).QueryRowContext(t.Context(), `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`).Scan(&dropped); err != nil || dropped == 0 {
			t.Fatalf("dropped %d, %v", dropped, err)
		}
		t.Logf("%d connections dropped", dropped)
		for n := range 20 {
			if _, err := s.Actors(t.Context(), incident.ActorQuery{Page: incident.PageQuery{Limit: 10}}); err != nil {
				t.Errorf("read %d: %v", n, err)
			}
			v := person(fmt.Sprint("new ", round, n))
			if err := service.Admit(t.Context(), v); err != nil {
				t.Errorf("actor %d: %v", n, err)
			}
			if n%5 == 0 {
				if _, err := service.CreateIncident(t.Context(), v, incident.CreateIncidentInput{Title: "T", Severity: incident.SeverityLow}); err != nil {
					t.Errorf("change %d: %v", n, err)
				}
			}
		}
	}
}
