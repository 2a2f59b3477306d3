package incident_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// Each mutation changes something the first time and nothing the second: the
// answer is then the thing as it is, without an event. A completed task keeps
// its first time.
func TestSameAgainWritesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		store, service := open(t, url)
		alice, bob := person("alice"), person("bob")
		for _, c := range calls {
			if c.creates() {
				continue
			}
			id := c.mustFresh(t, service, alice)
			first := c.must(t, service, alice, id, in{})
			before := mustHead(t, service, alice)
			if first.event == nil || first.event.Position != before {
				t.Errorf("%s: the first time wrote %+v", c.name, first.event)
			}
			again := c.must(t, service, bob, id, in{Reason: text("once more"), ClientMutationID: text("again " + c.name)})
			if again.event != nil || again.replayed || !reflect.DeepEqual(again.thing, first.thing) {
				t.Errorf("%s again: got %+v with %+v, want %+v", c.name, again.thing, again.event, first.thing)
			}
			if got := mustHead(t, service, alice); got != before {
				t.Errorf("%s again wrote up to %d, want %d", c.name, got, before)
			}
		}
		if _, err := store.Verify(t.Context(), db.VerifyOptions{}); err != nil {
			t.Error(err)
		}
	})
}

// A patch that sets nothing, or what is there already in another spelling,
// writes nothing either.
func TestSameValueWritesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		_, service := open(t, url)
		ctx, v := context.Background(), person("alice")
		task := call{on: "task"}.mustFresh(t, service, v)
		i := mustDo(t, service, v, "createIncident", "").thing.(*incident.Incident)
		mustDo(t, service, v, "updateTask", task)
		before := mustHead(t, service, v)
		low, fresh := incident.SeverityLow, incident.IncidentNew
		for name, in := range map[string]incident.UpdateIncidentInput{
			"nothing":  {},
			"title":    {Title: set("\tI\n")},
			"null":     {Description: incident.Optional[*string]{Set: true}},
			"empty":    {Description: set("")},
			"severity": {Severity: incident.Optional[*incident.IncidentSeverity]{Set: true, Value: &low}},
			"status":   {Status: incident.Optional[*incident.IncidentStatus]{Set: true, Value: &fresh}},
			"owner":    {OwnerID: incident.Optional[*string]{Set: true}},
			"labels":   {Labels: incident.Optional[[]string]{Set: true, Value: []string{" a", "a"}}},
		} {
			in.ID = i.ID
			if r, err := ofI(service.UpdateIncident(ctx, v, in)); err != nil || r.event != nil || len(r.errs) > 0 || !reflect.DeepEqual(r.thing, i) {
				t.Errorf("updateIncident with %s: got %+v, %v, want %+v and no event", name, r, err, i)
			}
		}
		yes := true
		for name, in := range map[string]incident.UpdateTaskInput{
			"nothing":     {},
			"title":       {Title: set("new ")},
			"description": {Description: set("d")},
			"mandatory":   {Mandatory: incident.Optional[*bool]{Set: true, Value: &yes}},
			"assignee":    {AssigneeID: incident.Optional[*string]{Set: true}},
			"due":         {DueAt: incident.Optional[*time.Time]{Set: true}},
		} {
			in.ID = task
			if r, err := ofT(service.UpdateTask(ctx, v, in)); err != nil || r.event != nil || len(r.errs) > 0 {
				t.Errorf("updateTask with %s: got %+v, %v, want no event", name, r, err)
			}
		}
		if got := mustHead(t, service, v); got != before {
			t.Errorf("the trail grew from %d to %d", before, got)
		}
	})
}
