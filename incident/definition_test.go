package incident_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tasktrail/audit"
	"tasktrail/incident"
)

// defined are all events of definitions, oldest first.
func (b *bench) defined(id string) []*audit.Event {
	b.Helper()
	var out []*audit.Event
	for _, kind := range []string{incident.SubjectPlaybook, incident.SubjectRule, incident.SubjectWebhook, incident.SubjectServiceAccount} {
		events, err := b.store.DefinitionEvents(b.ctx, kind, id)
		b.ok(err, nil)
		out = append(out, events...)
	}
	return out
}

// A rule has versions that stay as they were; what is deleted stays readable,
// frees its name and never acts again.
func TestRuleVersions(t *testing.T) {
	eachBench(t, func(b *bench) {
		one := b.rule(incident.RuleInput{
			Name: " r ", Trigger: incident.OnIncidentCreated, Condition: every(where(incident.PropIncidentSeverity, "LOW"), where(incident.PropIncidentTitle, "I")),
			Actions: []incident.RuleAction{addsTask("a"), adds("x", "y")},
		})
		b.later(time.Second)
		update := func(in incident.UpdateRuleInput) *incident.DefinitionPayload[incident.Rule] {
			t.Helper()
			in.ID = one.ID
			p, err := b.service.UpdateRule(b.ctx, b.boss, in)
			b.ok(err, p.Errors)
			return p
		}
		two := *update(incident.UpdateRuleInput{
			Condition: optional(&incident.Condition{Any: []incident.Condition{where(incident.PropIncidentSeverity, "LOW")}}),
			Actions:   optional([]incident.RuleAction{removes("x")}), Name: set("renamed"), Order: optional(ptr(7)),
		}).Definition
		if two.Version != 2 || two.Order != 7 || !two.UpdatedAt.Equal(b.now()) || two.CreatedAt.Equal(b.now()) || one.Name != "r" {
			t.Errorf("got %+v after %+v", two, one)
		}
		if p := update(incident.UpdateRuleInput{Name: set("renamed "), Order: optional(ptr(7))}); p.Event != nil || p.Definition.Version != 2 {
			t.Errorf("the same again: got %+v, %+v", p.Definition, p.Event)
		}
		three := *update(incident.UpdateRuleInput{Condition: incident.Optional[*incident.Condition]{Set: true}}).Definition
		actors, err := b.store.ActorsByID(b.ctx, []string{one.AutomationActor(incident.KindAutomationRule).ID})
		if err != nil || len(actors) != 1 || actors[one.AutomationActor(incident.KindAutomationRule).ID].Name != "renamed" {
			t.Errorf("the rule acts as %+v, %v", actors, err)
		}
		missed, err := b.service.UpdateRule(b.ctx, b.boss, incident.UpdateRuleInput{Common: in{ExpectedVersion: ptr(1)}, ID: one.ID, Name: set("z")})
		b.refusedAt("in view of version 1", err, missed.Errors, incident.CodeConflict, "input.expectedVersion", "at version 3")
		if e, ok := missed.Errors[0].(*incident.ConflictError); !ok || len(e.Missed) != 2 || !reflect.DeepEqual(e.Current, &three) {
			t.Errorf("got %+v", missed.Errors)
		}
		nulls, err := b.service.UpdateRule(b.ctx, b.boss, incident.UpdateRuleInput{ID: one.ID, Actions: incident.Optional[[]incident.RuleAction]{Set: true}})
		b.refusedAt("no actions", err, nulls.Errors, incident.CodeValidation, "input.actions", "cannot be null")
		key := in{ClientMutationID: text("delete")}
		deleted, err := b.service.DeleteRule(b.ctx, b.boss, incident.DeleteDefinitionInput{Common: key, ID: one.ID})
		b.ok(err, deleted.Errors)
		again, err := b.service.DeleteRule(b.ctx, b.boss, incident.DeleteDefinitionInput{Common: key, ID: one.ID})
		b.ok(err, again.Errors)
		if !again.Replayed || !reflect.DeepEqual(again.Definition, deleted.Definition) || deleted.Definition.DeletedAt == nil {
			t.Errorf("deleting again: got %+v, want %+v", again.Definition, deleted.Definition)
		}
		gone, err := b.service.UpdateRule(b.ctx, b.boss, incident.UpdateRuleInput{ID: one.ID, Name: set("z")})
		b.refusedAt("after its deletion", err, gone.Errors, incident.CodeNotFound, "input.id", "rule")
		for version, want := range map[int]incident.Rule{1: one, 2: two, 3: three, 4: *deleted.Definition} {
			if got, err := b.service.Rule(b.ctx, b.alice, one.ID, &version); err != nil || !reflect.DeepEqual(*got, want) {
				t.Errorf("version %d: got %+v, %v, want %+v", version, got, err, want)
			}
		}
		if got, err := b.service.Rule(b.ctx, b.alice, one.ID, nil); err != nil || got.Version != 4 {
			t.Errorf("the newest: got %+v, %v", got, err)
		}
		if got, err := b.service.Rule(b.ctx, b.alice, one.ID, ptr(5)); err != nil || got != nil {
			t.Errorf("version 5: got %+v, %v", got, err)
		}
		if _, err := b.service.Rule(b.ctx, b.alice, one.ID, ptr(0)); err == nil {
			t.Error("version 0 was read")
		}
		b.rule(incident.RuleInput{Name: "renamed", Trigger: incident.OnIncidentUpdated, Actions: []incident.RuleAction{adds("q")}})
		if got := b.story(b.create().Incident.ID, 1); len(got) != 1 {
			t.Errorf("the deleted rule acted: %q", got)
		}
	})
}

