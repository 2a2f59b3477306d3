package incident_test

import (
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/incident"
)

// Random rules, playbooks and changes: whatever automation does has a cause
// before it in the same incident, and a definition in a version that was there;
// what is told of the rules is what they did; and the trail gives the tables.
func TestAutomatedHistories(t *testing.T) {
	var histories, automated, stopped atomic.Int64
	randomly(t, 15, func(b *bench, t *rapid.T) {
		var ids []string
		for n := range rapid.IntRange(2, 5).Draw(t, "rules") {
			b.tryRule(t, fmt.Sprint("r", n))
		}
		for range rapid.IntRange(5, 20).Draw(t, "steps") {
			ids = b.randomStep(t, ids)
		}
		versions := map[string][]int64{} // positions by the id of a definition
		for _, e := range b.defined("") {
			versions[e.SubjectID] = append(versions[e.SubjectID], e.Position)
		}
		for _, id := range ids {
			n, cut := b.checkCauses(t, id, versions)
			automated.Add(int64(n))
			stopped.Add(int64(cut))
		}
		if n := histories.Add(1); n < 100 || n%50 == 0 {
			if _, err := b.store.Verify(b.ctx, db.VerifyOptions{}); err != nil {
				t.Fatalf("verify: %v", err)
			}
		}
	})
	t.Logf("%d histories, %d events of automation, %d of them tell that it was stopped", histories.Load(), automated.Load(), stopped.Load())
	if stopped.Load() == 0 || automated.Load() == stopped.Load() {
		t.Error("the histories were all alike")
	}
}

// tryRule makes a random rule, which may be refused.
func (b *bench) tryRule(t *rapid.T, name string) {
	p, err := b.service.CreateRule(b.ctx, b.boss, incident.CreateRuleInput{
		Rule: b.randomRule(t, name, pick(t, "trigger", append(incident.Triggers, incident.OnIncidentUpdated, incident.OnIncidentUpdated)...)),
	})
	if err != nil || slices.ContainsFunc(p.Errors, func(e incident.MutationError) bool { return e.Code() != incident.CodeValidation }) {
		t.Fatal(p, err)
	}
}

// randomStep does one thing, which may be refused, and returns the incidents
// that are there then.
func (b *bench) randomStep(t *rapid.T, ids []string) []string {
	kinds := []string{"update", "update", "update", "task", "task", "task", "task", "close", "reopen", "apply", "clock", "rule", "playbook", "add"}
	if len(ids) < 2 {
		kinds = []string{"create"}
	}
	if len(ids) > 0 && len(ids) < 3 {
		kinds = append(kinds, "create")
	}
	kind := rapid.SampledFrom(kinds).Draw(t, "step")
	id := ""
	if len(ids) > 0 {
		id = rapid.SampledFrom(ids).Draw(t, "on")
	}
	var err error
	switch kind {
	case "create":
		var p *incident.IncidentPayload
		if p, err = b.service.CreateIncident(b.ctx, b.alice, b.randomIncident(t)); err == nil && p.Incident != nil {
			ids = append(ids, p.Incident.ID)
		}
	case "update":
		in := b.randomIncident(t)
		_, err = b.service.UpdateIncident(b.ctx, b.alice, incident.UpdateIncidentInput{
			ID: id, Severity: optional(&in.Severity), OwnerID: optional(in.OwnerID), Labels: optional(in.Labels),
		})
	case "task":
		if tasks := b.tasks(id); len(tasks) > 0 {
			name := pick(t, "task step", "completeTask", "skipTask", "reopenTask", "deleteTask", "startTask")
			_, err = doNamed(b.ctx, b.service, b.alice, name, rapid.SampledFrom(tasks).Draw(t, "task").ID)
		}
	case "close":
		_, err = doNamed(b.ctx, b.service, b.alice, "closeIncident", id)
	case "reopen":
		_, err = doNamed(b.ctx, b.service, b.alice, "reopenIncident", id)
	case "apply":
		book := rapid.SampledFrom(b.automation().Playbooks).Draw(t, "playbook")
		_, err = b.service.ApplyPlaybook(b.ctx, b.alice, incident.ApplyPlaybookInput{IncidentID: id, PlaybookID: book.ID, Again: ptr(rapid.Bool().Draw(t, "again"))})
	case "clock":
		b.later(time.Duration(pick(t, "minutes", 1, 6, 61)) * time.Minute)
		_, err = b.service.NoteOverdue(b.ctx)
	case "add":
		_, err = doNamed(b.ctx, b.service, b.alice, "addTask", id)
	case "rule":
		b.changeRule(t)
	case "playbook":
		book := rapid.SampledFrom(b.automation().Playbooks).Draw(t, "playbook")
		_, err = b.service.UpdatePlaybook(b.ctx, b.boss, incident.UpdatePlaybookInput{ID: book.ID, Steps: optional([]incident.PlaybookStepInput{
			{Title: pick(t, "step", "a", "b", "p1a")}, {Title: "a", Key: text(pick(t, "key", "k1", "k2")), Mandatory: ptr(true), DueAfterMinutes: ptr(3)},
		})})
	}
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	return ids
}

