package graph

import (
	"context"
	"time"

	"tasktrail/graph/model"
	"tasktrail/incident"
)

// IncidentAt finds an incident as it was.
func (r *queryResolver) IncidentAt(ctx context.Context, id string, at *time.Time, position *int64) (*incident.IncidentAt, error) {
	loaders := loadersFrom(ctx)
	i, err := loaders.past.IncidentAt(ctx, id, incident.TrailPoint{At: at, Position: position})
	if i != nil {
		loaders.actorIDs.add(appendAny(pastActors(i.TaskList, i.CreatedByID, i.UpdatedByID), i.OwnerID))
	}
	return i, err
}

// TaskAt finds a task as it was.
func (r *queryResolver) TaskAt(ctx context.Context, id string, at *time.Time, position *int64) (*incident.TaskAt, error) {
	loaders := loadersFrom(ctx)
	t, err := loaders.past.TaskAt(ctx, id, incident.TrailPoint{At: at, Position: position})
	if t != nil {
		loaders.actorIDs.add(pastActors([]incident.TaskAt{*t}))
	}
	return t, err
}

// IncidentDiff compares an incident at two points.
func (r *queryResolver) IncidentDiff(ctx context.Context, id string, from incident.TrailPoint, to *incident.TrailPoint) (*incident.IncidentDiff, error) {
	return loadersFrom(ctx).past.IncidentDiff(ctx, id, from, to)
}

// TaskDiff compares a task at two points.
func (r *queryResolver) TaskDiff(ctx context.Context, id string, from incident.TrailPoint, to *incident.TrailPoint) (*incident.TaskDiff, error) {
	return loadersFrom(ctx).past.TaskDiff(ctx, id, from, to)
}

// pastActors adds those whom tasks named.
func pastActors(tasks []incident.TaskAt, actors ...string) []string {
	for n := range tasks {
		t := &tasks[n]
		actors = appendAny(append(actors, t.CreatedByID, t.UpdatedByID), t.AssigneeID, t.CompletedByID)
	}
	return actors
}

type incidentAtResolver struct{}

// Owner is the responsible actor of then.
func (incidentAtResolver) Owner(ctx context.Context, i *incident.IncidentAt) (*incident.Actor, error) {
	return loadersFrom(ctx).actorIfAny(ctx, i.OwnerID)
}

// CreatedBy is the actor who created it.
func (incidentAtResolver) CreatedBy(ctx context.Context, i *incident.IncidentAt) (*incident.Actor, error) {
	return loadersFrom(ctx).actor(ctx, i.CreatedByID)
}

// UpdatedBy is the actor who had changed it last.
func (incidentAtResolver) UpdatedBy(ctx context.Context, i *incident.IncidentAt) (*incident.Actor, error) {
	return loadersFrom(ctx).actor(ctx, i.UpdatedByID)
}

// Tasks is a page of the list as it was.
func (incidentAtResolver) Tasks(
	_ context.Context, i *incident.IncidentAt, status []incident.TaskStatus, includeDeleted *bool,
	first *int, after *string, last *int, before *string,
) (*model.TaskAtConnection, error) {
	return pastPage(incident.PageArgs{First: first, After: after, Last: last, Before: before},
		func(q incident.PageQuery) (incident.Page[incident.TaskAt], int, error) {
			return i.TaskPage(status, given(includeDeleted, false), q)
		})
}

type taskAtResolver struct{}

// Assignee is the actor who was to do it.
func (taskAtResolver) Assignee(ctx context.Context, t *incident.TaskAt) (*incident.Actor, error) {
	return loadersFrom(ctx).actorIfAny(ctx, t.AssigneeID)
}

// CreatedBy is the actor who added it.
func (taskAtResolver) CreatedBy(ctx context.Context, t *incident.TaskAt) (*incident.Actor, error) {
	return loadersFrom(ctx).actor(ctx, t.CreatedByID)
}

// UpdatedBy is the actor who had changed it last.
func (taskAtResolver) UpdatedBy(ctx context.Context, t *incident.TaskAt) (*incident.Actor, error) {
	return loadersFrom(ctx).actor(ctx, t.UpdatedByID)
}

// CompletedBy is the actor who had completed it.
func (taskAtResolver) CompletedBy(ctx context.Context, t *incident.TaskAt) (*incident.Actor, error) {
	return loadersFrom(ctx).actorIfAny(ctx, t.CompletedByID)
}

type incidentDiffResolver struct{}

// Tasks is a page of the tasks that differ.
func (incidentDiffResolver) Tasks(
	_ context.Context, d *incident.IncidentDiff, first *int, after *string, last *int, before *string,
) (*model.TaskDiffConnection, error) {
	return pastPage(incident.PageArgs{First: first, After: after, Last: last, Before: before}, d.TaskPage)
}

// pastPage makes a connection of a page of a list that is in memory.
func pastPage[T any](args incident.PageArgs, page func(incident.PageQuery) (incident.Page[T], int, error)) (*model.Connection[T], error) {
	q, err := args.Query()
	if err != nil {
		return nil, err
	}
	items, total, err := page(q)
	if err != nil {
		return nil, err
	}
	return model.NewConnection(items, func(context.Context) (int, error) { return total, nil }), nil
}
