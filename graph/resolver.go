package graph

import (
	"context"

	"tasktrail/graph/generated"
	"tasktrail/incident"
)

// Resolver is the root of all resolvers and has what they share.
type Resolver struct {
	service *incident.Service
	viewer  func(ctx context.Context) incident.Viewer
}

// reader gives the viewer the lists and lookups.
func (r *Resolver) reader(ctx context.Context) (incident.Reader, error) {
	return r.service.Read(r.viewer(ctx))
}

var _ generated.ResolverRoot = (*Resolver)(nil)

// Query resolves the type of that name; so do the others below.
func (r *Resolver) Query() generated.QueryResolver { return &queryResolver{r} }

// Mutation resolves the type of that name.
func (r *Resolver) Mutation() generated.MutationResolver { return &mutationResolver{r} }

// Subscription resolves the type of that name.
func (r *Resolver) Subscription() generated.SubscriptionResolver { return &subscriptionResolver{r} }

// Incident resolves the type of that name.
func (r *Resolver) Incident() generated.IncidentResolver { return &incidentResolver{r} }

// Task resolves the type of that name.
func (r *Resolver) Task() generated.TaskResolver { return &taskResolver{r} }

// TaskStatistics resolves the type of that name.
func (r *Resolver) TaskStatistics() generated.TaskStatisticsResolver {
	return taskStatisticsResolver{}
}

// TaskFiguresGroup resolves the type of that name.
func (r *Resolver) TaskFiguresGroup() generated.TaskFiguresGroupResolver {
	return taskFiguresGroupResolver{}
}

// AuditCheckpoint resolves the type of that name.
func (r *Resolver) AuditCheckpoint() generated.AuditCheckpointResolver {
	return auditCheckpointResolver{}
}

// AuditProof resolves the type of that name.
func (r *Resolver) AuditProof() generated.AuditProofResolver { return auditProofResolver{} }

// AuditConsistencyProof resolves the type of that name.
func (r *Resolver) AuditConsistencyProof() generated.AuditConsistencyProofResolver {
	return auditConsistencyProofResolver{}
}

// IncidentAt resolves the type of that name.
func (r *Resolver) IncidentAt() generated.IncidentAtResolver { return incidentAtResolver{} }

// TaskAt resolves the type of that name.
func (r *Resolver) TaskAt() generated.TaskAtResolver { return taskAtResolver{} }

// IncidentDiff resolves the type of that name.
func (r *Resolver) IncidentDiff() generated.IncidentDiffResolver { return incidentDiffResolver{} }

// Actor resolves the type of that name.
func (r *Resolver) Actor() generated.ActorResolver { return actorResolver{} }

// AuditEvent resolves the type of that name.
func (r *Resolver) AuditEvent() generated.AuditEventResolver { return auditEventResolver{} }

// AuditHead resolves the type of that name.
func (r *Resolver) AuditHead() generated.AuditHeadResolver { return auditHeadResolver{} }

// ConflictError resolves the type of that name.
func (r *Resolver) ConflictError() generated.ConflictErrorResolver { return conflictErrorResolver{} }

// OpenTasksError resolves the type of that name.
func (r *Resolver) OpenTasksError() generated.OpenTasksErrorResolver {
	return openTasksErrorResolver{}
}

// Playbook resolves the type of that name.
func (r *Resolver) Playbook() generated.PlaybookResolver { return playbookResolver{} }

// PlaybookStep resolves the type of that name.
func (r *Resolver) PlaybookStep() generated.PlaybookStepResolver { return playbookStepResolver{} }

// TaskTemplate resolves the type of that name.
func (r *Resolver) TaskTemplate() generated.TaskTemplateResolver { return taskTemplateResolver{} }

// Rule resolves the type of that name.
func (r *Resolver) Rule() generated.RuleResolver { return ruleResolver{} }

// ApplyPlaybookAction resolves the type of that name.
func (r *Resolver) ApplyPlaybookAction() generated.ApplyPlaybookActionResolver {
	return applyPlaybookActionResolver{}
}

// SetOwnerAction resolves the type of that name.
func (r *Resolver) SetOwnerAction() generated.SetOwnerActionResolver { return setOwnerActionResolver{} }

// CallWebhookAction resolves the type of that name.
func (r *Resolver) CallWebhookAction() generated.CallWebhookActionResolver {
	return callWebhookActionResolver{}
}

// Webhook resolves the type of that name.
func (r *Resolver) Webhook() generated.WebhookResolver { return &webhookResolver{r} }

// WebhookDelivery resolves the type of that name.
func (r *Resolver) WebhookDelivery() generated.WebhookDeliveryResolver {
	return webhookDeliveryResolver{}
}

// ServiceAccount resolves the type of that name.
func (r *Resolver) ServiceAccount() generated.ServiceAccountResolver {
	return serviceAccountResolver{}
}

// ApiKey resolves the type of that name.
func (r *Resolver) ApiKey() generated.ApiKeyResolver { return apiKeyResolver{} }

// PreviewedRun resolves the type of that name.
func (r *Resolver) PreviewedRun() generated.PreviewedRunResolver { return previewedRunResolver{} }

// PreviewedTask resolves the type of that name.
func (r *Resolver) PreviewedTask() generated.PreviewedTaskResolver { return previewedTaskResolver{} }
