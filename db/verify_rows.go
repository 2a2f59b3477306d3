package db

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"
)

// tables are rows of some incidents and their tasks, by incident. The tasks are
// in the order of their list.
type tables struct {
	incidents map[string][]*incidentRow
	tasks     map[string][]*taskRow
	broken    map[string]*Difference // a value that is no value of its column
}

func (v *verification) readTables(ctx context.Context, ids []string) (tables, error) {
	out := tables{map[string][]*incidentRow{}, map[string][]*taskRow{}, map[string]*Difference{}}
	for page := range slices.Chunk(ids, replayPage) {
		incidents, err := readStrictly(ctx, v.tx.NewSelect().Where("i.id IN (?)", bun.List(page)), func(r *incidentRow, column, expected, found string) {
			out.broken[r.ID] = &Difference{What: "incident " + r.ID, Field: column, Expected: expected, Found: found}
		})
		if err != nil {
			return out, fmt.Errorf("db: read incidents: %w", err)
		}
		for _, r := range incidents {
			out.incidents[r.ID] = append(out.incidents[r.ID], r)
		}
		// They are sorted here: SQLite would copy every row to sort it.
		q := v.tx.NewSelect().Where("t.incident_id IN (?)", bun.List(page))
		tasks, err := readStrictly(ctx, q, func(r *taskRow, column, expected, found string) {
			out.broken[r.IncidentID] = &Difference{What: "task " + r.ID, Field: column, Expected: expected, Found: found}
		})
		if err != nil {
			return out, fmt.Errorf("db: read tasks: %w", err)
		}
		slices.SortFunc(tasks, func(a, b *taskRow) int { return cmp.Or(cmp.Compare(a.OrderKey, b.OrderKey), cmp.Compare(a.ID, b.ID)) })
		for _, r := range tasks {
			out.tasks[r.IncidentID] = append(out.tasks[r.IncidentID], r)
		}
	}
	return out, nil
}
