package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"tasktrail/audit"
	"tasktrail/incident"
)

// checkDefinitions plays back the history of every playbook, rule, webhook and
// service account and compares. Actors, secrets and deliveries are no part of
// the trail; of keys only their fingerprints are.
func (v *verification) checkDefinitions(ctx context.Context) error {
	after, events := "", int64(0)
	for {
		var broken error
		rows, err := readStrictly(ctx, v.tx.NewSelect().Where("d.id > ?", after).OrderExpr("d.id").Limit(replayPage), func(r *definitionRow, column, expected, found string) {
			broken = &Difference{What: r.Kind + " " + r.ID, Field: column, Expected: expected, Found: found}
		})
		if err != nil {
			return fmt.Errorf("db: read definitions: %w", err)
		}
		if broken != nil {
			return broken
		}
		if len(rows) == 0 {
			break
		}
		n, err := v.replayDefinitions(ctx, rows)
		if err != nil {
			return err
		}
		after, events = rows[len(rows)-1].ID, events+n
	}
	found, err := v.count(ctx, "definitions")
	if err != nil || events == v.seen.definitions && found == int64(v.out.Definitions) {
		return err
	}
	var ids []string
	err = v.tx.NewRaw("SELECT e.subject_id FROM audit_events AS e WHERE e.incident_id IS NULL AND e.subject_kind <> ?"+
		" AND NOT EXISTS (SELECT 1 FROM definitions AS d WHERE d.id = e.subject_id) ORDER BY e.position LIMIT 1", audit.SubjectEvent).Scan(ctx, &ids)
	switch {
	case err != nil:
		return fmt.Errorf("db: look for events of no definition: %w", err)
	case len(ids) > 0:
		return &Difference{What: "definition " + ids[0], Field: "its existence", Expected: "one row", Found: "no row"}
	}
	return &Difference{What: "the tables", Field: "the number of definitions", Expected: fmt.Sprint(v.out.Definitions), Found: fmt.Sprint(found)}
}

// replayDefinitions plays the histories of some definitions back and compares.
// It returns how many events they have.
func (v *verification) replayDefinitions(ctx context.Context, rows []*definitionRow) (int64, error) {
	ids, states := make([]string, len(rows)), map[string]*incident.DefinitionState{}
	for n, r := range rows {
		if states[r.ID] != nil {
			return 0, &Difference{What: r.Kind + " " + r.ID, Field: "its existence", Expected: "one row", Found: "2 rows"}
		}
		ids[n] = r.ID
		states[r.ID] = &incident.DefinitionState{}
	}
	if err := v.tellRedactions(ctx, ids, states); err != nil {
		return 0, err
	}
	events, replayed := int64(0), map[string]bool{}
	where, args := "e.incident_id IS NULL AND e.subject_kind <> ? AND e.subject_id IN (?)", []any{audit.SubjectEvent, bun.List(ids)}
	err := v.readEvents(ctx, where, args, "e.subject_id, e.position", func(e *audit.Event) error {
		events++
		replayed[e.SubjectID] = true
		if err := states[e.SubjectID].Apply(e); err != nil {
			return notReplayed(e, err)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, r := range rows {
		if !replayed[r.ID] {
			return 0, &Difference{What: r.Kind + " " + r.ID, Field: "its existence", Expected: "no row", Found: "a row"}
		}
		if err := compareDefinition(states[r.ID], r, &v.out.Lost); err != nil {
			return 0, err
		}
		v.out.Definitions++
	}
	return events, nil
}

// tellRedactions tells the states what redactions have removed of them.
func (v *verification) tellRedactions(ctx context.Context, ids []string, states map[string]*incident.DefinitionState) error {
	if v.seen.redactions == 0 {
		return nil
	}
	of, redactions := map[int64]string{}, []string{}
	err := v.readEvents(ctx, "e.incident_id IS NULL AND e.payload IS NULL AND e.subject_id IN (?)", []any{bun.List(ids)}, "e.position", func(e *audit.Event) error {
		of[e.Position] = e.SubjectID
		redactions = append(redactions, audit.EventID(e.Position))
		return nil
	})
	if err != nil || len(redactions) == 0 {
		return err
	}
	return v.readEvents(ctx, "e.subject_kind = ? AND e.subject_id IN (?)", []any{audit.SubjectEvent, bun.List(redactions)}, "e.position", func(e *audit.Event) error {
		states[of[e.Redacts()]].Redactions([]*audit.Event{e})
		return nil
	})
}
