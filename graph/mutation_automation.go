package graph

import (
	"context"

	"tasktrail/graph/generated"
	"tasktrail/graph/model"
	"tasktrail/incident"
)

// CompleteTasks is the mutation of that name.
func (r *mutationResolver) CompleteTasks(ctx context.Context, input incident.CompleteTasksInput) (*incident.BulkPayload, error) {
	return r.service.CompleteTasks(ctx, r.viewer(ctx), input)
}

// AssignTasks is the mutation of that name.
func (r *mutationResolver) AssignTasks(ctx context.Context, input incident.AssignTasksInput) (*incident.BulkPayload, error) {
	return r.service.AssignTasks(ctx, r.viewer(ctx), input)
}

// AddTasks is the mutation of that name.
func (r *mutationResolver) AddTasks(ctx context.Context, input incident.AddTasksInput) (*incident.BulkPayload, error) {
	return r.service.AddTasks(ctx, r.viewer(ctx), input)
}

// ApplyPlaybook is the mutation of that name.
func (r *mutationResolver) ApplyPlaybook(ctx context.Context, input incident.ApplyPlaybookInput) (*incident.ApplyPlaybookPayload, error) {
	return r.service.ApplyPlaybook(ctx, r.viewer(ctx), input)
}

// CreatePlaybook is the mutation of that name.
func (r *mutationResolver) CreatePlaybook(ctx context.Context, input incident.CreatePlaybookInput) (*model.PlaybookPayload, error) {
	return r.service.CreatePlaybook(ctx, r.viewer(ctx), input)
}

// UpdatePlaybook is the mutation of that name.
func (r *mutationResolver) UpdatePlaybook(ctx context.Context, input generated.UpdatePlaybookInput) (*model.PlaybookPayload, error) {
	return r.service.UpdatePlaybook(ctx, r.viewer(ctx), playbookPatch(input))
}

// DeletePlaybook is the mutation of that name.
func (r *mutationResolver) DeletePlaybook(ctx context.Context, input incident.DeleteDefinitionInput) (*model.PlaybookPayload, error) {
	return r.service.DeletePlaybook(ctx, r.viewer(ctx), input)
}

// CreateRule is the mutation of that name.
func (r *mutationResolver) CreateRule(ctx context.Context, input incident.CreateRuleInput) (*model.RulePayload, error) {
	return r.service.CreateRule(ctx, r.viewer(ctx), input)
}

// UpdateRule is the mutation of that name.
func (r *mutationResolver) UpdateRule(ctx context.Context, input generated.UpdateRuleInput) (*model.RulePayload, error) {
	return r.service.UpdateRule(ctx, r.viewer(ctx), rulePatch(input))
}

// DeleteRule is the mutation of that name.
func (r *mutationResolver) DeleteRule(ctx context.Context, input incident.DeleteDefinitionInput) (*model.RulePayload, error) {
	return r.service.DeleteRule(ctx, r.viewer(ctx), input)
}

// CreateWebhook is the mutation of that name.
func (r *mutationResolver) CreateWebhook(ctx context.Context, input incident.CreateWebhookInput) (*incident.WebhookPayload, error) {
	return r.service.CreateWebhook(ctx, r.viewer(ctx), input)
}

// UpdateWebhook is the mutation of that name.
func (r *mutationResolver) UpdateWebhook(ctx context.Context, input generated.UpdateWebhookInput) (*incident.WebhookPayload, error) {
	return r.service.UpdateWebhook(ctx, r.viewer(ctx), webhookPatch(input))
}

// RotateWebhookSecret is the mutation of that name.
func (r *mutationResolver) RotateWebhookSecret(ctx context.Context, input incident.RotateWebhookSecretInput) (*incident.WebhookPayload, error) {
	return r.service.RotateWebhookSecret(ctx, r.viewer(ctx), input)
}

// DeleteWebhook is the mutation of that name.
func (r *mutationResolver) DeleteWebhook(ctx context.Context, input incident.DeleteDefinitionInput) (*model.WebhookPayload, error) {
	return r.service.DeleteWebhook(ctx, r.viewer(ctx), input)
}
