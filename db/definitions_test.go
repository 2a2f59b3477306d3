package db_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// marking is a rule that puts a task with its name on every new incident.
func marking(name string) incident.RuleInput {
	return incident.RuleInput{Name: name, Trigger: incident.OnIncidentCreated, Actions: []incident.RuleAction{{AddTask: &incident.AddTaskAction{TaskTemplate: incident.TaskTemplate{Title: name}}}}}
}

func createIncident(ctx context.Context, s *db.Store) error {
	p, err := incident.New(s, nil).CreateIncident(ctx, person("alice"), incident.CreateIncidentInput{Title: "I", Severity: incident.SeverityLow})
	if err == nil && len(p.Errors) > 0 {
		err = fmt.Errorf("refused: %v", p.Errors)
	}
	return err
}

// inForce is what the trail says of rules up to a position.
type inForce struct {
	enabled, deleted bool
	version          int64
}

// actedByTheTrail checks, from the trail alone, that the rules that acted at
// the creation of each incident are exactly those that were in force at its
// position, each in its version of then, and returns how many incidents and
// actions there were. It begins behind a position where no rule may be in force.
func actedByTheTrail(t interface{ Errorf(string, ...any) }, s *db.Store, from int64) (incidents, actions int, err error) {
	rules := map[string]inForce{}
	want, got := map[int64][]string{}, map[int64][]string{}
	head, err := s.Log().Head(context.Background()) // of the table
	if err != nil {
		return 0, 0, err
	}
	for from < head.Position {
		changed := s.Log().Changed()
		page, err := s.Log().Read(context.Background(), from, 200)
		if err != nil {
			return 0, 0, err
		}
		if len(page) == 0 {
			<-changed // what the other store wrote comes later
			continue
		}
		for _, e := range page {
			from = e.Position
			switch {
			case e.SubjectKind == incident.SubjectRule:
				r := rules[e.SubjectID]
				r.version, r.deleted = e.SubjectVersion, e.Action == incident.RuleDeleted
				for _, c := range e.Payload.Changes {
					if c.Field == "enabled" {
						r.enabled = string(c.To) == "true"
					}
				}
				rules[e.SubjectID] = r
			case e.Action == incident.IncidentCreated:
				incidents++
				for id, r := range rules {
					if r.enabled && !r.deleted {
						want[e.Position] = append(want[e.Position], fmt.Sprint(id, " ", r.version))
					}
				}
			case e.Payload.Automation != nil:
				actions++
				got[e.Payload.CausedBy] = append(got[e.Payload.CausedBy], fmt.Sprint(e.Payload.Automation.ID, " ", e.Payload.Automation.Version))
			}
		}
	}
	for _, lists := range []map[int64][]string{want, got} {
		for position := range lists {
			slices.Sort(want[position])
			slices.Sort(got[position])
			if !slices.Equal(want[position], got[position]) {
				t.Errorf("the incident created at position %d: the rules %v acted, %v were in force", position, got[position], want[position])
			}
		}
	}
	return incidents, actions, nil
}

