package db

import (
	"context"
	"iter"
	"time"

	"tasktrail/audit"
)

// historyPage bounds one read of an incident's whole history.
const historyPage = 1000

// IncidentTrail implements [incident.Reader]. The statements see different
// moments, which makes no difference: what is up to a position never changes,
// unless it is redacted.
func (s *Store) IncidentTrail(ctx context.Context, incidentID string, upTo int64) iter.Seq2[*audit.Event, error] {
	return func(yield func(*audit.Event, error) bool) {
		for after := int64(0); ; {
			events, err := s.events(ctx, s.read.NewSelect().
				Where("e.incident_id = ? AND e.position > ? AND e.position <= ?", incidentID, after, upTo).
				OrderExpr("e.position").Limit(historyPage))
			if err != nil {
				yield(nil, err)
				return
			}
			for _, e := range events {
				if !yield(e, nil) {
					return
				}
				after = e.Position
			}
			if len(events) < historyPage {
				return
			}
		}
	}
}

// IncidentEvents implements [incident.Reader].
func (s *Store) IncidentEvents(ctx context.Context, incidentID string, upTo int64) ([]*audit.Event, error) {
	var all []*audit.Event
	for e, err := range s.IncidentTrail(ctx, incidentID, upTo) {
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

// LastRecorded implements [incident.Reader].
func (s *Store) LastRecorded(ctx context.Context, incidentID string, at time.Time) (int64, error) {
	var position int64
	err := s.read.NewSelect().TableExpr("audit_events AS e").ColumnExpr("COALESCE(MAX(e.position), 0)").
		Where("e.incident_id = ? AND e.recorded_at <= ?", incidentID, micros(at)).Scan(ctx, &position)
	return position, wrap("look for the last event before a moment", err)
}

// RedactionsOf implements [incident.Reader]. The index of them holds those of the
// condition as it is written here.
func (s *Store) RedactionsOf(ctx context.Context, incidentID string) ([]*audit.Event, error) {
	return s.events(ctx, s.read.NewSelect().
		Where("e.incident_id = ? AND e.subject_kind = 'event'", incidentID).OrderExpr("e.position"))
}
