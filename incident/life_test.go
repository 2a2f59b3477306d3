package incident_test

import (
	"context"
	"fmt"
	"testing"

	"golang.org/x/sync/errgroup"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// refusedStep stands in the table for a refusal with the way out.
const refusedStep incident.TaskStatus = "refused"

// life says where each step leads from each state of a live task.
var life = map[incident.TaskStatus]map[string]incident.TaskStatus{
	incident.TaskNew: {
		"startTask": incident.TaskInProgress, "completeTask": incident.TaskCompleted, "skipTask": incident.TaskSkipped, "reopenTask": incident.TaskNew,
	},
	incident.TaskInProgress: {
		"startTask": incident.TaskInProgress, "completeTask": incident.TaskCompleted, "skipTask": incident.TaskSkipped, "reopenTask": incident.TaskInProgress,
	},
	incident.TaskCompleted: {
		"startTask": refusedStep, "completeTask": incident.TaskCompleted, "skipTask": refusedStep, "reopenTask": incident.TaskNew,
	},
	incident.TaskSkipped: {
		"startTask": refusedStep, "completeTask": refusedStep, "skipTask": incident.TaskSkipped, "reopenTask": incident.TaskNew,
	},
}

// lived is one task of the table: how it got where it is, and what is tried.
type lived struct {
	status          incident.TaskStatus
	deleted, closed bool
	step            call
}

func (l lived) String() string {
	return fmt.Sprintf("%s of a task %s, deleted: %t, incident closed: %t", l.step.name, l.status, l.deleted, l.closed)
}

// want says what the task is afterwards and whether anything changed.
func (l lived) want() (status incident.TaskStatus, deleted, changed bool) {
	to, moves := life[l.status][l.step.name]
	switch {
	case l.closed:
		return refusedStep, l.deleted, false
	case l.step.name == "deleteTask":
		return l.status, true, !l.deleted
	case l.step.name == "restoreTask":
		return l.status, false, l.deleted
	case l.deleted || to == refusedStep:
		return refusedStep, l.deleted, false
	case !moves: // updateTask, moveTask
		return l.status, false, true
	}
	return to, false, to != l.status
}

// Every step from every state, of live and of deleted tasks, in open and in
// closed incidents, leads where the table says or is refused.
func TestLifeOfATask(t *testing.T) {
	paths := map[incident.TaskStatus][]string{
		incident.TaskNew: nil, incident.TaskInProgress: {"startTask"}, incident.TaskCompleted: {"completeTask"}, incident.TaskSkipped: {"skipTask"},
	}
	dbtest.Each(t, func(t *testing.T, url string) {
		_, service := open(t, url)
		v := person("alice")
		var work errgroup.Group
		work.SetLimit(32)
		cases := 0
		for _, step := range calls {
			for status, path := range paths {
				for n := range 4 {
					if step.on != "task" {
						continue
					}
					cases++
					work.Go(func() error {
						return lived{status, n&1 > 0, n&2 > 0, step}.try(service, v, path)
					})
				}
			}
		}
		if err := work.Wait(); err != nil {
			t.Error(err)
		}
		if want := 8 * 4 * 4; cases != want {
			t.Errorf("%d cases were tried, want %d", cases, want)
		}
	})
}

func (l lived) try(s *svc, v who, path []string) error {
	ctx := context.Background()
	i, err := s.CreateIncident(ctx, v, incident.CreateIncidentInput{Title: "I", Severity: incident.SeverityLow})
	if err != nil {
		return err
	}
	var task *incident.TaskPayload
	for range 2 { // the second can be moved to the first place
		if task, err = s.AddTask(ctx, v, incident.AddTaskInput{IncidentID: i.Incident.ID, Title: "t"}); err != nil {
			return err
		}
	}
	if l.deleted {
		path = append(path[:len(path):len(path)], "deleteTask")
	}
	for _, name := range path {
		if r, err := doNamed(ctx, s, v, name, task.Task.ID); err != nil || r.event == nil {
			return fmt.Errorf("%v: %s: %v, %w", l, name, r.errs, err)
		}
	}
	if l.closed {
		if r, err := doNamed(ctx, s, v, "closeIncident", i.Incident.ID); err != nil || r.event == nil {
			return fmt.Errorf("%v: %v, %w", l, r.errs, err)
		}
	}
	r, err := l.step.do(ctx, s, v, task.Task.ID, in{})
	if err != nil {
		return fmt.Errorf("%v: %w", l, err)
	}
	status, deleted, changed := l.want()
	if status == refusedStep {
		if len(r.errs) != 1 || !breach(r.errs[0], []string{"input", "id"}, "it") || r.event != nil {
			return fmt.Errorf("%v: got %v with %+v, want a refusal", l, r.errs, r.thing)
		}
		return nil
	}
	got, ok := r.thing.(*incident.Task)
	if !ok || got.Status != status || (got.DeletedAt != nil) != deleted || (r.event != nil) != changed {
		return fmt.Errorf("%v: got %v, %+v with %+v, want %s, deleted: %t, changed: %t", l, r.errs, r.thing, r.event, status, deleted, changed)
	}
	return nil
}
