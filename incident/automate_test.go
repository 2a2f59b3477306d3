package incident_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"tasktrail/incident"
)

// All rules that wait for a change run in their order, those of the same order
// in that of their creation, each on what the former left; and then those that
// wait for what these did.
func TestRulesRunInOrder(t *testing.T) {
	eachBench(t, func(b *bench) {
		second := b.rule(incident.RuleInput{
			Name: "second", Order: ptr(2), Trigger: incident.OnIncidentCreated, Condition: every(where(incident.PropIncidentSeverity, "HIGH")),
			Actions: []incident.RuleAction{addsTask("t2")},
		})
		b.rule(incident.RuleInput{
			Name: "chained", Order: ptr(1), Trigger: incident.OnIncidentUpdated, Condition: ptr(becomes(incident.PropIncidentSeverity, "high")),
			Actions: []incident.RuleAction{adds("c")},
		})
		b.rule(incident.RuleInput{
			Name: "first", Order: ptr(1), Trigger: incident.OnIncidentCreated, Actions: []incident.RuleAction{rates(incident.SeverityHigh), adds("a"), addsTask("t1")},
		})
		b.later(time.Second)
		b.rule(incident.RuleInput{
			Name: "third", Order: ptr(2), Trigger: incident.OnIncidentCreated,
			Condition: &incident.Condition{Labels: &incident.LabelsCondition{Match: incident.MatchAny, ValueTest: whole(incident.OpEquals, "A")}},
			Actions:   []incident.RuleAction{addsTask("t3"), removes("b")},
		})
		b.rule(incident.RuleInput{
			Name: "not", Trigger: incident.OnIncidentCreated, Condition: every(where(incident.PropIncidentSeverity, "LOW")), Actions: []incident.RuleAction{addsTask("never")},
		})
		p := b.create(func(in *incident.CreateIncidentInput) { in.Labels = []string{"b"} })
		b.expectStory("all", p.Incident.ID, 1,
			"INCIDENT_CREATED",
			`INCIDENT_UPDATED severity→"HIGH" by AUTOMATION_RULE first v1 because of 1`,
			`INCIDENT_UPDATED labels→["b","a"] by AUTOMATION_RULE first v1 because of 1`,
			`TASK_ADDED "t1" by AUTOMATION_RULE first v1 because of 1`,
			`TASK_ADDED "t2" by AUTOMATION_RULE second v1 because of 1`,
			`TASK_ADDED "t3" by AUTOMATION_RULE third v1 because of 1`,
			`INCIDENT_UPDATED labels→["a"] by AUTOMATION_RULE third v1 because of 1`,
			`INCIDENT_UPDATED labels→["a","c"] by AUTOMATION_RULE chained v1 because of 2`,
		)
		if got := b.incident(p.Incident.ID); !reflect.DeepEqual(*p.Incident, got) || got.Version != 5 || p.Event.Action != incident.IncidentCreated {
			t.Errorf("the answer is\n%+v, want the final state\n%+v", *p.Incident, got)
		}
		actor := second.AutomationActor(incident.KindAutomationRule)
		for n, e := range b.events(p.Incident.ID) {
			if e.RequestID != "request of alice" {
				t.Errorf("event %d has the request %q", n+1, e.RequestID)
			}
			if n == 4 && (e.Payload.Automation.ID != second.ID || e.ActorID != actor.ID || e.ActorID == second.ID) {
				t.Errorf("it is by %+v, %s, want %s, %s", e.Payload.Automation, e.ActorID, second.ID, actor.ID)
			}
		}
		known, err := b.store.ActorsByID(b.ctx, []string{actor.ID})
		if err != nil || known[actor.ID] != actor {
			t.Errorf("the rule is known as %+v, %v, want %+v", known, err, actor)
		}
		task := b.tasks(p.Incident.ID)[1]
		want := incident.TaskOrigin{Kind: incident.KindAutomationRule, Name: "second", ID: &second.ID, Step: ptr(1), Version: ptr(1), Key: ptr("t2")}
		if !reflect.DeepEqual(task.Origin, want) || task.CreatedByID != actor.ID {
			t.Errorf("the origin is %+v by %s, want %+v", task.Origin, task.CreatedByID, want)
		}
	})
}

