package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// A rule and incidents that are made in one transaction: those behind the rule
// are subject to it, those before it are not.
func TestRuleAndIncidentsInOneBatch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		if err := createIncident(t.Context(), s); err != nil { // makes alice known
			t.Fatal(err)
		}
		before, behind := 0, 0
		for round := 0; before == 0 || behind == 0; round++ {
			if round == 200 {
				t.Fatalf("in 200 batches, %d incidents came before their rule and %d behind it", before, behind)
			}
			release := held(t, s)
			var work sync.WaitGroup
			asked := make(chan struct{}, 5)
			for range 2 {
				work.Go(func() {
					asked <- struct{}{}
					if err := createIncident(t.Context(), s); err != nil {
						t.Error(err)
					}
				})
			}
			var rule incident.Rule
			work.Go(func() {
				asked <- struct{}{}
				rule = createRule(t, s, marking(fmt.Sprint("R", round)))
			})
			for range 2 {
				work.Go(func() {
					asked <- struct{}{}
					if err := createIncident(t.Context(), s); err != nil {
						t.Error(err)
					}
				})
			}
			for range 5 {
				<-asked
			}
			release()
			work.Wait()
			deleteRule(t, s, rule.ID)
			events, err := s.DefinitionEvents(t.Context(), incident.SubjectRule, rule.ID)
			if err != nil {
				t.Fatal(err)
			}
			made := events[0]
			page, err := s.Log().Read(t.Context(), max(0, made.Position-20), 40)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page { // what has the same time was one transaction
				if e.Action == incident.IncidentCreated && e.RecordedAt.Equal(made.RecordedAt) {
					if e.Position < made.Position {
						before++
					} else {
						behind++
					}
				}
			}
		}
		if incidents, actions, err := actedByTheTrail(t, s, 0); err != nil || incidents < 5 || actions == 0 {
			t.Errorf("%d incidents, %d actions of rules, %v", incidents, actions, err)
		}
		t.Logf("%d incidents before the rule of their batch, %d behind it", before, behind)
		verify(t, s)
	})
}

// What a transaction was to define that did not come about is not kept in
// memory.
func TestFailedBatchDefinesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		kept := createRule(t, s, marking("kept"))
		// define saves a rule past the service, and then whatever else.
		define := func(id, name string, then func(tx incident.Tx) error) error {
			return s.Update(context.Background(), incident.Needs{}, func(tx incident.Tx) error {
				in := marking(name)
				r := incident.Rule{
					Definition: incident.Definition{ID: id, Name: name, CreatedAt: tx.Now(), CreatedByID: kept.CreatedByID, UpdatedAt: tx.Now(), UpdatedByID: kept.CreatedByID, Version: 1},
					Order:      100, Enabled: true, Trigger: in.Trigger, Actions: in.Actions,
				}
				tx.SaveRule(r, ruleCreated(r))
				if got := tx.Automation().Rules; !slices.ContainsFunc(got, func(o incident.Rule) bool { return o.ID == id }) {
					t.Errorf("the change does not see its own rule %s", id)
				}
				return then(tx)
			})
		}
		errRule := errors.New("a rule says no")
		fine := func(incident.Tx) error { return nil }
		poison := func(tx incident.Tx) error {
			i := incident.Incident{ID: "inc_poison", Number: 7, Title: "x", Severity: incident.SeverityLow, Status: incident.IncidentNew, CreatedByID: "act_none", UpdatedByID: "act_none", Version: 1, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
			tx.SaveIncident(i, event(tx, i))
			return nil
		}
		attempts := []struct {
			name   string
			define func() error
		}{
			{"refused", func() error { return define("rul_refused", "refused", func(incident.Tx) error { return errRule }) }},
			{"panics", func() error { return define("rul_panics", "panics", func(incident.Tx) error { panic("x") }) }},
			{"has a key that fails", func() error { return define("rul_poison", "poison", poison) }},
			{"has a name that is taken", func() error { return define("rul_twice", "kept", fine) }},
		}
		for _, together := range []bool{false, true} {
			release := func() {}
			if together { // with each other and with one that is in order
				release = held(t, s)
			}
			var work sync.WaitGroup
			asked := make(chan struct{}, len(attempts)+1)
			for _, a := range attempts {
				work.Go(func() {
					asked <- struct{}{}
					if err := a.define(); err == nil {
						t.Errorf("a rule that %s was made", a.name)
					}
				})
				if !together {
					work.Wait()
				}
			}
			good := fmt.Sprint("good ", together)
			work.Go(func() {
				asked <- struct{}{}
				createRule(t, s, marking(good))
			})
			for range cap(asked) {
				<-asked
			}
			release()
			work.Wait()
			if err := createIncident(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		incidents, actions, err := actedByTheTrail(t, s, 0)
		if err != nil || incidents != 2 || actions != 5 { // two rules at the first, three at the second
			t.Errorf("%d incidents, %d actions, %v, want 2 and 5", incidents, actions, err)
		}
		set, err := s.Automation(t.Context())
		if err != nil || len(set.Rules) != 3 {
			t.Errorf("%+v, %v, want 3 rules", set, err)
		}
		verify(t, s)
	})
}

// ruleCreated records the creation of r, for rules that the service would not
// make.
func ruleCreated(r incident.Rule) *audit.Event {
	return &audit.Event{
		Header: audit.Header{
			RecordedAt: r.CreatedAt, Action: incident.RuleCreated, SubjectKind: incident.SubjectRule, SubjectID: r.ID, SubjectVersion: 1,
			ActorKind: "USER", ActorID: r.CreatedByID,
		},
		Payload: audit.Payload{ActorName: "nobody", Changes: []audit.Change{}},
	}
}

// However many rules there are, creating an incident that none of them is for
// takes the same statements.
func TestRulesCostNoStatements(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		var mu sync.Mutex
		var made []string
		counting := false
		s := open(t, url, db.Options{NoHints: true, Observe: func(ctx context.Context, operation string, _ time.Duration, _ bool) {
			mu.Lock()
			defer mu.Unlock()
			// The server itself looks for new events, under a context of its own.
			if counting && ctx.Value(counted{}) != nil {
				made = append(made, operation)
			}
		}})
		set := func(on bool) {
			mu.Lock()
			defer mu.Unlock()
			counting = on
		}
		ctx := context.WithValue(t.Context(), counted{}, true)
		other := marking("other")
		other.Condition = &incident.Condition{Property: &incident.PropertyCondition{Property: incident.PropIncidentTitle, ValueTest: incident.ValueTest{Operator: incident.OpEquals, Values: []string{"another"}}}}
		rules, first := 0, []string(nil)
		for _, want := range []int{0, 1, 500} {
			var work errgroup.Group
			work.SetLimit(64)
			for ; rules < want; rules++ {
				in := other
				in.Name = fmt.Sprint("R", rules)
				work.Go(func() error { createRule(t, s, in); return nil })
			}
			_ = work.Wait()
			if err := createIncident(ctx, s); err != nil { // what is read once is read
				t.Fatal(err)
			}
			made = nil
			set(true)
			if err := createIncident(ctx, s); err != nil {
				t.Fatal(err)
			}
			set(false)
			t.Logf("%d rules: %d statements: %v", want, len(made), made)
			if first == nil {
				first = made
			}
			// A second transaction would be one that reads the definitions.
			if begun := len(slices.DeleteFunc(slices.Clone(made), func(o string) bool { return o != "BEGIN" })); begun != 1 || !slices.Equal(made, first) {
				t.Errorf("with %d rules: %v, without any: %v", want, made, first)
			}
		}
	})
}

// counted marks the context of what a test counts.
type counted struct{}
