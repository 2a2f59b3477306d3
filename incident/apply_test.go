package incident_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"tasktrail/incident"
)

// A playbook puts its steps on an incident once, also those whose task was
// deleted; a later version adds what is new in it; again adds all.
func TestApplyPlaybook(t *testing.T) {
	eachBench(t, func(b *bench) {
		book := b.playbook("book",
			incident.PlaybookStepInput{Title: "one", Description: text("**d**"), Group: text(" Contain "), Mandatory: ptr(true), DueAfterMinutes: ptr(90), AssigneeID: &b.boss.Actor.ID},
			incident.PlaybookStepInput{Title: "two", AssignToOwner: ptr(true)},
			incident.PlaybookStepInput{Title: "two", DueAfterMinutes: ptr(525_600)},
		)
		i := b.create(func(in *incident.CreateIncidentInput) { in.OwnerID = &b.alice.Actor.ID }).Incident
		mustDo(t, b.service, b.alice, "addTask", i.ID)
		b.later(time.Second)
		p := b.apply(incident.ApplyPlaybookInput{Common: in{ExpectedVersion: ptr(1), Reason: text("because")}, IncidentID: i.ID, PlaybookID: book.ID})
		b.expectStory("applied", i.ID, 3, "PLAYBOOK_APPLIED",
			`TASK_ADDED "one" by PLAYBOOK book v1 because of 3`, `TASK_ADDED "two" by PLAYBOOK book v1 because of 3`, `TASK_ADDED "two" by PLAYBOOK book v1 because of 3`)
		actor, key, created := book.AutomationActor(incident.KindPlaybook), []string{"one", "two", "two (2)"}, b.now()
		want := make([]incident.Task, 3)
		for n := range want {
			want[n] = incident.Task{
				ID: p.Tasks[n].ID, IncidentID: i.ID, Title: book.Steps[n].Title, Status: incident.TaskNew,
				Origin:    incident.TaskOrigin{Kind: incident.KindPlaybook, Name: "book", ID: &book.ID, Step: ptr(n + 1), Version: ptr(1), Key: &key[n]},
				CreatedAt: created, CreatedByID: actor.ID, UpdatedAt: created, UpdatedByID: actor.ID, Version: 1,
			}
		}
		want[0].Description, want[0].Group, want[0].Mandatory, want[0].AssigneeID, want[0].DueAt = text("**d**"), text("Contain"), true, &b.boss.Actor.ID, ptr(created.Add(90*time.Minute))
		want[1].AssigneeID, want[2].DueAt = &b.alice.Actor.ID, ptr(created.AddDate(1, 0, 0))
		if got := b.tasks(i.ID); !reflect.DeepEqual(got[1:], want) || !reflect.DeepEqual(keyless(p.Tasks), want) {
			t.Errorf("got\n%+v\n%+v\nwant\n%+v", got[1:], p.Tasks, want)
		}
		if p.Event.Payload.Reason != "because" || p.Event.Action != incident.PlaybookApplied || p.Incident.Version != 2 || p.Event.ActorKind != "USER" {
			t.Errorf("got %+v, %+v", p.Event, p.Incident)
		}
		mustDo(t, b.service, b.alice, "deleteTask", p.Tasks[0].ID)
		rename, err := b.service.UpdateTask(b.ctx, b.alice, incident.UpdateTaskInput{ID: p.Tasks[1].ID, Title: set("renamed")})
		b.ok(err, rename.Errors)
		none := b.apply(incident.ApplyPlaybookInput{IncidentID: i.ID, PlaybookID: book.ID})
		if none.Event != nil || len(none.Tasks) > 0 || none.Tasks == nil || none.Incident.Version != 2 {
			t.Errorf("applying it twice: got %+v", none)
		}
		updated, err := b.service.UpdatePlaybook(b.ctx, b.boss, incident.UpdatePlaybookInput{ID: book.ID, Name: set("new"), Steps: optional([]incident.PlaybookStepInput{
			{Title: "zero"}, {Title: "ONE", Key: text("one")}, {Title: "two"}, {Title: "two"}, {Title: "two"},
		})})
		b.ok(err, updated.Errors)
		more := b.apply(incident.ApplyPlaybookInput{IncidentID: i.ID, PlaybookID: book.ID})
		if got := []string{more.Tasks[0].Title, *more.Tasks[1].Origin.Key}; len(more.Tasks) != 2 || !slices.Equal(got, []string{"zero", "two (3)"}) ||
			*more.Tasks[1].Origin.Step != 5 || *more.Tasks[1].Origin.Version != 2 || more.Tasks[1].Origin.Name != "new" {
			t.Errorf("the new version added %+v", more.Tasks)
		}
		all := b.apply(incident.ApplyPlaybookInput{IncidentID: i.ID, PlaybookID: book.ID, Again: ptr(true)})
		if got, want := b.titles(i.ID), []string{"T", "renamed", "two", "zero", "two", "zero", "ONE", "two", "two", "two"}; !slices.Equal(got, want) || len(all.Tasks) != 5 {
			t.Errorf("the tasks are %q, want %q", got, want)
		}
		// A playbook of its own, even with the same keys, is another.
		other := b.playbook("other", incident.PlaybookStepInput{Title: "one"})
		if p := b.apply(incident.ApplyPlaybookInput{IncidentID: i.ID, PlaybookID: other.ID}); len(p.Tasks) != 1 {
			t.Errorf("another playbook added %+v", p.Tasks)
		}
		apply := func(in incident.ApplyPlaybookInput) []incident.MutationError {
			t.Helper()
			p, err := b.service.ApplyPlaybook(b.ctx, b.alice, in)
			b.ok(err, nil)
			return p.Errors
		}
		b.refusedAt("no incident", nil, apply(incident.ApplyPlaybookInput{IncidentID: "inc_none", PlaybookID: book.ID}), incident.CodeNotFound, "input.incidentId", "")
		b.refusedAt("no playbook", nil, apply(incident.ApplyPlaybookInput{IncidentID: i.ID, PlaybookID: "pbk_none"}), incident.CodeNotFound, "input.playbookId", "")
		b.refusedAt("another version", nil, apply(incident.ApplyPlaybookInput{Common: in{ExpectedVersion: ptr(1)}, IncidentID: i.ID, PlaybookID: book.ID}), incident.CodeConflict, "input.expectedVersion", "")
		mustDo(t, b.service, b.alice, "closeIncident", i.ID)
		b.refusedAt("closed", nil, apply(incident.ApplyPlaybookInput{IncidentID: i.ID, PlaybookID: book.ID}), incident.CodeValidation, "input.incidentId", "is closed")
	})
}