// Each trigger sets off its own rules only, and only those that are enabled,
// not expired and not deleted.
func TestTriggers(t *testing.T) {
	eachBench(t, func(b *bench) {
		for _, trigger := range incident.Triggers {
			b.rule(incident.RuleInput{Name: string(trigger), Trigger: trigger, Actions: []incident.RuleAction{addsTask(string(trigger))}})
			b.rule(incident.RuleInput{Name: "no " + string(trigger), Trigger: trigger, Enabled: ptr(false), Actions: []incident.RuleAction{addsTask("disabled")}})
			b.rule(incident.RuleInput{
				Name: "expiring " + string(trigger), Trigger: trigger, ExpiresAt: ptr(b.now().Add(time.Minute)), Actions: []incident.RuleAction{addsTask("expired")},
			})
			gone := b.rule(incident.RuleInput{Name: "gone " + string(trigger), Trigger: trigger, Actions: []incident.RuleAction{addsTask("deleted")}})
			p, err := b.service.DeleteRule(b.ctx, b.boss, incident.DeleteDefinitionInput{ID: gone.ID})
			b.ok(err, p.Errors)
		}
		b.later(time.Minute) // exactly: from then on it does not run
		due := b.now().Add(time.Hour)
		added := map[string]string{
			"create": "INCIDENT_CREATED", "update": "INCIDENT_UPDATED", "close": "", "reopen": "",
			"start": "", "complete": "TASK_COMPLETED", "reopen task": "TASK_REOPENED", "skip": "TASK_SKIPPED", "overdue": "TASK_OVERDUE",
		}
		i := b.create().Incident.ID
		var had []string
		expect := func(what string) {
			t.Helper()
			if want := added[what]; want != "" {
				had = append(had, want)
			}
			if got := b.titles(i); !slices.Equal(got, had) {
				t.Errorf("after %s the tasks are %q, want %q", what, got, had)
				had = got
			}
		}
		expect("create")
		b.update(incident.UpdateIncidentInput{ID: i, Title: set("other")})
		expect("update") // once: the next times the task is there
		mustDo(t, b.service, b.alice, "closeIncident", i)
		expect("close")
		mustDo(t, b.service, b.alice, "reopenIncident", i)
		expect("reopen")
		task, err := b.service.AddTask(b.ctx, b.alice, incident.AddTaskInput{IncidentID: i, Title: "mine", DueAt: &due})
		b.ok(err, task.Errors)
		had = append(had, "mine")
		for _, step := range [][2]string{{"start", "startTask"}, {"complete", "completeTask"}, {"reopen task", "reopenTask"}, {"skip", "skipTask"}} {
			mustDo(t, b.service, b.alice, step[1], task.Task.ID)
			expect(step[0])
		}
		mustDo(t, b.service, b.alice, "reopenTask", task.Task.ID)
		note := func(want int) {
			t.Helper()
			if n, err := b.service.NoteOverdue(b.ctx); n != want || err != nil {
				t.Errorf("noted %d, %v, want %d", n, err, want)
			}
		}
		b.later(time.Hour)
		note(0) // due now, not before
		b.later(time.Microsecond)
		note(1)
		note(0)
		expect("overdue")
		if got := b.tasks(i)[2]; got.OverdueSince == nil || !got.OverdueSince.Equal(due) {
			t.Errorf("overdue since %v, want %v", got.OverdueSince, due)
		}
		last := b.story(i, 1)
		if got, want := last[len(last)-1], fmt.Sprintf(`TASK_ADDED "TASK_OVERDUE" by AUTOMATION_RULE TASK_OVERDUE v1 because of %d`, len(last)-1); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if e := b.events(i)[len(last)-2]; e.ActorKind != "SYSTEM" || e.Action != incident.TaskOverdue || e.Payload.ActorName != "tasktrail clock" {
			t.Errorf("it was noted by %+v", e)
		}
		// Another due time can pass again; those of closed incidents wait.
		again := b.now().Add(time.Minute)
		p, err := b.service.UpdateTask(b.ctx, b.alice, incident.UpdateTaskInput{ID: task.Task.ID, DueAt: optional(&again)})
		b.ok(err, p.Errors)
		if p.Task.OverdueSince != nil {
			t.Errorf("a task with another due time is overdue since %v", p.Task.OverdueSince)
		}
		mustDo(t, b.service, b.alice, "closeIncident", i)
		b.later(2 * time.Minute)
		note(0)
		mustDo(t, b.service, b.alice, "reopenIncident", i)
		note(1)
	})
}

