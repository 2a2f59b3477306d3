package incident_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tasktrail/audit"
	"tasktrail/incident"
)

// taskText tells what a task made by automation is, without what is its own.
func taskText(t *incident.Task) string {
	due := time.Duration(-1)
	if t.DueAt != nil {
		due = t.DueAt.Sub(t.CreatedAt)
	}
	str := func(s *string) string {
		if s == nil {
			return "-"
		}
		return *s
	}
	return fmt.Sprint(t.Title, "|", str(t.Description), "|", str(t.Group), "|", t.Mandatory, "|", str(t.AssigneeID), "|", due, "|", t.Status, "|", t.Origin.Kind, str(t.Origin.Key))
}

// changeText tells a change, without what is its own.
func changeText(c *audit.Change) string {
	if c.Field == "closedAt" || c.Field == "webhook" {
		return c.Field
	}
	return fmt.Sprintf("%s %s→%s", c.Field, c.From, c.To)
}

// What a rule is said to do to an incident that was there without it is what it
// does to the same incident with it.
func TestPreviewIsWhatHappens(t *testing.T) {
	ran, unmet, stopped := 0, 0, 0
	randomly(t, 25, func(b *bench, t *rapid.T) {
		rule, input := b.randomRule(t, "r", incident.OnIncidentCreated), b.randomIncident(t)
		without, err := b.service.CreateIncident(b.ctx, b.alice, input)
		b.ok(err, without.Errors)
		before := mustHead(b.T, b.service, b.alice)
		preview, err := b.service.PreviewRule(b.ctx, b.alice, rule, &without.Incident.ID, nil)
		b.ok(err, nil)
		if mustHead(b.T, b.service, b.alice) != before {
			t.Fatal("a preview wrote something")
		}
		made, err := b.service.CreateRule(b.ctx, b.boss, incident.CreateRuleInput{Rule: rule})
		b.ok(err, nil)
		if fmt.Sprint(made.Errors) != fmt.Sprint(preview.Errors) {
			t.Fatalf("the preview is refused with %v, the rule with %v", preview.Errors, made.Errors)
		}
		if len(made.Errors) > 0 {
			return
		}
		with, err := b.service.CreateIncident(b.ctx, b.alice, input)
		b.ok(err, with.Errors)
		run := preview.Incidents[0].Runs[0]
		said, did := []string{}, []string{}
		for n := range run.Tasks {
			said = append(said, taskText(&run.Tasks[n]))
		}
		for _, task := range b.tasks(with.Incident.ID) {
			did = append(did, taskText(&task))
		}
		for _, c := range run.Changes {
			said = append(said, changeText(c))
		}
		number := func(s string, i *incident.Incident) string {
			return strings.ReplaceAll(s, fmt.Sprint("incident ", i.Number), "incident N")
		}
		for _, s := range run.Stopped {
			said = append(said, number(s, without.Incident))
		}
		var why []string
		for _, e := range b.events(with.Incident.ID)[1:] {
			for n := range e.Payload.Changes {
				switch c := &e.Payload.Changes[n]; {
				case e.Action == incident.AutomationStopped:
					_, message, _ := strings.Cut(string(c.To), `"message":"`)
					why = append(why, number(strings.TrimSuffix(message, `"}`), with.Incident))
				case e.SubjectKind == incident.SubjectIncident:
					did = append(did, changeText(c))
				}
			}
		}
		did = append(did, why...)
		if !slices.Equal(said, did) {
			t.Fatalf("%+v\nwas said to do\n%s\nand did\n%s", rule, strings.Join(said, "\n"), strings.Join(did, "\n"))
		}
		reports, err := b.service.RulesFor(b.ctx, b.alice, with.Incident.ID)
		b.ok(err, nil)
		told := reports[0].Evaluations[0]
		if (run.Unmet == nil) != (told.Unmet == nil) || run.Unmet != nil && fmt.Sprint(*run.Unmet) != fmt.Sprint(*told.Unmet) {
			t.Fatalf("the preview says %+v, the explanation %+v", run.Unmet, told.Unmet)
		}
		switch {
		case run.Unmet != nil:
			unmet++
		case len(run.Stopped) > 0:
			stopped++
		case len(did) > 0:
			ran++
		}
	})
	t.Logf("%d ran, %d were stopped in part, %d did not run", ran, stopped, unmet)
	if ran == 0 || unmet == 0 {
		t.Error("the rules were all alike")
	}
}

