package graph

import (
	"context"
	"fmt"

	"tasktrail/audit"
	"tasktrail/graph/model"
	"tasktrail/incident"
)

type queryResolver struct{ *Resolver }

// maxNodes bounds one call of nodes, like a page.
const maxNodes = incident.MaxPage

// Node finds anything by id.
func (r *queryResolver) Node(ctx context.Context, id string) (model.Node, error) {
	return loadersFrom(ctx).node(ctx, id)
}

// Nodes finds several things by id at once.
func (r *queryResolver) Nodes(ctx context.Context, ids []string) ([]model.Node, error) {
	if len(ids) > maxNodes {
		return nil, &incident.InputError{
			Path: []string{"ids"}, Message: fmt.Sprintf("at most %d ids, these are %d", maxNodes, len(ids)),
		}
	}
	loaders := loadersFrom(ctx)
	loaders.expect(ids)
	nodes := make([]model.Node, len(ids))
	for i, id := range ids {
		var err error
		if nodes[i], err = loaders.node(ctx, id); err != nil {
			return nil, err
		}
	}
	return nodes, nil
}

// Viewer tells who asks.
func (r *queryResolver) Viewer(ctx context.Context) (*incident.Viewer, error) {
	v := r.viewer(ctx)
	return &v, nil
}

// Incident finds an incident by id or number.
func (r *queryResolver) Incident(ctx context.Context, id *string, number *int) (*incident.Incident, error) {
	switch {
	case (id == nil) == (number == nil):
		return nil, &incident.InputError{Path: []string{"id"}, Message: "give exactly one of id and number"}
	case id != nil:
		return loadersFrom(ctx).incidents.orNil(ctx, *id)
	}
	reader, err := r.reader(ctx)
	if err != nil {
		return nil, err
	}
	i, ok, err := reader.IncidentByNumber(ctx, *number)
	if err != nil || !ok {
		return nil, err
	}
	return &i, nil
}

// Task finds a task by id.
func (r *queryResolver) Task(ctx context.Context, id string) (*incident.Task, error) {
	return loadersFrom(ctx).tasks.orNil(ctx, id)
}

// Incidents lists incidents.
func (r *queryResolver) Incidents(
	ctx context.Context, filter *incident.IncidentFilter, orderBy *incident.IncidentOrder,
	first *int, after *string, last *int, before *string,
) (*model.IncidentConnection, error) {
	page, err := incident.PageArgs{First: first, After: after, Last: last, Before: before}.Query()
	if err != nil {
		return nil, err
	}
	reader, err := r.reader(ctx)
	if err != nil {
		return nil, err
	}
	q := incident.IncidentQuery{
		Filter: given(filter, incident.IncidentFilter{}),
		Order: given(orderBy, incident.IncidentOrder{
			Field: incident.IncidentByCreatedAt, Direction: incident.Descending,
		}),
		Page: page,
	}
	if err := plainText(in("filter", "label", q.Filter.Label), in("filter", "search", q.Filter.Search)); err != nil {
		return nil, err
	}
	items, err := reader.Incidents(ctx, q)
	if err != nil {
		return nil, err
	}
	loadersFrom(ctx).foundIncidents(items.Items)
	return model.NewConnection(items, func(ctx context.Context) (int, error) {
		return reader.CountIncidents(ctx, q.Filter)
	}), nil
}

// Tasks lists tasks of all incidents.
func (r *queryResolver) Tasks(
	ctx context.Context, filter *incident.TaskFilter, orderBy *incident.TaskOrder,
	first *int, after *string, last *int, before *string,
) (*model.TaskConnection, error) {
	page, err := incident.PageArgs{First: first, After: after, Last: last, Before: before}.Query()
	if err != nil {
		return nil, err
	}
	reader, err := r.reader(ctx)
	if err != nil {
		return nil, err
	}
	q := incident.TaskQuery{
		Filter: given(filter, incident.TaskFilter{}),
		Order: given(orderBy, incident.TaskOrder{
			Field: incident.TaskByCreatedAt, Direction: incident.Descending,
		}),
		Page: page, Now: r.service.Now(),
	}
	if err := plainText(in("filter", "group", q.Filter.Group), in("filter", "search", q.Filter.Search)); err != nil {
		return nil, err
	}
	items, err := reader.Tasks(ctx, q)
	if err != nil {
		return nil, err
	}
	loadersFrom(ctx).foundTasks(items.Items)
	return model.NewConnection(items, func(ctx context.Context) (int, error) {
		return reader.CountTasks(ctx, q.Filter, q.Now)
	}), nil
}

// AuditEvents lists the trail.
func (r *queryResolver) AuditEvents(
	ctx context.Context, filter *incident.AuditEventFilter,
	first *int, after *string, last *int, before *string,
) (*model.AuditEventConnection, error) {
	page, err := incident.PageArgs{First: first, After: after, Last: last, Before: before}.Query()
	if err != nil {
		return nil, err
	}
	reader, err := r.reader(ctx)
	if err != nil {
		return nil, err
	}
	q := incident.EventQuery{Filter: given(filter, incident.AuditEventFilter{}), Page: page}
	if err := plainFields(q.Filter.Fields); err != nil {
		return nil, err
	}
	items, err := reader.Events(ctx, q)
	if err != nil {
		return nil, err
	}
	loadersFrom(ctx).foundEvents(items.Items)
	return model.NewConnection(items, func(ctx context.Context) (int, error) {
		return reader.CountEvents(ctx, q.Filter)
	}), nil
}

// AuditHead tells the newest event in short.
func (r *queryResolver) AuditHead(ctx context.Context) (*audit.Head, error) {
	head, err := r.service.Head(ctx, r.viewer(ctx))
	return &head, err
}

// Actors lists the known actors.
func (r *queryResolver) Actors(
	ctx context.Context, search *string, kind []incident.ActorKind,
	first *int, after *string, last *int, before *string,
) (*model.ActorConnection, error) {
	page, err := incident.PageArgs{First: first, After: after, Last: last, Before: before}.Query()
	if err != nil {
		return nil, err
	}
	reader, err := r.reader(ctx)
	if err != nil {
		return nil, err
	}
	if err := plainText(in("", "search", search)); err != nil {
		return nil, err
	}
	q := incident.ActorQuery{Search: search, Kind: kind, Page: page}
	items, err := reader.Actors(ctx, q)
	if err != nil {
		return nil, err
	}
	return model.NewConnection(items, func(ctx context.Context) (int, error) {
		return reader.CountActors(ctx, q)
	}), nil
}

// given returns what an argument points to, or the default when it is null.
func given[T any](argument *T, byDefault T) T {
	if argument == nil {
		return byDefault
	}
	return *argument
}
