package db_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// Through the life of two tasks, the figures say where they stand and how long
// they took up to the completion that holds.
func TestStatisticsFollowATask(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		from := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
		var seconds atomic.Int64
		now := func() time.Time { return from.Add(time.Duration(seconds.Load()) * time.Second) }
		s := open(t, url, db.Options{Now: now})
		service, v := incident.New(s, now), person("alice")
		i, err := service.CreateIncident(t.Context(), v, incident.CreateIncidentInput{Title: "a", Severity: incident.SeverityLow})
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for n := range 2 {
			due := from.Add(time.Hour)
			p, err := service.AddTask(t.Context(), v, incident.AddTaskInput{IncidentID: i.Incident.ID, Title: fmt.Sprint(n), DueAt: &due})
			if err != nil || len(p.Errors) > 0 {
				t.Fatal(err, p.Errors)
			}
			ids = append(ids, p.Task.ID)
		}
		reason := "r"
		do := map[string]func(id string) (*incident.TaskPayload, error){
			"complete": func(id string) (*incident.TaskPayload, error) {
				return service.CompleteTask(t.Context(), v, incident.CompleteTaskInput{ID: id})
			},
			"reopen": func(id string) (*incident.TaskPayload, error) {
				return service.ReopenTask(t.Context(), v, incident.ReopenTaskInput{ID: id})
			},
			"skip": func(id string) (*incident.TaskPayload, error) {
				return service.SkipTask(t.Context(), v, incident.SkipTaskInput{ID: id, Common: incident.Common{Reason: &reason}})
			},
			"delete": func(id string) (*incident.TaskPayload, error) {
				return service.DeleteTask(t.Context(), v, incident.DeleteTaskInput{ID: id})
			},
			"restore": func(id string) (*incident.TaskPayload, error) {
				return service.RestoreTask(t.Context(), v, incident.RestoreTaskInput{ID: id})
			},
		}
		took := func(median, p90 int) *incident.CompletionTime {
			return &incident.CompletionTime{MedianSeconds: median, P90Seconds: p90}
		}
		for _, step := range []struct {
			at   int64 // seconds
			what string
			task int
			want incident.TaskFigures
		}{
			{100, "complete", 0, incident.TaskFigures{Total: 2, Open: 1, Completed: 1, CompletionTime: took(100, 100)}},
			{150, "complete", 0, incident.TaskFigures{Total: 2, Open: 1, Completed: 1, CompletionTime: took(100, 100)}}, // keeps its time
			{200, "complete", 1, incident.TaskFigures{Total: 2, Completed: 2, CompletionTime: took(100, 200)}},
			{300, "reopen", 0, incident.TaskFigures{Total: 2, Open: 1, Completed: 1, Reopened: 1, Reopenings: 1, CompletionTime: took(200, 200)}},
			{3600, "reopen", 1, incident.TaskFigures{Total: 2, Open: 2, Reopened: 2, Reopenings: 2}}, // due now, not overdue
			{3601, "complete", 0, incident.TaskFigures{Total: 2, Open: 1, Completed: 1, Overdue: 1, Reopened: 2, Reopenings: 2, CompletionTime: took(3601, 3601)}},
			{3700, "reopen", 0, incident.TaskFigures{Total: 2, Open: 2, Overdue: 2, Reopened: 2, Reopenings: 3}},
			{3800, "skip", 0, incident.TaskFigures{Total: 2, Open: 1, Skipped: 1, Overdue: 1, Reopened: 2, Reopenings: 3}},
			{3900, "delete", 0, incident.TaskFigures{Total: 1, Open: 1, Overdue: 1, Reopened: 1, Reopenings: 1}},
			{4000, "complete", 1, incident.TaskFigures{Total: 1, Completed: 1, Reopened: 1, Reopenings: 1, CompletionTime: took(4000, 4000)}},
			{4100, "restore", 0, incident.TaskFigures{Total: 2, Completed: 1, Skipped: 1, Reopened: 2, Reopenings: 3, CompletionTime: took(4000, 4000)}},
		} {
			seconds.Store(step.at)
			if p, err := do[step.what](ids[step.task]); err != nil || len(p.Errors) > 0 {
				t.Fatalf("%s: %v, %+v", step.what, err, p)
			}
			got, err := s.TaskStatistics(t.Context(), incident.TaskStatisticsQuery{Now: service.Now()})
			if err != nil {
				t.Fatal(err)
			}
			if got, want := text(t, got.Overall), text(t, step.want); got != want {
				t.Errorf("%s task %d at %d s:\ngot  %s\nwant %s", step.what, step.task, step.at, got, want)
			}
		}
	})
}
