package audit

import (
	"context"
	"slices"
	"sync"
)

// memLog is a trail in memory: what the interface promises and no more.
type memLog struct {
	mu      sync.Mutex
	events  []*Event
	changed chan struct{}
	id      TrailID
	deaf    bool  // Changed never fires
	err     error // of every call

	// read is called after each Read has its answer, before it returns it.
	read func(after int64, events []*Event)
}

func newMemLog(id TrailID, events []*Event) *memLog {
	return &memLog{id: id, events: events, changed: make(chan struct{})}
}

// append adds events and wakes whoever waits, as far as they can be woken.
func (l *memLog) append(events ...*Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, events...)
	if !l.deaf {
		close(l.changed)
		l.changed = make(chan struct{})
	}
}

func (l *memLog) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
}

func (l *memLog) Head(context.Context) (Head, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.events) == 0 || l.err != nil {
		return Head{Trail: l.id}, l.err
	}
	return l.events[len(l.events)-1].Head(), nil
}

func (l *memLog) Read(ctx context.Context, after int64, limit int) ([]*Event, error) {
	l.mu.Lock()
	events, err := l.events[min(after, int64(len(l.events))):], l.err
	l.mu.Unlock()
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	events = events[:min(limit, len(events))]
	if l.read != nil {
		l.read(after, events)
	}
	return events, nil
}

func (l *memLog) Redacted(position int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.events, func(e *Event) bool { return e.Redacts() == position })
}

func (l *memLog) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}
