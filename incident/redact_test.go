package incident_test

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tasktrail/audit"
	"tasktrail/incident"
)

// redact removes what events say.
func (b *bench) redact(positions ...int64) {
	b.Helper()
	for _, position := range positions {
		p, err := b.service.RedactEvent(b.ctx, b.boss, incident.RedactEventInput{Common: incident.Common{Reason: text("r")}, Position: position})
		b.ok(err, p.Errors)
	}
}

func keyed(key string) incident.Common { return incident.Common{ClientMutationID: &key} }

// What a redaction records, and what it refuses.
func TestRedactEvent(t *testing.T) {
	eachBench(t, func(b *bench) {
		i := b.create()
		book := b.playbook("p", incident.PlaybookStepInput{Title: "s"})
		try := func(in incident.RedactEventInput) (*incident.RedactEventPayload, error) {
			return b.service.RedactEvent(b.ctx, b.boss, in)
		}
		reason := incident.Common{Reason: text("r"), ExpectedVersion: ptr(0)}
		p, err := try(incident.RedactEventInput{Common: reason, Position: i.Event.Position})
		b.ok(err, p.Errors)
		e := p.Event
		want := []audit.Change{{Field: "payload", From: []byte(`["number","title","severity","status","labels"]`), To: []byte("null")}}
		if e.Action != incident.EventRedacted || e.SubjectKind != "event" || e.SubjectID != incident.IDOf(i.Event) || e.SubjectVersion != 1 ||
			e.IncidentID != i.Incident.ID || e.ActorID != b.boss.Actor.ID || e.Payload.Reason != "r" || !reflect.DeepEqual(e.Payload.Changes, want) {
			t.Errorf("recorded is %+v", e)
		}
		events, err := b.store.DefinitionEvents(b.ctx, incident.SubjectPlaybook, book.ID)
		b.ok(err, nil)
		p, err = try(incident.RedactEventInput{Common: reason, Position: events[0].Position})
		b.ok(err, p.Errors)
		if p.Event.IncidentID != "" {
			t.Errorf("the redaction of a definition's event belongs to %s", p.Event.IncidentID)
		}

		refused := func(what string, in incident.RedactEventInput, code incident.MutationErrorCode, path, words string) {
			t.Helper()
			p, err := try(in)
			b.refusedAt(what, err, p.Errors, code, path, words)
			if p.RedactedEvent != nil || p.Event != nil {
				t.Errorf("%s: got %+v", what, p)
			}
		}
		open := int64(1)
		refused("no reason", incident.RedactEventInput{Position: open}, incident.CodeValidation, "input.reason", "from 1 to 2000 characters")
		refused("white space", incident.RedactEventInput{Common: incident.Common{Reason: text(" \n")}, Position: open}, incident.CodeValidation, "input.reason", "from 1 to 2000 characters")
		refused("too long", incident.RedactEventInput{Common: incident.Common{Reason: text(strings.Repeat("x", 2001))}, Position: open}, incident.CodeValidation, "input.reason", "at most 2000 characters")
		refused("no position", incident.RedactEventInput{Common: reason}, incident.CodeValidation, "input.position", "at least 1")
		refused("nothing there", incident.RedactEventInput{Common: reason, Position: 999}, incident.CodeNotFound, "input.position", "no such event")
		refused("expected to be as it was", incident.RedactEventInput{Common: reason, Position: i.Event.Position}, incident.CodeConflict, "input.expectedVersion", "version 0 was expected")
		refused("expected to be redacted", incident.RedactEventInput{Common: incident.Common{Reason: text("r"), ExpectedVersion: ptr(1)}, Position: e.Position}, incident.CodeConflict, "input.expectedVersion", "at version 0")
		refused("a key used for something else", incident.RedactEventInput{Common: incident.Common{Reason: text("r"), ClientMutationID: text("k")}, Position: func() int64 {
			p, err := try(incident.RedactEventInput{Common: incident.Common{Reason: text("r"), ClientMutationID: text("k")}, Position: e.Position})
			b.ok(err, p.Errors)
			return i.Event.Position
		}()}, incident.CodeIdempotencyKey, "input.clientMutationId", "already used")
	})
}

