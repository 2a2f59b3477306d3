package db_test

import (
	"fmt"
	"sync"
	"testing"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// A rule that is made in the same transaction as what sets it off sees the task
// list all the same: its task goes last, and it does not close the incident over
// a mandatory task that is open.
func TestRuleOfTheSameBatchSeesTheList(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		service := incident.New(s, nil)
		yes, no := true, false
		for round, together := 0, false; !together; round++ {
			if round == 200 {
				t.Fatal("in 200 rounds no rule shared a transaction with what set it off")
			}
			made, err := service.CreateIncident(t.Context(), person("alice"), incident.CreateIncidentInput{Title: "I", Severity: incident.SeverityLow})
			if err != nil {
				t.Fatal(err)
			}
			id := made.Incident.ID
			var tasks []string
			for _, mandatory := range []*bool{&yes, &no} {
				added, err := service.AddTask(t.Context(), person("alice"), incident.AddTaskInput{IncidentID: id, Title: "by hand", Mandatory: mandatory})
				if err != nil {
					t.Fatal(err)
				}
				tasks = append(tasks, added.Task.ID)
			}

			release := held(t, s)
			var work sync.WaitGroup
			asked := make(chan struct{}, 2)
			var rule incident.Rule
			undetermined := incident.Undetermined
			work.Go(func() {
				asked <- struct{}{}
				p, err := service.CreateRule(t.Context(), author("alice"), incident.CreateRuleInput{Rule: incident.RuleInput{
					Name: fmt.Sprint("R", round), Trigger: incident.OnTaskCompleted,
					Actions: []incident.RuleAction{
						{AddTask: &incident.AddTaskAction{TaskTemplate: incident.TaskTemplate{Title: "by the rule"}}},
						{SetStatus: &incident.SetStatusAction{Status: incident.IncidentClosed, Classification: &undetermined}},
					},
				}})
				if err != nil || len(p.Errors) > 0 {
					t.Errorf("create a rule: %v, %+v", err, p)
					return
				}
				rule = *p.Definition
			})
			<-asked
			work.Go(func() {
				asked <- struct{}{}
				if _, err := service.CompleteTask(t.Context(), person("alice"), incident.CompleteTaskInput{ID: tasks[1]}); err != nil {
					t.Error(err)
				}
			})
			<-asked
			release()
			work.Wait()

			events, err := s.IncidentEvents(t.Context(), id, 1<<62)
			if err != nil {
				t.Fatal(err)
			}
			var state incident.State
			stopped := false
			for _, e := range events {
				if err := state.Apply(e); err != nil {
					t.Fatal(err)
				}
				stopped = stopped || e.Action == incident.AutomationStopped
				together = together || (e.Payload.Automation != nil && e.RecordedAt.Equal(rule.CreatedAt))
			}
			if n := len(state.Tasks); together && (n != 3 || state.Tasks[2].Title != "by the rule" || !stopped || state.Incident.Status == incident.IncidentClosed) {
				t.Errorf("%d tasks, the last one %q; the rule was stopped: %t; the incident is %s", n, state.Tasks[n-1].Title, stopped, state.Incident.Status)
			}
			deleteRule(t, s, rule.ID)
		}
		verify(t, s)
	})
}
