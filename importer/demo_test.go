package importer

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tasktrail/audit"
	"tasktrail/incident"
)

// stage is a DemoService with the rules that a wrong table would break: who is
// known, what may follow what. It keeps everything in memory.
type stage struct {
	clock     *Clock
	known     map[string]bool
	incidents map[string]*incident.Incident
	tasks     map[string]*incident.Task
	times     []time.Time // of each change
	reasons   int
}

func (s *stage) Admit(_ context.Context, v incident.Viewer) error {
	s.known[v.Actor.ID] = true
	return v.CheckChange()
}

func refusal(format string, args ...any) []incident.MutationError {
	return []incident.MutationError{&incident.ValidationError{Message: fmt.Sprintf(format, args...)}}
}

func (s *stage) changed(in incident.Common) *audit.Event {
	s.times = append(s.times, s.clock.Now())
	if in.Reason != nil {
		s.reasons++
	}
	return &audit.Event{}
}

func (s *stage) CreateIncident(_ context.Context, _ incident.Viewer, in incident.CreateIncidentInput) (*incident.IncidentPayload, error) {
	inc := &incident.Incident{ID: fmt.Sprint("inc_", len(s.incidents)+1), Title: in.Title, Severity: in.Severity, Status: incident.IncidentNew}
	s.incidents[inc.ID] = inc
	return &incident.IncidentPayload{Incident: inc, Event: s.changed(in.Common)}, nil
}

func (s *stage) UpdateIncident(_ context.Context, _ incident.Viewer, in incident.UpdateIncidentInput) (*incident.IncidentPayload, error) {
	inc := s.incidents[in.ID]
	if in.Status.Set {
		inc.Status = *in.Status.Value
	}
	if in.OwnerID.Set {
		if !s.known[*in.OwnerID.Value] {
			return &incident.IncidentPayload{Errors: refusal("unknown owner")}, nil
		}
		inc.OwnerID = in.OwnerID.Value
	}
	return &incident.IncidentPayload{Incident: inc, Event: s.changed(in.Common)}, nil
}

func (s *stage) CloseIncident(_ context.Context, _ incident.Viewer, in incident.CloseIncidentInput) (*incident.IncidentPayload, error) {
	inc := s.incidents[in.ID]
	for _, t := range s.tasks {
		if t.IncidentID == in.ID && t.Mandatory && t.Status.Open() && t.DeletedAt == nil {
			return &incident.IncidentPayload{Errors: refusal("%q is open", t.Title)}, nil
		}
	}
	inc.Status, inc.Classification = incident.IncidentClosed, &in.Classification
	return &incident.IncidentPayload{Incident: inc, Event: s.changed(in.Common)}, nil
}

func (s *stage) AddTask(_ context.Context, _ incident.Viewer, in incident.AddTaskInput) (*incident.TaskPayload, error) {
	t := &incident.Task{
		ID: fmt.Sprint("tsk_", len(s.tasks)+1), IncidentID: in.IncidentID, Title: in.Title,
		Status: incident.TaskNew, Mandatory: *in.Mandatory, DueAt: in.DueAt, Description: in.Description,
	}
	s.tasks[t.ID] = t
	return &incident.TaskPayload{Task: t, Event: s.changed(in.Common)}, nil
}

// on changes a live or, with deleted, a deleted task that is in one of the
// states.
func (s *stage) on(in incident.Common, id string, deleted bool, change func(*incident.Task), from ...incident.TaskStatus) (*incident.TaskPayload, error) {
	t := s.tasks[id]
	good := len(from) == 0
	for _, status := range from {
		good = good || t.Status == status
	}
	if !good || deleted != (t.DeletedAt != nil) || s.incidents[t.IncidentID].Status == incident.IncidentClosed {
		return &incident.TaskPayload{Errors: refusal("%q is %s", t.Title, t.Status)}, nil
	}
	change(t)
	return &incident.TaskPayload{Task: t, Event: s.changed(in)}, nil
}

func (s *stage) UpdateTask(_ context.Context, _ incident.Viewer, in incident.UpdateTaskInput) (*incident.TaskPayload, error) {
	if !s.known[*in.AssigneeID.Value] {
		return &incident.TaskPayload{Errors: refusal("unknown assignee")}, nil
	}
	return s.on(in.Common, in.ID, false, func(t *incident.Task) { t.AssigneeID = in.AssigneeID.Value })
}

func (s *stage) StartTask(_ context.Context, _ incident.Viewer, in incident.StartTaskInput) (*incident.TaskPayload, error) {
	return s.on(in.Common, in.ID, false, func(t *incident.Task) { t.Status = incident.TaskInProgress }, incident.TaskNew)
}

