package graph

import (
	"context"

	"tasktrail/graph/model"
	"tasktrail/incident"
)

type incidentResolver struct{ *Resolver }

// Owner is the responsible actor.
func (r *incidentResolver) Owner(ctx context.Context, i *incident.Incident) (*incident.Actor, error) {
	return loadersFrom(ctx).actorIfAny(ctx, i.OwnerID)
}

// CreatedBy is the actor who created it.
func (r *incidentResolver) CreatedBy(ctx context.Context, i *incident.Incident) (*incident.Actor, error) {
	return loadersFrom(ctx).actor(ctx, i.CreatedByID)
}

// UpdatedBy is the actor who changed it last.
func (r *incidentResolver) UpdatedBy(ctx context.Context, i *incident.Incident) (*incident.Actor, error) {
	return loadersFrom(ctx).actor(ctx, i.UpdatedByID)
}

// Progress counts its tasks.
func (r *incidentResolver) Progress(ctx context.Context, i *incident.Incident) (*incident.TaskProgress, error) {
	p, err := loadersFrom(ctx).progress.orZero(ctx, i.ID)
	return &p, err
}

// Tasks is a page of its list.
func (r *incidentResolver) Tasks(
	ctx context.Context, i *incident.Incident, status []incident.TaskStatus, includeDeleted *bool,
	first *int, after *string, last *int, before *string,
) (*model.TaskConnection, error) {
	page, err := incident.PageArgs{First: first, After: after, Last: last, Before: before}.Query()
	if err != nil {
		return nil, err
	}
	loaders := loadersFrom(ctx)
	q := incident.TaskListQuery{Status: status, IncludeDeleted: given(includeDeleted, false), Page: page}
	items, err := loaders.taskLists.load(ctx, q, i.ID)
	if err != nil {
		return nil, err
	}
	return model.NewConnection(items, func(ctx context.Context) (int, error) {
		q.Page = incident.PageQuery{} // the count is the same for every page
		return loaders.taskCounts.load(ctx, q, i.ID)
	}), nil
}

// History is a page of the events of the incident and its tasks.
func (r *incidentResolver) History(
	ctx context.Context, i *incident.Incident, filter *incident.AuditEventFilter,
	first *int, after *string, last *int, before *string,
) (*model.AuditEventConnection, error) {
	page, err := incident.PageArgs{First: first, After: after, Last: last, Before: before}.Query()
	if err != nil {
		return nil, err
	}
	q := incident.HistoryQuery{Filter: given(filter, incident.AuditEventFilter{}), Page: page}
	if err := plainFields(q.Filter.Fields); err != nil {
		return nil, err
	}
	return loadersFrom(ctx).ofIncidents.connection(ctx, q, i.ID)
}
