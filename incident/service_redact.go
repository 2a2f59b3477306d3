package incident

import (
	"context"

	"tasktrail/audit"
)

// RedactEventInput removes what an event says, for a reason (required). The
// version of an event is 0, and 1 once it is redacted.
type RedactEventInput struct {
	Common
	Position int64
}

// RedactEventPayload answers a redaction.
type RedactEventPayload struct {
	RedactedEvent    *audit.Event // as it is now; nil when refused
	Event            *audit.Event // that records the redaction; nil when nothing changed
	Replayed         bool         // the clientMutationId had been carried out before
	ClientMutationID *string
	Errors           []MutationError
}

// RedactEvent removes the payload and the salt of an event and records that. The
// header stays, and with it every hash and proof; the things that the event
// changed stay as they are. An event that is redacted already stays so.
func (s *Service) RedactEvent(ctx context.Context, v Viewer, in RedactEventInput) (*RedactEventPayload, error) {
	subject := v.access(AccessRedaction, []string{"event"}).at(in.Position, in.Position)
	if err := s.record(ctx, v, v.CheckAdmin(), subject); err != nil {
		return nil, err
	}
	c, check, err := begin(v, "redactEvent", in.Common, in)
	if err != nil {
		return nil, err
	}
	check.required("reason", in.Reason, MaxReason)
	if in.Position < 1 {
		check.fail("position", "position must be at least 1")
	}
	p := &RedactEventPayload{ClientMutationID: in.ClientMutationID}
	if err = check.err(); err == nil {
		if err := s.Admit(ctx, v); err != nil {
			return nil, err
		}
		err = s.run(ctx, c, Needs{Redacts: in.Position}, func(tx Tx) error {
			e, ok := tx.Event(in.Position)
			if !ok {
				return notFound("position", "event")
			}
			version := 0
			if e.Redacted {
				version = 1
			}
			if err := c.expect(version, e, IDOf(e)); err != nil {
				return err
			}
			p.RedactedEvent = e.WithoutPayload()
			if e.Redacted {
				return nil
			}
			tx.Redact(c.record(tx, EventRedacted, SubjectEvent, IDOf(e), e.IncidentID, 1, []audit.Change{
				{Field: fieldPayload, From: toJSON(e.Payload.Fields()), To: jsonNull},
			}))
			return nil
		})
	}
	if p.Errors, err = refused(err); err != nil || len(p.Errors) > 0 {
		p.RedactedEvent = nil
		return p, err
	}
	p.Event, p.Replayed = c.event, c.replayed
	if c.replayed {
		position := c.event.Redacts()
		events, err := s.store.EventsByPosition(ctx, []int64{position})
		if err != nil {
			return nil, err
		}
		p.RedactedEvent = events[position]
	}
	return p, nil
}
