package incident

import (
	"context"
	"fmt"
)

// IncidentDiff returns what became of an incident and its tasks between two
// points, see [Past.IncidentAt]; to nil means now. Nil when the incident does
// not exist at to.
func (p *Past) IncidentDiff(ctx context.Context, id string, from TrailPoint, to *TrailPoint) (*IncidentDiff, error) {
	snapshots, err := p.between(ctx, id, from, to)
	if err != nil {
		return nil, err
	}
	return incidentDiff(snapshots[0], snapshots[1]), nil
}

// TaskDiff is [Past.IncidentDiff] for one task. A task that is the same at both
// points has a difference without changes.
func (p *Past) TaskDiff(ctx context.Context, id string, from TrailPoint, to *TrailPoint) (*TaskDiff, error) {
	incidentID, err := p.incidentOf(ctx, id)
	if err != nil {
		return nil, err
	}
	snapshots, err := p.between(ctx, incidentID, from, to)
	if err != nil {
		return nil, err
	}
	t := snapshots[1].state.task(id)
	if t == nil {
		return nil, nil
	}
	out := newTaskDiffer(snapshots[0], snapshots[1]).diff(t)
	return &out, nil
}

// between returns an incident at two points.
func (p *Past) between(ctx context.Context, incidentID string, from TrailPoint, to *TrailPoint) ([]snapshot, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a, err := p.point(ctx, []string{"from"}, incidentID, from)
	if err != nil {
		return nil, err
	}
	var b point
	if to == nil {
		to = &TrailPoint{}
		b, err = p.present(ctx)
	} else {
		b, err = p.point(ctx, []string{"to"}, incidentID, *to)
	}
	if err != nil {
		return nil, err
	}
	backwards := a.upTo > b.upTo
	if from.At != nil && to.At != nil { // else two times between the same events could be given the wrong way round
		backwards = from.At.After(*to.At)
	}
	if backwards {
		return nil, &InputError{Path: []string{"from"}, Message: fmt.Sprintf("must not come after to: from is %v, to is %v", from, *to)}
	}
	return p.play(ctx, incidentID, a, b)
}
