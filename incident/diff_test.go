package incident_test

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"tasktrail/audit"
	"tasktrail/incident"
)

// compareDiffs takes moments of an incident at random and applies the
// difference to the earlier one.
func (p *pastPlay) compareDiffs(id string, list []was) (compared int) {
	ctx := context.Background()
	for range 10 {
		places := []int{rapid.IntRange(-1, len(list)-1).Draw(p.t, "from"), rapid.IntRange(0, len(list)-1).Draw(p.t, "to")}
		slices.Sort(places)
		none, to := int64(0), &list[places[1]]
		from := &was{incident: &thing{id: id, fields: fields{}}}
		point := incident.TrailPoint{Position: &none}
		if places[0] >= 0 {
			from = &list[places[0]]
			point.Position = &from.position
		}
		d, err := p.past().IncidentDiff(ctx, id, point, &incident.TrailPoint{Position: &to.position})
		p.must(err)
		p.applyDiff(d, from, to)
		if from == to && (len(d.Changes)+len(d.TaskList)+d.EventCount > 0 || d.Created) {
			p.t.Errorf("nothing changed, got %+v", d)
		}
		compared++
	}
	return compared
}

// applyDiff makes the later moment of the earlier one.
func (p *pastPlay) applyDiff(d *incident.IncidentDiff, from, to *was) {
	if len(d.UnknownFields) > 0 || !d.OrderKnown || d.Created != (from.position == 0) || d.EventCount != to.count()-from.count() {
		p.t.Errorf("from %d to %d: got %+v, want %d events", from.position, to.position, d, to.count()-from.count())
	}
	if got := p.changed(from.incident.fields, d.Changes); !maps.Equal(got, to.incident.fields) {
		p.t.Fatalf("the incident becomes\n%v, want\n%v", got, to.incident.fields)
	}
	tasks := map[string]fields{}
	for _, t := range from.tasks {
		tasks[t.id] = t.fields
	}
	diffs := map[string]incident.TaskDiff{}
	for _, t := range d.TaskList {
		diffs[t.TaskID] = t
		if moved(t) && !p.hasMoved(t.TaskID, from.position, to.position) {
			p.t.Errorf("nobody has moved %+v", t)
		}
		before, existed := tasks[t.TaskID]
		if t.Added == existed {
			p.t.Errorf("%s was added: %t", t.TaskID, t.Added)
		}
		tasks[t.TaskID] = p.changed(before, t.Changes)
		wasLive, isLive := existed && before["deletedAt"] == "", tasks[t.TaskID]["deletedAt"] == ""
		if *t.Deleted != (!isLive && (wasLive || !existed)) || *t.Restored != (existed && !wasLive && isLive) {
			p.t.Errorf("%s was live before: %t, is: %t; got %+v", t.TaskID, wasLive, isLive, t)
		}
	}
	// Those that stayed keep their order; the others are put at their ranks, the
	// first one first.
	var order, put []string
	for _, t := range from.tasks {
		if t.live() && tasks[t.id]["deletedAt"] == "" && !moved(diffs[t.id]) {
			order = append(order, t.id)
		}
	}
	for _, t := range d.TaskList {
		if tasks[t.TaskID]["deletedAt"] == "" && !slices.Contains(order, t.TaskID) {
			put = append(put, t.TaskID)
		}
	}
	slices.SortFunc(put, func(a, b string) int { return cmp.Compare(*diffs[a].RankAfter, *diffs[b].RankAfter) })
	for _, id := range put {
		order = slices.Insert(order, *diffs[id].RankAfter-1, id)
	}
	var want []string
	for _, t := range to.tasks {
		if got := tasks[t.id]; !maps.Equal(got, t.fields) {
			p.t.Fatalf("%s becomes\n%v, want\n%v", t.id, got, t.fields)
		}
		if t.live() {
			want = append(want, t.id)
		}
	}
	if !slices.Equal(order, want) {
		p.t.Fatalf("the list becomes %v, want %v", order, want)
	}
}

// hasMoved reports whether a task was moved behind one position, up to another.
func (p *pastPlay) hasMoved(id string, from, to int64) bool {
	filter := incident.AuditEventFilter{TaskID: &id, Actions: []audit.Action{incident.TaskMoved}}
	events, err := p.store.Events(context.Background(), incident.EventQuery{Filter: filter, Page: incident.PageQuery{Limit: incident.MaxPage}})
	p.must(err)
	return slices.ContainsFunc(events.Items, func(e *audit.Event) bool { return from < e.Position && e.Position <= to })
}

func moved(t incident.TaskDiff) bool { return t.Moved != nil && *t.Moved }

// count is how many events there were.
func (w *was) count() int {
	n := len(w.incident.events)
	for _, t := range w.tasks {
		n += len(t.events)
	}
	return n
}

// changed applies changes, each of which must start from what is there.
func (p *pastPlay) changed(before fields, changes []audit.Change) fields {
	after := maps.Clone(before)
	if after == nil {
		after = fields{}
	}
	for _, c := range changes {
		if from := strings.TrimSuffix(string(c.From), "null"); from != before[c.Field] {
			p.t.Errorf("%s changes from %s, want %s", c.Field, from, before[c.Field])
		}
		if string(c.From) == string(c.To) {
			p.t.Errorf("%s changes from %s to itself", c.Field, c.From)
		}
		after.set(c.Field, json.RawMessage(c.To))
	}
	return after
}
