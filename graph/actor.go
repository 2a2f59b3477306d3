package graph

import (
	"context"

	"tasktrail/incident"
)

type actorResolver struct{}

// Email is null when unknown.
func (actorResolver) Email(_ context.Context, a *incident.Actor) (*string, error) {
	return orNull(a.Email), nil
}