// What is refused, and what changes nothing, sets off nothing.
func TestNothingSetsOffNothing(t *testing.T) {
	eachBench(t, func(b *bench) {
		i := b.create().Incident.ID
		task := mustDo(t, b.service, b.alice, "addTask", i).thing.(*incident.Task).ID
		hook, _ := b.webhook("hook")
		mustDo(t, b.service, b.alice, "completeTask", task)
		for _, trigger := range incident.Triggers {
			b.rule(incident.RuleInput{Name: string(trigger), Trigger: trigger, Actions: []incident.RuleAction{
				{AddTask: &incident.AddTaskAction{TaskTemplate: incident.TaskTemplate{Title: "x"}, Again: true}}, callsHook(hook.ID),
			}})
		}
		before := mustHead(t, b.service, b.alice)
		b.update(incident.UpdateIncidentInput{ID: i, Title: set("I")})
		mustDo(t, b.service, b.alice, "completeTask", task)
		mustDo(t, b.service, b.alice, "reopenIncident", i)
		for _, name := range []string{"skipTask", "startTask"} {
			if r, err := doNamed(b.ctx, b.service, b.alice, name, task); err != nil || len(r.errs) == 0 {
				t.Errorf("%s: %v, %v", name, r.errs, err)
			}
		}
		p, err := b.service.UpdateIncident(b.ctx, b.alice, incident.UpdateIncidentInput{
			Common: in{ExpectedVersion: ptr(7)}, ID: i, Title: set("other"),
		})
		b.refusedAt("another version", err, p.Errors, incident.CodeConflict, "input.expectedVersion", "version 7")
		p, err = b.service.CreateIncident(b.ctx, b.alice, incident.CreateIncidentInput{Title: "x", Severity: incident.SeverityLow, OwnerID: ptr("act_none")})
		b.refusedAt("an unknown owner", err, p.Errors, incident.CodeNotFound, "input.ownerId", "")
		if got := mustHead(t, b.service, b.alice); got != before {
			t.Errorf("the trail grew from %d to %d", before, got)
		}
		calls, err := b.store.Deliveries(b.ctx, hook.ID, incident.PageQuery{Limit: 10})
		if err != nil || len(calls.Items) > 0 {
			t.Errorf("%d calls are queued, %v", len(calls.Items), err)
		}
	})
}