// A mutation sent again answers, although what it did was redacted: unknown
// fields are as they are now, the rest is as it was then.
func TestReplayOfTheRedacted(t *testing.T) {
	eachBench(t, func(b *bench) {
		book := b.playbook("book", incident.PlaybookStepInput{Title: "s1"}, incident.PlaybookStepInput{Title: "s2"})
		b.rule(incident.RuleInput{Name: "rates", Order: ptr(1), Trigger: incident.OnIncidentCreated, Actions: []incident.RuleAction{rates(incident.SeverityHigh), adds("a")}})
		create := func() *incident.IncidentPayload {
			return b.create(func(in *incident.CreateIncidentInput) {
				in.Common, in.Title, in.Description = keyed("create"), "title then", text("description")
			})
		}
		first := create()
		id := first.Incident.ID
		apply := func() *incident.ApplyPlaybookPayload {
			return b.apply(incident.ApplyPlaybookInput{Common: keyed("apply"), IncidentID: id, PlaybookID: book.ID})
		}
		applied := apply()
		add := func() *incident.TaskPayload {
			p, err := b.service.AddTask(b.ctx, b.alice, incident.AddTaskInput{Common: keyed("add"), IncidentID: id, Title: "task then"})
			b.ok(err, p.Errors)
			return p
		}
		added := add()
		b.later(time.Minute)
		b.update(incident.UpdateIncidentInput{ID: id, Title: set("title now"), Severity: incident.Optional[*incident.IncidentSeverity]{Set: true, Value: ptr(incident.SeverityMedium)}})
		moved, err := b.service.UpdateTask(b.ctx, b.alice, incident.UpdateTaskInput{ID: added.Task.ID, Title: set("task now")})
		b.ok(err, moved.Errors)

		var all []int64
		for _, e := range b.events(id) {
			all = append(all, e.Position)
		}
		for n, redacted := range append(slices.Clone(all), -1) {
			if redacted > 0 {
				b.redact(redacted)
			}
			// The same with more and more of it gone, to the last event.
			what := fmt.Sprintf("without the first %d events", n+1)
			again := create()
			i := again.Incident
			if !again.Replayed || again.Event.Position != first.Event.Position || i.ID != id || i.Number != 1 || i.Title != "title now" ||
				*i.Description != "description" || i.Version != first.Incident.Version {
				t.Errorf("%s: createIncident answers %+v", what, again.Incident)
			}
			// Once it is gone that a rule rated it, that is as now.
			if want := map[bool]incident.IncidentSeverity{true: incident.SeverityHigh, false: incident.SeverityMedium}[n == 0]; i.Severity != want {
				t.Errorf("%s: the severity is %s, want %s", what, i.Severity, want)
			}
			reapplied := apply()
			titles := []string{}
			for _, t := range reapplied.Tasks {
				titles = append(titles, t.Title)
			}
			if !reapplied.Replayed || !slices.Equal(titles, []string{"s1", "s2"}) || reapplied.Incident.Version != applied.Incident.Version {
				t.Errorf("%s: applyPlaybook answers %v and %+v", what, titles, reapplied.Incident)
			}
			readded := add()
			if want := map[bool]string{true: "task then", false: "task now"}[redacted < added.Event.Position && redacted > 0]; !readded.Replayed || readded.Task.Title != want || readded.Task.Version != 1 {
				t.Errorf("%s: addTask answers %+v, want %s", what, readded.Task, want)
			}
		}
	})
}

// Former versions of definitions, and deleted ones, have what is left of them.
func TestVersionsOfTheRedacted(t *testing.T) {
	eachBench(t, func(b *bench) {
		create := func() *incident.DefinitionPayload[incident.Rule] {
			p, err := b.service.CreateRule(b.ctx, b.boss, incident.CreateRuleInput{Common: keyed("k"), Rule: incident.RuleInput{
				Name: "then", Description: text("d"), Order: ptr(3), Trigger: incident.OnIncidentCreated, Actions: []incident.RuleAction{adds("a")},
			}})
			b.ok(err, p.Errors)
			return p
		}
		first := create()
		id := first.Definition.ID
		renamed, err := b.service.UpdateRule(b.ctx, b.boss, incident.UpdateRuleInput{ID: id, Name: set("now")})
		b.ok(err, renamed.Errors)
		gone, err := b.service.DeleteRule(b.ctx, b.boss, incident.DeleteDefinitionInput{ID: id})
		b.ok(err, gone.Errors)
		b.redact(first.Event.Position)
		for version, want := range map[int]string{1: "now", 2: "now", 3: "now"} {
			r, err := b.service.Rule(b.ctx, b.alice, id, &version)
			b.ok(err, nil)
			if r.Name != want || *r.Description != "d" || r.Order != 3 || r.Trigger != incident.OnIncidentCreated || len(r.Actions) != 1 || r.Version != version || (r.DeletedAt != nil) != (version == 3) {
				t.Errorf("version %d: got %+v", version, r)
			}
		}
		b.redact(renamed.Event.Position, gone.Event.Position)
		if r, err := b.service.Rule(b.ctx, b.alice, id, nil); err != nil || r.Name != "now" || r.DeletedAt == nil {
			t.Errorf("the newest: got %+v, %v", r, err)
		}
		if again := create(); !again.Replayed || again.Definition.ID != id || again.Definition.Name != "now" {
			t.Errorf("createRule answers %+v", again)
		}
		// The name is free, as the table says, and definitions change on.
		b.rule(incident.RuleInput{Name: "now", Trigger: incident.OnIncidentCreated, Actions: []incident.RuleAction{adds("b")}})
		if i := b.incident(b.create().Incident.ID); !slices.Equal(i.Labels, []string{"b"}) {
			t.Errorf("labels %v, want b", i.Labels)
		}
	})
}

