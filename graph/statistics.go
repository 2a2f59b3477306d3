package graph

import (
	"context"

	"tasktrail/incident"
)

// TaskStatistics sums up tasks and their incidents.
func (r *queryResolver) TaskStatistics(
	ctx context.Context, filter *incident.TaskStatisticsFilter, groupBy *incident.TaskStatisticsGroup,
) (*incident.TaskStatistics, error) {
	reader, err := r.reader(ctx)
	if err != nil {
		return nil, err
	}
	q := incident.TaskStatisticsQuery{
		Filter:  given(filter, incident.TaskStatisticsFilter{}),
		GroupBy: given(groupBy, incident.GroupByNone),
		Now:     r.service.Now(),
	}
	if err := plainText(in("filter", "label", q.Filter.Label)); err != nil {
		return nil, err
	}
	out, err := reader.TaskStatistics(ctx, q)
	if err != nil {
		return nil, err
	}
	var actors []string
	for _, g := range out.Groups {
		actors = appendAny(actors, g.ActorID)
	}
	loadersFrom(ctx).actorIDs.add(actors)
	loadersFrom(ctx).incidentIDs.add(out.ClosedWithOpenTasksIDs)
	return out, nil
}

type taskStatisticsResolver struct{}

// ClosedWithOpenTasks are some of the incidents that it counts.
func (taskStatisticsResolver) ClosedWithOpenTasks(ctx context.Context, s *incident.TaskStatistics) ([]*incident.Incident, error) {
	list := make([]*incident.Incident, len(s.ClosedWithOpenTasksIDs))
	for n, id := range s.ClosedWithOpenTasksIDs {
		i, err := loadersFrom(ctx).incidents.orNil(ctx, id)
		if err != nil {
			return nil, err
		}
		if i == nil {
			return nil, errMissing
		}
		list[n] = i
	}
	return list, nil
}

type taskFiguresGroupResolver struct{}

// Label is what to call the group.
func (taskFiguresGroupResolver) Label(ctx context.Context, g *incident.TaskFiguresGroup) (*string, error) {
	switch {
	case g.ActorID != nil:
		a, err := loadersFrom(ctx).actor(ctx, *g.ActorID)
		if err != nil {
			return nil, err
		}
		return &a.Name, nil
	case g.PlaybookStep != nil:
		return &g.PlaybookStep.Title, nil
	}
	return g.Key, nil
}

// Actor is the creator, owner or assignee.
func (taskFiguresGroupResolver) Actor(ctx context.Context, g *incident.TaskFiguresGroup) (*incident.Actor, error) {
	return loadersFrom(ctx).actorIfAny(ctx, g.ActorID)
}
