package incident_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tasktrail/incident"
)

// explained tells what became of each rule, with the events by their numbers.
func (b *bench) explained(id string) []string {
	b.Helper()
	reports, err := b.service.RulesFor(b.ctx, b.alice, id)
	b.ok(err, nil)
	number := map[int64]int{}
	for n, e := range b.events(id) {
		number[e.Position] = n + 1
	}
	var out []string
	for _, r := range reports {
		line := r.Rule.Name
		if r.Ran {
			line += "!"
		}
		for _, e := range r.Evaluations {
			line += fmt.Sprintf(" %d:v%d %s", number[e.Event.Position], e.Version, e.Outcome)
			if e.Unmet != nil {
				line += " at " + strings.Join(e.Unmet.Path, ".")
			}
			for _, did := range e.Events {
				line += fmt.Sprintf(" →%d", number[did.Position])
			}
		}
		out = append(out, line)
	}
	return out
}

func (b *bench) expectExplained(what, id string, want ...string) {
	b.Helper()
	if got := b.explained(id); !slices.Equal(got, want) {
		b.Errorf("%s: got\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Of each rule it is told what it did and what kept it from it, by the version
// of that time and on the incident as the rules before had left it.
func TestRulesFor(t *testing.T) {
	eachBench(t, func(b *bench) {
		book := b.playbook("book", incident.PlaybookStepInput{Title: "s1"}, incident.PlaybookStepInput{Title: "s2"})
		rates := b.rule(incident.RuleInput{Name: "rates", Order: ptr(1), Trigger: incident.OnIncidentCreated, Actions: []incident.RuleAction{rates(incident.SeverityHigh)}})
		b.rule(incident.RuleInput{Name: "labels", Order: ptr(2), Trigger: incident.OnIncidentCreated, Actions: []incident.RuleAction{appliesBook(book.ID), adds("a")}})
		b.rule(incident.RuleInput{
			Name: "both", Order: ptr(3), Trigger: incident.OnIncidentUpdated,
			Condition: every(becomes(incident.PropIncidentSeverity, "HIGH"), incident.Condition{Labels: &incident.LabelsCondition{Match: incident.MatchAny, ValueTest: whole(incident.OpEquals, "a")}}),
			Actions:   []incident.RuleAction{adds("b"), addsTask("t")},
		})
		b.rule(incident.RuleInput{
			Name: "unmet", Order: ptr(4), Trigger: incident.OnIncidentUpdated, Condition: every(where(incident.PropActorKind, "AUTOMATION_RULE"), where(incident.PropIncidentTitle, "x")),
			Actions: []incident.RuleAction{adds("never")},
		})
		b.rule(incident.RuleInput{Name: "idle", Order: ptr(5), Trigger: incident.OnIncidentCreated, Actions: []incident.RuleAction{removes("z")}})
		b.rule(incident.RuleInput{Name: "off", Order: ptr(6), Enabled: ptr(false), Trigger: incident.OnIncidentCreated, Actions: []incident.RuleAction{adds("never")}})
		b.rule(incident.RuleInput{Name: "brief", Order: ptr(7), ExpiresAt: ptr(b.now().Add(time.Second)), Trigger: incident.OnIncidentCreated, Actions: []incident.RuleAction{adds("never")}})
		b.rule(incident.RuleInput{Name: "stopped", Order: ptr(8), Trigger: incident.OnTaskCompleted, Actions: []incident.RuleAction{closes(incident.TruePositive)}})
		b.later(time.Minute)
		i := b.create().Incident.ID
		// 1 created, 2 severity by rates, 3 book applied, 4 and 5 its steps, 6 label
		// a, 7 label b and 8 task t because of 2.
		b.expectExplained("created", i,
			"rates! 1:v1 RAN →2", "labels! 1:v1 RAN →3 →6",
			"both! 2:v1 RAN →7 →8 6:v1 UNMET at condition.all.0.changed 7:v1 UNMET at condition.all.0.changed",
			"unmet 2:v1 UNMET at condition.all.1.property 6:v1 UNMET at condition.all.1.property 7:v1 UNMET at condition.all.1.property",
			"idle 1:v1 NO_EFFECT", "off 1:v1 DISABLED", "brief 1:v1 EXPIRED", "stopped",
		)
		must, err := b.service.AddTask(b.ctx, b.alice, incident.AddTaskInput{IncidentID: i, Title: "must", Mandatory: ptr(true)})
		b.ok(err, must.Errors)
		p, err := b.service.UpdateRule(b.ctx, b.boss, incident.UpdateRuleInput{ID: rates.ID, Trigger: optional(ptr(incident.OnTaskCompleted))})
		b.ok(err, p.Errors)
		d, err := b.service.DeleteRule(b.ctx, b.boss, incident.DeleteDefinitionInput{ID: rates.ID})
		b.ok(err, d.Errors)
		b.rule(incident.RuleInput{Name: "new", Order: ptr(9), Trigger: incident.OnTaskCompleted, Actions: []incident.RuleAction{removes("z")}})
		mustDo(t, b.service, b.alice, "completeTask", b.tasks(i)[0].ID)
		got := b.explained(i)
		want := []string{"rates! 1:v1 RAN →2", "stopped 10:v1 STOPPED →11", "new 10:v1 NO_EFFECT"}
		if len(got) != 9 || !slices.Equal([]string{got[0], got[7], got[8]}, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		_, err = b.service.RulesFor(b.ctx, b.alice, "inc_none")
		if e, ok := errors.AsType[*incident.InputError](err); !ok || e.Path[0] != "incidentId" {
			t.Errorf("of nothing: %v", err)
		}
	})
}

// What a rule found when others had run in between is what is told of it: each
// change of a chain is looked at after all that came before its turn.
func TestRulesForSeesTheirTurn(t *testing.T) {
	eachBench(t, func(b *bench) {
		label := func(o incident.ConditionOperator) incident.Condition {
			return incident.Condition{Labels: &incident.LabelsCondition{Match: incident.MatchAll, ValueTest: whole(o, "b")}}
		}
		b.rule(incident.RuleInput{Name: "a", Order: ptr(1), Trigger: incident.OnIncidentCreated, Actions: []incident.RuleAction{rates(incident.SeverityHigh)}})
		b.rule(incident.RuleInput{Name: "b", Order: ptr(2), Trigger: incident.OnIncidentCreated, Actions: []incident.RuleAction{adds("b")}})
		b.rule(incident.RuleInput{ // the label is there by the time it is its turn
			Name: "c", Order: ptr(3), Trigger: incident.OnIncidentUpdated, Condition: every(becomes(incident.PropIncidentSeverity, "HIGH"), label(incident.OpNotEquals)),
			Actions: []incident.RuleAction{adds("never")},
		})
		b.rule(incident.RuleInput{
			Name: "d", Order: ptr(4), Trigger: incident.OnIncidentUpdated, Condition: every(becomes(incident.PropIncidentSeverity, "HIGH"), label(incident.OpEquals)),
			Actions: []incident.RuleAction{removes("z")},
		})
		i := b.create().Incident.ID
		b.expectExplained("two turns", i,
			"a! 1:v1 RAN →2", "b! 1:v1 RAN →3",
			"c 2:v1 UNMET at condition.all.1.labels 3:v1 UNMET at condition.all.0.changed",
			"d 2:v1 NO_EFFECT 3:v1 UNMET at condition.all.0.changed",
		)
	})
}
