package incident

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"tasktrail/audit"
)

// field is one recorded field of a thing: its name in the API and where it
// lives. The same table makes the changes of an event and plays them back, so
// the two cannot disagree.
type field[T any] struct {
	name string
	ptr  func(*T) any
}

// Times and actors of creation and update, and the version, are not listed:
// they stand in the header of the event itself.
var incidentFields = []field[Incident]{
	{"number", func(i *Incident) any { return &i.Number }},
	{"title", func(i *Incident) any { return &i.Title }},
	{"description", func(i *Incident) any { return &i.Description }},
	{"severity", func(i *Incident) any { return &i.Severity }},
	{"status", func(i *Incident) any { return &i.Status }},
	{"classification", func(i *Incident) any { return &i.Classification }},
	{"classificationReason", func(i *Incident) any { return &i.ClassificationReason }},
	{"classificationComment", func(i *Incident) any { return &i.ClassificationComment }},
	{"ownerId", func(i *Incident) any { return &i.OwnerID }},
	{"labels", func(i *Incident) any { return &i.Labels }},
	{"closedAt", func(i *Incident) any { return &i.ClosedAt }},
}

var taskFields = []field[Task]{
	{"title", func(t *Task) any { return &t.Title }},
	{"description", func(t *Task) any { return &t.Description }},
	{"status", func(t *Task) any { return &t.Status }},
	{"mandatory", func(t *Task) any { return &t.Mandatory }},
	{"assigneeId", func(t *Task) any { return &t.AssigneeID }},
	{"dueAt", func(t *Task) any { return &t.DueAt }},
	{"origin", func(t *Task) any { return &t.Origin }},
	{"completedAt", func(t *Task) any { return &t.CompletedAt }},
	{"completedById", func(t *Task) any { return &t.CompletedByID }},
	{"reopenCount", func(t *Task) any { return &t.ReopenCount }},
	{fieldDeletedAt, func(t *Task) any { return &t.DeletedAt }},
	{"group", func(t *Task) any { return &t.Group }},
	{"overdueSince", func(t *Task) any { return &t.OverdueSince }},
}

var playbookFields = []field[Playbook]{
	{"name", func(p *Playbook) any { return &p.Name }},
	{"description", func(p *Playbook) any { return &p.Description }},
	{"steps", func(p *Playbook) any { return &p.Steps }},
	{"deletedAt", func(p *Playbook) any { return &p.DeletedAt }},
}

var ruleFields = []field[Rule]{
	{"name", func(r *Rule) any { return &r.Name }},
	{"description", func(r *Rule) any { return &r.Description }},
	{"order", func(r *Rule) any { return &r.Order }},
	{"enabled", func(r *Rule) any { return &r.Enabled }},
	{"expiresAt", func(r *Rule) any { return &r.ExpiresAt }},
	{"trigger", func(r *Rule) any { return &r.Trigger }},
	{"condition", func(r *Rule) any { return &r.Condition }},
	{"actions", func(r *Rule) any { return &r.Actions }},
	{"deletedAt", func(r *Rule) any { return &r.DeletedAt }},
}

var webhookFields = []field[Webhook]{
	{"name", func(w *Webhook) any { return &w.Name }},
	{"url", func(w *Webhook) any { return &w.URL }},
	{"enabled", func(w *Webhook) any { return &w.Enabled }},
	{"secretVersion", func(w *Webhook) any { return &w.SecretVersion }},
	{"deletedAt", func(w *Webhook) any { return &w.DeletedAt }},
}

var serviceAccountFields = []field[ServiceAccount]{
	{"name", func(a *ServiceAccount) any { return &a.Name }},
	{"description", func(a *ServiceAccount) any { return &a.Description }},
	{"kind", func(a *ServiceAccount) any { return &a.Kind }},
	{"roles", func(a *ServiceAccount) any { return &a.Roles }},
	{"enabled", func(a *ServiceAccount) any { return &a.Enabled }},
	{"keys", func(a *ServiceAccount) any { return &a.Keys }},
	{"deletedAt", func(a *ServiceAccount) any { return &a.DeletedAt }},
}

// Fields of events that are not fields of a thing.
const (
	fieldRank           = "rank"           // the place of a task added or moved
	fieldOverrideReason = "overrideReason" // why an incident was closed over open tasks
	fieldPlaybook       = "playbook"       // the playbook that was applied
	fieldWebhook        = "webhook"        // the webhook that is called
	fieldAutomation     = "automation"     // what a rule did not do, and why
)

var onlyRecorded = []string{fieldRank, fieldOverrideReason, fieldPlaybook, fieldWebhook, fieldAutomation}

var jsonNull = json.RawMessage("null")

// toJSON renders a recorded value: compact JSON without HTML escapes.
func toJSON(v any) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		// Every recorded field is checked text, a number or a time of a four-digit year.
		panic("incident: a recorded value has no JSON form: " + err.Error())
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// diff lists what changed from before to after, in the order of the table. A
// nil before means creation: every field that is not null counts, from null.
func diff[T any](fields []field[T], before, after *T) []audit.Change {
	changes := []audit.Change{}
	for _, f := range fields {
		from, to := jsonNull, toJSON(f.ptr(after))
		if before != nil {
			from = toJSON(f.ptr(before))
		}
		if !bytes.Equal(from, to) {
			changes = append(changes, audit.Change{Field: f.name, From: from, To: to})
		}
	}
	return changes
}

// names lists the fields of a table.
func names[T any](fields []field[T]) []string {
	out := make([]string, len(fields))
	for n, f := range fields {
		out[n] = f.name
	}
	return out
}

// apply plays changes back onto thing. It refuses a change whose from is not
// what the thing holds, unless that is unknown; from then on it is known.
func apply[T any](fields []field[T], thing *T, created bool, changes []audit.Change, unknown map[string]int64) error {
	for _, c := range changes {
		_, lost := unknown[c.Field]
		delete(unknown, c.Field)
		if slices.Contains(onlyRecorded, c.Field) {
			continue
		}
		known := false
		for _, f := range fields {
			if f.name != c.Field {
				continue
			}
			known = true
			if !created && !lost {
				if !hasJSON(f.ptr(thing), c.From) {
					return fmt.Errorf("field %s changes from %s but was %s", c.Field, c.From, toJSON(f.ptr(thing)))
				}
			}
			if err := setJSON(f.ptr(thing), c.To); err != nil {
				return fmt.Errorf("field %s: %w", c.Field, err)
			}
		}
		if !known {
			return fmt.Errorf("field %s is unknown", c.Field)
		}
	}
	return nil
}
