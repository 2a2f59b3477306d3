package incident_test

import "tasktrail/incident"

// seen brings an incident or task into the form of the model.
func seen(v any) *thing {
	x := &thing{fields: fields{}}
	switch v := v.(type) {
	case *incident.Incident:
		x.id, x.events = v.ID, make([]int64, v.Version)
		x.made, x.touched = stamp{v.CreatedAt, v.CreatedByID}, stamp{v.UpdatedAt, v.UpdatedByID}
		for name, value := range map[string]any{
			"number": v.Number, "title": v.Title, "description": v.Description, "severity": v.Severity, "status": v.Status,
			"classification": v.Classification, "classificationReason": v.ClassificationReason,
			"classificationComment": v.ClassificationComment, "ownerId": v.OwnerID, "labels": v.Labels, "closedAt": v.ClosedAt,
		} {
			x.fields.set(name, value)
		}
	case *incident.Task:
		x.id, x.events = v.ID, make([]int64, v.Version)
		x.made, x.touched = stamp{v.CreatedAt, v.CreatedByID}, stamp{v.UpdatedAt, v.UpdatedByID}
		for name, value := range map[string]any{
			"title": v.Title, "description": v.Description, "status": v.Status, "mandatory": v.Mandatory, "assigneeId": v.AssigneeID,
			"dueAt": v.DueAt, "origin": v.Origin, "completedAt": v.CompletedAt, "completedById": v.CompletedByID,
			"reopenCount": v.ReopenCount, "deletedAt": v.DeletedAt,
		} {
			x.fields.set(name, value)
		}
	}
	return x
}
