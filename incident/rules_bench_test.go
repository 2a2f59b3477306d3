package incident_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// counted is a service and the statements that its writer has made.
type counted struct {
	service    *incident.Service
	statements atomic.Int64
}

func openCounted(b *testing.B, url string) *counted {
	b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := db.Migrate(ctx, url); err != nil {
		b.Fatal(err)
	}
	c := &counted{}
	store, err := db.Open(ctx, url, db.Options{Log: zerolog.Nop(), NoHints: true, Observe: func(_ context.Context, operation string, _ time.Duration, _ bool) {
		if operation != "BEGIN" && operation != "COMMIT" {
			c.statements.Add(1)
		}
	}})
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- store.Run(ctx) }()
	b.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
		_ = store.Close()
	})
	c.service = incident.New(store, nil)
	return c
}

// withRules defines a playbook of eight steps and n rules that look at the
// title, none of which fits but, where matching, the last.
func (c *counted) withRules(b *testing.B, n int, matching bool) {
	b.Helper()
	bundle := incident.Bundle{Playbooks: []incident.PlaybookInput{{Name: "standard"}}}
	for step := range 8 {
		bundle.Playbooks[0].Steps = append(bundle.Playbooks[0].Steps, incident.PlaybookStepInput{Title: fmt.Sprintf("step %d", step)})
	}
	for r := range n {
		title := fmt.Sprintf("alert number %d", r)
		if matching && r == n-1 {
			title = "the alert"
		}
		bundle.Rules = append(bundle.Rules, incident.RuleInput{
			Name: title, Trigger: incident.OnIncidentCreated,
			Condition: &incident.Condition{Property: &incident.PropertyCondition{
				Property: incident.PropIncidentTitle, ValueTest: incident.ValueTest{Operator: incident.OpEquals, Values: []string{title}},
			}},
			Actions: []incident.RuleAction{{ApplyPlaybook: &incident.ApplyPlaybookAction{PlaybookID: "standard"}}},
		})
	}
	if _, err := c.service.ImportBundle(b.Context(), person("boss", incident.RoleAdmin), bundle, false); err != nil {
		b.Fatal(err)
	}
}

func (c *counted) create(b *testing.B) {
	p, err := c.service.CreateIncident(b.Context(), person("alice"), incident.CreateIncidentInput{Title: "The alert", Severity: incident.SeverityHigh})
	if err != nil || len(p.Errors) > 0 {
		b.Fatal(err, p.Errors)
	}
}

// What rules cost whoever creates an incident: one by one, in turn with a store
// that has no rules, to which the ratio is. Statements are those of both reads
// and writes, without BEGIN and COMMIT; the store's own looking for new events
// (four a second) is among them.
func BenchmarkCreateWithRules(b *testing.B) {
	for _, engine := range []struct {
		name string
		url  func(testing.TB) string
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}} {
		for _, rules := range []int{0, 1, 50, 500} {
			for _, matching := range []bool{false, true} {
				if matching && rules == 0 {
					continue
				}
				b.Run(fmt.Sprintf("%s/%d/matching=%t", engine.name, rules, matching), func(b *testing.B) {
					without, with := openCounted(b, engine.url(b)), openCounted(b, engine.url(b))
					with.withRules(b, rules, matching)
					without.create(b)
					with.create(b)
					var base, cost time.Duration
					statements := with.statements.Load()
					b.ResetTimer()
					for range b.N {
						start := time.Now()
						without.create(b)
						base += time.Since(start)
						start = time.Now()
						with.create(b)
						cost += time.Since(start)
					}
					b.ReportMetric(float64(cost)/float64(base), "ratio")
					b.ReportMetric(float64(cost.Microseconds())/float64(b.N), "µs/create")
					b.ReportMetric(float64(with.statements.Load()-statements)/float64(b.N), "statements/create")
				})
			}
		}
	}
}
