package importer

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"tasktrail/incident"
)

// Mutator is what [Run] needs of *incident.Service. It may be called by
// several goroutines at once.
type Mutator interface {
	CreateIncident(context.Context, incident.Viewer, incident.CreateIncidentInput) (*incident.IncidentPayload, error)
	AddTask(context.Context, incident.Viewer, incident.AddTaskInput) (*incident.TaskPayload, error)
}

// Report counts what an import did. After an error it counts what was done
// before.
type Report struct {
	Incidents int // that stand now, whether created by this run or an earlier one
	Tasks     int // likewise
	Events    int // entries this run wrote to the trail
	Replayed  int // mutations that an earlier run had carried out
}

// workers is how many incidents get their tasks at the same time: enough for
// the store to gather several changes into one commit.
const workers = 16

// Run creates the incidents in their order, then the tasks of each in theirs.
// The digest is the SHA-256 of the file: with it and the same viewer, whatever
// an earlier run did is found again and not done twice. The first refusal or
// error stops the run and names its place; what was created stays, and running
// again goes on from there. A progress that is not nil hears, one call at a
// time, how many mutations are done.
func Run(ctx context.Context, svc Mutator, v incident.Viewer, incidents []Incident, digest [32]byte, progress func(done, total int)) (Report, error) {
	r := runner{svc: svc, viewer: v, key: "import:" + hex.EncodeToString(digest[:8]), progress: progress}
	r.total = len(incidents)
	for _, inc := range incidents {
		r.total += len(inc.Tasks)
	}

	// One after the other, because their numbers are to be in the order of the file.
	ids := make([]string, len(incidents))
	for i, inc := range incidents {
		id, err := r.createIncident(ctx, i+1, inc)
		if err != nil {
			return r.report, fmt.Errorf("incident %d: %w", i+1, err)
		}
		ids[i] = id
	}

	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for i, inc := range incidents {
		group.Go(func() error {
			for j, t := range inc.Tasks {
				if err := r.addTask(ctx, i+1, j+1, ids[i], t); err != nil {
					return fmt.Errorf("incident %d, task %d: %w", i+1, j+1, err)
				}
			}
			return nil
		})
	}
	err := group.Wait()
	return r.report, err
}

// runner is one run.
type runner struct {
	svc      Mutator
	viewer   incident.Viewer
	key      string // what the ids of its mutations begin with
	progress func(done, total int)
	total    int

	mu     sync.Mutex // guards report, and lets progress be called once at a time
	report Report
}

func (r *runner) createIncident(ctx context.Context, n int, inc Incident) (id string, err error) {
	// A service that ignores ctx must not keep a cancelled import going.
	if err := ctx.Err(); err != nil {
		return "", err
	}
	mutation := fmt.Sprintf("%s:%d", r.key, n)
	p, err := r.svc.CreateIncident(ctx, r.viewer, incident.CreateIncidentInput{
		Common:      incident.Common{ClientMutationID: &mutation},
		Title:       inc.Title,
		Description: inc.Description,
		Severity:    inc.Severity,
		Labels:      inc.Labels,
	})
	if err != nil {
		return "", err
	}
	if err := refused(p.Errors, p.Incident == nil); err != nil {
		return "", err
	}
	r.count(&r.report.Incidents, p.Replayed, p.Event != nil)
	return p.Incident.ID, nil
}

func (r *runner) addTask(ctx context.Context, n, m int, incidentID string, t Task) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	mutation := fmt.Sprintf("%s:%d:%d", r.key, n, m)
	p, err := r.svc.AddTask(ctx, r.viewer, incident.AddTaskInput{
		Common:      incident.Common{ClientMutationID: &mutation},
		IncidentID:  incidentID,
		Title:       t.Title,
		Description: t.Description,
		Mandatory:   &t.Mandatory,
		DueAt:       t.DueAt,
	})
	if err != nil {
		return err
	}
	if err := refused(p.Errors, p.Task == nil); err != nil {
		return err
	}
	r.count(&r.report.Tasks, p.Replayed, p.Event != nil)
	return nil
}

// count records one mutation done. A replay answers with the event of the
// first time, which this run did not write.
func (r *runner) count(kind *int, replayed, event bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*kind++
	switch {
	case replayed:
		r.report.Replayed++
	case event:
		r.report.Events++
	}
	if r.progress != nil {
		r.progress(r.report.Incidents+r.report.Tasks, r.total)
	}
}

// refused makes an error of a payload's errors. Without any of them a payload
// that holds nothing is a fault of the service.
func refused(errs []incident.MutationError, empty bool) error {
	if len(errs) > 0 {
		return incident.Refusal(errs)
	}
	if empty {
		return errors.New("the service answered with nothing and gave no reason")
	}
	return nil
}
