package incident

import (
	"time"

	"tasktrail/audit"
)

// Optional tells an absent field of a patch from one that was given, null
// included.
type Optional[T any] struct {
	Set   bool
	Value T
}

// Common is what every input carries.
type Common struct {
	ExpectedVersion  *int    // refuse with a [ConflictError] when the thing has another
	Reason           *string // stands in the event
	ClientMutationID *string // the same id twice has one effect
}

// CreateIncidentInput makes an incident. ExpectedVersion can only be 0.
type CreateIncidentInput struct {
	Common
	Title       string
	Severity    IncidentSeverity
	Description *string
	Status      *IncidentStatus // NEW (the default) or ACTIVE
	OwnerID     *string
	Labels      []string
}

// UpdateIncidentInput changes what is set.
type UpdateIncidentInput struct {
	Common
	ID          string
	Title       Optional[*string]
	Description Optional[*string]
	Severity    Optional[*IncidentSeverity]
	Status      Optional[*IncidentStatus] // NEW or ACTIVE
	OwnerID     Optional[*string]
	Labels      Optional[[]string]
}

// CloseIncidentInput closes an incident.
type CloseIncidentInput struct {
	Common
	ID                    string
	Classification        IncidentClassification
	ClassificationReason  *ClassificationReason
	ClassificationComment *string
	OverrideReason        *string // closes it though mandatory tasks are open
}

// ReopenIncidentInput makes a closed incident ACTIVE.
type ReopenIncidentInput struct {
	Common
	ID string
}

// AddTaskInput puts a task on an incident's list. ExpectedVersion is that of
// the incident.
type AddTaskInput struct {
	Common
	IncidentID  string
	Title       string
	Description *string
	Group       *string
	Mandatory   *bool
	AssigneeID  *string
	DueAt       *time.Time
	Rank        *int // default: last
}

// UpdateTaskInput changes what is set.
type UpdateTaskInput struct {
	Common
	ID          string
	Title       Optional[*string]
	Description Optional[*string]
	Group       Optional[*string]
	Mandatory   Optional[*bool]
	AssigneeID  Optional[*string]
	DueAt       Optional[*time.Time]
}

// StartTaskInput begins work on a task.
type StartTaskInput struct {
	Common
	ID string
}

// CompleteTaskInput ticks a task off.
type CompleteTaskInput struct {
	Common
	ID string
}

// SkipTaskInput leaves a task undone, for a reason (required).
type SkipTaskInput struct {
	Common
	ID string
}

// ReopenTaskInput makes a completed or skipped task NEW.
type ReopenTaskInput struct {
	Common
	ID string
}

// MoveTaskInput moves a task to a rank; ranks behind the last mean last.
type MoveTaskInput struct {
	Common
	ID   string
	Rank int
}

// DeleteTaskInput makes a task a tombstone.
type DeleteTaskInput struct {
	Common
	ID string
}

// RestoreTaskInput brings a tombstone back to its place.
type RestoreTaskInput struct {
	Common
	ID string
}

// IncidentPayload answers a mutation of an incident.
type IncidentPayload struct {
	Incident         *Incident    // nil when refused
	Event            *audit.Event // nil when nothing changed
	Replayed         bool         // the clientMutationId had been carried out before
	ClientMutationID *string
	Errors           []MutationError
}

// TaskPayload answers a mutation of a task.
type TaskPayload struct {
	Task             *Task        // nil when refused
	Event            *audit.Event // nil when nothing changed
	Replayed         bool         // the clientMutationId had been carried out before
	ClientMutationID *string
	Errors           []MutationError
}
