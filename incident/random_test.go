package incident_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"pgregory.net/rapid"

	"tasktrail/incident"
)

// randomly tries a property on both engines: n times, and many more when it is
// to be soaked.
func randomly(t *testing.T, n int, f func(b *bench, t *rapid.T)) {
	t.Helper()
	checks := flag.Lookup("rapid.checks").Value
	usual := checks.String()
	t.Cleanup(func() { _ = checks.Set(usual) })
	if os.Getenv("TASKTRAIL_SOAK") != "" {
		n *= 40
	}
	if err := checks.Set(fmt.Sprint(n)); err != nil {
		t.Fatal(err)
	}
	eachBench(t, func(b *bench) {
		b.playbook("p1", incident.PlaybookStepInput{Title: "p1a", Mandatory: ptr(true)}, incident.PlaybookStepInput{Title: "p1b", DueAfterMinutes: ptr(5), AssignToOwner: ptr(true)})
		b.playbook("p2", incident.PlaybookStepInput{Title: "a", Group: text("g")})
		b.webhook("hook")
		rapid.Check(b.T, func(t *rapid.T) {
			b.clear()
			f(b, t)
		})
	})
}

func pick[T any](t *rapid.T, what string, from ...T) T { return rapid.SampledFrom(from).Draw(t, what) }

// randomAction draws one thing for a rule to do.
func (b *bench) randomAction(t *rapid.T) incident.RuleAction {
	set := b.automation()
	switch pick(t, "action", "task", "task", "playbook", "severity", "status", "status", "owner", "add", "add", "remove", "webhook") {
	case "task":
		a := addsTask(pick(t, "title", "a", "b", "c"))
		a.AddTask.Mandatory, a.AddTask.Again = rapid.Bool().Draw(t, "mandatory"), rapid.Bool().Draw(t, "again")
		a.AddTask.AssignToOwner = rapid.Bool().Draw(t, "to owner")
		if rapid.Bool().Draw(t, "more") {
			a.AddTask.DueAfterMinutes, a.AddTask.Group, a.AddTask.Description = ptr(pick(t, "due", 1, 60)), text("g"), text("d")
		}
		return a
	case "playbook":
		a := appliesBook(rapid.SampledFrom(set.Playbooks).Draw(t, "playbook").ID)
		a.ApplyPlaybook.Again = rapid.Bool().Draw(t, "again")
		return a
	case "severity":
		return rates(rapid.SampledFrom(incident.Severities).Draw(t, "severity"))
	case "status":
		if s := pick(t, "status", incident.IncidentNew, incident.IncidentActive, incident.IncidentClosed, incident.IncidentClosed); s != incident.IncidentClosed {
			return incident.RuleAction{SetStatus: &incident.SetStatusAction{Status: s}}
		}
		return closes(pick(t, "classification", incident.TruePositive, incident.Undetermined))
	case "owner":
		return incident.RuleAction{SetOwner: &incident.SetOwnerAction{OwnerID: pick(t, "owner", nil, &b.alice.Actor.ID, &b.boss.Actor.ID)}}
	case "add":
		return adds(pick(t, "label", "x", "X", "y"))
	case "remove":
		return removes(pick(t, "label", "x", "X", "y"), "z")
	}
	return callsHook(set.Webhooks[0].ID)
}

// randomRule draws a rule for the trigger; it may be one that is refused.
func (b *bench) randomRule(t *rapid.T, name string, on incident.Trigger) incident.RuleInput {
	r := incident.RuleInput{Name: name, Order: ptr(rapid.IntRange(1, 3).Draw(t, "order")), Trigger: on}
	for range rapid.IntRange(1, 4).Draw(t, "actions") {
		r.Actions = append(r.Actions, b.randomAction(t))
	}
	if pick(t, "conditional", true, false, false) {
		r.Condition = ptr(incident.RandomCondition(t, on))
	}
	return r
}

// randomIncident draws the input of an incident.
func (b *bench) randomIncident(t *rapid.T) incident.CreateIncidentInput {
	return incident.CreateIncidentInput{
		Title: pick(t, "title", "a", "A", "b", "ab", "ς"), Severity: rapid.SampledFrom(incident.Severities).Draw(t, "severity"),
		Description: pick(t, "description", nil, text("a"), text("Σ")), OwnerID: pick(t, "owner", nil, &b.alice.Actor.ID),
		Labels: pick(t, "labels", nil, []string{"x"}, []string{"X", "y"}),
	}
}
