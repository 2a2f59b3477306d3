package incident

import (
	"context"
	"errors"
	"time"

	"tasktrail/audit"
)

// The clock looks this often for tasks whose time has passed, and notes at most
// this many at a time.
const (
	clockPeriod = 5 * time.Second
	clockBatch  = 200
)

// clock is who notes that a task is overdue.
var clock = Viewer{
	Actor: Actor{ID: ActorID("tasktrail", "system:clock"), Name: "tasktrail clock", Kind: KindSystem},
	Roles: []Role{RoleResponder},
}

// RunClock notes what has become overdue until ctx ends. It may run on several
// servers at once. Failed hears of errors, after which it goes on; [ErrReadOnly]
// is not one, it notes later what it could not.
func (s *Service) RunClock(ctx context.Context, failed func(error)) error {
	ticker := time.NewTicker(clockPeriod)
	defer ticker.Stop()
	for {
		if _, err := s.NoteOverdue(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, ErrReadOnly) {
			failed(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// NoteOverdue records, once for each due time, that a task is still open after
// it, which can set rules off. It returns how many it recorded. Tasks of closed
// incidents wait until these are reopened.
func (s *Service) NoteOverdue(ctx context.Context) (int, error) {
	noted := 0
	for {
		ids, err := s.store.NewlyOverdue(ctx, s.Now(), clockBatch)
		if err != nil {
			return noted, err
		}
		before := noted
		for _, id := range ids {
			written, err := s.noteOverdue(ctx, id)
			if err != nil {
				return noted, err
			}
			if written {
				noted++
			}
		}
		if len(ids) < clockBatch || noted == before {
			return noted, nil
		}
	}
}

func (s *Service) noteOverdue(ctx context.Context, id string) (bool, error) {
	c, check, err := begin(clock, "noteOverdue", Common{}, nil)
	if err != nil {
		return false, err
	}
	p, err := s.simpleTask(ctx, c, check, Needs{}, id, TaskOverdue, func(tx Tx, t *Task) ([]audit.Change, error) {
		if t.OverdueSince == nil && t.OverdueAt(tx.Now()) {
			t.OverdueSince = t.DueAt
		}
		return nil, nil
	})
	return err == nil && p.Event != nil, err
}