// The tasks of a rule are put on an incident once too, unless it says again.
func TestRuleAddsTaskOnce(t *testing.T) {
	eachBench(t, func(b *bench) {
		again := addsTask("again")
		again.AddTask.Again = true
		r := b.rule(incident.RuleInput{Name: "r", Trigger: incident.OnIncidentUpdated, Actions: []incident.RuleAction{addsTask("a"), addsTask("a"), addsTask("a (2)"), again}})
		i := b.create().Incident.ID
		b.update(incident.UpdateIncidentInput{ID: i, Title: set("1")})
		mustDo(t, b.service, b.alice, "deleteTask", b.tasks(i)[0].ID)
		b.update(incident.UpdateIncidentInput{ID: i, Title: set("2")})
		if got, want := b.titles(i), []string{"a", "a (2)", "again", "again"}; !slices.Equal(got, want) {
			t.Errorf("the tasks are %q, want %q", got, want)
		}
		p, err := b.service.UpdateRule(b.ctx, b.boss, incident.UpdateRuleInput{ID: r.ID, Actions: optional([]incident.RuleAction{addsTask("b"), addsTask("a")})})
		b.ok(err, p.Errors)
		b.update(incident.UpdateIncidentInput{ID: i, Title: set("3")})
		if got, want := b.titles(i), []string{"a", "a (2)", "again", "again", "b"}; !slices.Equal(got, want) {
			t.Errorf("the tasks are %q, want %q", got, want)
		}
		if o := b.tasks(i)[4].Origin; *o.Step != 1 || *o.Version != 2 || *o.Key != "b" {
			t.Errorf("got %+v", o)
		}
	})
}
