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

// ExportScope is what an export asks for.
type ExportScope struct {
	Format  string   // jsonl or csv; "" when what was asked for makes no sense
	Filters []string // the names of the filters that are set
	After   int64    // only later positions
}

// Export is the trail being taken away.
type Export struct {
	TrailReader

	service *Service
	begun   AccessEntry
}

// Export gives v the trail to be taken away, once that is recorded.
func (s *Service) Export(ctx context.Context, v Viewer, scope ExportScope) (*Export, error) {
	var subjects []string
	if scope.Format != "" {
		subjects = append([]string{scope.Format}, scope.Filters...)
	}
	e := v.access(AccessExport, subjects).at(scope.After+1, 0)
	if err := s.record(ctx, v, v.CheckAudit(), e); err != nil {
		return nil, err
	}
	return &Export{TrailReader: s.store, service: s, begun: e}, nil
}

// Ended notes how many events were sent, up to which position, and whether that
// was all. It does not wait.
func (x *Export) Ended(events, upTo int64, complete bool) {
	e := x.begun.at(0, upTo)
	e.Action, e.Events = AccessExportEnded, &events
	if !complete {
		reason := ReasonCutShort
		e.Reason = &reason
	}
	x.service.access.note(e, x.service.Now())
}