// Names are unique within a kind, whoever comes first; what rules need cannot
// be deleted, and what they name must be there.
func TestNamesAndReferences(t *testing.T) {
	eachBench(t, func(b *bench) {
		book := b.playbook("x", incident.PlaybookStepInput{Title: "s"})
		hook, _ := b.webhook("x")
		r := b.rule(incident.RuleInput{Name: "x", Enabled: ptr(false), Trigger: incident.OnIncidentCreated, Actions: []incident.RuleAction{appliesBook(book.ID), callsHook(hook.ID)}})
		rule := incident.RuleInput{Name: " x", Trigger: incident.OnIncidentCreated, Actions: []incident.RuleAction{adds("l")}}
		create := func(r incident.RuleInput) []incident.MutationError {
			t.Helper()
			p, err := b.service.CreateRule(b.ctx, b.boss, incident.CreateRuleInput{Rule: r})
			if err != nil {
				t.Fatal(err)
			}
			return p.Errors
		}
		b.refusedAt("a rule's name", nil, create(rule), incident.CodeValidation, "input.rule.name", "another rule")
		rule.Name, rule.Actions = "y", []incident.RuleAction{adds("l"), appliesBook("pbk_none")}
		b.refusedAt("no playbook", nil, create(rule), incident.CodeNotFound, "input.rule.actions.1.applyPlaybook.playbookId", "playbook")
		rule.Actions = []incident.RuleAction{callsHook(book.ID)}
		b.refusedAt("no webhook", nil, create(rule), incident.CodeNotFound, "input.rule.actions.0.callWebhook.webhookId", "webhook")
		rule.Actions = []incident.RuleAction{{SetOwner: &incident.SetOwnerAction{OwnerID: ptr("act_none")}}}
		b.refusedAt("no owner", nil, create(rule), incident.CodeNotFound, "input.rule.actions.0.setOwner.ownerId", "actor")
		rule.Actions = []incident.RuleAction{addsTask("t")}
		rule.Actions[0].AddTask.AssigneeID = ptr("act_none")
		b.refusedAt("no assignee", nil, create(rule), incident.CodeNotFound, "input.rule.actions.0.addTask.assigneeId", "actor")
		rule.Actions, rule.ExpiresAt = []incident.RuleAction{adds("l")}, ptr(b.now())
		b.refusedAt("expired", nil, create(rule), incident.CodeValidation, "input.rule.expiresAt", "can never run")
		p, err := b.service.CreatePlaybook(b.ctx, b.boss, incident.CreatePlaybookInput{Playbook: incident.PlaybookInput{
			Name: "y", Steps: []incident.PlaybookStepInput{{Title: "s"}, {Title: "s", AssigneeID: ptr("act_none")}},
		}})
		b.refusedAt("no assignee", err, p.Errors, incident.CodeNotFound, "input.playbook.steps.1.assigneeId", "actor")
		p, err = b.service.DeletePlaybook(b.ctx, b.boss, incident.DeleteDefinitionInput{ID: book.ID})
		b.refusedAt("a playbook in use", err, p.Errors, incident.CodeValidation, "input.id", `the rule "x" needs this playbook`)
		h, err := b.service.DeleteWebhook(b.ctx, b.boss, incident.DeleteDefinitionInput{ID: hook.ID})
		b.refusedAt("a webhook in use", err, h.Errors, incident.CodeValidation, "input.id", `the rule "x" needs this webhook`)
		d, err := b.service.DeleteRule(b.ctx, b.boss, incident.DeleteDefinitionInput{ID: r.ID})
		b.ok(err, d.Errors)
		p, err = b.service.DeletePlaybook(b.ctx, b.boss, incident.DeleteDefinitionInput{ID: book.ID})
		b.ok(err, p.Errors)
		h, err = b.service.DeleteWebhook(b.ctx, b.boss, incident.DeleteDefinitionInput{ID: hook.ID})
		b.ok(err, h.Errors)
		a, err := b.service.ApplyPlaybook(b.ctx, b.alice, incident.ApplyPlaybookInput{IncidentID: b.create().Incident.ID, PlaybookID: book.ID})
		b.refusedAt("a deleted playbook", err, a.Errors, incident.CodeNotFound, "input.playbookId", "playbook")
		b.playbook("x", incident.PlaybookStepInput{Title: "s"})
		b.webhook("x")
	})
}

