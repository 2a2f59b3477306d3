package incident

import "tasktrail/audit"

// Subject kinds of events.
const (
	SubjectIncident = "incident"
	SubjectTask     = "task"
	SubjectPlaybook = "playbook"
	SubjectRule     = "rule"
	SubjectWebhook  = "webhook"
	SubjectEvent    = audit.SubjectEvent

	SubjectServiceAccount = "service_account"
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
	TaskOverdue       audit.Action = "TASK_OVERDUE" // its due time passed while it was open

	PlaybookApplied   audit.Action = "PLAYBOOK_APPLIED"
	WebhookCalled     audit.Action = "WEBHOOK_CALLED"     // the call is queued; its delivery is no part of the trail
	AutomationStopped audit.Action = "AUTOMATION_STOPPED" // a rule was kept from doing something

	PlaybookCreated      audit.Action = "PLAYBOOK_CREATED"
	PlaybookUpdated      audit.Action = "PLAYBOOK_UPDATED"
	PlaybookDeleted      audit.Action = "PLAYBOOK_DELETED"
	RuleCreated          audit.Action = "RULE_CREATED"
	RuleUpdated          audit.Action = "RULE_UPDATED"
	RuleDeleted          audit.Action = "RULE_DELETED"
	WebhookCreated       audit.Action = "WEBHOOK_CREATED"
	WebhookUpdated       audit.Action = "WEBHOOK_UPDATED"
	WebhookSecretRotated audit.Action = "WEBHOOK_SECRET_ROTATED" //nolint:gosec // the name of an action
	WebhookDeleted       audit.Action = "WEBHOOK_DELETED"

	ServiceAccountCreated audit.Action = "SERVICE_ACCOUNT_CREATED"
	ServiceAccountUpdated audit.Action = "SERVICE_ACCOUNT_UPDATED"
	ServiceAccountDeleted audit.Action = "SERVICE_ACCOUNT_DELETED"
	APIKeyIssued          audit.Action = "API_KEY_ISSUED"  //nolint:gosec // the name of an action
	APIKeyRevoked         audit.Action = "API_KEY_REVOKED" //nolint:gosec // likewise

	EventRedacted = audit.Redacted
)

// Actions lists whatever can be recorded.
var Actions = []audit.Action{
	IncidentCreated, IncidentUpdated, IncidentWasClosed, IncidentReopened, TaskAdded,
	TaskUpdated, TaskStarted, TaskWasCompleted, TaskWasSkipped, TaskReopened,
	TaskMoved, TaskDeleted, TaskRestored, TaskOverdue, PlaybookApplied,
	WebhookCalled, AutomationStopped, PlaybookCreated, PlaybookUpdated, PlaybookDeleted,
	RuleCreated, RuleUpdated, RuleDeleted, WebhookCreated, WebhookUpdated,
	WebhookSecretRotated, WebhookDeleted,
	ServiceAccountCreated, ServiceAccountUpdated, ServiceAccountDeleted, APIKeyIssued, APIKeyRevoked,
	audit.Redacted,
}

// triggerOf says which events set rules off.
var triggerOf = map[audit.Action]Trigger{
	IncidentCreated:   OnIncidentCreated,
	IncidentUpdated:   OnIncidentUpdated,
	IncidentWasClosed: OnIncidentUpdated,
	IncidentReopened:  OnIncidentUpdated,
	TaskWasCompleted:  OnTaskCompleted,
	TaskWasSkipped:    OnTaskSkipped,
	TaskReopened:      OnTaskReopened,
	TaskOverdue:       OnTaskOverdue,
}
