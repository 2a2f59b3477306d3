package graph

import (
	"context"
	"time"

	"tasktrail/audit"
	"tasktrail/graph/generated"
	"tasktrail/graph/model"
	"tasktrail/incident"
)

// ServiceAccounts lists service accounts.
func (r *queryResolver) ServiceAccounts(
	ctx context.Context, first *int, after *string, last *int, before *string,
) (*model.Connection[incident.ServiceAccount], error) {
	return definitionPage(ctx, incident.PageArgs{First: first, After: after, Last: last, Before: before},
		func(set *incident.Automation, q incident.PageQuery) (incident.Page[incident.ServiceAccount], int, error) {
			return set.ServiceAccountPage(q)
		}, func(a *incident.ServiceAccount) *incident.Definition { return &a.Definition })
}

// ServiceAccount finds a service account.
func (r *queryResolver) ServiceAccount(ctx context.Context, id string) (*incident.ServiceAccount, error) {
	return loadersFrom(ctx).definitions.serviceAccount(ctx, id)
}

// CreateServiceAccount is the mutation of that name.
func (r *mutationResolver) CreateServiceAccount(ctx context.Context, input incident.CreateServiceAccountInput) (*model.ServiceAccountPayload, error) {
	return r.service.CreateServiceAccount(ctx, r.viewer(ctx), input)
}

// UpdateServiceAccount is the mutation of that name.
func (r *mutationResolver) UpdateServiceAccount(ctx context.Context, input generated.UpdateServiceAccountInput) (*model.ServiceAccountPayload, error) {
	return r.service.UpdateServiceAccount(ctx, r.viewer(ctx), serviceAccountPatch(input))
}

// DeleteServiceAccount is the mutation of that name.
func (r *mutationResolver) DeleteServiceAccount(ctx context.Context, input incident.DeleteDefinitionInput) (*model.ServiceAccountPayload, error) {
	return r.service.DeleteServiceAccount(ctx, r.viewer(ctx), input)
}

// IssueAPIKey is the mutation issueApiKey.
func (r *mutationResolver) IssueAPIKey(ctx context.Context, input incident.IssueAPIKeyInput) (*incident.APIKeyPayload, error) {
	return r.service.IssueAPIKey(ctx, r.viewer(ctx), input)
}

// RevokeAPIKey is the mutation revokeApiKey.
func (r *mutationResolver) RevokeAPIKey(ctx context.Context, input incident.RevokeAPIKeyInput) (*incident.APIKeyPayload, error) {
	return r.service.RevokeAPIKey(ctx, r.viewer(ctx), input)
}

type serviceAccountResolver struct{}

// Actor is who it acts as.
func (serviceAccountResolver) Actor(_ context.Context, a *incident.ServiceAccount) (*incident.Actor, error) {
	actor := a.Actor()
	return &actor, nil
}

// CreatedBy is the actor who made it.
func (serviceAccountResolver) CreatedBy(ctx context.Context, a *incident.ServiceAccount) (*incident.Actor, error) {
	return loadersFrom(ctx).actor(ctx, a.CreatedByID)
}

// UpdatedBy is the actor who changed it last.
func (serviceAccountResolver) UpdatedBy(ctx context.Context, a *incident.ServiceAccount) (*incident.Actor, error) {
	return loadersFrom(ctx).actor(ctx, a.UpdatedByID)
}

// History is a page of its events.
func (serviceAccountResolver) History(
	ctx context.Context, a *incident.ServiceAccount, first *int, after *string, last *int, before *string,
) (*model.Connection[*audit.Event], error) {
	return subjectHistory(ctx, a.ID, incident.PageArgs{First: first, After: after, Last: last, Before: before})
}

type apiKeyResolver struct{}

// CreatedBy is the actor who issued it.
func (apiKeyResolver) CreatedBy(ctx context.Context, k *incident.APIKey) (*incident.Actor, error) {
	return loadersFrom(ctx).actor(ctx, k.CreatedByID)
}

// RevokedBy is null unless it is revoked.
func (apiKeyResolver) RevokedBy(ctx context.Context, k *incident.APIKey) (*incident.Actor, error) {
	return loadersFrom(ctx).actorIfAny(ctx, k.RevokedByID)
}

// LastUsedAt is null when it never was used.
func (apiKeyResolver) LastUsedAt(ctx context.Context, k *incident.APIKey) (*time.Time, error) {
	return loadersFrom(ctx).keyUses.orNil(ctx, k.ID)
}
