package incident

import (
	"context"

	"tasktrail/audit"
)

// TrailQuery chooses events of the trail to be read one after the other.
type TrailQuery struct {
	Filter AuditEventFilter
	After  int64 // only later positions
	UpTo   int64 // and none beyond

	// Payloads asks for decoded payloads. Without it, events have the payload's
	// text alone.
	Payloads bool
}

// TrailReader is the trail to be taken away.
type TrailReader interface {
	// Tree is the trail with its tree and checkpoints.
	Tree() audit.TreeStore
	// Stream calls page for every event chosen, oldest first, some at a time, all
	// as of one moment; page may be called without any, to tell how far it is.
	// The events may be kept. The error of page ends it.
	Stream(ctx context.Context, q TrailQuery, page func(events []*audit.Event, position int64) error) error
	// CountRedactions returns how many events behind a position are redactions.
	CountRedactions(ctx context.Context, after int64) (int, error)
}

// Export gives v the trail to be taken away.
func (s *Service) Export(v Viewer) (TrailReader, error) {
	if err := v.CheckAudit(); err != nil {
		return nil, err
	}
	return s.store, nil
}