// changeRule changes, disables or deletes one.
func (b *bench) changeRule(t *rapid.T) {
	rules := b.automation().Rules
	if len(rules) == 0 {
		return
	}
	r := rapid.SampledFrom(rules).Draw(t, "rule")
	var err error
	switch pick(t, "change", "actions", "disable", "delete") {
	case "actions":
		_, err = b.service.UpdateRule(b.ctx, b.boss, incident.UpdateRuleInput{ID: r.ID, Actions: optional([]incident.RuleAction{b.randomAction(t), b.randomAction(t)})})
	case "disable":
		_, err = b.service.UpdateRule(b.ctx, b.boss, incident.UpdateRuleInput{ID: r.ID, Enabled: optional(ptr(!r.Enabled))})
	default:
		_, err = b.service.DeleteRule(b.ctx, b.boss, incident.DeleteDefinitionInput{ID: r.ID})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// checkCauses looks at what automation did to an incident, and returns how many
// events that were and how many of them tell of what it did not do.
func (b *bench) checkCauses(t *rapid.T, id string, versions map[string][]int64) (automated, stopped int) {
	before := map[int64]*audit.Event{}
	byRules := map[int64]bool{} // but what playbooks did for them
	for _, e := range b.events(id) {
		by, cause := e.Payload.Automation, before[e.Payload.CausedBy]
		before[e.Position] = e
		if by == nil {
			if e.Payload.CausedBy != 0 || e.ActorKind == "PLAYBOOK" || e.ActorKind == "AUTOMATION_RULE" {
				t.Fatalf("%+v names no definition", e.Header)
			}
			continue
		}
		automated++
		if cause == nil {
			t.Fatalf("%+v is caused by %d, which is not there", e.Header, e.Payload.CausedBy)
		}
		was := versions[by.ID]
		if by.Version < 1 || by.Version > len(was) || was[by.Version-1] > cause.Position || by.Version < len(was) && was[by.Version] < e.Position {
			t.Fatalf("%+v was done by version %d, but the versions began at %v", e.Header, by.Version, was)
		}
		if e.RequestID != cause.RequestID || !e.RecordedAt.Equal(cause.RecordedAt) || e.MutationID != "" {
			t.Fatalf("%+v was caused by %+v", e.Header, cause.Header)
		}
		switch {
		case e.Action == incident.AutomationStopped:
			stopped++
			byRules[e.Position] = true
		case e.ActorKind == "AUTOMATION_RULE":
			byRules[e.Position] = true
		}
	}
	reports, err := b.service.RulesFor(b.ctx, b.alice, id)
	if err != nil {
		t.Fatal(err)
	}
	told := map[int64]bool{}
	for _, r := range reports {
		ran := false
		for _, e := range r.Evaluations {
			acted := false
			for _, did := range e.Events {
				told[did.Position] = true
				acted = acted || did.Action != incident.AutomationStopped
				if did.Payload.CausedBy != e.Event.Position || did.Payload.Automation.ID != r.Rule.ID || did.Payload.Automation.Version != e.Version {
					t.Fatalf("it is told that %s did %+v because of %+v", r.Rule.Name, did, e.Event.Header)
				}
			}
			if acted != (e.Outcome == incident.RuleRan) || (e.Outcome == incident.RuleStopped) != (len(e.Events) > 0 && !acted) || (e.Unmet != nil) != (e.Outcome == incident.RuleUnmet) {
				t.Fatalf("%s: got %+v", r.Rule.Name, e)
			}
			ran = ran || acted
		}
		if ran != r.Ran {
			t.Fatalf("%s ran: %t, got %+v", r.Rule.Name, ran, r)
		}
	}
	if !maps.Equal(told, byRules) {
		t.Fatalf("what rules did is %v, it is told of %v", slices.Sorted(maps.Keys(byRules)), slices.Sorted(maps.Keys(told)))
	}
	return automated, stopped
}
