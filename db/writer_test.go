package db_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// Two servers on one database, eight writers on each, on the same few tasks:
// the chain must have no gap, every completion must be counted once.
func TestConcurrentWritersKeepOneChain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		ctx := context.Background()
		// The keys and triggers would save the chain without any lock, and the
		// change be tried again: with the locks, no statement fails at all.
		var failed atomic.Int64
		observe := func(_ context.Context, _ string, _ time.Duration, fails bool) {
			if fails {
				failed.Add(1)
			}
		}
		a, b := open(t, url, db.Options{Observe: observe}), open(t, url, db.Options{Observe: observe})
		services := []*incident.Service{incident.New(a, nil), incident.New(b, nil)}
		v := person("alice")
		var tasks []string
		for n := range 4 { // each on an incident of its own, or its row would be the only lock
			i, err := services[0].CreateIncident(ctx, v, incident.CreateIncidentInput{Title: "x", Severity: incident.SeverityLow})
			if err != nil || len(i.Errors) > 0 {
				t.Fatal(err, i.Errors)
			}
			p, err := services[n%2].AddTask(ctx, v, incident.AddTaskInput{IncidentID: i.Incident.ID, Title: fmt.Sprint(n)})
			if err != nil || len(p.Errors) > 0 {
				t.Fatal(err, p.Errors)
			}
			tasks = append(tasks, p.Task.ID)
		}
		const rounds = 25
		var wg sync.WaitGroup
		for w := range 16 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				s := services[w%2]
				for n := range rounds {
					id := tasks[(w+n)%len(tasks)]
					if _, err := s.CompleteTask(ctx, v, incident.CompleteTaskInput{ID: id}); err != nil {
						t.Error(err)
					}
					if _, err := s.ReopenTask(ctx, v, incident.ReopenTaskInput{ID: id}); err != nil {
						t.Error(err)
					}
				}
			}()
		}
		wg.Wait()
		got := verify(t, a)
		t.Logf("%d events", got.Head.Position)
		if got.Incidents != 4 || got.Tasks != 4 {
			t.Errorf("got %d incidents and %d tasks, want 4 and 4", got.Incidents, got.Tasks)
		}
		var versions, reopened int
		found, err := a.TasksByID(ctx, tasks)
		if err != nil {
			t.Fatal(err)
		}
		for _, task := range found {
			versions += task.Version
			reopened += task.ReopenCount
		}
		// Every event but the incidents' is a version of a task.
		if int64(versions)+4 != got.Head.Position {
			t.Errorf("versions add up to %d, the trail has %d events", versions, got.Head.Position)
		}
		if reopened == 0 {
			t.Error("no task was ever reopened")
		}
		if n := failed.Load(); n > 0 {
			t.Errorf("%d statements failed", n)
		}
	})
}
