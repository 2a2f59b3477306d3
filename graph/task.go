package graph

import (
	"context"

	"tasktrail/graph/model"
	"tasktrail/incident"
)

type taskResolver struct{ *Resolver }

// Incident is the one whose list it is on.
func (r *taskResolver) Incident(ctx context.Context, t *incident.Task) (*incident.Incident, error) {
	i, err := loadersFrom(ctx).incidents.orNil(ctx, t.IncidentID)
	if i == nil && err == nil {
		err = errMissing
	}
	return i, err
}

// Rank is its place on the list.
func (r *taskResolver) Rank(ctx context.Context, t *incident.Task) (int, error) {
	return loadersFrom(ctx).ranks.orZero(ctx, t.ID)
}

// Assignee is the actor who is to do it.
func (r *taskResolver) Assignee(ctx context.Context, t *incident.Task) (*incident.Actor, error) {
	return loadersFrom(ctx).actorIfAny(ctx, t.AssigneeID)
}

// Overdue tells whether its time has passed.
func (r *taskResolver) Overdue(_ context.Context, t *incident.Task) (bool, error) {
	return t.OverdueAt(r.service.Now()), nil
}

// CreatedBy is the actor who added it.
func (r *taskResolver) CreatedBy(ctx context.Context, t *incident.Task) (*incident.Actor, error) {
	return loadersFrom(ctx).actor(ctx, t.CreatedByID)
}

// UpdatedBy is the actor who changed it last.
func (r *taskResolver) UpdatedBy(ctx context.Context, t *incident.Task) (*incident.Actor, error) {
	return loadersFrom(ctx).actor(ctx, t.UpdatedByID)
}

// CompletedBy is the actor who completed it.
func (r *taskResolver) CompletedBy(ctx context.Context, t *incident.Task) (*incident.Actor, error) {
	return loadersFrom(ctx).actorIfAny(ctx, t.CompletedByID)
}

// History is a page of its events.
func (r *taskResolver) History(
	ctx context.Context, t *incident.Task, first *int, after *string, last *int, before *string,
) (*model.AuditEventConnection, error) {
	page, err := incident.PageArgs{First: first, After: after, Last: last, Before: before}.Query()
	if err != nil {
		return nil, err
	}
	return loadersFrom(ctx).ofTasks.connection(ctx, incident.HistoryQuery{Page: page}, t.ID)
}
