package db

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"tasktrail/audit"
	"tasktrail/incident"
)

// replayPage is how many incidents or definitions are read at a time.
const replayPage = 200

// compareAside compares an incident that was put aside. If it is not equal, it
// may not have been over yet; then it is read once more, and compared again.
func (v *verification) compareAside(a *aside, t tables) {
	if v.states.all || v.states.later[a.id] {
		return
	}
	if compareIncident(a.id, &a.state, t, nil) != nil {
		v.states.readLater(a.id)
		return
	}
	v.out.Incidents++
	v.out.Tasks += len(a.state.Tasks)
}

// checkIncidents compares the incidents that are left, reads those once more
// that have to be, and makes sure that there are no others.
func (v *verification) checkIncidents(ctx context.Context) error {
	if err := v.compareRest(ctx); err != nil {
		return err
	}
	if !v.states.all {
		for page := range slices.Chunk(slices.Sorted(maps.Keys(v.states.later)), replayPage) {
			if _, err := v.replayIncidents(ctx, page); err != nil {
				return err
			}
		}
		if same, err := v.sameNumber(ctx); same || err != nil {
			return err
		}
	}
	return v.checkAllIncidents(ctx)
}

// compareRest compares the incidents that are left, while the rows of the next
// ones are read.
func (v *verification) compareRest(ctx context.Context) error {
	type rows struct {
		tables
		err error
	}
	var before []*aside
	var read rows
	for {
		some := v.states.takeSome(replayPage)
		next := make(chan rows, 1)
		go func() {
			t, err := v.readTables(ctx, idsOf(some))
			next <- rows{t, err}
		}()
		for _, a := range before {
			v.compareAside(a, read.tables)
		}
		if read = <-next; read.err != nil || len(some) == 0 {
			return read.err
		}
		before = some
	}
}

// sameNumber reports whether there are as many incidents and tasks as were
// compared.
func (v *verification) sameNumber(ctx context.Context) (bool, error) {
	incidents, err := v.count(ctx, "incidents")
	if err != nil {
		return false, err
	}
	tasks, err := v.count(ctx, "tasks")
	return incidents == int64(v.out.Incidents) && tasks == int64(v.out.Tasks), err
}

// checkAllIncidents compares every incident anew, in the order of the ids.
func (v *verification) checkAllIncidents(ctx context.Context) error {
	v.out.Incidents, v.out.Tasks, v.out.Lost = 0, 0, Lost{}
	after, events := "", int64(0)
	for {
		var ids []string
		err := v.tx.NewSelect().Table("incidents").Column("id").Where("id > ?", after).OrderExpr("id").Limit(replayPage).Scan(ctx, &ids)
		if err != nil {
			return fmt.Errorf("db: read incidents: %w", err)
		}
		if len(ids) == 0 {
			break
		}
		n, err := v.replayIncidents(ctx, ids)
		if err != nil {
			return err
		}
		after, events = ids[len(ids)-1], events+n
	}
	for _, other := range []struct{ what, query string }{
		{"incident ", "SELECT e.incident_id FROM audit_events AS e WHERE e.incident_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM incidents AS i WHERE i.id = e.incident_id) ORDER BY e.position LIMIT 1"},
		{"task ", "SELECT t.id FROM tasks AS t WHERE NOT EXISTS (SELECT 1 FROM incidents AS i WHERE i.id = t.incident_id) ORDER BY t.id LIMIT 1"},
	} {
		var ids []string
		if err := v.tx.NewRaw(other.query).Scan(ctx, &ids); err != nil {
			return fmt.Errorf("db: look for what belongs to no incident: %w", err)
		}
		if len(ids) > 0 {
			return &Difference{What: other.what + ids[0], Field: "its existence", Expected: "rows and events of an incident", Found: "only one of them"}
		}
	}
	same, err := v.sameNumber(ctx)
	if err != nil || same && events == v.seen.incidents {
		return err
	}
	return &Difference{What: "the tables", Field: "the number of incidents and tasks", Expected: "one row for each", Found: "other rows"}
}

// replayIncidents plays the histories of some incidents back and compares. It
// returns how many events they have.
func (v *verification) replayIncidents(ctx context.Context, ids []string) (int64, error) {
	t, err := v.readTables(ctx, ids)
	if err != nil {
		return 0, err
	}
	states := map[string]*incident.State{}
	if v.seen.redactions > 0 {
		err := v.readEvents(ctx, "e.incident_id IN (?) AND e.subject_kind = ?", []any{bun.List(ids), audit.SubjectEvent}, "e.position", func(e *audit.Event) error {
			if states[e.IncidentID] == nil {
				states[e.IncidentID] = &incident.State{}
			}
			states[e.IncidentID].Redactions([]*audit.Event{e})
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	events, at := int64(0), ""
	finish := func(id string) error {
		state := states[id]
		if state == nil {
			state = &incident.State{}
		}
		delete(states, id)
		if err := compareIncident(id, state, t, &v.out.Lost); err != nil {
			return err
		}
		v.out.Incidents++
		v.out.Tasks += len(state.Tasks)
		return nil
	}
	compared := map[string]bool{}
	err = v.readEvents(ctx, "e.incident_id IN (?)", []any{bun.List(ids)}, "e.incident_id, e.position", func(e *audit.Event) error {
		if e.IncidentID != at && at != "" {
			compared[at] = true
			if err := finish(at); err != nil {
				return err
			}
		}
		events, at = events+1, e.IncidentID
		if states[at] == nil {
			states[at] = &incident.State{}
		}
		if err := states[at].Apply(e); err != nil {
			return notReplayed(e, err)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, id := range ids { // the last one, and those without events
		if !compared[id] {
			if err := finish(id); err != nil {
				return 0, err
			}
		}
	}
	return events, nil
}

// readEvents calls f with the events that a condition chooses, which have been
// checked before.
func (v *verification) readEvents(ctx context.Context, where string, args []any, order string, f func(*audit.Event) error) error {
	rows, err := v.tx.NewSelect().TableExpr("audit_events AS e").ColumnExpr(rawEventColumns).Where(where, args...).OrderExpr(order).Rows(ctx)
	if err != nil {
		return fmt.Errorf("db: read events: %w", err)
	}
	defer func() { _ = rows.Close() }()
	trail := v.chain.Head().Trail
	for rows.Next() {
		var r rawEvent
		if err := r.scan(rows); err != nil {
			return fmt.Errorf("db: read events: %w", err)
		}
		e := &audit.Event{}
		if fault := r.event(trail, e); fault != nil {
			fault.Position, _ = r.position()
			return fault
		}
		if !e.Redacted {
			if e.Payload, err = audit.DecodePayload(e.PayloadText); err != nil {
				return fmt.Errorf("db: read events: %w", err)
			}
		}
		if err := f(e); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("db: read events: %w", err)
	}
	return nil
}
