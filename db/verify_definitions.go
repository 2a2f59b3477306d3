package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"tasktrail/audit"
	"tasktrail/incident"
)

// verifyDefinitions plays back the history of every playbook, rule and webhook
// and compares. Actors, secrets and deliveries are no part of the trail.
func (s *Store) verifyDefinitions(ctx context.Context, tx bun.Tx, out *Verified) error {
	var rows []*definitionRow
	if err := tx.NewSelect().Model(&rows).OrderExpr("d.id").Scan(ctx); err != nil {
		return fmt.Errorf("db: read definitions: %w", err)
	}
	var events []*eventRow
	if err := tx.NewSelect().Model(&events).Where("e.incident_id IS NULL").OrderExpr("e.position").Scan(ctx); err != nil {
		return fmt.Errorf("db: read the history of definitions: %w", err)
	}
	now := make(map[string]any, len(rows))
	for _, r := range rows {
		definition, err := r.definition()
		if err != nil {
			return err
		}
		now[r.ID] = definition
	}
	history := make([]*audit.Event, len(events))
	for n, r := range events {
		var err error
		if history[n], err = r.event(s.trail); err != nil {
			return err
		}
	}
	states := map[string]*incident.DefinitionState{}
	for _, e := range history {
		if e.SubjectKind == audit.SubjectEvent {
			continue
		}
		state := states[e.SubjectID]
		if state == nil {
			state = &incident.DefinitionState{}
			state.Redactions(history)
			state.Assume(now[e.SubjectID])
			states[e.SubjectID] = state
		}
		if err := state.Apply(e); err != nil {
			return &audit.Fault{Position: e.Position, Field: "changes", Expected: "changes that follow from the history", Found: err.Error()}
		}
	}
	for _, r := range rows {
		state := states[r.ID]
		if state == nil {
			return &Difference{What: r.Kind + " " + r.ID, Field: "its existence"}
		}
		if field := differs(definitionRowOf(state.Definition()), r); field != "" {
			return &Difference{What: r.Kind + " " + r.ID, Field: field}
		}
		delete(states, r.ID)
		out.Definitions++
	}
	for id := range states {
		return &Difference{What: "definition " + id, Field: "its existence"}
	}
	return nil
}
