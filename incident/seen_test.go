package incident_test

import (
	"encoding/json"

	"tasktrail/incident"
)

// fields holds what is recorded of a thing, as JSON by name; what is null is
// left out.
type fields map[string]string

func (f fields) set(name string, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	if f[name] = string(text); f[name] == "null" {
		delete(f, name)
	}
}

// changesTo lists what differs in after, from and to.
func (f fields) changesTo(after fields) fields {
	out := fields{}
	for name := range after {
		if f[name] != after[name] {
			out[name] = f[name] + "→" + after[name]
		}
	}
	for name := range f {
		if _, stays := after[name]; !stays {
			out[name] = f[name] + "→"
		}
	}
	return out
}

// became is how one of the changes is written.
func became(from, to any) string {
	f := fields{}
	f.set("from", from)
	f.set("to", to)
	return f["from"] + "→" + f["to"]
}

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
			"reopenCount": v.ReopenCount, "deletedAt": v.DeletedAt, "group": v.Group, "overdueSince": v.OverdueSince,
		} {
			x.fields.set(name, value)
		}
	}
	return x
}
