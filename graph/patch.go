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
		Mandatory:   optional(in.Mandatory),
		AssigneeID:  optional(in.AssigneeID),
		DueAt:       optional(in.DueAt),
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
