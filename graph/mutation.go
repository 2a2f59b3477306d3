package graph

import (
	"context"

	"tasktrail/graph/generated"
	"tasktrail/incident"
)

// mutationResolver hands each mutation to the service, which checks the
// viewer's rights.
type mutationResolver struct{ *Resolver }

// CreateIncident is the mutation of that name.
func (r *mutationResolver) CreateIncident(ctx context.Context, input incident.CreateIncidentInput) (*incident.IncidentPayload, error) {
	return r.service.CreateIncident(ctx, r.viewer(ctx), input)
}

// UpdateIncident is the mutation of that name.
func (r *mutationResolver) UpdateIncident(ctx context.Context, input generated.UpdateIncidentInput) (*incident.IncidentPayload, error) {
	return r.service.UpdateIncident(ctx, r.viewer(ctx), incidentPatch(input))
}

// CloseIncident is the mutation of that name.
func (r *mutationResolver) CloseIncident(ctx context.Context, input incident.CloseIncidentInput) (*incident.IncidentPayload, error) {
	return r.service.CloseIncident(ctx, r.viewer(ctx), input)
}

// ReopenIncident is the mutation of that name.
func (r *mutationResolver) ReopenIncident(ctx context.Context, input incident.ReopenIncidentInput) (*incident.IncidentPayload, error) {
	return r.service.ReopenIncident(ctx, r.viewer(ctx), input)
}

// AddTask is the mutation of that name.
func (r *mutationResolver) AddTask(ctx context.Context, input incident.AddTaskInput) (*incident.TaskPayload, error) {
	return r.service.AddTask(ctx, r.viewer(ctx), input)
}

// UpdateTask is the mutation of that name.
func (r *mutationResolver) UpdateTask(ctx context.Context, input generated.UpdateTaskInput) (*incident.TaskPayload, error) {
	return r.service.UpdateTask(ctx, r.viewer(ctx), taskPatch(input))
}

// StartTask is the mutation of that name.
func (r *mutationResolver) StartTask(ctx context.Context, input incident.StartTaskInput) (*incident.TaskPayload, error) {
	return r.service.StartTask(ctx, r.viewer(ctx), input)
}

// CompleteTask is the mutation of that name.
func (r *mutationResolver) CompleteTask(ctx context.Context, input incident.CompleteTaskInput) (*incident.TaskPayload, error) {
	return r.service.CompleteTask(ctx, r.viewer(ctx), input)
}

// SkipTask is the mutation of that name.
func (r *mutationResolver) SkipTask(ctx context.Context, input incident.SkipTaskInput) (*incident.TaskPayload, error) {
	return r.service.SkipTask(ctx, r.viewer(ctx), input)
}

// ReopenTask is the mutation of that name.
func (r *mutationResolver) ReopenTask(ctx context.Context, input incident.ReopenTaskInput) (*incident.TaskPayload, error) {
	return r.service.ReopenTask(ctx, r.viewer(ctx), input)
}

// MoveTask is the mutation of that name.
func (r *mutationResolver) MoveTask(ctx context.Context, input incident.MoveTaskInput) (*incident.TaskPayload, error) {
	return r.service.MoveTask(ctx, r.viewer(ctx), input)
}

// DeleteTask is the mutation of that name.
func (r *mutationResolver) DeleteTask(ctx context.Context, input incident.DeleteTaskInput) (*incident.TaskPayload, error) {
	return r.service.DeleteTask(ctx, r.viewer(ctx), input)
}

// RestoreTask is the mutation of that name.
func (r *mutationResolver) RestoreTask(ctx context.Context, input incident.RestoreTaskInput) (*incident.TaskPayload, error) {
	return r.service.RestoreTask(ctx, r.viewer(ctx), input)
}

// RedactEvent is the mutation of that name.
func (r *mutationResolver) RedactEvent(ctx context.Context, input incident.RedactEventInput) (*incident.RedactEventPayload, error) {
	return r.service.RedactEvent(ctx, r.viewer(ctx), input)
}