// A loop is refused when a rule is made, changed, enabled or imported.
func TestLoopsAreRefused(t *testing.T) {
	eachBench(t, func(b *bench) {
		severity := incident.PropIncidentSeverity
		one := incident.RuleInput{Name: "one", Trigger: incident.OnIncidentUpdated, Condition: ptr(becomes(severity, "HIGH")), Actions: []incident.RuleAction{adds("x"), rates(incident.SeverityLow)}}
		two := incident.RuleInput{Name: "two", Trigger: incident.OnIncidentUpdated, Condition: ptr(becomes(severity, "LOW")), Actions: []incident.RuleAction{rates(incident.SeverityHigh)}}
		first := b.rule(one)
		p, err := b.service.CreateRule(b.ctx, b.boss, incident.CreateRuleInput{Rule: two})
		b.refusedAt("making", err, p.Errors, incident.CodeValidation, "input.rule.actions.0", `"two", "one"`)
		two.Enabled = ptr(false)
		second := b.rule(two)
		p, err = b.service.UpdateRule(b.ctx, b.boss, incident.UpdateRuleInput{ID: second.ID, Enabled: optional(ptr(true))})
		b.refusedAt("enabling", err, p.Errors, incident.CodeValidation, "input.actions.0", "without end")
		p, err = b.service.UpdateRule(b.ctx, b.boss, incident.UpdateRuleInput{ID: second.ID, Condition: optional(ptr(becomes(severity, "MEDIUM"))), Enabled: optional(ptr(true))})
		b.ok(err, p.Errors)
		p, err = b.service.UpdateRule(b.ctx, b.boss, incident.UpdateRuleInput{ID: first.ID, Actions: optional([]incident.RuleAction{rates(incident.SeverityMedium)})})
		b.refusedAt("changing", err, p.Errors, incident.CodeValidation, "input.actions.0", `"one", "two"`)
		two.Enabled = nil
		_, err = b.service.ImportBundle(b.ctx, b.boss, incident.Bundle{Rules: []incident.RuleInput{two}}, false)
		errs, _ := errors.AsType[incident.Refusal](err)
		b.refusedAt("importing", nil, errs, incident.CodeValidation, "input.rules.0.actions.0", "without end")
		preview, err := b.service.PreviewRule(b.ctx, b.alice, incident.RuleInput{Name: "three", Trigger: incident.OnIncidentUpdated, Condition: two.Condition, Actions: two.Actions}, nil, nil)
		b.refusedAt("previewing", err, preview.Errors, incident.CodeValidation, "rule.actions.0", "without end")
		// The whole bundle counts, not the order in which it is taken over.
		one.Enabled = ptr(false)
		if _, err = b.service.ImportBundle(b.ctx, b.boss, incident.Bundle{Rules: []incident.RuleInput{two, one}}, false); err != nil {
			t.Errorf("importing one that is a loop only half-way: %v", err)
		}
	})
}

