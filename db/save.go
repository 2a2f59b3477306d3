package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// save writes the sealed events in one statement, then the things they record.
// The database lets a version step by one at a time, so changes of the same
// thing go in rounds: the first change of each, then the second of each.
func save(ctx context.Context, tx bun.Tx, writes []write) error {
	events := make([]*eventRow, len(writes))
	for n, w := range writes {
		events[n] = eventRowOf(w.event)
	}
	if _, err := tx.NewInsert().Model(&events).Exec(ctx); err != nil {
		return fmt.Errorf("insert events: %w", err)
	}
	for _, r := range rounds(writes) {
		if err := insert(ctx, tx, r.newIncidents); err != nil {
			return fmt.Errorf("insert incidents: %w", err)
		}
		if err := update(ctx, tx, r.incidents); err != nil {
			return fmt.Errorf("update incidents: %w", err)
		}
		if err := insert(ctx, tx, r.newTasks); err != nil {
			return fmt.Errorf("insert tasks: %w", err)
		}
		if err := update(ctx, tx, r.tasks); err != nil {
			return fmt.Errorf("update tasks: %w", err)
		}
	}
	return nil
}

// round holds at most one change of each thing.
type round struct {
	newIncidents, incidents []*incidentRow
	newTasks, tasks         []*taskRow
}

func rounds(writes []write) []*round {
	var out []*round
	next := map[string]int{} // thing → its next round
	for _, w := range writes {
		n := next[w.event.SubjectID]
		next[w.event.SubjectID]++
		if n == len(out) {
			out = append(out, &round{})
		}
		r := out[n]
		switch {
		case w.incident != nil && w.incident.Version == 1:
			r.newIncidents = append(r.newIncidents, incidentRowOf(*w.incident))
		case w.incident != nil:
			r.incidents = append(r.incidents, incidentRowOf(*w.incident))
		case w.task.Version == 1:
			r.newTasks = append(r.newTasks, taskRowOf(*w.task))
		default:
			r.tasks = append(r.tasks, taskRowOf(*w.task))
		}
	}
	return out
}

func insert[R any](ctx context.Context, tx bun.Tx, rows []*R) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.NewInsert().Model(&rows).Exec(ctx)
	return err
}

func update[R any](ctx context.Context, tx bun.Tx, rows []*R) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.NewUpdate().Model(&rows).Bulk().Exec(ctx)
	return err
}
