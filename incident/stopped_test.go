package incident_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tasktrail/incident"
)

// why reads what the trail says of the rules that were stopped on an incident.
func (b *bench) why(id string) []string {
	b.Helper()
	var out []string
	for _, e := range b.events(id) {
		if e.Action == incident.AutomationStopped {
			out = append(out, string(e.Payload.Changes[0].To))
		}
	}
	return out
}

// A loop that the checks cannot see, since it needs a third rule to begin, is
// cut the second time a rule would run; that is told once.
func TestLoopIsCut(t *testing.T) {
	eachBench(t, func(b *bench) {
		severity := incident.PropIncidentSeverity
		b.rule(incident.RuleInput{
			Name: "restore", Order: ptr(1), Trigger: incident.OnIncidentUpdated,
			Condition: every(becomes(severity, "LOW"), where(incident.PropActorKind, "USER")),
			Actions:   []incident.RuleAction{rates(incident.SeverityHigh)},
		})
		looping := b.rule(incident.RuleInput{
			Name: "loop", Order: ptr(2), Trigger: incident.OnIncidentUpdated,
			Condition: every(becomes(severity, "LOW"), where(severity, "HIGH")), // it became LOW, and is HIGH again
			Actions:   []incident.RuleAction{rates(incident.SeverityLow), rates(incident.SeverityHigh)},
		})
		i := b.create(func(in *incident.CreateIncidentInput) { in.Severity = incident.SeverityMedium }).Incident.ID
		b.update(incident.UpdateIncidentInput{ID: i, Severity: optional(ptr(incident.SeverityLow))})
		b.expectStory("loop", i, 2,
			`INCIDENT_UPDATED severity→"LOW"`,
			`INCIDENT_UPDATED severity→"HIGH" by AUTOMATION_RULE restore v1 because of 2`,
			`INCIDENT_UPDATED severity→"LOW" by AUTOMATION_RULE loop v1 because of 2`,
			`INCIDENT_UPDATED severity→"HIGH" by AUTOMATION_RULE loop v1 because of 2`,
			`AUTOMATION_STOPPED LOOP by AUTOMATION_RULE loop v1 because of 4`,
		)
		if got := b.why(i); len(got) != 1 || !strings.Contains(got[0], `{"rule":"`+looping.ID+`","stopped":"LOOP","message":"`) {
			t.Errorf("got %q", got)
		}
		if got := b.incident(i); got.Severity != incident.SeverityHigh {
			t.Errorf("got %+v", got)
		}
	})
}

// Rules that set each other off and have nothing left to do are not told of.
func TestHarmlessLoops(t *testing.T) {
	eachBench(t, func(b *bench) {
		for _, label := range []string{"a", "b"} {
			b.rule(incident.RuleInput{Name: label, Trigger: incident.OnIncidentUpdated, Actions: []incident.RuleAction{adds(label), addsTask(label)}})
		}
		i := b.create().Incident.ID
		b.update(incident.UpdateIncidentInput{ID: i, Title: set("other")})
		want := []string{
			`INCIDENT_UPDATED title→"other"`,
			`INCIDENT_UPDATED labels→["a"] by AUTOMATION_RULE a v1 because of 2`,
			`TASK_ADDED "a" by AUTOMATION_RULE a v1 because of 2`,
			`INCIDENT_UPDATED labels→["a","b"] by AUTOMATION_RULE b v1 because of 2`,
			`TASK_ADDED "b" by AUTOMATION_RULE b v1 because of 2`,
		}
		b.expectStory("mutual", i, 2, want...)
		// Nor is a rule whose task is there already when the incident is closed.
		mustDo(t, b.service, b.alice, "closeIncident", i)
		b.expectStory("closed", i, 7, "INCIDENT_CLOSED")
	})
}

