package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/uptrace/bun"

	"tasktrail/audit"
	"tasktrail/incident"
)

// verifyPage is how many events or incidents are read at a time.
const verifyPage = 500

// Verified says what a verification has looked at.
type Verified struct {
	Head        audit.Head
	Incidents   int
	Tasks       int
	Definitions int // playbooks, rules and webhooks, deleted ones too
}

// Difference is a thing in the tables that is not what the trail makes of it.
type Difference struct {
	What  string // "incident inc_…", "task tsk_…"
	Field string
}

func (d *Difference) Error() string {
	return fmt.Sprintf("%s: %s differs from what the trail gives", d.What, d.Field)
}

// Verify reads the whole trail in order and checks chain and payloads, and then
// that playing it back gives exactly the incidents, tasks and definitions in
// the tables. It
// returns an *[audit.Fault] or a *[Difference] for the first thing wrong, and
// any other error when it could not read on. All is read in one transaction, so
// it may run beside a server.
func (s *Store) Verify(ctx context.Context, progress func(position int64)) (Verified, error) {
	var out Verified
	tx, err := s.read.BeginTx(ctx, readSnapshot(s.url))
	if err != nil {
		return out, fmt.Errorf("db: begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := s.verifyTrail(ctx, tx, &out, progress); err != nil {
		return out, err
	}
	if err := s.verifyTables(ctx, tx, &out); err != nil {
		return out, err
	}
	return out, s.verifyDefinitions(ctx, tx, &out)
}

func (s *Store) verifyTrail(ctx context.Context, tx bun.Tx, out *Verified, progress func(int64)) error {
	v := audit.NewVerifier(s.trail)
	for {
		var rows []*eventRow
		err := tx.NewSelect().Model(&rows).Where("e.position > ?", v.Head().Position).
			OrderExpr("e.position").Limit(verifyPage).Scan(ctx)
		if err != nil {
			return fmt.Errorf("db: read events: %w", err)
		}
		for _, r := range rows {
			e, err := r.event(s.trail)
			if err != nil {
				return &audit.Fault{Position: r.Position, Field: "event", Expected: "one that can be read", Found: err.Error()}
			}
			if err := v.Check(e); err != nil {
				return err
			}
			if fields := eventRowOf(e).Fields; fields != r.Fields {
				return &audit.Fault{Position: r.Position, Field: "fields", Expected: fields, Found: r.Fields}
			}
			out.Head = v.Head()
		}
		progress(v.Head().Position)
		if len(rows) < verifyPage {
			return v.Finish()
		}
	}
}

// verifyTables plays back the history of each incident and compares. Every
// incident and task of the trail must be in the tables, and nothing else.
func (s *Store) verifyTables(ctx context.Context, tx bun.Tx, out *Verified) error {
	after := ""
	for {
		var ids []string
		err := tx.NewSelect().TableExpr("(SELECT id FROM incidents UNION SELECT incident_id FROM audit_events WHERE incident_id IS NOT NULL"+
			" UNION SELECT incident_id FROM tasks) AS all_of_them").
			Column("id").Where("id > ?", after).OrderExpr("id").Limit(verifyPage).Scan(ctx, &ids)
		if err != nil {
			return fmt.Errorf("db: read incidents: %w", err)
		}
		for _, id := range ids {
			if err := s.verifyIncident(ctx, tx, id, out); err != nil {
				return err
			}
			after = id
		}
		if len(ids) < verifyPage {
			return nil
		}
	}
}

func (s *Store) verifyIncident(ctx context.Context, tx bun.Tx, id string, out *Verified) error {
	var events []*eventRow
	var incidents []*incidentRow
	var tasks []*taskRow
	err := errors.Join(
		tx.NewSelect().Model(&events).Where("e.incident_id = ?", id).OrderExpr("e.position").Scan(ctx),
		tx.NewSelect().Model(&incidents).Where("i.id = ?", id).Scan(ctx),
		tx.NewSelect().Model(&tasks).Where("t.incident_id = ?", id).OrderExpr("t.order_key, t.id").Scan(ctx),
	)
	if err != nil {
		return fmt.Errorf("db: read incident: %w", err)
	}
	var state incident.State
	history := make([]*audit.Event, len(events))
	for n, r := range events {
		if history[n], err = r.event(s.trail); err != nil {
			return err
		}
	}
	state.Redactions(history)
	for _, r := range incidents {
		i, err := r.incident()
		if err != nil {
			return err
		}
		state.Assume(i)
	}
	for _, r := range tasks {
		state.Assume(r.task())
	}
	for _, e := range history {
		if err := state.Apply(e); err != nil {
			return &audit.Fault{Position: e.Position, Field: "changes", Expected: "changes that follow from the history", Found: err.Error()}
		}
	}
	if len(incidents) != 1 {
		return &Difference{What: "incident " + id, Field: "its existence"}
	}
	out.Incidents++
	if field := differs(incidentRowOf(state.Incident), incidents[0]); field != "" {
		return &Difference{What: "incident " + id, Field: field}
	}
	if len(state.Tasks) != len(tasks) {
		return &Difference{What: "incident " + id, Field: "the number of its tasks"}
	}
	if state.OrderUnknown() {
		slices.SortFunc(state.Tasks, func(a, b incident.Task) int { return cmp.Compare(place(tasks, a.ID), place(tasks, b.ID)) })
	}
	for n, t := range state.Tasks {
		if t.ID != tasks[n].ID {
			return &Difference{What: "incident " + id, Field: "the order of its tasks"}
		}
		// The trail records places, not keys; the order was just compared.
		t.OrderKey = tasks[n].OrderKey
		if field := differs(taskRowOf(t), tasks[n]); field != "" {
			return &Difference{What: "task " + t.ID, Field: field}
		}
		out.Tasks++
	}
	return nil
}

// place is where a task stands in a list.
func place(tasks []*taskRow, id string) int {
	return slices.IndexFunc(tasks, func(r *taskRow) bool { return r.ID == id })
}

// differs names the first column in which two rows differ.
func differs(a, b any) string {
	x, y := reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem()
	for n := range x.NumField() {
		if name := x.Type().Field(n).Name; name != "BaseModel" && !reflect.DeepEqual(x.Field(n).Interface(), y.Field(n).Interface()) {
			return name
		}
	}
	return ""
}
