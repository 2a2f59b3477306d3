package incident

import (
	"slices"
	"time"

	"tasktrail/audit"
)

// OrderDirection is up or down.
type OrderDirection string

// The directions.
const (
	Ascending  OrderDirection = "ASC"
	Descending OrderDirection = "DESC"
)

// IncidentOrderField is what incidents can be sorted by.
type IncidentOrderField string

// The orders of incidents. Ties are broken by number.
const (
	IncidentByCreatedAt IncidentOrderField = "CREATED_AT"
	IncidentByUpdatedAt IncidentOrderField = "UPDATED_AT"
	IncidentByNumber    IncidentOrderField = "NUMBER"
	IncidentBySeverity  IncidentOrderField = "SEVERITY"
)

// TaskOrderField is what tasks of several incidents can be sorted by.
type TaskOrderField string

// The orders of tasks. Tasks without a due time come last in either
// direction. Ties are broken by id.
const (
	TaskByCreatedAt TaskOrderField = "CREATED_AT"
	TaskByUpdatedAt TaskOrderField = "UPDATED_AT"
	TaskByDueAt     TaskOrderField = "DUE_AT"
)

// IncidentOrder sorts a list of incidents.
type IncidentOrder struct {
	Field     IncidentOrderField
	Direction OrderDirection
}

// TaskOrder sorts a list of tasks.
type TaskOrder struct {
	Field     TaskOrderField
	Direction OrderDirection
}

// IncidentFilter chooses incidents; what is nil chooses all. Lists mean any of.
type IncidentFilter struct {
	Status       []IncidentStatus
	Severity     []IncidentSeverity
	OwnerID      *string
	Label        *string // exactly this label
	Search       *string // in title or description, whatever the case
	HasOpenTasks *bool
	CreatedSince *time.Time // inclusive
	CreatedUntil *time.Time // exclusive
}

// TaskFilter chooses tasks; what is nil chooses all. Lists mean any of.
type TaskFilter struct {
	IncidentID *string
	Status     []TaskStatus
	AssigneeID *string
	OriginKind []ActorKind
	OriginID   *string // a playbook's, a rule's or an actor's
	Group      *string // exactly this one
	Mandatory  *bool
	Overdue    *bool
	Search     *string // in title or description, whatever the case
}

// AuditEventFilter chooses events; what is nil chooses all. Lists mean any of.
type AuditEventFilter struct {
	IncidentID *string
	TaskID     *string
	ActorID    *string
	ActorKind  []ActorKind
	Actions    []audit.Action
	Fields     []string   // events that changed at least one of these fields
	Since      *time.Time // inclusive
	Until      *time.Time // exclusive
	SubjectID  *string    // of an incident, a task, a playbook, a rule or a webhook, but not of what belongs to it
}

// Matches reports whether f chooses e. The store's lists use the same meaning.
func (f *AuditEventFilter) Matches(e *audit.Event) bool {
	if f == nil {
		return true
	}
	is := func(want *string, got string) bool { return want == nil || *want == got }
	changed := func(field string) bool {
		return slices.ContainsFunc(e.Payload.Changes, func(c audit.Change) bool { return c.Field == field })
	}
	return is(f.IncidentID, e.IncidentID) &&
		is(f.TaskID, e.SubjectID) &&
		is(f.SubjectID, e.SubjectID) &&
		is(f.ActorID, e.ActorID) &&
		(f.ActorKind == nil || slices.Contains(f.ActorKind, ActorKind(e.ActorKind))) &&
		(f.Actions == nil || slices.Contains(f.Actions, e.Action)) &&
		(f.Fields == nil || slices.ContainsFunc(f.Fields, changed)) &&
		(f.Since == nil || !e.RecordedAt.Before(*f.Since)) &&
		(f.Until == nil || e.RecordedAt.Before(*f.Until))
}

// IncidentQuery asks for a page of all incidents.
type IncidentQuery struct {
	Filter IncidentFilter
	Order  IncidentOrder
	Page   PageQuery
}

// TaskQuery asks for a page of all live tasks.
type TaskQuery struct {
	Filter TaskFilter
	Order  TaskOrder
	Page   PageQuery
	Now    time.Time // for what is overdue
}

// TaskListQuery asks for a page of the task list of each of some incidents, in
// the order of the list.
type TaskListQuery struct {
	IncidentIDs    []string
	Status         []TaskStatus // nil: any
	IncludeDeleted bool
	Page           PageQuery
}

// EventQuery asks for a page of the trail, oldest first.
type EventQuery struct {
	Filter AuditEventFilter
	Page   PageQuery
}

// HistoryQuery asks for a page of the history of each of some incidents (with
// their tasks) or of some tasks, oldest first.
type HistoryQuery struct {
	IncidentIDs []string // either these
	TaskIDs     []string // or these
	Filter      AuditEventFilter
	Page        PageQuery
}

// ActorQuery asks for a page of the known actors, by name.
type ActorQuery struct {
	Search *string // in name or email, whatever the case
	Kind   []ActorKind
	Page   PageQuery
}
