package db

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tasktrail/audit"
)

// The newest events are kept in memory for those who follow the trail, and the
// table is looked at this often for what other processes have written. The
// looking alone suffices; hints only make it quicker.
const (
	tailSize = 4096
	tailPoll = 250 * time.Millisecond
)

// tail is the end of the trail, shared by all who follow it. It implements
// [audit.Log].
type tail struct {
	store *Store
	nudge chan struct{} // asks the tailer to look now

	mu      sync.Mutex
	events  []*audit.Event // contiguous, the last one at head
	head    audit.Head
	lost    map[int64]bool // redacted since this process began to follow
	changed chan struct{}  // closed and replaced whenever head moves
}

func newTail(s *Store) *tail {
	return &tail{store: s, nudge: make(chan struct{}, 1), changed: make(chan struct{}), lost: map[int64]bool{}}
}

// Log implements [incident.Store].
func (s *Store) Log() audit.Log { return s.tail }

// Changed implements [audit.Log].
func (t *tail) Changed() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.changed
}

// Redacted implements [audit.Log].
func (t *tail) Redacted(position int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lost[position]
}

// Head implements [audit.Log]. It asks the table, so that a caller sees what it
// has just written on another server, and can then read up to there.
func (t *tail) Head(ctx context.Context) (audit.Head, error) {
	head, err := readHead(ctx, t.store.read, t.store.trail)
	if err != nil {
		return head, fmt.Errorf("db: read the newest event: %w", err)
	}
	t.mu.Lock()
	behind := head.Position != t.head.Position || head.Hash != t.head.Hash
	t.mu.Unlock()
	if behind {
		err = t.catchUp(ctx)
	}
	return head, err
}

// Read implements [audit.Log]: from memory where it reaches back far enough,
// else from the table.
func (t *tail) Read(ctx context.Context, after int64, limit int) ([]*audit.Event, error) {
	t.mu.Lock()
	if n := int64(len(t.events)); n > 0 && after >= t.events[0].Position-1 {
		from := min(after-t.events[0].Position+1, n)
		out := t.events[from:min(from+int64(limit), n)]
		t.mu.Unlock()
		return out, nil
	}
	empty := after >= t.head.Position && t.head.Position > 0
	t.mu.Unlock()
	if empty {
		return nil, nil
	}
	return t.store.readEvents(ctx, after, limit)
}

// readEvents reads a page of the trail from the table.
func (s *Store) readEvents(ctx context.Context, after int64, limit int) ([]*audit.Event, error) {
	var rows []*eventRow
	err := s.read.NewSelect().Model(&rows).Where("e.position > ?", after).
		OrderExpr("e.position").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("db: read events: %w", err)
	}
	events := make([]*audit.Event, len(rows))
	for n, r := range rows {
		if events[n], err = r.event(s.trail); err != nil {
			return nil, fmt.Errorf("db: read events: %w", err)
		}
	}
	return events, nil
}

// committed hands over what this process has just committed. When another
// process wrote in between, the tailer fetches the whole stretch instead.
func (t *tail) committed(events []*audit.Event) {
	t.mu.Lock()
	t.redact(events) // before their changes are answered, whatever else is still to be fetched
	direct := events[0].Position == t.head.Position+1 && events[0].Previous == t.head.Hash
	if direct {
		t.append(events)
	}
	t.mu.Unlock()
	if !direct {
		t.look()
	}
	t.store.hint()
}

// look asks the tailer to look at the table now.
func (t *tail) look() { poke(t.nudge) }

// append adds events that directly follow head. mu is held.
func (t *tail) append(events []*audit.Event) {
	t.events = append(t.events, events...)
	if extra := len(t.events) - tailSize; extra > tailSize/4 {
		// A fresh slice: readers still hold parts of the old one.
		t.events = append(make([]*audit.Event, 0, 2*tailSize), t.events[extra:]...)
	}
	t.redact(events)
	t.head = events[len(events)-1].Head()
	close(t.changed)
	t.changed = make(chan struct{})
}

// redact forgets the payloads that events have removed. mu is held.
func (t *tail) redact(events []*audit.Event) {
	cloned := false
	for _, e := range events {
		n := e.Redacts()
		if n == 0 {
			continue
		}
		if !t.lost[n] {
			t.lost[n] = true
			poke(t.store.scrubs)
		}
		if len(t.events) == 0 || n < t.events[0].Position || n > t.events[len(t.events)-1].Position {
			continue
		}
		at := n - t.events[0].Position
		if t.events[at].Redacted {
			continue
		}
		if !cloned { // readers still hold parts of the old slice
			t.events, cloned = append(make([]*audit.Event, 0, 2*tailSize), t.events...), true
		}
		t.events[at] = t.events[at].WithoutPayload()
	}
}

// start begins at the present end of the trail, with the newest event, which
// tells whether what comes later follows on it.
func (t *tail) start(ctx context.Context) error {
	head, err := readHead(ctx, t.store.read, t.store.trail)
	if err != nil {
		return fmt.Errorf("db: read the newest event: %w", err)
	}
	var events []*audit.Event
	if head.Position > 0 {
		if events, err = t.store.readEvents(ctx, head.Position-1, 1); err != nil {
			return err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events, t.head, t.lost = nil, audit.Head{Trail: t.store.trail}, map[int64]bool{}
	if len(events) > 0 {
		t.append(events)
	}
	return nil
}

// run keeps up with the table until ctx ends. An error of the database is
// logged and tried again; followers fall behind meanwhile, and miss nothing.
func (t *tail) run(ctx context.Context) error {
	poll := time.NewTicker(tailPoll)
	defer poll.Stop()
	failing := false
	for {
		err := t.catchUp(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil && !failing: // said once, not four times a second
			t.store.log.Warn().Err(err).Msg("cannot read the newest events, trying again until it works")
		case err == nil && failing:
			t.store.log.Info().Msg("reading the newest events again")
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-t.nudge:
		case <-poll.C:
		}
	}
}

const catchUpPage = 1000

// catchUp reads what is new in the table, together with the newest event that
// is known. When that one is no longer there, or another, the trail is not the
// one of before: a standby that lacked its end was promoted, or a backup was
// restored. Then all that is in memory is forgotten; followers notice by
// themselves.
func (t *tail) catchUp(ctx context.Context) error {
	for {
		t.mu.Lock()
		at := t.head
		t.mu.Unlock()
		events, err := t.store.readEvents(ctx, max(at.Position-1, 0), catchUpPage)
		if err != nil {
			return err
		}
		if at.Position > 0 {
			if len(events) == 0 || events[0].Hash != at.Hash {
				t.store.log.Error().Int64("position", at.Position).
					Msg("the database no longer has the newest event that was read: was a backup restored, or a standby promoted?")
				return t.start(ctx)
			}
			events = events[1:]
		}
		t.mu.Lock()
		// The writer may have handed some of them over in the meantime.
		for len(events) > 0 && events[0].Position <= t.head.Position {
			events = events[1:]
		}
		more := len(events) > 0 && events[0].Previous == t.head.Hash // else it was forgotten meanwhile
		if more {
			t.append(events)
		}
		t.mu.Unlock()
		if !more {
			return nil
		}
	}
}
