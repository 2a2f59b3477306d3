package graph

import (
	"context"

	"tasktrail/audit"
	"tasktrail/graph/model"
	"tasktrail/incident"
)

type playbookResolver struct{}

// Rules are the live rules that apply it.
func (playbookResolver) Rules(ctx context.Context, p *incident.Playbook) ([]*incident.Rule, error) {
	set, err := loadersFrom(ctx).definitions.all(ctx)
	if err != nil {
		return nil, err
	}
	filter := incident.RuleFilter{PlaybookID: &p.ID}
	out := []*incident.Rule{}
	for n := range set.Rules {
		if filter.Matches(&set.Rules[n]) {
			out = append(out, &set.Rules[n])
		}
	}
	return out, nil
}

// CreatedBy is the actor who made it.
func (playbookResolver) CreatedBy(ctx context.Context, p *incident.Playbook) (*incident.Actor, error) {
	return loadersFrom(ctx).actor(ctx, p.CreatedByID)
}

// UpdatedBy is the actor who changed it last.
func (playbookResolver) UpdatedBy(ctx context.Context, p *incident.Playbook) (*incident.Actor, error) {
	return loadersFrom(ctx).actor(ctx, p.UpdatedByID)
}

// History is a page of its events.
func (playbookResolver) History(
	ctx context.Context, p *incident.Playbook, first *int, after *string, last *int, before *string,
) (*model.Connection[*audit.Event], error) {
	return subjectHistory(ctx, p.ID, incident.PageArgs{First: first, After: after, Last: last, Before: before})
}

// subjectHistory is a page of the events of one thing.
func subjectHistory(ctx context.Context, id string, args incident.PageArgs) (*model.AuditEventConnection, error) {
	page, err := args.Query()
	if err != nil {
		return nil, err
	}
	return loadersFrom(ctx).ofTasks.connection(ctx, incident.HistoryQuery{Page: page}, id)
}

type playbookStepResolver struct{}

// Assignee is the actor who will have to do it.
func (playbookStepResolver) Assignee(ctx context.Context, s *incident.PlaybookStep) (*incident.Actor, error) {
	return loadersFrom(ctx).actorIfAny(ctx, s.AssigneeID)
}

type taskTemplateResolver struct{}

// Assignee is the actor who will have to do it.
func (taskTemplateResolver) Assignee(ctx context.Context, t *incident.AddTaskAction) (*incident.Actor, error) {
	return loadersFrom(ctx).actorIfAny(ctx, t.AssigneeID)
}
