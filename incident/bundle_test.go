package incident_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tasktrail/incident"
)

func outcomes(items []incident.BundleItem) string {
	var out []string
	for _, i := range items {
		words := []string{i.Name, string(i.Outcome)}
		for _, c := range i.Changes {
			if i.Outcome == incident.BundleUpdated {
				words = append(words, c.Field)
			}
		}
		out = append(out, strings.Join(words, " "))
	}
	return strings.Join(out, ", ")
}

// A bundle is taken over as a whole or not at all; a dry run says what would be
// done and does nothing; the second time there is nothing to do; and what is
// given out can be taken back.
func TestBundles(t *testing.T) {
	eachBench(t, func(b *bench) {
		b.webhook("hook")
		bundle := func() incident.Bundle {
			return incident.Bundle{
				Playbooks: []incident.PlaybookInput{
					{Name: " p ", Steps: []incident.PlaybookStepInput{{Title: "s", AssigneeID: &b.alice.Actor.ID}, {Title: "s"}}},
					{Name: "q", Description: text("d"), Steps: []incident.PlaybookStepInput{{Title: "s", Key: text("k")}}},
				},
				Rules: []incident.RuleInput{
					{Name: "r", Trigger: incident.OnIncidentCreated, ExpiresAt: ptr(b.now().Add(time.Minute)), Actions: []incident.RuleAction{appliesBook("p"), callsHook("hook")}},
					{Name: "s", Enabled: ptr(false), Trigger: incident.OnTaskOverdue, Condition: every(where(incident.PropTaskGroup, "")), Actions: []incident.RuleAction{adds("l")}},
				},
			}
		}
		run := func(bundle incident.Bundle, dry bool) incident.BundleReport {
			t.Helper()
			before := mustHead(t, b.service, b.boss)
			report, err := b.service.ImportBundle(b.ctx, b.boss, bundle, dry)
			b.ok(err, nil)
			if after := mustHead(t, b.service, b.boss); dry && after != before {
				t.Errorf("a dry run wrote up to %d", after)
			}
			return report
		}
		expect := func(what string, report incident.BundleReport, playbooks, rules string) {
			t.Helper()
			if got := outcomes(report.Playbooks); got != playbooks {
				t.Errorf("%s: the playbooks are %s, want %s", what, got, playbooks)
			}
			if got := outcomes(report.Rules); got != rules {
				t.Errorf("%s: the rules are %s, want %s", what, got, rules)
			}
		}
		expect("dry", run(bundle(), true), "p created, q created", "r created, s created")
		if set := b.automation(); len(set.Playbooks)+len(set.Rules) > 0 {
			t.Errorf("a dry run made %+v", set)
		}
		expect("first", run(bundle(), false), "p created, q created", "r created, s created")
		expect("again", run(bundle(), false), "p unchanged, q unchanged", "r unchanged, s unchanged")
		b.later(time.Hour) // r has expired, and may stay as it is
		out, err := b.service.ExportBundle(b.ctx, b.alice)
		b.ok(err, nil)
		expect("its own", run(out, false), "p unchanged, q unchanged", "r unchanged, s unchanged")
		if got := out.Rules[0].Actions; got[0].ApplyPlaybook.PlaybookID != "p" || got[1].CallWebhook.WebhookID != "hook" || len(out.Playbooks) != 2 {
			t.Errorf("given out are %+v", out)
		}
		changed := bundle()
		changed.Playbooks[1].Description = nil
		changed.Rules[0].ExpiresAt, changed.Rules[0].Order = nil, ptr(7)
		changed.Rules[1].Actions = []incident.RuleAction{appliesBook("q")}
		expect("dry", run(changed, true), "p unchanged, q updated description", "r updated order expiresAt, s updated actions")
		before := b.automation()
		expect("changed", run(changed, false), "p unchanged, q updated description", "r updated order expiresAt, s updated actions")
		after := b.automation()
		if before.Rules[0].ID != after.Rules[0].ID || after.Rules[0].Version != 2 || after.Rules[0].ExpiresAt != nil || *after.Rules[0].Actions[0].ApplyPlaybook != *before.Rules[0].Actions[0].ApplyPlaybook {
			t.Errorf("got %+v, was %+v", after.Rules[0], before.Rules[0])
		}

		// What is wrong is told all at once, and nothing is done.
		refuse := func(what string, edit func(*incident.Bundle), paths ...string) {
			t.Helper()
			bad, head := bundle(), mustHead(t, b.service, b.boss)
			bad.Rules[0].ExpiresAt = nil
			bad.Playbooks = append(bad.Playbooks, incident.PlaybookInput{Name: "new " + what, Steps: []incident.PlaybookStepInput{{Title: "s"}}})
			edit(&bad)
			for _, dry := range []bool{true, false} {
				_, err := b.service.ImportBundle(b.ctx, b.boss, bad, dry)
				faults, _ := errors.AsType[incident.Refusal](err)
				var got []string
				for _, f := range faults {
					got = append(got, pathOf(f))
				}
				if !slices.Equal(got, paths) {
					t.Errorf("%s: got %q, %v, want %q", what, got, err, paths)
				}
			}
			if got := mustHead(t, b.service, b.boss); got != head || !reflect.DeepEqual(b.automation(), after) {
				t.Errorf("%s wrote up to %d, want %d", what, got, head)
			}
		}
		refuse("twice", func(in *incident.Bundle) {
			in.Playbooks[1].Name = "p"
			in.Rules[1].Name = " r"
		}, "input.playbooks.1.name", "input.rules.1.name")
		refuse("shapes", func(in *incident.Bundle) {
			in.Playbooks[1].Steps[0].Title = ""
			in.Rules[1].Actions = nil
		}, "input.playbooks.1.steps.0.title", "input.rules.1.actions")
		refuse("references", func(in *incident.Bundle) {
			in.Playbooks[0].Steps[1].AssigneeID = ptr("act_none")
			in.Rules[0].Actions = []incident.RuleAction{appliesBook("nowhere"), callsHook("none"), adds("l")}
			in.Rules[1].Actions = []incident.RuleAction{{SetOwner: &incident.SetOwnerAction{OwnerID: ptr("act_none")}}}
		}, "input.playbooks.0.steps.1.assigneeId", "input.rules.0.actions.0.applyPlaybook.playbookId",
			"input.rules.0.actions.1.callWebhook.webhookId", "input.rules.1.actions.0.setOwner.ownerId")
		refuse("expired", func(in *incident.Bundle) { in.Rules[0].ExpiresAt = ptr(b.now()) }, "input.rules.0.expiresAt")
		refuse("loops", func(in *incident.Bundle) {
			in.Rules[0].Trigger, in.Rules[0].Actions = incident.OnIncidentUpdated, []incident.RuleAction{adds("x"), removes("x")}
		}, "input.rules.0.actions.0")
	})
}
