package importer

import (
	"context"
	"fmt"
	"time"

	"tasktrail/incident"
)

// demoStory is one incident from its creation on.
type demoStory struct {
	name        string
	begins      time.Duration // after the start of the clock
	title       string
	description string
	severity    incident.IncidentSeverity
	labels      []string
	tasks       []demoTask
	steps       []demoStep // in their order
}

type demoTask struct {
	title       string
	description string // Markdown
	mandatory   bool
	due         time.Duration // after the beginning of the story; 0: never
}

// demoStep is something that somebody does.
type demoStep struct {
	after time.Duration // the beginning of the story
	by    *demoPerson
	do    deed
}

// deed is one thing done to the incident of a story.
type deed func(context.Context, *demoPlay, incident.Viewer) error

// demoPlay is a story being played.
type demoPlay struct {
	svc      DemoService
	story    demoStory
	start    time.Time // of the clock
	incident string    // its id, once created
	tasks    []string  // their ids, in the order they were added
}

// open creates the incident with all its tasks.
func open(ctx context.Context, p *demoPlay, v incident.Viewer) error {
	s := p.story
	created, err := p.svc.CreateIncident(ctx, v, incident.CreateIncidentInput{
		Title: s.title, Description: &s.description, Severity: s.severity, Labels: s.labels,
	})
	if err := incidentDone(created, err); err != nil {
		return err
	}
	p.incident = created.Incident.ID
	for _, t := range s.tasks {
		in := incident.AddTaskInput{IncidentID: p.incident, Title: t.title, Mandatory: &t.mandatory}
		if t.description != "" {
			in.Description = &t.description
		}
		if t.due != 0 {
			due := p.start.Add(s.begins + t.due)
			in.DueAt = &due
		}
		added, err := p.svc.AddTask(ctx, v, in)
		if err := taskDone(added, err); err != nil {
			return err
		}
		p.tasks = append(p.tasks, added.Task.ID)
	}
	return nil
}

// take makes the incident active and whoever does it its owner.
func take(ctx context.Context, p *demoPlay, v incident.Viewer) error {
	active := incident.IncidentActive
	return incidentDone(p.svc.UpdateIncident(ctx, v, incident.UpdateIncidentInput{
		ID:      p.incident,
		Status:  incident.Optional[*incident.IncidentStatus]{Set: true, Value: &active},
		OwnerID: incident.Optional[*string]{Set: true, Value: &v.Actor.ID},
	}))
}

// raise changes the severity.
func raise(to incident.IncidentSeverity, reason string) deed {
	return func(ctx context.Context, p *demoPlay, v incident.Viewer) error {
		return incidentDone(p.svc.UpdateIncident(ctx, v, incident.UpdateIncidentInput{
			Common:   because(reason),
			ID:       p.incident,
			Severity: incident.Optional[*incident.IncidentSeverity]{Set: true, Value: &to},
		}))
	}
}

// closeAs closes the incident.
func closeAs(c incident.IncidentClassification, r incident.ClassificationReason, comment string) deed {
	return func(ctx context.Context, p *demoPlay, v incident.Viewer) error {
		return incidentDone(p.svc.CloseIncident(ctx, v, incident.CloseIncidentInput{
			ID: p.incident, Classification: c, ClassificationReason: &r, ClassificationComment: &comment,
		}))
	}
}

// The steps below name a task by its number in the table, from 1.

func assign(task int, to *demoPerson) deed {
	return onTask(task, func(ctx context.Context, svc DemoService, v incident.Viewer, id string) (*incident.TaskPayload, error) {
		assignee := to.id()
		return svc.UpdateTask(ctx, v, incident.UpdateTaskInput{
			ID: id, AssigneeID: incident.Optional[*string]{Set: true, Value: &assignee},
		})
	})
}

func start(task int) deed {
	return onTask(task, func(ctx context.Context, svc DemoService, v incident.Viewer, id string) (*incident.TaskPayload, error) {
		return svc.StartTask(ctx, v, incident.StartTaskInput{ID: id})
	})
}

func complete(task int) deed {
	return onTask(task, func(ctx context.Context, svc DemoService, v incident.Viewer, id string) (*incident.TaskPayload, error) {
		return svc.CompleteTask(ctx, v, incident.CompleteTaskInput{ID: id})
	})
}

func skip(task int, reason string) deed {
	return onTask(task, func(ctx context.Context, svc DemoService, v incident.Viewer, id string) (*incident.TaskPayload, error) {
		return svc.SkipTask(ctx, v, incident.SkipTaskInput{Common: because(reason), ID: id})
	})
}

func reopen(task int, reason string) deed {
	return onTask(task, func(ctx context.Context, svc DemoService, v incident.Viewer, id string) (*incident.TaskPayload, error) {
		return svc.ReopenTask(ctx, v, incident.ReopenTaskInput{Common: because(reason), ID: id})
	})
}

func move(task, rank int, reason string) deed {
	return onTask(task, func(ctx context.Context, svc DemoService, v incident.Viewer, id string) (*incident.TaskPayload, error) {
		return svc.MoveTask(ctx, v, incident.MoveTaskInput{Common: because(reason), ID: id, Rank: rank})
	})
}

func remove(task int, reason string) deed {
	return onTask(task, func(ctx context.Context, svc DemoService, v incident.Viewer, id string) (*incident.TaskPayload, error) {
		return svc.DeleteTask(ctx, v, incident.DeleteTaskInput{Common: because(reason), ID: id})
	})
}

func restore(task int, reason string) deed {
	return onTask(task, func(ctx context.Context, svc DemoService, v incident.Viewer, id string) (*incident.TaskPayload, error) {
		return svc.RestoreTask(ctx, v, incident.RestoreTaskInput{Common: because(reason), ID: id})
	})
}

func onTask(task int, do func(context.Context, DemoService, incident.Viewer, string) (*incident.TaskPayload, error)) deed {
	return func(ctx context.Context, p *demoPlay, v incident.Viewer) error {
		if task < 1 || task > len(p.tasks) {
			return fmt.Errorf("there is no task %d", task)
		}
		return taskDone(do(ctx, p.svc, v, p.tasks[task-1]))
	}
}

func because(reason string) incident.Common { return incident.Common{Reason: &reason} }

func incidentDone(p *incident.IncidentPayload, err error) error {
	if err != nil {
		return err
	}
	return refused(p.Errors, p.Incident == nil)
}

func taskDone(p *incident.TaskPayload, err error) error {
	if err != nil {
		return err
	}
	return refused(p.Errors, p.Task == nil)
}