// A preview looks at each event as the incident was then, also where owners and
// labels changed, and adds no task twice.
func TestPreviewOfThePast(t *testing.T) {
	eachBench(t, func(b *bench) {
		i := b.create(func(in *incident.CreateIncidentInput) { in.OwnerID, in.Labels = &b.alice.Actor.ID, []string{"a"} }).Incident.ID
		b.update(incident.UpdateIncidentInput{ID: i, OwnerID: optional(&b.boss.Actor.ID), Labels: optional([]string{"b"})})
		b.update(incident.UpdateIncidentInput{ID: i, Labels: optional([]string{"c", "d"}), Severity: optional(ptr(incident.SeverityHigh))})
		later := b.create().Incident.ID
		preview := func(r incident.RuleInput, id *string, lastN *int) *incident.RulePreview {
			t.Helper()
			r.Name, r.Trigger, r.Enabled = "r", incident.OnIncidentUpdated, ptr(false)
			p, err := b.service.PreviewRule(b.ctx, b.alice, r, id, lastN)
			b.ok(err, p.Errors)
			return p
		}
		runs := preview(incident.RuleInput{Condition: gains("b"), Actions: []incident.RuleAction{addsTask("t")}}, &i, nil).Incidents[0].Runs
		if len(runs) != 2 || runs[0].Unmet != nil || len(runs[0].Tasks) != 1 || runs[1].Unmet == nil || !strings.Contains(runs[1].Unmet.Message, `["c" "d"]`) {
			t.Errorf("labels: got %+v", runs)
		}
		owner := incident.Condition{Changed: &incident.ChangedCondition{
			Property: incident.PropIncidentOwnerID, From: ptr(whole(incident.OpEquals, b.alice.Actor.ID)), To: ptr(whole(incident.OpEquals, b.boss.Actor.ID)),
		}}
		runs = preview(incident.RuleInput{Condition: &owner, Actions: []incident.RuleAction{addsTask("t")}}, &i, nil).Incidents[0].Runs
		if len(runs) != 2 || runs[0].Unmet != nil || runs[1].Unmet == nil {
			t.Errorf("owner: got %+v", runs)
		}
		again := addsTask("again")
		again.AddTask.Again = true
		runs = preview(incident.RuleInput{Actions: []incident.RuleAction{addsTask("once"), again}}, &i, nil).Incidents[0].Runs
		if len(runs) != 2 || len(runs[0].Tasks) != 2 || len(runs[1].Tasks) != 1 || runs[1].Tasks[0].Title != "again" {
			t.Errorf("tasks: got %+v", runs)
		}
		if all := preview(incident.RuleInput{Actions: []incident.RuleAction{addsTask("t")}}, nil, nil).Incidents; len(all) != 2 || all[0].Incident.ID != later || len(all[0].Runs) != 0 {
			t.Errorf("the newest: got %+v", all)
		}
		if one := preview(incident.RuleInput{Actions: []incident.RuleAction{addsTask("t")}}, nil, ptr(1)).Incidents; len(one) != 1 {
			t.Errorf("the newest one: got %+v", one)
		}
		for what, test := range map[string]struct {
			id    *string
			lastN *int
			path  string
		}{"both": {&i, ptr(1), "lastN"}, "0": {nil, ptr(0), "lastN"}, "51": {nil, ptr(51), "lastN"}, "none": {text("inc_none"), nil, "incidentId"}} {
			_, err := b.service.PreviewRule(b.ctx, b.alice, incident.RuleInput{}, test.id, test.lastN)
			if e, ok := errors.AsType[*incident.InputError](err); !ok || e.Path[0] != test.path {
				t.Errorf("%s: got %v, want it refused at %s", what, err, test.path)
			}
		}
	})
}
