package graph

import (
	"github.com/99designs/gqlgen/graphql"

	"tasktrail/graph/generated"
	"tasktrail/incident"
)

// incidentPatch says in the domain's words which fields were given.
func incidentPatch(in generated.UpdateIncidentInput) incident.UpdateIncidentInput {
	return incident.UpdateIncidentInput{
		Common:      common(in.ExpectedVersion, in.Reason, in.ClientMutationID),
		ID:          in.ID,
		Title:       optional(in.Title),
		Description: optional(in.Description),
		Severity:    optional(in.Severity),
		Status:      optional(in.Status),
		OwnerID:     optional(in.OwnerID),
		Labels:      optional(in.Labels),
	}
}

// taskPatch says in the domain's words which fields were given.
func taskPatch(in generated.UpdateTaskInput) incident.UpdateTaskInput {
	return incident.UpdateTaskInput{
		Common:      common(in.ExpectedVersion, in.Reason, in.ClientMutationID),
		ID:          in.ID,
		Title:       optional(in.Title),
		Description: optional(in.Description),
		Group:       optional(in.Group),
		Mandatory:   optional(in.Mandatory),
		AssigneeID:  optional(in.AssigneeID),
		DueAt:       optional(in.DueAt),
	}
}

// playbookPatch says in the domain's words which fields were given.
func playbookPatch(in generated.UpdatePlaybookInput) incident.UpdatePlaybookInput {
	return incident.UpdatePlaybookInput{
		Common:      common(in.ExpectedVersion, in.Reason, in.ClientMutationID),
		ID:          in.ID,
		Name:        optional(in.Name),
		Description: optional(in.Description),
		Steps:       optionalList(in.Steps),
	}
}

// rulePatch says in the domain's words which fields were given.
func rulePatch(in generated.UpdateRuleInput) incident.UpdateRuleInput {
	return incident.UpdateRuleInput{
		Common:      common(in.ExpectedVersion, in.Reason, in.ClientMutationID),
		ID:          in.ID,
		Name:        optional(in.Name),
		Description: optional(in.Description),
		Order:       optional(in.Order),
		Enabled:     optional(in.Enabled),
		ExpiresAt:   optional(in.ExpiresAt),
		Trigger:     optional(in.Trigger),
		Condition:   optional(in.Condition),
		Actions:     optionalList(in.Actions),
	}
}

// webhookPatch says in the domain's words which fields were given.
func webhookPatch(in generated.UpdateWebhookInput) incident.UpdateWebhookInput {
	return incident.UpdateWebhookInput{
		Common:  common(in.ExpectedVersion, in.Reason, in.ClientMutationID),
		ID:      in.ID,
		Name:    optional(in.Name),
		URL:     optional(in.URL),
		Enabled: optional(in.Enabled),
	}
}

// serviceAccountPatch says in the domain's words which fields were given.
func serviceAccountPatch(in generated.UpdateServiceAccountInput) incident.UpdateServiceAccountInput {
	return incident.UpdateServiceAccountInput{
		Common:      common(in.ExpectedVersion, in.Reason, in.ClientMutationID),
		ID:          in.ID,
		Name:        optional(in.Name),
		Description: optional(in.Description),
		Roles:       optional(in.Roles),
		Enabled:     optional(in.Enabled),
	}
}

// common takes what every input carries; there, null and absent are the same.
func common(version graphql.Omittable[*int], reason, mutationID graphql.Omittable[*string]) incident.Common {
	return incident.Common{
		ExpectedVersion: version.Value(), Reason: reason.Value(), ClientMutationID: mutationID.Value(),
	}
}

func optional[T any](o graphql.Omittable[T]) incident.Optional[T] {
	value, set := o.ValueOK()
	return incident.Optional[T]{Set: set, Value: value}
}

func optionalList[T any](o graphql.Omittable[[]*T]) incident.Optional[[]T] {
	pointers, set := o.ValueOK()
	out := incident.Optional[[]T]{Set: set}
	if pointers != nil {
		out.Value = make([]T, len(pointers))
	}
	for n, p := range pointers {
		out.Value[n] = *p
	}
	return out
}
