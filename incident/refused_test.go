package incident_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// breach reports whether e is a broken rule at path that says so with words.
func breach(e incident.MutationError, path []string, words string) bool {
	var v *incident.ValidationError
	return errors.As(e, &v) && slices.Equal(v.Path, path) && strings.Contains(v.Message, words)
}

// An id that names nothing, or something else, is not found; nothing is
// written.
func TestUnknownIDs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		_, service := open(t, url)
		ctx, v := context.Background(), person("alice")
		task := call{on: "task"}.mustFresh(t, service, v)
		i := mustDo(t, service, v, "createIncident", "").thing.(*incident.Incident).ID
		before := mustHead(t, service, v)
		absent := func(what string, r result, err error, field string) {
			t.Helper()
			var e *incident.NotFoundError
			if err != nil || len(r.errs) != 1 || !errors.As(r.errs[0], &e) || !slices.Equal(e.Path, []string{"input", field}) {
				t.Errorf("%s: got %v, %v, want not found at %s", what, r.errs, err, field)
			}
		}
		for _, id := range []string{"", "x", "inc_", "tsk_none", "inc_none", "evt_1", v.Actor.ID, i + " ", strings.ToUpper(i), strings.ToUpper(task), "' OR 1=1 --"} {
			for _, c := range calls {
				if c.on != "" {
					field := "id"
					if c.name == "addTask" {
						field = "incidentId"
					}
					r, err := c.do(ctx, service, v, id, in{})
					absent(c.name+" "+id, r, err, field)
				}
			}
			if id == v.Actor.ID {
				continue
			}
			r, err := ofI(service.CreateIncident(ctx, v, incident.CreateIncidentInput{Title: "x", Severity: incident.SeverityLow, OwnerID: &id}))
			absent("owner "+id, r, err, "ownerId")
			r, err = ofI(service.UpdateIncident(ctx, v, incident.UpdateIncidentInput{ID: i, OwnerID: set(id)}))
			absent("owner "+id, r, err, "ownerId")
			r, err = ofT(service.AddTask(ctx, v, incident.AddTaskInput{IncidentID: i, Title: "x", AssigneeID: &id}))
			absent("assignee "+id, r, err, "assigneeId")
			r, err = ofT(service.UpdateTask(ctx, v, incident.UpdateTaskInput{ID: task, AssigneeID: set(id)}))
			absent("assignee "+id, r, err, "assigneeId")
		}
		for _, c := range calls { // the id of the other kind
			if other := map[string]string{"incident": task, "task": i}[c.on]; other != "" {
				r, err := c.do(ctx, service, v, other, in{})
				absent(c.name+" of another kind", r, err, map[bool]string{true: "incidentId", false: "id"}[c.name == "addTask"])
			}
		}
		if got := mustHead(t, service, v); got != before {
			t.Errorf("the trail grew from %d to %d", before, got)
		}
	})
}

// A task that is deleted, or whose incident is closed, refuses every change but
// those that say otherwise, whatever its state.
func TestTasksThatCannotChange(t *testing.T) {
	allowed := []string{"deleteTask", "restoreTask"}
	dbtest.Each(t, func(t *testing.T, url string) {
		_, service := open(t, url)
		ctx, v := context.Background(), person("alice")
		for _, c := range calls {
			if c.on != "task" {
				continue
			}
			id := c.mustFresh(t, service, v)
			if c.name != "restoreTask" {
				mustDo(t, service, v, "deleteTask", id)
			}
			if !slices.Contains(allowed, c.name) {
				r, err := c.do(ctx, service, v, id, in{})
				if err != nil || len(r.errs) != 1 || !breach(r.errs[0], []string{"input", "id"}, "restore it first") {
					t.Errorf("%s of a deleted task: got %v, %v", c.name, r.errs, err)
				}
			}
			task, err := current(ctx, service, v, id)
			if err != nil {
				t.Fatal(err)
			}
			mustDo(t, service, v, "closeIncident", task.(*incident.Task).IncidentID)
			r, err := c.do(ctx, service, v, id, in{})
			if err != nil || len(r.errs) != 1 || !breach(r.errs[0], []string{"input", "id"}, "is closed; reopen it") {
				t.Errorf("%s in a closed incident: got %v, %v", c.name, r.errs, err)
			}
		}
		closed := call{on: "incident", ready: []string{"closeIncident"}}.mustFresh(t, service, v)
		active := incident.IncidentActive
		r, err := ofI(service.UpdateIncident(ctx, v, incident.UpdateIncidentInput{ID: closed, Status: incident.Optional[*incident.IncidentStatus]{Set: true, Value: &active}}))
		if err != nil || len(r.errs) != 1 || !breach(r.errs[0], []string{"input", "status"}, "use reopenIncident") {
			t.Errorf("setting the status of a closed incident: got %v, %v", r.errs, err)
		}
		r, err = ofI(service.CloseIncident(ctx, v, incident.CloseIncidentInput{ID: closed, Classification: incident.TruePositive}))
		if err != nil || len(r.errs) != 1 || !breach(r.errs[0], []string{"input", "id"}, "already closed") {
			t.Errorf("closing it with another classification: got %v, %v", r.errs, err)
		}
		mustDo(t, service, v, "updateIncident", closed) // its title is no part of the list
	})
}

// Times that have no form in RFC 3339 are refused, with a clientMutationId too;
// one moment in two zones is one input.
func TestDueTimes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		_, service := open(t, url)
		ctx, v := context.Background(), person("alice")
		task := call{on: "task"}.mustFresh(t, service, v)
		i := mustDo(t, service, v, "createIncident", "").thing.(*incident.Incident).ID
		at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		for n, zone := range []int{0, 3600, 25 * 3600} { // the last is more than JSON takes
			due := at.In(time.FixedZone("", zone))
			r, err := ofT(service.AddTask(ctx, v, incident.AddTaskInput{Common: in{ClientMutationID: text("add")}, IncidentID: i, Title: "x", DueAt: &due}))
			if err != nil || r.thing == nil || r.replayed != (n > 0) {
				t.Errorf("the same time in another zone: got %+v, %v", r, err)
			}
		}
		for _, due := range []time.Time{
			time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("", -3600)),
			time.Date(0, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC),
		} {
			for _, key := range []*string{nil, text("key")} {
				common := in{ClientMutationID: key}
				r, err := ofT(service.UpdateTask(ctx, v, incident.UpdateTaskInput{Common: common, ID: task, DueAt: incident.Optional[*time.Time]{Set: true, Value: &due}}))
				if err != nil || len(r.errs) != 1 || !breach(r.errs[0], []string{"input", "dueAt"}, "years 1 to 9999") {
					t.Errorf("due at %v: got %v, %v", due, r.errs, err)
				}
			}
		}
	})
}