// Five rules may set each other off, one behind the other, and no sixth.
func TestDepthIsCut(t *testing.T) {
	eachBench(t, func(b *bench) {
		for n := range 8 {
			b.rule(incident.RuleInput{
				Name: fmt.Sprint("r", n), Trigger: incident.OnIncidentUpdated, Condition: gains(fmt.Sprint(n)), Actions: []incident.RuleAction{adds(fmt.Sprint(n + 1))},
			})
		}
		i := b.create().Incident.ID
		b.update(incident.UpdateIncidentInput{ID: i, Labels: optional([]string{"0"})})
		b.expectStory("a chain", i, 2,
			`INCIDENT_UPDATED labels→["0"]`,
			`INCIDENT_UPDATED labels→["0","1"] by AUTOMATION_RULE r0 v1 because of 2`,
			`INCIDENT_UPDATED labels→["0","1","2"] by AUTOMATION_RULE r1 v1 because of 3`,
			`INCIDENT_UPDATED labels→["0","1","2","3"] by AUTOMATION_RULE r2 v1 because of 4`,
			`INCIDENT_UPDATED labels→["0","1","2","3","4"] by AUTOMATION_RULE r3 v1 because of 5`,
			`INCIDENT_UPDATED labels→["0","1","2","3","4","5"] by AUTOMATION_RULE r4 v1 because of 6`,
			`AUTOMATION_STOPPED DEPTH by AUTOMATION_RULE r5 v1 because of 7`,
		)
		i = b.create(func(in *incident.CreateIncidentInput) { in.Labels = []string{"6"} }).Incident.ID
		b.update(incident.UpdateIncidentInput{ID: i, Labels: optional([]string{"6", "0"})})
		story := b.story(i, 8)
		if len(story) > 0 {
			t.Errorf("a chain whose sixth rule has nothing to do: %q", story)
		}
	})
}

// What a rule may not do is told, its other actions are carried out, and the
// person's change stands.
func TestForbiddenActions(t *testing.T) {
	eachBench(t, func(b *bench) {
		r := b.rule(incident.RuleInput{Name: "r", Trigger: incident.OnIncidentUpdated, Condition: ptr(becomes(incident.PropIncidentSeverity, "HIGH")), Actions: []incident.RuleAction{
			addsMandatory("must"), closes(incident.FalsePositive), adds("x"),
		}})
		i := b.create().Incident.ID
		p := b.update(incident.UpdateIncidentInput{ID: i, Severity: optional(ptr(incident.SeverityHigh))})
		b.expectStory("closing", i, 2,
			`INCIDENT_UPDATED severity→"HIGH"`,
			`TASK_ADDED "must" by AUTOMATION_RULE r v1 because of 2`,
			`AUTOMATION_STOPPED ACTION by AUTOMATION_RULE r v1 because of 2`,
			`INCIDENT_UPDATED labels→["x"] by AUTOMATION_RULE r v1 because of 2`,
		)
		if got := b.why(i); len(got) != 1 || !strings.HasPrefix(got[0], `{"rule":"`+r.ID+`","action":2,"stopped":"ACTION","message":"mandatory tasks still open: 1;`) {
			t.Errorf("got %q", got)
		}
		if p.Incident.Status != incident.IncidentNew || p.Incident.Severity != incident.SeverityHigh || p.Incident.Version != 4 {
			t.Errorf("got %+v", p.Incident)
		}
		// With nothing open it closes, and what else the rule wants of the tasks is
		// then forbidden.
		b.clear()
		b.rule(incident.RuleInput{Name: "r", Trigger: incident.OnTaskCompleted, Actions: []incident.RuleAction{
			closes(incident.FalsePositive), addsTask("late"), closes(incident.TruePositive), adds("y"),
		}})
		mustDo(t, b.service, b.alice, "completeTask", b.tasks(i)[0].ID)
		b.expectStory("after closing", i, 6,
			"TASK_COMPLETED",
			"INCIDENT_CLOSED by AUTOMATION_RULE r v1 because of 6",
			"AUTOMATION_STOPPED ACTION by AUTOMATION_RULE r v1 because of 6",
			"AUTOMATION_STOPPED ACTION by AUTOMATION_RULE r v1 because of 6",
			`INCIDENT_UPDATED labels→["x","y"] by AUTOMATION_RULE r v1 because of 6`,
		)
		// NEW is no status to reopen to.
		b.clear()
		b.rule(incident.RuleInput{Name: "renew", Trigger: incident.OnIncidentUpdated, Condition: gains("n"), Actions: []incident.RuleAction{
			{SetStatus: &incident.SetStatusAction{Status: incident.IncidentNew}},
		}})
		b.rule(incident.RuleInput{Name: "reopen", Trigger: incident.OnIncidentUpdated, Condition: gains("o"), Actions: []incident.RuleAction{
			{SetStatus: &incident.SetStatusAction{Status: incident.IncidentActive}}, {SetOwner: &incident.SetOwnerAction{OwnerID: &b.boss.Actor.ID}},
		}})
		b.update(incident.UpdateIncidentInput{ID: i, Labels: optional([]string{"n"})})
		b.update(incident.UpdateIncidentInput{ID: i, Labels: optional([]string{"o"})})
		b.expectStory("reopening", i, 11,
			`INCIDENT_UPDATED labels→["n"]`,
			"AUTOMATION_STOPPED ACTION by AUTOMATION_RULE renew v1 because of 11",
			`INCIDENT_UPDATED labels→["o"]`,
			"INCIDENT_REOPENED by AUTOMATION_RULE reopen v1 because of 13",
			fmt.Sprintf(`INCIDENT_UPDATED ownerId→"%s" by AUTOMATION_RULE reopen v1 because of 13`, b.boss.Actor.ID),
		)
		if got := b.incident(i); got.Status != incident.IncidentActive || got.Classification != nil || got.ClosedAt != nil {
			t.Errorf("got %+v", got)
		}
		// A list that is full of labels takes no more.
		var fifty []string
		for n := range incident.MaxLabels {
			fifty = append(fifty, fmt.Sprint(n))
		}
		b.clear()
		b.rule(incident.RuleInput{Name: "label", Trigger: incident.OnIncidentUpdated, Actions: []incident.RuleAction{adds("0", "one more")}})
		b.update(incident.UpdateIncidentInput{ID: i, Labels: optional(fifty)})
		if got := b.why(i); !strings.Contains(got[len(got)-1], "at most 50 labels, these are 51") || !slices.Equal(b.incident(i).Labels, fifty) {
			t.Errorf("got %q, %q", got, b.incident(i).Labels)
		}
	})
}

