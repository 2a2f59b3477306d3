package db

import (
	"slices"
	"time"

	"tasktrail/audit"
	"tasktrail/incident"
)

// txn is what one change sees: the batch under its own writes. It implements
// [incident.Tx].
type txn struct {
	*batch
	key    incident.MutationKey
	writes []write
	own    *incident.Automation // with what this change has defined; nil: nothing
}

func (t *txn) Now() time.Time { return t.now }

func (t *txn) Incident(id string) (incident.Incident, bool) {
	for _, w := range slices.Backward(t.writes) {
		if w.incident != nil && w.incident.ID == id {
			return *w.incident, true
		}
	}
	i, ok := t.incidents[id]
	return i, ok
}

func (t *txn) Task(id string) (incident.Task, bool) {
	for _, w := range slices.Backward(t.writes) {
		if w.task != nil && w.task.ID == id {
			return *w.task, true
		}
	}
	task, ok := t.tasks[id]
	return task, ok
}

func (t *txn) TaskList(incidentID string) []incident.TaskPlace {
	list := t.lists[incidentID]
	for _, w := range t.writes {
		if w.task != nil && w.task.IncidentID == incidentID {
			list = incident.WithPlace(list, *w.task)
		}
	}
	return list
}

func (t *txn) Actor(id string) (incident.Actor, bool) { a, ok := t.actors[id]; return a, ok }

func (t *txn) NextNumber() int {
	number := t.number
	for _, w := range t.writes {
		if w.incident != nil {
			number = max(number, w.incident.Number)
		}
	}
	return number + 1
}

func (t *txn) Replayed() (*audit.Event, bool) {
	if t.key == (incident.MutationKey{}) {
		return nil, false
	}
	e, ok := t.replays[t.key]
	return e, ok
}

func (t *txn) SaveIncident(i incident.Incident, e *audit.Event) {
	if e.SubjectID != i.ID || e.SubjectVersion != int64(i.Version) {
		panic("the event does not record this incident") // a mistake in a rule
	}
	t.writes = append(t.writes, write{incident: &i, event: e})
}

func (t *txn) SaveTask(task incident.Task, e *audit.Event) {
	if e.SubjectID != task.ID || e.SubjectVersion != int64(task.Version) {
		panic("the event does not record this task") // a mistake in a rule
	}
	t.writes = append(t.writes, write{task: &task, event: e})
}

func (t *txn) Automation() *incident.Automation {
	t.consulted = true
	if t.own != nil {
		return t.own
	}
	return t.current
}

func (t *txn) SavePlaybook(p incident.Playbook, e *audit.Event) {
	t.saveDefinition(p, p.Definition, e)
}

func (t *txn) SaveRule(r incident.Rule, e *audit.Event) { t.saveDefinition(r, r.Definition, e) }

func (t *txn) SaveWebhook(w incident.Webhook, secret string, e *audit.Event) {
	t.saveDefinition(w, w.Definition, e).secret = secret
}

func (t *txn) SaveServiceAccount(a incident.ServiceAccount, issued *audit.Hash, e *audit.Event) {
	w := t.saveDefinition(a, a.Definition, e)
	if issued != nil {
		w.key = &keyRow{ID: a.Keys[len(a.Keys)-1].ID, AccountID: a.ID, Hash: issued[:]}
	}
}

func (t *txn) saveDefinition(d any, base incident.Definition, e *audit.Event) *write {
	if e.SubjectID != base.ID || e.SubjectVersion != int64(base.Version) {
		panic("the event does not record this definition") // a mistake in a rule
	}
	t.own = t.Automation().With(d)
	t.writes = append(t.writes, write{definition: definitionRowOf(d), event: e})
	return &t.writes[len(t.writes)-1]
}

func (t *txn) Event(position int64) (*audit.Event, bool) { e, ok := t.old[position]; return e, ok }

func (t *txn) Redact(e *audit.Event) {
	if old, ok := t.old[e.Redacts()]; !ok || old.Redacted {
		panic("the event does not record this redaction") // a mistake in a rule
	}
	t.writes = append(t.writes, write{redacts: e.Redacts(), event: e})
}

func (t *txn) Enqueue(d incident.Delivery, e *audit.Event) {
	t.writes = append(t.writes, write{delivery: &d, event: e})
}
