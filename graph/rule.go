package graph

import (
	"context"

	"tasktrail/audit"
	"tasktrail/graph/model"
	"tasktrail/incident"
)

type ruleResolver struct{}

// CreatedBy is the actor who made it.
func (ruleResolver) CreatedBy(ctx context.Context, r *incident.Rule) (*incident.Actor, error) {
	return loadersFrom(ctx).actor(ctx, r.CreatedByID)
}

// UpdatedBy is the actor who changed it last.
func (ruleResolver) UpdatedBy(ctx context.Context, r *incident.Rule) (*incident.Actor, error) {
	return loadersFrom(ctx).actor(ctx, r.UpdatedByID)
}

// History is a page of its events.
func (ruleResolver) History(
	ctx context.Context, r *incident.Rule, first *int, after *string, last *int, before *string,
) (*model.Connection[*audit.Event], error) {
	return subjectHistory(ctx, r.ID, incident.PageArgs{First: first, After: after, Last: last, Before: before})
}

type applyPlaybookActionResolver struct{}

// Playbook is there as long as a rule needs it; a deleted rule may name one
// that is deleted too.
func (applyPlaybookActionResolver) Playbook(ctx context.Context, a *incident.ApplyPlaybookAction) (*incident.Playbook, error) {
	p, err := loadersFrom(ctx).definitions.playbook(ctx, a.PlaybookID)
	if p == nil && err == nil {
		err = errMissing
	}
	return p, err
}

type setOwnerActionResolver struct{}

// Owner is null for nobody.
func (setOwnerActionResolver) Owner(ctx context.Context, a *incident.SetOwnerAction) (*incident.Actor, error) {
	return loadersFrom(ctx).actorIfAny(ctx, a.OwnerID)
}

type callWebhookActionResolver struct{}

// Webhook is there as long as a rule needs it.
func (callWebhookActionResolver) Webhook(ctx context.Context, a *incident.CallWebhookAction) (*incident.Webhook, error) {
	w, err := loadersFrom(ctx).definitions.webhook(ctx, a.WebhookID)
	if w == nil && err == nil {
		err = errMissing
	}
	return w, err
}

type previewedRunResolver struct{}

// Matched tells whether the rule would have run.
func (previewedRunResolver) Matched(_ context.Context, r *incident.PreviewedRun) (bool, error) {
	return r.Unmet == nil, nil
}

type previewedTaskResolver struct{}

// Assignee is who would have had to do it.
func (previewedTaskResolver) Assignee(ctx context.Context, t *incident.Task) (*incident.Actor, error) {
	return loadersFrom(ctx).actorIfAny(ctx, t.AssigneeID)
}
