package incident

import (
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"tasktrail/audit"
)

// Service is everything one can do. Each method checks the viewer's rights
// itself, so that no transport can forget to.
type Service struct {
	store Store
	now   func() time.Time
	known sync.Map // Actor → struct{}: those the store has as they are
	keys  keyCache

	access *accessLog
}

// New returns a service on store. now is the clock by which tasks are overdue;
// nil means the real one.
func New(store Store, now func() time.Time) *Service {
	if now == nil {
		now = time.Now
	}
	return &Service{store: store, now: now, access: newAccessLog()}
}

// Now is the time by which tasks are overdue.
func (s *Service) Now() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// Admit checks that v may read at all and makes its actor known, so that it can
// be found and assigned.
func (s *Service) Admit(ctx context.Context, v Viewer) error {
	if err := v.CheckRead(); err != nil {
		return err
	}
	if _, ok := s.known.Load(v.Actor); ok {
		return nil
	}
	switch err := s.store.SaveActor(ctx, v.Actor); {
	case errors.Is(err, ErrReadOnly):
		return nil // v may read; it becomes known once that works again
	case err != nil:
		return err
	}
	s.known.Store(v.Actor, struct{}{})
	return nil
}

// Read gives v the lists and lookups.
func (s *Service) Read(v Viewer) (Reader, error) {
	if err := v.CheckRead(); err != nil {
		return nil, err
	}
	return s.store, nil
}

// Head returns the newest event in short.
func (s *Service) Head(ctx context.Context, v Viewer) (audit.Head, error) {
	if err := v.CheckRead(); err != nil {
		return audit.Head{}, err
	}
	return s.store.Log().Head(ctx)
}

// Follow yields every event that f chooses behind the cursor after, or from
// position 1, or (with neither) from now on, and then waits for more until ctx
// ends. A cursor that the trail cannot explain is refused with
// [audit.ErrCursorMalformed], [audit.ErrCursorAhead] or [audit.ErrTrailForked].
func (s *Service) Follow(
	ctx context.Context, v Viewer, f *AuditEventFilter, after *string, fromStart bool,
) (iter.Seq2[*audit.Event, error], error) {
	if err := v.CheckRead(); err != nil {
		return nil, err
	}
	log := s.store.Log()
	var position int64
	switch {
	case after != nil && fromStart:
		return nil, &InputError{Path: []string{"fromStart"}, Message: "give after or fromStart, not both"}
	case after != nil:
		cursor, err := audit.ParseCursor(*after)
		if err != nil {
			return nil, err
		}
		if err := audit.CheckCursor(ctx, log, cursor); err != nil {
			return nil, err
		}
		position = cursor.Position
	case !fromStart:
		head, err := log.Head(ctx)
		if err != nil {
			return nil, err
		}
		position = head.Position
	}
	return func(yield func(*audit.Event, error) bool) {
		for e, err := range audit.Follow(ctx, log, position) {
			if err == nil && !f.Matches(e) {
				continue
			}
			if !yield(e, err) {
				return
			}
		}
	}, nil
}

// knownActor refuses ids of actors that nobody has heard of.
func knownActor(tx Tx, field string, id *string) error {
	if id == nil {
		return nil
	}
	if _, ok := tx.Actor(*id); !ok {
		return notFound(field, "actor")
	}
	return nil
}

// some lists the ids that are there.
func some(ids ...*string) []string {
	var out []string
	for _, id := range ids {
		if id != nil {
			out = append(out, *id)
		}
	}
	return out
}
