package db_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"tasktrail/db"
	"tasktrail/incident"
)

// crowd writes incidents with tasks of every sort, in whatever state, as a team
// leaves them behind over the years. It does so past the service, which would
// take a change for each step. The same seed makes the same ones.
type crowd struct {
	store  *db.Store
	rng    *rand.Rand
	from   time.Time
	people []string // ids
	titles []string // of tasks
	number int      // of the newest incident
	tasks  int      // so far
	closed bool     // whether all incidents are
}

func newCrowd(t testing.TB, s *db.Store, titles []string) *crowd {
	t.Helper()
	c := &crowd{store: s, rng: rand.New(rand.NewPCG(1, 2)), from: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), titles: titles}
	for n := range 20 {
		actor := person(fmt.Sprint("analyst ", n)).Actor
		c.people = append(c.people, actor.ID)
		if err := s.SaveActor(context.Background(), actor); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// write adds incidents in one change. list makes the tasks of each.
func (c *crowd) write(t testing.TB, incidents int, list func(i incident.Incident) []incident.Task) {
	t.Helper()
	err := c.store.Update(context.Background(), incident.Needs{}, func(tx incident.Tx) error {
		for range incidents {
			i := c.incident()
			tx.SaveIncident(i, event(tx, i))
			for _, task := range list(i) {
				e := event(tx, incident.Incident{ID: task.ID, CreatedByID: task.CreatedByID})
				e.Action, e.SubjectKind, e.IncidentID = incident.TaskAdded, incident.SubjectTask, task.IncidentID
				tx.SaveTask(task, e)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (c *crowd) incident() incident.Incident {
	c.number++
	at := c.from.Add(time.Duration(c.number) * time.Minute)
	i := incident.Incident{
		ID: fmt.Sprintf("inc_%06d", c.number), Number: c.number, Title: "incident", Version: 1,
		Severity: pick(c.rng, incident.Severities...), Status: pick(c.rng, incident.IncidentNew, incident.IncidentActive, incident.IncidentClosed),
		OwnerID: c.anybody(), CreatedAt: at, CreatedByID: c.people[0], UpdatedAt: at, UpdatedByID: c.people[0],
		Labels: []string{"phishing", "vpn", `"`}[:c.rng.IntN(4)],
	}
	if c.closed {
		i.Status = incident.IncidentClosed
	}
	if i.Status == incident.IncidentClosed {
		class := incident.Undetermined
		i.ClosedAt, i.Classification = &at, &class
	}
	return i
}

// list makes up to n tasks of an incident.
func (c *crowd) list(n int) func(incident.Incident) []incident.Task {
	return func(i incident.Incident) []incident.Task {
		tasks := make([]incident.Task, c.rng.IntN(n+1))
		for n := range tasks {
			tasks[n] = c.task(i)
		}
		return tasks
	}
}

func (c *crowd) task(i incident.Incident) incident.Task {
	c.tasks++
	at := i.CreatedAt.Add(time.Duration(c.rng.IntN(3)) * time.Second)
	// The order of ids is not that of creation.
	t := incident.Task{
		ID: fmt.Sprintf("tsk_%04d%07d", c.rng.IntN(10_000), c.tasks), IncidentID: i.ID, OrderKey: fmt.Sprintf("%07d", c.tasks), Version: 1,
		Title: pick(c.rng, c.titles...), Status: pick(c.rng, incident.TaskNew, incident.TaskInProgress, incident.TaskCompleted, incident.TaskCompleted, incident.TaskCompleted, incident.TaskSkipped),
		AssigneeID: c.anybody(), Origin: c.origin(), CreatedAt: at, CreatedByID: pick(c.rng, c.people...), UpdatedAt: at, UpdatedByID: c.people[0],
		ReopenCount: max(0, c.rng.IntN(6)-3),
	}
	text := "What to do, at some length: look at the sign-in log, ask the owner, write down what was found."
	t.Description = &text
	if c.rng.IntN(2) == 0 {
		due := at.Add(time.Duration(c.rng.IntN(100)) * time.Hour)
		t.DueAt = &due
	}
	if t.Status == incident.TaskCompleted {
		completed := at.Add(time.Duration(c.rng.IntN(10_000)-100) * time.Second / 3) // some before they began: a clock was put back
		t.CompletedAt, t.CompletedByID = &completed, &c.people[0]
	}
	if c.rng.IntN(10) == 0 {
		t.DeletedAt = &at
	}
	return t
}

// anybody returns the id of somebody, or nil.
func (c *crowd) anybody() *string {
	if c.rng.IntN(4) == 0 {
		return nil
	}
	return &c.people[c.rng.IntN(len(c.people))]
}

func (c *crowd) origin() incident.TaskOrigin {
	n, version, key := c.rng.IntN(5), 1+c.rng.IntN(3), fmt.Sprint("step ", c.rng.IntN(4))
	playbook, rule := fmt.Sprint("pbk_", n), fmt.Sprint("rul_", n)
	switch c.rng.IntN(8) {
	case 0, 1, 2:
		return incident.TaskOrigin{Kind: incident.KindUser, Name: "somebody", ID: &c.people[0]}
	case 3:
		return incident.TaskOrigin{Kind: incident.KindAutomationRule, Name: "rule", ID: &rule, Version: &version, Key: &key}
	case 4:
		return incident.TaskOrigin{Kind: incident.KindPlaybook, Name: "of old"} // knows no more
	}
	return incident.TaskOrigin{Kind: incident.KindPlaybook, Name: fmt.Sprint("playbook ", n, " as of ", version), ID: &playbook, Version: &version, Key: &key}
}

func pick[T any](rng *rand.Rand, from ...T) T { return from[rng.IntN(len(from))] }
