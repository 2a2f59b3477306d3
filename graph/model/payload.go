package model

import "tasktrail/incident"

// The answers of the mutations of definitions.
type (
	PlaybookPayload = incident.DefinitionPayload[incident.Playbook]
	RulePayload     = incident.DefinitionPayload[incident.Rule]
	WebhookPayload  = incident.DefinitionPayload[incident.Webhook]

	ServiceAccountPayload = incident.DefinitionPayload[incident.ServiceAccount]
)