// Neither rules nor playbooks bring an incident over 1,000 tasks, nor one
// change over about 2,000 events; a change with that many is replayed whole.
func TestLimitsOfOneChange(t *testing.T) {
	eachBench(t, func(b *bench) {
		var steps []incident.PlaybookStepInput
		for n := range incident.MaxSteps {
			steps = append(steps, incident.PlaybookStepInput{Title: fmt.Sprint(n)})
		}
		book := b.playbook("book", steps...)
		again := incident.RuleAction{ApplyPlaybook: &incident.ApplyPlaybookAction{PlaybookID: book.ID, Again: true}}
		r := incident.RuleInput{Name: "tasks", Order: ptr(1), Trigger: incident.OnIncidentCreated, Actions: slices.Repeat([]incident.RuleAction{again}, 11)}
		r.Actions[10] = addsTask("one more")
		bundle := incident.Bundle{}
		for n := range 51 {
			turns := incident.RuleInput{Name: fmt.Sprint("turn ", n), Order: ptr(2), Trigger: incident.OnIncidentCreated}
			for range 10 {
				turns.Actions = append(turns.Actions, adds("x"), removes("x"))
			}
			bundle.Rules = append(bundle.Rules, turns)
		}
		b.rule(r)
		_, err := b.service.ImportBundle(b.ctx, b.boss, bundle, false)
		b.ok(err, nil)
		input := incident.CreateIncidentInput{Common: in{ClientMutationID: text("k")}, Title: "I", Severity: incident.SeverityLow}
		p, err := b.service.CreateIncident(b.ctx, b.alice, input)
		b.ok(err, p.Errors)
		progress, err := b.store.Progress(b.ctx, []string{p.Incident.ID}, b.now())
		b.ok(err, nil)
		if got := progress[p.Incident.ID].Total; got != incident.MaxTasks {
			t.Errorf("there are %d tasks", got)
		}
		why := b.why(p.Incident.ID)
		if len(why) != 2 || !strings.Contains(why[0], `"action":11,"stopped":"ACTION","message":"the incident has 1000 tasks and would get 1 more; 1000 is the limit"`) ||
			!strings.Contains(why[1], `"stopped":"LIMIT","message":"the change had more than 2000 consequences"`) {
			t.Errorf("got %q", why)
		}
		// 1 + 10×(1+100) + 1 + 50×20 before the limit was seen to be passed, and 1.
		if got := len(b.events(p.Incident.ID)); got != 2013 {
			t.Errorf("there are %d events", got)
		}
		replayed, err := b.service.CreateIncident(b.ctx, b.alice, input)
		b.ok(err, replayed.Errors)
		if !replayed.Replayed || replayed.Incident.Version != p.Incident.Version || !slices.Equal(replayed.Incident.Labels, p.Incident.Labels) {
			t.Errorf("again: got %+v, want %+v", replayed.Incident, p.Incident)
		}
		applied, err := b.service.ApplyPlaybook(b.ctx, b.alice, incident.ApplyPlaybookInput{IncidentID: p.Incident.ID, PlaybookID: book.ID, Again: ptr(true)})
		b.refusedAt("by hand", err, applied.Errors, incident.CodeValidation, "input.incidentId", "1000 is the limit")
	})
}
