package importer

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"tasktrail/incident"
)

// DemoSpan is how much time the history of [Demo] covers.
const DemoSpan = 5 * 24 * time.Hour

// DemoService is what [Demo] needs of *incident.Service.
type DemoService interface {
	Mutator
	Admit(context.Context, incident.Viewer) error
	UpdateIncident(context.Context, incident.Viewer, incident.UpdateIncidentInput) (*incident.IncidentPayload, error)
	CloseIncident(context.Context, incident.Viewer, incident.CloseIncidentInput) (*incident.IncidentPayload, error)
	UpdateTask(context.Context, incident.Viewer, incident.UpdateTaskInput) (*incident.TaskPayload, error)
	StartTask(context.Context, incident.Viewer, incident.StartTaskInput) (*incident.TaskPayload, error)
	CompleteTask(context.Context, incident.Viewer, incident.CompleteTaskInput) (*incident.TaskPayload, error)
	SkipTask(context.Context, incident.Viewer, incident.SkipTaskInput) (*incident.TaskPayload, error)
	ReopenTask(context.Context, incident.Viewer, incident.ReopenTaskInput) (*incident.TaskPayload, error)
	MoveTask(context.Context, incident.Viewer, incident.MoveTaskInput) (*incident.TaskPayload, error)
	DeleteTask(context.Context, incident.Viewer, incident.DeleteTaskInput) (*incident.TaskPayload, error)
	RestoreTask(context.Context, incident.Viewer, incident.RestoreTaskInput) (*incident.TaskPayload, error)
	NoteOverdue(context.Context) (int, error)
	ImportBundle(ctx context.Context, v incident.Viewer, b incident.Bundle, dryRun bool) (incident.BundleReport, error)
}

// Demo fills an empty store with a small history of made-up incidents, worked
// on by three people and a service account. The store must take its time from
// the clock, and the clock should start [DemoSpan] before now: some tasks of the
// history are due before its end, to be overdue. In the end the clock is
// released, also after an error.
func Demo(ctx context.Context, svc DemoService, clock *Clock) error {
	defer clock.Release()
	for _, p := range demoPeople {
		if err := svc.Admit(ctx, p.viewer()); err != nil {
			return fmt.Errorf("demo: admitting %s: %w", p.subject, err)
		}
	}
	if err := defineDemo(ctx, svc); err != nil {
		return err
	}

	// The stories run side by side, as in real life, so their steps are sorted
	// into one history. Steps of the same moment stay as written.
	var history []moment
	for _, s := range demoStories {
		play := &demoPlay{svc: svc, story: s, start: clock.Now()}
		for _, step := range s.steps {
			history = append(history, moment{play, step})
		}
	}
	slices.SortStableFunc(history, func(a, b moment) int { return cmp.Compare(a.at(), b.at()) })

	passed := time.Duration(0)
	for _, m := range history {
		clock.Advance(m.at() - passed)
		passed = m.at()
		if err := m.step.do(ctx, m.play, m.step.by.viewer()); err != nil {
			return fmt.Errorf("demo: story %q, %v after its start: %w", m.play.story.name, m.step.after, err)
		}
	}
	clock.Release()
	if _, err := svc.NoteOverdue(ctx); err != nil {
		return fmt.Errorf("demo: noting what is overdue: %w", err)
	}
	return nil
}

// moment is one step in its story.
type moment struct {
	play *demoPlay
	step demoStep
}

// at returns when it happens, counted from the start of the clock.
func (m moment) at() time.Duration { return m.play.story.begins + m.step.after }

// demoPerson is somebody, or a service, who acts in the history.
type demoPerson struct {
	subject string
	name    string
	kind    incident.ActorKind
	email   string
}

func (p *demoPerson) id() string { return incident.ActorID("demo", p.subject) }

func (p *demoPerson) viewer() incident.Viewer {
	return incident.Viewer{
		Actor: incident.Actor{ID: p.id(), Name: p.name, Kind: p.kind, Email: p.email},
		Roles: []incident.Role{incident.RoleResponder},
	}
}

var (
	mara    = &demoPerson{"mara", "Mara Lindqvist", incident.KindUser, "mara.lindqvist@example.com"}
	dayo    = &demoPerson{"dayo", "Dayo Adeyemi", incident.KindUser, "dayo.adeyemi@example.com"}
	hana    = &demoPerson{"hana", "Hana Sato", incident.KindUser, "hana.sato@example.com"}
	sensors = &demoPerson{"alert-intake", "Alert intake", incident.KindService, ""}

	demoPeople = []*demoPerson{mara, dayo, hana, sensors}
)
