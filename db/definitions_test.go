package db_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// marking is a rule that puts a label with its name on every new incident.
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
// actions there were.
func actedByTheTrail(t interface{ Errorf(string, ...any) }, s *db.Store) (incidents, actions int, err error) {
	rules := map[string]inForce{}
	want, got := map[int64][]string{}, map[int64][]string{}
	for from := ""; ; {
		page, err := s.Events(context.Background(), incident.EventQuery{Page: incident.PageQuery{Limit: 200, After: from}})
		if err != nil {
			return 0, 0, err
		}
		for _, e := range page.Items {
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
		if from = cmp.Or(page.EndCursor(), from); !page.HasNext {
			break
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
