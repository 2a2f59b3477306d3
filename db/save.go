package db

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// save writes the sealed events in one statement, then the things they record.
// The database lets a version step by one at a time, so changes of the same
// thing go in rounds: the first change of each, then the second of each.
func (s *Store) save(ctx context.Context, tx bun.Tx, writes []write, now time.Time) error {
	var events []*eventRow
	for _, w := range writes {
		if w.delivery == nil {
			events = append(events, eventRowOf(w.event))
		}
	}
	if _, err := tx.NewInsert().Model(&events).Exec(ctx); err != nil {
		return fmt.Errorf("insert events: %w", err)
	}
	if err := saveActors(ctx, tx, writes); err != nil {
		return fmt.Errorf("save actors: %w", err)
	}
	for _, r := range rounds(writes) {
		if err := r.save(ctx, tx); err != nil {
			return err
		}
	}
	if err := saveOutbox(ctx, tx, writes); err != nil {
		return err
	}
	if err := saveKeys(ctx, tx, writes); err != nil {
		return err
	}
	return s.redact(ctx, tx, writes, now)
}

// saveActors makes the playbooks, rules and service accounts that were defined
// known as actors.
func saveActors(ctx context.Context, tx bun.Tx, writes []write) error {
	actors := map[string]*actorRow{}
	for _, w := range writes {
		if w.definition == nil {
			continue
		}
		if a := w.definition.actorRow(); a != nil {
			actors[a.ID] = a
		}
	}
	if len(actors) == 0 {
		return nil
	}
	rows := slices.Collect(maps.Values(actors))
	_, err := upsertActors(tx, &rows).Exec(ctx)
	return err
}

// saveOutbox stores new secrets of webhooks and calls to be delivered.
func saveOutbox(ctx context.Context, tx bun.Tx, writes []write) error {
	var deliveries []*deliveryRow
	for _, w := range writes {
		if w.delivery != nil {
			deliveries = append(deliveries, deliveryRowOf(*w.delivery, w.event.Position))
		}
		if w.secret == "" {
			continue
		}
		_, err := tx.NewInsert().Model(&secretRow{WebhookID: w.event.SubjectID, Secret: w.secret}).
			On("CONFLICT (webhook_id) DO UPDATE").Set("secret = EXCLUDED.secret").Exec(ctx)
		if err != nil {
			return fmt.Errorf("save the secret of a webhook: %w", err)
		}
	}
	if err := insert(ctx, tx, deliveries); err != nil {
		return fmt.Errorf("insert deliveries: %w", err)
	}
	return nil
}

// round holds at most one change of each thing.
type round struct {
	newIncidents, incidents     []*incidentRow
	newTasks, tasks             []*taskRow
	newDefinitions, definitions []*definitionRow
}

func (r *round) save(ctx context.Context, tx bun.Tx) error {
	for _, step := range []struct {
		what string
		err  func() error
	}{
		{"insert definitions", func() error { return insert(ctx, tx, r.newDefinitions) }},
		{"update definitions", func() error { return update(ctx, tx, "definitions", r.definitions) }},
		{"insert incidents", func() error { return insert(ctx, tx, r.newIncidents) }},
		{"update incidents", func() error { return update(ctx, tx, "incidents", r.incidents) }},
		{"insert tasks", func() error { return insert(ctx, tx, r.newTasks) }},
		{"update tasks", func() error { return update(ctx, tx, "tasks", r.tasks) }},
	} {
		if err := step.err(); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return nil
}

func rounds(writes []write) []*round {
	var out []*round
	next := map[string]int{} // thing → its next round
	for _, w := range writes {
		if w.delivery != nil || w.redacts != 0 {
			continue
		}
		n := next[w.event.SubjectID]
		next[w.event.SubjectID]++
		if n == len(out) {
			out = append(out, &round{})
		}
		r, created := out[n], w.event.SubjectVersion == 1
		switch {
		case w.incident != nil && created:
			r.newIncidents = append(r.newIncidents, incidentRowOf(*w.incident))
		case w.incident != nil:
			r.incidents = append(r.incidents, incidentRowOf(*w.incident))
		case w.task != nil && created:
			r.newTasks = append(r.newTasks, taskRowOf(*w.task))
		case w.task != nil:
			r.tasks = append(r.tasks, taskRowOf(*w.task))
		case created:
			r.newDefinitions = append(r.newDefinitions, w.definition)
		default:
			r.definitions = append(r.definitions, w.definition)
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

// update sets what a server may change of a table's rows.
func update[R any](ctx context.Context, tx bun.Tx, table string, rows []*R) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.NewUpdate().Model(&rows).Column(rightsOn(table).update...).Bulk().Exec(ctx)
	return err
}
