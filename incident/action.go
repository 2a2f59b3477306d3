package incident

import "tasktrail/audit"

// Subject kinds of events.
const (
	SubjectIncident = "incident"
	SubjectTask     = "task"
)

// What is recorded.
const (
	IncidentCreated   audit.Action = "INCIDENT_CREATED"
	IncidentUpdated   audit.Action = "INCIDENT_UPDATED"
	IncidentWasClosed audit.Action = "INCIDENT_CLOSED"
	IncidentReopened  audit.Action = "INCIDENT_REOPENED"
	TaskAdded         audit.Action = "TASK_ADDED"
	TaskUpdated       audit.Action = "TASK_UPDATED"
	TaskStarted       audit.Action = "TASK_STARTED"
	TaskWasCompleted  audit.Action = "TASK_COMPLETED"
	TaskWasSkipped    audit.Action = "TASK_SKIPPED"
	TaskReopened      audit.Action = "TASK_REOPENED"
	TaskMoved         audit.Action = "TASK_MOVED"
	TaskDeleted       audit.Action = "TASK_DELETED"
	TaskRestored      audit.Action = "TASK_RESTORED"
)
