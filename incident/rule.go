package incident

import "time"

// Limits of rules.
const (
	MaxRuleOrder      = 1_000
	MaxConditions     = 50 // tests and groups together
	MaxConditionDepth = 5
	MaxConditionValue = 50 // values of one test
	MaxActions        = 20
	maxRuleDepth      = 5 // rules that may set each other off, one behind the other
)

// Trigger is what sets rules off.
type Trigger string

// The triggers.
const (
	OnIncidentCreated Trigger = "INCIDENT_CREATED"
	OnIncidentUpdated Trigger = "INCIDENT_UPDATED" // closed and reopened included
	OnTaskCompleted   Trigger = "TASK_COMPLETED"
	OnTaskSkipped     Trigger = "TASK_SKIPPED"
	OnTaskReopened    Trigger = "TASK_REOPENED"
	OnTaskOverdue     Trigger = "TASK_OVERDUE"
)

// Triggers lists every trigger.
var Triggers = []Trigger{OnIncidentCreated, OnIncidentUpdated, OnTaskCompleted, OnTaskSkipped, OnTaskReopened, OnTaskOverdue}

// onTask reports whether the trigger is about a task.
func (t Trigger) onTask() bool { return t != OnIncidentCreated && t != OnIncidentUpdated }

// Rule acts by itself when something happens and its condition holds.
type Rule struct {
	Definition
	Description *string // Markdown; never empty
	Order       int     // 1 runs first; rules of the same order run in that of their creation
	Enabled     bool
	ExpiresAt   *time.Time // from then on it does not run
	Trigger     Trigger
	Condition   *Condition // nil: always
	Actions     []RuleAction
}

// RuleAction is one thing a rule does. Exactly one field is set.
type RuleAction struct {
	AddTask       *AddTaskAction       `json:"addTask,omitempty"`
	ApplyPlaybook *ApplyPlaybookAction `json:"applyPlaybook,omitempty"`
	SetSeverity   *IncidentSeverity    `json:"setSeverity,omitempty"`
	SetStatus     *SetStatusAction     `json:"setStatus,omitempty"`
	SetOwner      *SetOwnerAction      `json:"setOwner,omitempty"`
	AddLabels     []string             `json:"addLabels,omitempty"`
	RemoveLabels  []string             `json:"removeLabels,omitempty"`
	CallWebhook   *CallWebhookAction   `json:"callWebhook,omitempty"`
}

// AddTaskAction puts a task at the end of the list.
type AddTaskAction struct {
	TaskTemplate
	// Again adds it also when this action of the rule has done so before.
	Again bool `json:"again,omitempty"`
}

// ApplyPlaybookAction puts the steps of a playbook at the end of the list.
type ApplyPlaybookAction struct {
	PlaybookID string `json:"playbookId"`
	// Again adds also the steps that are there already.
	Again bool `json:"again,omitempty"`
}

// SetStatusAction sets the status. CLOSED needs a classification, and is not
// carried out while mandatory tasks are open.
type SetStatusAction struct {
	Status                IncidentStatus          `json:"status"`
	Classification        *IncidentClassification `json:"classification,omitempty"`
	ClassificationReason  *ClassificationReason   `json:"classificationReason,omitempty"`
	ClassificationComment *string                 `json:"classificationComment,omitempty"`
}

// SetOwnerAction makes an actor the owner; nil: nobody.
type SetOwnerAction struct {
	OwnerID *string `json:"ownerId"`
}

// CallWebhookAction tells a webhook what happened, once the change is durable.
type CallWebhookAction struct {
	WebhookID string `json:"webhookId"`
}