// A call is queued in the transaction of the change that set it off; secrets
// are told once and stand in no event.
func TestWebhookCalls(t *testing.T) {
	eachBench(t, func(b *bench) {
		hook, secret := b.webhook("hook")
		rotated, err := b.service.RotateWebhookSecret(b.ctx, b.boss, incident.RotateWebhookSecretInput{Common: in{ClientMutationID: text("k")}, ID: hook.ID})
		b.ok(err, rotated.Errors)
		again, err := b.service.RotateWebhookSecret(b.ctx, b.boss, incident.RotateWebhookSecretInput{Common: in{ClientMutationID: text("k")}, ID: hook.ID})
		b.ok(err, again.Errors)
		if again.Secret != nil || !again.Replayed || *rotated.Secret == secret || rotated.Definition.SecretVersion != 2 || !strings.HasPrefix(secret, "whsec_") {
			t.Errorf("rotated: %+v, again: %+v", rotated, again)
		}
		r := b.rule(incident.RuleInput{Name: "r", Trigger: incident.OnTaskCompleted, Actions: []incident.RuleAction{callsHook(hook.ID), adds("x"), callsHook(hook.ID)}})
		i := b.create().Incident
		task := mustDo(t, b.service, b.alice, "addTask", i.ID).thing.(*incident.Task).ID
		b.later(time.Second)
		mustDo(t, b.service, b.alice, "completeTask", task)
		b.expectStory("calls", i.ID, 3, "TASK_COMPLETED", "WEBHOOK_CALLED by AUTOMATION_RULE r v1 because of 3",
			`INCIDENT_UPDATED labels→["x"] by AUTOMATION_RULE r v1 because of 3`, "WEBHOOK_CALLED by AUTOMATION_RULE r v1 because of 3")
		calls, err := b.store.Deliveries(b.ctx, hook.ID, incident.PageQuery{Limit: 10})
		b.ok(err, nil)
		events := b.events(i.ID)
		var positions []int64
		for _, d := range calls.Items {
			positions = append(positions, d.Position)
			body := fmt.Sprintf(`{"type":"rule.matched","timestamp":"2026-11-25T08:00:01Z","data":{"ruleId":"%s","ruleVersion":1,"trigger":"TASK_COMPLETED","incidentId":"%s","incidentNumber":%d,"taskId":"%s"}}`, r.ID, i.ID, i.Number, task)
			if string(d.Body) != body || d.State != incident.DeliveryPending || !d.NextAttemptAt.Equal(b.now()) {
				t.Errorf("got %+v with %s, want %s", d, d.Body, body)
			}
			if e := events[d.Position-events[0].Position]; !bytes.Contains(e.PayloadText, []byte(d.ID)) {
				t.Errorf("event %d does not name the call: %s", d.Position, e.PayloadText)
			}
		}
		slices.Sort(positions)
		if want := []int64{events[3].Position, events[5].Position}; !slices.Equal(positions, want) {
			t.Errorf("the calls belong to %v, want %v", positions, want)
		}
		due, err := b.store.DueDeliveries(b.ctx, b.now(), nil, 10)
		b.ok(err, nil)
		if len(due) != 2 || due[0].Secret != *rotated.Secret || due[0].URL != hook.URL {
			t.Errorf("due are %+v", due)
		}
		off, err := b.service.UpdateWebhook(b.ctx, b.boss, incident.UpdateWebhookInput{ID: hook.ID, Enabled: optional(ptr(false))})
		b.ok(err, off.Errors)
		mustDo(t, b.service, b.alice, "reopenTask", task)
		mustDo(t, b.service, b.alice, "completeTask", task)
		if why := b.why(i.ID); len(why) != 2 || !strings.Contains(why[1], `"action":3,"stopped":"ACTION","message":"webhook `+hook.ID+` is not enabled"`) {
			t.Errorf("got %q", why)
		}
		for _, e := range append(b.events(i.ID), b.defined("")...) {
			if bytes.Contains(e.PayloadText, []byte("whsec")) || bytes.Contains(e.PayloadText, []byte(strings.TrimPrefix(secret, "whsec_"))) {
				t.Errorf("a secret stands in %s", e.PayloadText)
			}
		}
	})
}
