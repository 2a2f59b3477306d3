package incident

import (
	"fmt"
	"slices"
	"time"
)

// TrailPoint names a moment by exactly one of its fields.
type TrailPoint struct {
	At       *time.Time // up to the last event recorded then or before
	Position *int64     // up to this place in the trail; 0 is before its first event
}

// AsOf tells how far a part of the trail reaches.
type AsOf struct {
	Position   int64      // of the last event of the incident or its tasks in it; 0: there is none
	RecordedAt *time.Time // when that was recorded; nil: there is none
	At         *time.Time // by when tasks were overdue: the time asked for, or of the event at the position asked for; nil at position 0
}

// IncidentAt is an incident as a part of the trail gives it. What was lost by
// redactions is nil, and named in UnknownFields. Other pointers are nil for the
// same reasons as those of [Incident].
type IncidentAt struct {
	IncidentID            string
	AsOf                  AsOf
	Number                *int
	Title                 *string
	Description           *string
	Severity              *IncidentSeverity
	Status                *IncidentStatus
	Classification        *IncidentClassification
	ClassificationReason  *ClassificationReason
	ClassificationComment *string
	OwnerID               *string
	Labels                []string // nil: lost
	CreatedAt             time.Time
	CreatedByID           string
	UpdatedAt             time.Time
	UpdatedByID           string
	ClosedAt              *time.Time
	Version               int
	Progress              *TaskProgress
	UnknownFields         []string // by their names in the API, sorted
	TaskList              []TaskAt // all, tombstones included, in the order of the list
}

// TaskAt is a task as a part of the trail gives it, like [IncidentAt].
type TaskAt struct {
	TaskID        string
	IncidentID    string
	AsOf          AsOf
	Title         *string
	Description   *string
	Group         *string
	Status        *TaskStatus
	Rank          *int
	Mandatory     *bool
	AssigneeID    *string
	DueAt         *time.Time
	Overdue       *bool
	OverdueSince  *time.Time
	Origin        *TaskOrigin
	CreatedAt     time.Time
	CreatedByID   string
	UpdatedAt     time.Time
	UpdatedByID   string
	CompletedAt   *time.Time
	CompletedByID *string
	ReopenCount   *int
	DeletedAt     *time.Time
	Version       int
	UnknownFields []string // by their names in the API, sorted
}

// incidentAt shows a state; nil when the incident does not exist in it.
func incidentAt(s *State, asOf AsOf) *IncidentAt {
	i := &s.Incident
	if i.Version == 0 {
		return nil
	}
	lost := s.lostFields(i.ID)
	out := &IncidentAt{
		IncidentID: i.ID, AsOf: asOf,
		Number: keep(lost, "number", &i.Number), Title: keep(lost, "title", &i.Title), Description: keep(lost, "description", i.Description),
		Severity: keep(lost, "severity", &i.Severity), Status: keep(lost, "status", &i.Status),
		Classification: keep(lost, "classification", i.Classification), ClassificationReason: keep(lost, "classificationReason", i.ClassificationReason),
		ClassificationComment: keep(lost, "classificationComment", i.ClassificationComment), OwnerID: keep(lost, "owner", i.OwnerID),
		Labels: valueOf(keep(lost, "labels", &i.Labels)), CreatedAt: i.CreatedAt, CreatedByID: i.CreatedByID,
		UpdatedAt: i.UpdatedAt, UpdatedByID: i.UpdatedByID, ClosedAt: keep(lost, "closedAt", i.ClosedAt), Version: i.Version,
	}
	ranks := s.ranks()
	progress, counted := TaskProgress{}, true
	for n := range s.Tasks {
		t := &s.Tasks[n]
		lost := s.lostFields(t.ID)
		counted = counted && !lost["status"] && !lost["mandatory"] && !lost["dueAt"] && !lost["deletedAt"]
		progress.count(t, *asOf.At)
		out.TaskList = append(out.TaskList, taskAt(t, lost, ranks, asOf))
	}
	if !counted {
		lost["progress"] = true
	}
	out.Progress = keep(lost, "progress", &progress)
	out.UnknownFields = sortedKeys(lost)
	return out
}

// taskAt shows a task of a state. lost may be changed.
func taskAt(t *Task, lost map[string]bool, ranks map[string]int, asOf AsOf) TaskAt {
	rank, overdue := ranks[t.ID], t.OverdueAt(*asOf.At)
	if rank == 0 {
		lost["rank"] = true
	}
	if lost["status"] || lost["dueAt"] || lost["deletedAt"] {
		lost["overdue"] = true
	}
	return TaskAt{
		TaskID: t.ID, IncidentID: t.IncidentID, AsOf: asOf,
		Title: keep(lost, "title", &t.Title), Description: keep(lost, "description", t.Description), Group: keep(lost, "group", t.Group),
		Status: keep(lost, "status", &t.Status), Rank: keep(lost, "rank", &rank), Mandatory: keep(lost, "mandatory", &t.Mandatory),
		AssigneeID: keep(lost, "assignee", t.AssigneeID), DueAt: keep(lost, "dueAt", t.DueAt), Overdue: keep(lost, "overdue", &overdue),
		OverdueSince: keep(lost, "overdueSince", t.OverdueSince), Origin: keep(lost, "origin", &t.Origin),
		CreatedAt: t.CreatedAt, CreatedByID: t.CreatedByID, UpdatedAt: t.UpdatedAt, UpdatedByID: t.UpdatedByID,
		CompletedAt: keep(lost, "completedAt", t.CompletedAt), CompletedByID: keep(lost, "completedBy", t.CompletedByID),
		ReopenCount: keep(lost, "reopenCount", &t.ReopenCount), DeletedAt: keep(lost, "deletedAt", t.DeletedAt), Version: t.Version,
		UnknownFields: sortedKeys(lost),
	}
}

// keep returns v unless its field was lost.
func keep[T any](lost map[string]bool, field string, v *T) *T {
	if lost[field] {
		return nil
	}
	return v
}

// count adds a task to the counts.
func (p *TaskProgress) count(t *Task, now time.Time) {
	if t.DeletedAt != nil {
		return
	}
	p.Total++
	switch t.Status {
	case TaskCompleted:
		p.Completed++
	case TaskSkipped:
		p.Skipped++
	default:
		p.Open++
		if t.Mandatory {
			p.MandatoryOpen++
		}
		if t.OverdueAt(now) {
			p.Overdue++
		}
	}
}

// TaskPage returns a page of the list as it was, and how long the list was. A
// task whose state or deletion was lost is in no state, and listed as live.
func (i *IncidentAt) TaskPage(status []TaskStatus, includeDeleted bool, q PageQuery) (Page[TaskAt], int, error) {
	return pageOfList(i.TaskList, func(t *TaskAt) bool {
		return (includeDeleted || t.DeletedAt == nil) && (status == nil || t.Status != nil && slices.Contains(status, *t.Status))
	}, fmt.Sprint("tasks as of ", i.AsOf.Position), func(t *TaskAt) string { return t.TaskID }, q)
}

// Task finds a task by id, or nil.
func (i *IncidentAt) Task(id string) *TaskAt {
	for n := range i.TaskList {
		if i.TaskList[n].TaskID == id {
			return &i.TaskList[n]
		}
	}
	return nil
}
