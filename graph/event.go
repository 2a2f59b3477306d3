package graph

import (
	"context"
	"time"

	"tasktrail/audit"
	"tasktrail/incident"
)

// auditEventResolver reads what stands in the event itself, and looks up only
// the things that it points to.
type auditEventResolver struct{}

// ID derives from the position.
func (auditEventResolver) ID(_ context.Context, e *audit.Event) (string, error) {
	return incident.IDOf(e), nil
}

// Cursor stands just behind the event.
func (auditEventResolver) Cursor(_ context.Context, e *audit.Event) (string, error) {
	return e.Cursor().String(), nil
}

// Actor is who did it, as it was called then; as it is called now when that was
// redacted.
func (auditEventResolver) Actor(ctx context.Context, e *audit.Event) (*incident.Actor, error) {
	actor := &incident.Actor{
		ID: e.ActorID, Name: e.Payload.ActorName, Kind: incident.ActorKind(e.ActorKind), Email: e.Payload.ActorEmail,
	}
	if !e.Redacted {
		return actor, nil
	}
	now, known, err := loadersFrom(ctx).actors.load(ctx, e.ActorID)
	if err != nil {
		return nil, err
	}
	if actor.Name = e.ActorID; known {
		actor.Name, actor.Email = now.Name, now.Email
	}
	return actor, nil
}

// Reason is null when none was given.
func (auditEventResolver) Reason(_ context.Context, e *audit.Event) (*string, error) {
	return orNull(e.Payload.Reason), nil
}

// Incident is the one concerned, as it is now.
func (auditEventResolver) Incident(ctx context.Context, e *audit.Event) (*incident.Incident, error) {
	if e.IncidentID == "" {
		return nil, nil
	}
	return loadersFrom(ctx).incidents.orNil(ctx, e.IncidentID)
}

// Task is the one changed, as it is now.
func (auditEventResolver) Task(ctx context.Context, e *audit.Event) (*incident.Task, error) {
	if e.SubjectKind != incident.SubjectTask {
		return nil, nil
	}
	return loadersFrom(ctx).tasks.orNil(ctx, e.SubjectID)
}

// CausedBy is null for what somebody did.
func (auditEventResolver) CausedBy(_ context.Context, e *audit.Event) (*int64, error) {
	if e.Payload.CausedBy == 0 {
		return nil, nil
	}
	return &e.Payload.CausedBy, nil
}

// Cause is null for what somebody did.
func (auditEventResolver) Cause(ctx context.Context, e *audit.Event) (*audit.Event, error) {
	if e.Payload.CausedBy == 0 {
		return nil, nil
	}
	return loadersFrom(ctx).events.orZero(ctx, e.Payload.CausedBy)
}

// Automation is null for what somebody did.
func (auditEventResolver) Automation(_ context.Context, e *audit.Event) (*audit.Automation, error) {
	return e.Payload.Automation, nil
}

// Changes lists the fields that changed.
func (auditEventResolver) Changes(_ context.Context, e *audit.Event) ([]*audit.Change, error) {
	changes := make([]*audit.Change, len(e.Payload.Changes))
	for i := range e.Payload.Changes {
		changes[i] = &e.Payload.Changes[i]
	}
	return changes, nil
}

// Redaction is null unless the event is redacted.
func (auditEventResolver) Redaction(ctx context.Context, e *audit.Event) (*audit.Event, error) {
	if !e.Redacted {
		return nil, nil
	}
	return loadersFrom(ctx).redactions.orZero(ctx, e.Position)
}

// RequestID is null when there was no request.
func (auditEventResolver) RequestID(_ context.Context, e *audit.Event) (*string, error) {
	return orNull(e.RequestID), nil
}

// ClientMutationID is null when none was given.
func (auditEventResolver) ClientMutationID(_ context.Context, e *audit.Event) (*string, error) {
	return orNull(e.MutationID), nil
}

// Hash is written in hexadecimal digits.
func (auditEventResolver) Hash(_ context.Context, e *audit.Event) (string, error) {
	return e.Hash.String(), nil
}

// PreviousHash is null at position 1.
func (auditEventResolver) PreviousHash(_ context.Context, e *audit.Event) (*string, error) {
	if e.Previous.IsZero() {
		return nil, nil
	}
	hash := e.Previous.String()
	return &hash, nil
}

type auditHeadResolver struct{}

// Hash is written in hexadecimal digits.
func (auditHeadResolver) Hash(_ context.Context, h *audit.Head) (string, error) {
	return h.Hash.String(), nil
}

// Cursor stands just behind the newest event.
func (auditHeadResolver) Cursor(_ context.Context, h *audit.Head) (string, error) {
	return h.Cursor().String(), nil
}

// RecordedAt is null when the trail is empty.
func (auditHeadResolver) RecordedAt(_ context.Context, h *audit.Head) (*time.Time, error) {
	if h.Position == 0 {
		return nil, nil
	}
	return &h.RecordedAt, nil
}

// orNull turns the domain's "" for absent into null.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