// together opens two stores on one database, as two servers do.
func together(t *testing.T, url string) [2]*db.Store {
	t.Helper()
	stores := [2]*db.Store{open(t, url, db.Options{NoHints: true}), open(t, url, db.Options{NoHints: true})}
	for _, s := range stores { // each has read the definitions, of which there are none
		if err := createIncident(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	return stores
}

func createRule(t rapid.TB, s *db.Store, in incident.RuleInput) incident.Rule {
	t.Helper()
	p, err := incident.New(s, nil).CreateRule(context.Background(), author("alice"), incident.CreateRuleInput{Rule: in})
	if err != nil || len(p.Errors) > 0 {
		t.Errorf("create a rule: %v, %+v", err, p)
		return incident.Rule{}
	}
	return *p.Definition
}

func enableRule(t rapid.TB, s *db.Store, id string, enabled bool) {
	t.Helper()
	p, err := incident.New(s, nil).UpdateRule(context.Background(), author("alice"), incident.UpdateRuleInput{ID: id, Enabled: incident.Optional[*bool]{Set: true, Value: &enabled}})
	if err != nil || len(p.Errors) > 0 {
		t.Errorf("update a rule: %v, %+v", err, p)
	}
}

func deleteRule(t rapid.TB, s *db.Store, id string) {
	t.Helper()
	p, err := incident.New(s, nil).DeleteRule(context.Background(), author("alice"), incident.DeleteDefinitionInput{ID: id})
	if err != nil || len(p.Errors) > 0 {
		t.Errorf("delete a rule: %v, %+v", err, p)
	}
}

// Whatever two servers define, and whichever of them makes an incident: the
// rules that act are those in force at that place of the trail.
func TestRulesInForce(t *testing.T) {
	fewer(t, 30)
	dbtest.Each(t, func(t *testing.T, url string) {
		stores, names, incidents, actions := together(t, url), 0, 0, 0
		rapid.Check(t, func(t *rapid.T) {
			head, err := stores[0].Log().Head(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			var rules []string
			defer func() { // for the next history, also when this one fails
				for _, id := range rules {
					deleteRule(t, stores[0], id)
				}
			}()
			for range rapid.IntRange(8, 20).Draw(t, "changes") {
				s := stores[rapid.IntRange(0, 1).Draw(t, "store")]
				switch n := len(rules); rapid.SampledFrom([]string{"incident", "incident", "rule", "enable", "delete"}).Draw(t, "change") {
				case "incident":
					if err := createIncident(context.Background(), s); err != nil {
						t.Fatal(err)
					}
				case "rule":
					names++
					rules = append(rules, createRule(t, s, marking(fmt.Sprint("R", names))).ID)
				case "enable":
					if n > 0 {
						enableRule(t, s, rapid.SampledFrom(rules).Draw(t, "rule"), rapid.Bool().Draw(t, "enabled"))
					}
				case "delete":
					if n > 0 {
						deleteRule(t, s, rules[n-1])
						rules = rules[:n-1]
					}
				}
			}
			i, a, err := actedByTheTrail(t, stores[0], head.Position)
			if err != nil {
				t.Fatal(err)
			}
			incidents, actions = incidents+i, actions+a
		})
		t.Logf("%d incidents, %d actions of rules", incidents, actions)
		if incidents == 0 || actions == 0 {
			t.Error("nothing happened")
		}
		verify(t, stores[1])
	})
}

// fewer lets rapid try n times, unless it is to be soaked.
func fewer(t *testing.T, n int) {
	t.Helper()
	if os.Getenv("TASKTRAIL_SOAK") != "" {
		n = 1000
	}
	checks := flag.Lookup("rapid.checks").Value
	usual := checks.String()
	t.Cleanup(func() { _ = checks.Set(usual) })
	if err := checks.Set(strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
}

// The same while both servers write at once.
func TestRulesInForceAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		stores := together(t, url)
		var work sync.WaitGroup
		for n, s := range stores {
			work.Go(func() {
				for m := range 12 {
					id := createRule(t, s, marking(fmt.Sprint("R ", n, m))).ID
					enableRule(t, s, id, false)
					enableRule(t, s, id, true)
					deleteRule(t, s, id)
				}
			})
			for range 4 {
				work.Go(func() {
					for range 12 {
						if err := createIncident(t.Context(), s); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
		work.Wait()
		incidents, actions, err := actedByTheTrail(t, stores[0], 0)
		if err != nil || incidents != 98 || actions == 0 {
			t.Errorf("%d incidents, %d actions of rules, %v", incidents, actions, err)
		}
		t.Logf("%d incidents, %d actions of rules", incidents, actions)
		verify(t, stores[0])
	})
}

// A server's answer is not refused because of what it knew before another
// server changed the definitions.
func TestRefusedByTheDefinitionsOfNow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		stores := together(t, url)
		a, b, ctx, v := incident.New(stores[0], nil), incident.New(stores[1], nil), t.Context(), author("alice")
		i, err := a.CreateIncident(ctx, v, incident.CreateIncidentInput{Title: "I", Severity: incident.SeverityLow})
		if err != nil {
			t.Fatal(err)
		}
		p, err := b.CreatePlaybook(ctx, v, incident.CreatePlaybookInput{Playbook: incident.PlaybookInput{Name: "P", Steps: []incident.PlaybookStepInput{{Title: "S"}}}})
		if err != nil || len(p.Errors) > 0 {
			t.Fatal(err, p)
		}
		if got, err := a.ApplyPlaybook(ctx, v, incident.ApplyPlaybookInput{IncidentID: i.Incident.ID, PlaybookID: p.Definition.ID}); err != nil || len(got.Errors) > 0 || len(got.Tasks) != 1 {
			t.Errorf("applying a playbook that another server has made: %v, %+v", err, got)
		}
		one := createRule(t, stores[1], marking("one"))
		enableRule(t, stores[0], one.ID, false) // is not "no such rule"
		deleteRule(t, stores[1], one.ID)
		createRule(t, stores[0], marking("one")) // the name is free again
		two := createRule(t, stores[0], marking("two"))
		enableRule(t, stores[1], two.ID, false)
		version := 2
		got, err := a.DeleteRule(ctx, v, incident.DeleteDefinitionInput{ID: two.ID, Common: incident.Common{ExpectedVersion: &version}})
		if err != nil || len(got.Errors) > 0 {
			t.Errorf("expecting the version that another server has made: %v, %+v", err, got)
		}
		three := createRule(t, stores[0], marking("three"))
		enableRule(t, stores[1], three.ID, false)
		enableRule(t, stores[0], three.ID, true) // would have changed nothing before
		if set, err := stores[1].Automation(ctx); err != nil || !slices.ContainsFunc(set.Rules, func(r incident.Rule) bool { return r.ID == three.ID && r.Enabled }) {
			t.Errorf("enabled again: %v, %+v", err, set)
		}
	})
}
