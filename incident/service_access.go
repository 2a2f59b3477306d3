package incident

import (
	"context"
	"fmt"
	"slices"
)

// record writes that v is about to read, or refuses it. What check refuses is
// noted, and nobody waits for that.
func (s *Service) record(ctx context.Context, v Viewer, check error, e AccessEntry) error {
	if reason, _, ok := RefusalOf(check); ok {
		s.access.note(e.refused(reason), s.Now())
		return recordedRefusal{check}
	}
	e.RecordedAt = s.Now()
	if err := s.store.RecordAccess(ctx, []AccessEntry{e}); err != nil {
		return fmt.Errorf("%w: %w", ErrNotRecorded, err)
	}
	return nil
}

// NoteOperation notes a GraphQL operation in the access log if v is an AUDITOR.
// It does not wait. Fields returns those of the root, as the schema names them.
func (s *Service) NoteOperation(v Viewer, fields func() []string) {
	if slices.Contains(v.Roles, RoleAuditor) {
		s.access.note(v.access(AccessOperation, fields()), s.Now())
	}
}

// NoteRefusal notes in the access log that v was refused something. It does not
// wait, and of many refusals it keeps some and the number of the others.
func (s *Service) NoteRefusal(v Viewer, action AccessAction, reason AccessReason, subjects []string) {
	s.access.note(v.access(action, subjects).refused(reason), s.Now())
}

// AccessLog returns a page of the access log, newest first.
func (s *Service) AccessLog(ctx context.Context, v Viewer, q AccessLogQuery) (Page[AccessEntry], error) {
	if err := v.CheckAudit(); err != nil {
		return Page[AccessEntry]{}, err
	}
	return s.store.AccessLog(ctx, q)
}

// CountAccessLog counts the entries that f chooses.
func (s *Service) CountAccessLog(ctx context.Context, v Viewer, f AccessLogFilter) (int, error) {
	if err := v.CheckAudit(); err != nil {
		return 0, err
	}
	return s.store.CountAccessLog(ctx, f)
}