func (s *stage) CompleteTask(_ context.Context, _ incident.Viewer, in incident.CompleteTaskInput) (*incident.TaskPayload, error) {
	return s.on(in.Common, in.ID, false, func(t *incident.Task) { t.Status = incident.TaskCompleted }, incident.TaskNew, incident.TaskInProgress)
}

func (s *stage) SkipTask(_ context.Context, _ incident.Viewer, in incident.SkipTaskInput) (*incident.TaskPayload, error) {
	return s.on(in.Common, in.ID, false, func(t *incident.Task) { t.Status = incident.TaskSkipped }, incident.TaskNew, incident.TaskInProgress)
}

func (s *stage) ReopenTask(_ context.Context, _ incident.Viewer, in incident.ReopenTaskInput) (*incident.TaskPayload, error) {
	return s.on(in.Common, in.ID, false, func(t *incident.Task) { t.Status = incident.TaskNew; t.ReopenCount++ }, incident.TaskCompleted, incident.TaskSkipped)
}

func (s *stage) MoveTask(_ context.Context, _ incident.Viewer, in incident.MoveTaskInput) (*incident.TaskPayload, error) {
	return s.on(in.Common, in.ID, false, func(*incident.Task) {})
}

func (s *stage) DeleteTask(_ context.Context, _ incident.Viewer, in incident.DeleteTaskInput) (*incident.TaskPayload, error) {
	return s.on(in.Common, in.ID, false, func(t *incident.Task) { t.DeletedAt = new(s.clock.Now()) })
}

func (s *stage) RestoreTask(_ context.Context, _ incident.Viewer, in incident.RestoreTaskInput) (*incident.TaskPayload, error) {
	return s.on(in.Common, in.ID, true, func(t *incident.Task) { t.DeletedAt = nil; t.Version = -1 })
}

func (s *stage) NoteOverdue(context.Context) (int, error) { return 0, nil }

func (s *stage) ImportBundle(_ context.Context, v incident.Viewer, b incident.Bundle, _ bool) (incident.BundleReport, error) {
	if faults := incident.CheckBundle(b); len(faults) > 0 {
		return incident.BundleReport{}, faults
	}
	return incident.BundleReport{}, v.CheckDefine()
}

func TestDemo(t *testing.T) {
	begin := time.Now().Add(-DemoSpan)
	clock := NewClock(begin)
	s := &stage{clock: clock, known: map[string]bool{}, incidents: map[string]*incident.Incident{}, tasks: map[string]*incident.Task{}}
	if err := Demo(t.Context(), s, clock); err != nil {
		t.Fatal(err)
	}

	end := begin.Add(DemoSpan)
	for i, at := range s.times {
		if at.Before(begin) || at.After(end) || i > 0 && at.Before(s.times[i-1]) {
			t.Errorf("change %d is at %v", i, at)
		}
	}
	if early := s.times[0].Add(3 * 24 * time.Hour); s.times[len(s.times)-1].Before(early) {
		t.Errorf("the history covers only %v", s.times[len(s.times)-1].Sub(s.times[0]))
	}
	if time.Since(clock.Now()) > time.Minute {
		t.Error("the clock was not released")
	}

	got := map[string]int{"people": len(s.known), "incidents": len(s.incidents)}
	perIncident := map[string]int{}
	for _, inc := range s.incidents {
		got[string(inc.Status)]++
		if inc.Classification != nil {
			got[string(*inc.Classification)]++
		}
	}
	for _, task := range s.tasks {
		perIncident[task.IncidentID]++
		switch {
		case task.DeletedAt != nil:
			got["deleted"]++
			continue
		case task.Version == -1:
			got["restored"]++
		}
		if task.DueAt != nil && task.Status.Open() && task.DueAt.Before(end) {
			got["overdue"]++
		}
		if task.ReopenCount > 0 {
			got["reopened"]++
		}
	}
	for key, want := range map[string]int{
		"people": 4, "incidents": 7, "NEW": 2, "ACTIVE": 3, "CLOSED": 2, "TRUE_POSITIVE": 1, "BENIGN_POSITIVE": 1,
		"deleted": 1, "restored": 1, "overdue": 1, "reopened": 2,
	} {
		if got[key] != want {
			t.Errorf("%s: got %d, want %d", key, got[key], want)
		}
	}
	for id, n := range perIncident {
		if n < 4 || n > 8 {
			t.Errorf("%s has %d tasks", id, n)
		}
	}
	if s.reasons < 8 {
		t.Errorf("only %d changes give a reason", s.reasons)
	}
}
