package incident

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// maxMoments bounds how much history one request can have played back.
const maxMoments = 20

// ErrTooManyMoments refuses a request that asks for too many. The text is fit
// for clients.
var ErrTooManyMoments = errors.New("one request can ask for incidents and tasks at 20 different moments, no more; ask for the others in another")

// Past shows incidents and tasks as they were, rebuilt from the trail. It serves
// one request: it keeps what it has rebuilt, plays one history back at a time,
// and at most 20 in all.
type Past struct {
	store Store
	now   func() time.Time

	mu      sync.Mutex
	played  int
	rebuilt map[string]*IncidentAt
}

// Past gives v the past, for one request.
func (s *Service) Past(v Viewer) (*Past, error) {
	if err := v.CheckRead(); err != nil {
		return nil, err
	}
	return &Past{store: s.store, now: s.Now, rebuilt: map[string]*IncidentAt{}}, nil
}

// IncidentAt returns an incident as it was at a point; nil when it did not
// exist then. A time belongs to the last event of the incident or its tasks
// that was recorded then or before, and to all events that come before that one
// in the trail: so what is shown was real, also where the clocks of servers
// differ and the times in the trail do not only go up.
func (p *Past) IncidentAt(ctx context.Context, id string, at TrailPoint) (*IncidentAt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := fmt.Sprint(id, at.At, at.Position != nil, valueOf(at.Position))
	if known, ok := p.rebuilt[key]; ok {
		return known, nil
	}
	point, err := p.point(ctx, nil, id, at)
	if err != nil {
		return nil, err
	}
	snapshots, err := p.play(ctx, id, point)
	if err != nil {
		return nil, err
	}
	p.rebuilt[key] = incidentAt(snapshots[0].state, snapshots[0].asOf)
	return p.rebuilt[key], nil
}

// TaskAt returns a task as it was at a point of the history of its incident,
// see [Past.IncidentAt]; nil when it did not exist then.
func (p *Past) TaskAt(ctx context.Context, id string, at TrailPoint) (*TaskAt, error) {
	incidentID, err := p.incidentOf(ctx, id)
	if err != nil {
		return nil, err
	}
	i, err := p.IncidentAt(ctx, incidentID, at)
	if i == nil || err != nil {
		return nil, err
	}
	return i.Task(id), nil
}

// incidentOf returns the id of a task's incident; "" when there is no such task.
func (p *Past) incidentOf(ctx context.Context, taskID string) (string, error) {
	tasks, err := p.store.TasksByID(ctx, []string{taskID})
	return tasks[taskID].IncidentID, err
}

// point is a checked [TrailPoint].
type point struct {
	upTo int64      // position
	at   *time.Time // see [AsOf]
}

// String names the point as texts for people do.
func (t TrailPoint) String() string {
	switch {
	case t.At != nil:
		return t.At.UTC().Format(time.RFC3339Nano)
	case t.Position != nil:
		return fmt.Sprint("position ", *t.Position)
	}
	return "now"
}

// point checks a point given at a path. A time that is still to come, and a
// position that the trail has not reached, are refused: what they stand for
// will be another state than today's.
func (p *Past) point(ctx context.Context, path []string, incidentID string, t TrailPoint) (point, error) {
	refuse := func(field, format string, args ...any) (point, error) {
		return point{}, &InputError{Path: append(slices.Clone(path), field), Message: fmt.Sprintf(format, args...)}
	}
	switch {
	case (t.At == nil) == (t.Position == nil):
		return refuse("at", "give exactly one of at and position")
	case t.Position != nil && *t.Position == 0:
		return point{}, nil
	case t.Position != nil:
		events, err := p.store.EventsByPosition(ctx, []int64{*t.Position})
		if err != nil {
			return point{}, err
		}
		if e := events[*t.Position]; e != nil {
			return point{*t.Position, &e.RecordedAt}, nil
		}
		head, err := p.store.Log().Head(ctx)
		if err != nil {
			return point{}, err
		}
		return refuse("position", "must be from 0 to %d, where the trail ends", head.Position)
	}
	at := utc(t.At)
	if now := p.now(); at.After(now) {
		// Another server's clock may be ahead: its events can be asked for.
		head, err := p.store.Log().Head(ctx)
		if err != nil {
			return point{}, err
		}
		if at.After(head.RecordedAt) {
			return refuse("at", "must not lie in the future; it is %s now", now.Format(time.RFC3339Nano))
		}
	}
	upTo, err := p.store.LastRecorded(ctx, incidentID, *at)
	return point{upTo, at}, err
}

// present is the point that the trail has reached.
func (p *Past) present(ctx context.Context) (point, error) {
	now := p.now()
	head, err := p.store.Log().Head(ctx)
	return point{head.Position, &now}, err
}

// play rebuilds an incident at points that go up. Redactions count wherever they
// stand in the trail. mu is held.
func (p *Past) play(ctx context.Context, incidentID string, points ...point) ([]snapshot, error) {
	if p.played++; p.played > maxMoments {
		return nil, ErrTooManyMoments
	}
	redactions, err := p.store.RedactionsOf(ctx, incidentID)
	if err != nil {
		return nil, err
	}
	return playBack(p.store.IncidentTrail(ctx, incidentID, points[len(points)-1].upTo), redactions, points)
}
