package incident_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// bench is a store with people, for automation to be tried on. What the trail
// holds at the end of a test is verified.
type bench struct {
	*testing.T
	ctx         context.Context
	store       *db.Store
	service     *svc
	boss, alice who
	at          atomic.Int64 // the time, in microseconds
}

// eachBench runs f on both engines.
func eachBench(t *testing.T, f func(b *bench)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, url string) { f(benchOn(t, url)) })
}

// benchOn returns a bench on a database.
func benchOn(t *testing.T, url string) *bench {
	t.Helper()
	b := &bench{T: t, ctx: context.Background(), boss: person("boss", incident.RoleAdmin), alice: person("alice")}
	b.boss.RequestID, b.alice.RequestID = "request of boss", "request of alice"
	b.at.Store(time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC).UnixMicro())
	b.store, b.service = openAt(t, url, func() time.Time { return time.UnixMicro(b.at.Load()).UTC() })
	t.Cleanup(func() {
		if _, err := b.store.Verify(b.ctx, db.VerifyOptions{}); err != nil {
			t.Errorf("verify: %v", err)
		}
	})
	for _, v := range []who{b.boss, b.alice} {
		if err := b.service.Admit(b.ctx, v); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// later lets time pass.
func (b *bench) later(d time.Duration) { b.at.Add(d.Microseconds()) }

func (b *bench) now() time.Time { return time.UnixMicro(b.at.Load()).UTC() }

// ok ends the test unless a change was carried out.
func (b *bench) ok(err error, errs []incident.MutationError) {
	b.Helper()
	if err != nil || len(errs) > 0 {
		b.Fatalf("got %v, %v", errs, err)
	}
}

func (b *bench) rule(r incident.RuleInput) incident.Rule {
	b.Helper()
	p, err := b.service.CreateRule(b.ctx, b.boss, incident.CreateRuleInput{Rule: r})
	b.ok(err, p.Errors)
	return *p.Definition
}

func (b *bench) playbook(name string, steps ...incident.PlaybookStepInput) incident.Playbook {
	b.Helper()
	p, err := b.service.CreatePlaybook(b.ctx, b.boss, incident.CreatePlaybookInput{Playbook: incident.PlaybookInput{Name: name, Steps: steps}})
	b.ok(err, p.Errors)
	return *p.Definition
}

func (b *bench) webhook(name string) (incident.Webhook, string) {
	b.Helper()
	p, err := b.service.CreateWebhook(b.ctx, b.boss, incident.CreateWebhookInput{Webhook: incident.WebhookInput{Name: name, URL: "https://example.com/" + name}})
	b.ok(err, p.Errors)
	return *p.Definition, *p.Secret
}

// clear deletes all rules.
func (b *bench) clear() {
	b.Helper()
	for _, r := range b.automation().Rules {
		p, err := b.service.DeleteRule(b.ctx, b.boss, incident.DeleteDefinitionInput{ID: r.ID})
		b.ok(err, p.Errors)
	}
}

func (b *bench) automation() *incident.Automation {
	b.Helper()
	set, err := b.store.Automation(b.ctx)
	b.ok(err, nil)
	return set
}

// create makes an incident as alice; edits change its input.
func (b *bench) create(edits ...func(*incident.CreateIncidentInput)) *incident.IncidentPayload {
	b.Helper()
	in := incident.CreateIncidentInput{Title: "I", Severity: incident.SeverityLow}
	for _, edit := range edits {
		edit(&in)
	}
	p, err := b.service.CreateIncident(b.ctx, b.alice, in)
	b.ok(err, p.Errors)
	return p
}

// update changes an incident as alice.
func (b *bench) update(in incident.UpdateIncidentInput) *incident.IncidentPayload {
	b.Helper()
	p, err := b.service.UpdateIncident(b.ctx, b.alice, in)
	b.ok(err, p.Errors)
	return p
}

func (b *bench) apply(in incident.ApplyPlaybookInput) *incident.ApplyPlaybookPayload {
	b.Helper()
	p, err := b.service.ApplyPlaybook(b.ctx, b.alice, in)
	b.ok(err, p.Errors)
	return p
}

// tasks are those of an incident, in order, without their order keys.
func (b *bench) tasks(id string) []incident.Task {
	b.Helper()
	lists, err := b.store.TaskLists(b.ctx, incident.TaskListQuery{IncidentIDs: []string{id}, Page: incident.PageQuery{Limit: incident.MaxPage}})
	b.ok(err, nil)
	return keyless(lists[id].Items)
}

func keyless(tasks []incident.Task) []incident.Task {
	tasks = slices.Clone(tasks)
	for n := range tasks {
		tasks[n].OrderKey = ""
	}
	return tasks
}

func (b *bench) titles(id string) []string {
	b.Helper()
	var out []string
	for _, t := range b.tasks(id) {
		out = append(out, t.Title)
	}
	return out
}

func (b *bench) incident(id string) incident.Incident {
	b.Helper()
	read, err := b.store.IncidentsByID(b.ctx, []string{id})
	b.ok(err, nil)
	return read[id]
}

// events are those of an incident, oldest first.
func (b *bench) events(id string) []*audit.Event {
	b.Helper()
	events, err := b.store.IncidentEvents(b.ctx, id, math.MaxInt64)
	b.ok(err, nil)
	return events
}

// story tells the events of an incident from number n on, counted from 1: what
// happened, to which field or task, and for automation who did it because of
// which event.
func (b *bench) story(id string, n int) []string {
	b.Helper()
	var out []string
	number := map[int64]int{}
	for i, e := range b.events(id) {
		number[e.Position] = i + 1
		words := []string{string(e.Action)}
		for _, c := range e.Payload.Changes {
			switch {
			case c.Field == "automation":
				var s struct{ Stopped string }
				b.ok(json.Unmarshal(c.To, &s), nil)
				words = append(words, s.Stopped)
			case c.Field == "title" && e.Action == incident.TaskAdded:
				words = append(words, string(c.To))
			case e.Action == incident.IncidentUpdated:
				words = append(words, fmt.Sprintf("%s→%s", c.Field, c.To))
			}
		}
		if by := e.Payload.Automation; by != nil {
			words = append(words, fmt.Sprintf("by %s %s v%d", e.ActorKind, e.Payload.ActorName, by.Version))
		}
		if cause := e.Payload.CausedBy; cause != 0 {
			words = append(words, fmt.Sprintf("because of %d", number[cause]))
		}
		if i+1 >= n {
			out = append(out, strings.Join(words, " "))
		}
	}
	return out
}

// expectStory compares the story with what is wanted.
func (b *bench) expectStory(what, id string, from int, want ...string) {
	b.Helper()
	if got := b.story(id, from); !slices.Equal(got, want) {
		b.Errorf("%s: got\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// refusedAt reports whether there is one refusal of the kind, at a path with
// dots, that says words.
func (b *bench) refusedAt(what string, err error, errs []incident.MutationError, code incident.MutationErrorCode, path, words string) {
	b.Helper()
	if err != nil || len(errs) != 1 || errs[0].Code() != code || !strings.Contains(errs[0].Error(), words) || pathOf(errs[0]) != path {
		b.Errorf("%s: got %v, %v, want %s at %s: %q", what, errs, err, code, path, words)
	}
}

func pathOf(e incident.MutationError) string {
	var path []string
	switch e := e.(type) {
	case *incident.ValidationError:
		path = e.Path
	case *incident.NotFoundError:
		path = e.Path
	case *incident.ConflictError:
		path = e.Path
	case *incident.IdempotencyError:
		path = e.Path
	case *incident.OpenTasksError:
		path = e.Path
	}
	return strings.Join(path, ".")
}
