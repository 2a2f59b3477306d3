package incident_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"tasktrail/audit"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// described gives the changes of an event as text, its own time and its actor
// as NOW and ME.
func described(e *audit.Event) string {
	if e == nil {
		return "no event"
	}
	at, _ := json.Marshal(e.RecordedAt)
	parts := []string{string(e.Action)}
	for _, c := range e.Payload.Changes {
		parts = append(parts, fmt.Sprintf("%s %s→%s", c.Field, c.From, c.To))
	}
	return strings.NewReplacer(string(at), "NOW", e.ActorID, "ME").Replace(strings.Join(parts, " | "))
}

// Each action records exactly what it changed, in the order of the fields.
func TestChangesOfEveryAction(t *testing.T) {
	want := map[string]string{
		"createIncident": `INCIDENT_CREATED | number null→1 | title null→"I" | severity null→"LOW" | status null→"NEW" | labels null→["a"]`,
		"updateIncident": `INCIDENT_UPDATED | title "I"→"new"`,
		"closeIncident": `INCIDENT_CLOSED | status "NEW"→"CLOSED" | classification null→"FALSE_POSITIVE" | classificationComment null→"c"` +
			` | closedAt null→NOW | overrideReason null→"why"`,
		"reopenIncident": `INCIDENT_REOPENED | status "CLOSED"→"ACTIVE" | classification "FALSE_POSITIVE"→null | classificationComment "c"→null | closedAt THEN→null`,
		"addTask": `TASK_ADDED | title null→"T" | status null→"NEW" | mandatory null→false` +
			` | origin null→{"kind":"USER","name":"alice","id":"ME","step":null} | reopenCount null→0 | rank null→2`,
		"updateTask":   `TASK_UPDATED | title "t"→"new" | description null→"d"`,
		"startTask":    `TASK_STARTED | status "NEW"→"IN_PROGRESS"`,
		"completeTask": `TASK_COMPLETED | status "NEW"→"COMPLETED" | completedAt null→NOW | completedById null→"ME"`,
		"skipTask":     `TASK_SKIPPED | status "IN_PROGRESS"→"SKIPPED"`,
		"reopenTask":   `TASK_REOPENED | status "COMPLETED"→"NEW" | completedAt THEN→null | completedById "ME"→null | reopenCount 0→1`,
		"moveTask":     `TASK_MOVED | rank 2→1`,
		"deleteTask":   `TASK_DELETED | deletedAt null→NOW`,
		"restoreTask":  `TASK_RESTORED | deletedAt THEN→null`,
	}
	dbtest.Each(t, func(t *testing.T, url string) {
		_, service := open(t, url)
		v := person("alice")
		v.RequestID = "request 7"
		for _, c := range calls {
			id, then := "", "never"
			if c.on != "" {
				id = c.mustFresh(t, service, v)
				thing, err := current(t.Context(), service, v, id)
				if err != nil {
					t.Fatal(err)
				}
				if at := earlier(thing); at != nil {
					text, _ := json.Marshal(at)
					then = string(text)
				}
			}
			e := c.must(t, service, v, id, in{Reason: text("no need"), ClientMutationID: text("key " + c.name)}).event
			if got := strings.ReplaceAll(described(e), then, "THEN"); got != want[c.name] {
				t.Errorf("%s records\n%s, want\n%s", c.name, got, want[c.name])
			}
			if e.Payload.Reason != "no need" || e.RequestID != "request 7" || e.MutationID != "key "+c.name || e.ActorID != v.Actor.ID || e.Payload.ActorName != "alice" {
				t.Errorf("%s: got %+v", c.name, e)
			}
			if is := strings.HasSuffix(c.name, "Task"); is != (e.SubjectKind == incident.SubjectTask) || is == (e.SubjectID == e.IncidentID) {
				t.Errorf("%s: the subject is %s %s of %s", c.name, e.SubjectKind, e.SubjectID, e.IncidentID)
			}
		}
		if len(want) != len(calls) {
			t.Errorf("%d of %d mutations are looked at", len(want), len(calls))
		}
	})
}

// earlier is when a thing got into the state that a change may undo.
func earlier(thing any) *time.Time {
	switch x := thing.(type) {
	case *incident.Incident:
		return x.ClosedAt
	case *incident.Task:
		if x.DeletedAt != nil {
			return x.DeletedAt
		}
		return x.CompletedAt
	}
	return nil
}

// Every field that an update can set stands in its event, on its way in and out.
func TestChangesOfUpdates(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		_, service := open(t, url)
		ctx, v := context.Background(), person("alice")
		task := call{on: "task"}.mustFresh(t, service, v)
		i := mustDo(t, service, v, "createIncident", "").thing.(*incident.Incident)
		high, active, no := incident.SeverityHigh, incident.IncidentActive, false
		due := time.Date(2026, 1, 2, 3, 4, 5, 678_901_234, time.FixedZone("", 3600))
		null := incident.Optional[*string]{Set: true}
		for _, test := range []struct {
			result func() (result, error)
			want   string
		}{
			{func() (result, error) {
				return ofI(service.UpdateIncident(ctx, v, incident.UpdateIncidentInput{
					ID: i.ID, Title: set("<&>"), Description: set(" d\n"), OwnerID: set(v.Actor.ID),
					Severity: incident.Optional[*incident.IncidentSeverity]{Set: true, Value: &high},
					Status:   incident.Optional[*incident.IncidentStatus]{Set: true, Value: &active},
					Labels:   incident.Optional[[]string]{Set: true, Value: []string{"b", "a"}},
				}))
			}, `INCIDENT_UPDATED | title "I"→"<&>" | description null→" d\n" | severity "LOW"→"HIGH" | status "NEW"→"ACTIVE" | ownerId null→"ME" | labels ["a"]→["b","a"]`},
			{func() (result, error) {
				return ofI(service.UpdateIncident(ctx, v, incident.UpdateIncidentInput{ID: i.ID, Description: null, OwnerID: null, Labels: incident.Optional[[]string]{Set: true}}))
			}, `INCIDENT_UPDATED | description " d\n"→null | ownerId "ME"→null | labels ["b","a"]→[]`},
			{func() (result, error) {
				return ofT(service.UpdateTask(ctx, v, incident.UpdateTaskInput{
					ID: task, AssigneeID: set(v.Actor.ID), Mandatory: incident.Optional[*bool]{Set: true, Value: &no}, DueAt: incident.Optional[*time.Time]{Set: true, Value: &due},
				}))
			}, `TASK_UPDATED | mandatory true→false | assigneeId null→"ME" | dueAt null→"2026-01-02T02:04:05.678901Z"`},
			{func() (result, error) {
				return ofT(service.UpdateTask(ctx, v, incident.UpdateTaskInput{ID: task, AssigneeID: null, DueAt: incident.Optional[*time.Time]{Set: true}}))
			}, `TASK_UPDATED | assigneeId "ME"→null | dueAt "2026-01-02T02:04:05.678901Z"→null`},
		} {
			if r, err := test.result(); err != nil || described(r.event) != test.want {
				t.Errorf("got %v %v %s, want\n%s", r.errs, err, described(r.event), test.want)
			}
		}
	})
}