var withoutEvents = regexp.MustCompile(` →\d+`)

// Whichever events of an incident or of a rule are redacted: what rules did can
// be told as far as it is left, why they did nothing is not made up, and a
// preview answers.
func TestRulesForTheRedacted(t *testing.T) {
	eachBench(t, func(b *bench) {
		book := b.playbook("book", incident.PlaybookStepInput{Title: "s1"}, incident.PlaybookStepInput{Title: "s2"})
		b.rule(incident.RuleInput{Name: "rates", Order: ptr(1), Trigger: incident.OnIncidentCreated, Actions: []incident.RuleAction{rates(incident.SeverityHigh)}})
		b.rule(incident.RuleInput{Name: "labels", Order: ptr(2), Trigger: incident.OnIncidentCreated, Actions: []incident.RuleAction{appliesBook(book.ID), adds("a")}})
		b.rule(incident.RuleInput{
			Name: "never", Order: ptr(3), Trigger: incident.OnIncidentUpdated,
			Condition: ptr(becomes(incident.PropIncidentSeverity, "LOW")), Actions: []incident.RuleAction{adds("b")},
		})
		make := func() (string, []int64) {
			i := b.create()
			var positions []int64
			for _, e := range b.events(i.Incident.ID) {
				positions = append(positions, e.Position)
			}
			return i.Incident.ID, positions
		}
		id, positions := make()
		whole := b.explained(id)
		b.expectExplained("nothing redacted", id, whole...)
		if !strings.Contains(whole[0], "RAN") || !strings.Contains(whole[2], "UNMET") {
			t.Fatalf("got %v", whole)
		}
		for n := range positions {
			id, positions := make()
			b.redact(positions[n])
			got := b.explained(id)
			for r, line := range got {
				known := withoutEvents.ReplaceAllString(whole[r], "") // nothing tells what a redacted one was caused by
				if withoutEvents.ReplaceAllString(line, "") != known && !strings.Contains(line, "UNKNOWN") {
					t.Errorf("event %d redacted: got %s, want %s, or that it is unknown", n+1, line, whole[r])
				}
			}
			p, err := b.service.PreviewRule(b.ctx, b.alice, incident.RuleInput{Name: "new", Trigger: incident.OnIncidentUpdated, Actions: []incident.RuleAction{adds("c"), addsTask("t")}}, &id, nil)
			b.ok(err, p.Errors)
			if runs := p.Incidents[0].Runs; len(runs) != 2 || runs[0].Unmet != nil {
				t.Errorf("event %d redacted: a preview has %+v", n+1, runs)
			}
		}
		id, positions = make()
		b.redact(positions...)
		for _, line := range b.explained(id) {
			if strings.Contains(line, "UNMET") || strings.Contains(line, "NO_EFFECT") {
				t.Errorf("all redacted: %s", line)
			}
		}
		// The rule itself.
		events, err := b.store.DefinitionEvents(b.ctx, incident.SubjectRule, "")
		b.ok(err, nil)
		b.redact(events[2].Position)
		id, _ = make()
		if got := b.explained(id); !strings.Contains(got[2], "UNKNOWN") || got[0] != whole[0] {
			t.Errorf("a rule redacted: got %v", got)
		}
	})
}