// A change that is repeated with its key answers as it did the first time, with
// all that the rules then made of it, whatever happened since.
func TestReplayWithConsequences(t *testing.T) {
	eachBench(t, func(b *bench) {
		book := b.playbook("book", incident.PlaybookStepInput{Title: "s1"}, incident.PlaybookStepInput{Title: "s2", Mandatory: ptr(true)})
		b.rule(incident.RuleInput{Name: "r", Trigger: incident.OnIncidentCreated, Actions: []incident.RuleAction{
			rates(incident.SeverityHigh), appliesBook(book.ID), addsTask("t"),
		}})
		b.rule(incident.RuleInput{Name: "s", Trigger: incident.OnIncidentUpdated, Actions: []incident.RuleAction{adds("x"), addsTask("u")}})
		b.rule(incident.RuleInput{Name: "closer", Trigger: incident.OnTaskCompleted, Actions: []incident.RuleAction{closes(incident.TruePositive)}})
		input := incident.CreateIncidentInput{Common: in{ClientMutationID: text("k")}, Title: "I", Severity: incident.SeverityLow}
		first, err := b.service.CreateIncident(b.ctx, b.alice, input)
		b.ok(err, first.Errors)
		i := first.Incident.ID
		if got := b.titles(i); !slices.Equal(got, []string{"s1", "s2", "t", "u"}) || first.Incident.Severity != incident.SeverityHigh || !slices.Equal(first.Incident.Labels, []string{"x"}) {
			t.Errorf("got %+v with %q", first.Incident, got)
		}
		applied, err := b.service.ApplyPlaybook(b.ctx, b.alice, incident.ApplyPlaybookInput{
			Common: in{ClientMutationID: text("apply")}, IncidentID: i, PlaybookID: book.ID, Again: ptr(true),
		})
		b.ok(err, applied.Errors)
		b.update(incident.UpdateIncidentInput{ID: i, Title: set("later"), Labels: optional([]string{})})
		for _, task := range b.tasks(i) {
			if task.Mandatory {
				mustDo(t, b.service, b.alice, "deleteTask", task.ID)
			}
		}
		task := b.tasks(i)[0].ID
		tick := incident.CompleteTaskInput{Common: in{ClientMutationID: text("tick")}, ID: task}
		ticked, err := b.service.CompleteTask(b.ctx, b.alice, tick)
		b.ok(err, ticked.Errors)
		if got := b.incident(i); got.Status != incident.IncidentClosed || *got.Classification != incident.TruePositive {
			t.Errorf("the rule left %+v", got)
		}
		mustDo(t, b.service, b.alice, "reopenIncident", i)
		mustDo(t, b.service, b.alice, "reopenTask", task)
		b.clear()
		before := mustHead(t, b.service, b.alice)

		again, err := b.service.CreateIncident(b.ctx, b.alice, input)
		b.ok(err, again.Errors)
		if !again.Replayed || !reflect.DeepEqual(again.Incident, first.Incident) || again.Event.Hash != first.Event.Hash {
			t.Errorf("creating again: got\n%+v, want\n%+v", again.Incident, first.Incident)
		}
		reapplied, err := b.service.ApplyPlaybook(b.ctx, b.alice, incident.ApplyPlaybookInput{
			Common: in{ClientMutationID: text("apply")}, IncidentID: i, PlaybookID: book.ID, Again: ptr(true),
		})
		b.ok(err, reapplied.Errors)
		if len(applied.Tasks) != 2 || !reapplied.Replayed || !reflect.DeepEqual(keyless(reapplied.Tasks), keyless(applied.Tasks)) ||
			!reflect.DeepEqual(reapplied.Incident, applied.Incident) || reapplied.Event.Hash != applied.Event.Hash {
			t.Errorf("applying again: got\n%+v %+v, want\n%+v %+v", reapplied.Incident, reapplied.Tasks, applied.Incident, applied.Tasks)
		}
		reticked, err := b.service.CompleteTask(b.ctx, b.alice, tick)
		b.ok(err, reticked.Errors)
		if !reticked.Replayed || !reflect.DeepEqual(keyless([]incident.Task{*reticked.Task}), keyless([]incident.Task{*ticked.Task})) {
			t.Errorf("completing again: got\n%+v, want\n%+v", reticked.Task, ticked.Task)
		}
		if got := mustHead(t, b.service, b.alice); got != before {
			t.Errorf("the trail grew from %d to %d", before, got)
		}
	})
}
