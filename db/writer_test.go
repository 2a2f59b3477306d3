package db_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// Two servers on one database, eight writers on each, on the same few tasks:
// the chain must have no gap, every completion must be counted once.
func TestConcurrentWritersKeepOneChain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		ctx := context.Background()
		a, b := open(t, url, db.Options{}), open(t, url, db.Options{})
		services := []*incident.Service{incident.New(a, nil), incident.New(b, nil)}
		v := person("alice")
		i, err := services[0].CreateIncident(ctx, v, incident.CreateIncidentInput{Title: "x", Severity: incident.SeverityLow})
		if err != nil || len(i.Errors) > 0 {
			t.Fatal(err, i.Errors)
		}
		var tasks []string
		for n := range 4 {
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
		if got.Incidents != 1 || got.Tasks != 4 {
			t.Errorf("got %d incidents and %d tasks, want 1 and 4", got.Incidents, got.Tasks)
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
		// Every event but the incident's is a version of a task.
		if int64(versions)+1 != got.Head.Position {
			t.Errorf("versions add up to %d, the trail has %d events", versions, got.Head.Position)
		}
		if reopened == 0 {
			t.Error("no task was ever reopened")
		}
	})
}
