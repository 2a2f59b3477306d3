package incident

import (
	"time"

	"tasktrail/audit"
)

// PlaybookInput is a whole playbook.
type PlaybookInput struct {
	Name        string
	Description *string
	Steps       []PlaybookStepInput
}

// PlaybookStepInput is a step; a nil key means: its title.
type PlaybookStepInput struct {
	Key             *string
	Title           string
	Description     *string
	Group           *string
	Mandatory       *bool
	DueAfterMinutes *int
	AssigneeID      *string
	AssignToOwner   *bool
}

// RuleInput is a whole rule.
type RuleInput struct {
	Name        string
	Description *string
	Order       *int  // default: 100
	Enabled     *bool // default: true
	ExpiresAt   *time.Time
	Trigger     Trigger
	Condition   *Condition
	Actions     []RuleAction
}

// WebhookInput is a whole webhook.
type WebhookInput struct {
	Name    string
	URL     string
	Enabled *bool // default: true
}

// CreatePlaybookInput makes a playbook. ExpectedVersion can only be 0.
type CreatePlaybookInput struct {
	Common
	Playbook PlaybookInput
}

// UpdatePlaybookInput changes what is set: a new version.
type UpdatePlaybookInput struct {
	Common
	ID          string
	Name        Optional[*string]
	Description Optional[*string]
	Steps       Optional[[]PlaybookStepInput]
}

// CreateRuleInput makes a rule. ExpectedVersion can only be 0.
type CreateRuleInput struct {
	Common
	Rule RuleInput
}

// UpdateRuleInput changes what is set: a new version.
type UpdateRuleInput struct {
	Common
	ID          string
	Name        Optional[*string]
	Description Optional[*string]
	Order       Optional[*int]
	Enabled     Optional[*bool]
	ExpiresAt   Optional[*time.Time]
	Trigger     Optional[*Trigger]
	Condition   Optional[*Condition]
	Actions     Optional[[]RuleAction]
}

// CreateWebhookInput makes a webhook. ExpectedVersion can only be 0.
type CreateWebhookInput struct {
	Common
	Webhook WebhookInput
}

// UpdateWebhookInput changes what is set.
type UpdateWebhookInput struct {
	Common
	ID      string
	Name    Optional[*string]
	URL     Optional[*string]
	Enabled Optional[*bool]
}

// RotateWebhookSecretInput gives a webhook a new secret; the old one is gone.
type RotateWebhookSecretInput struct {
	Common
	ID string
}

// DeleteDefinitionInput deletes a definition for good. Its history stays
// readable.
type DeleteDefinitionInput struct {
	Common
	ID string
}

// ApplyPlaybookInput puts a playbook's steps on an incident's list.
// ExpectedVersion is that of the incident.
type ApplyPlaybookInput struct {
	Common
	IncidentID string
	PlaybookID string
	Again      *bool // also the steps that are there already; default: false
}

// DefinitionPayload answers a mutation of a definition.
type DefinitionPayload[T any] struct {
	Definition       *T           // nil when refused
	Event            *audit.Event // nil when nothing changed
	Replayed         bool         // the clientMutationId had been carried out before
	ClientMutationID *string
	Errors           []MutationError
}

// ApplyPlaybookPayload answers applyPlaybook.
type ApplyPlaybookPayload struct {
	IncidentPayload
	Tasks []Task // those it added, in order
}
