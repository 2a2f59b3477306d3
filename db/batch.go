package db

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"tasktrail/audit"
	"tasktrail/incident"
)

// write is one thing saved with its event: an incident or a task.
type write struct {
	incident *incident.Incident
	task     *incident.Task
	event    *audit.Event
}

// batch is what the changes of one transaction have read, and written so far.
type batch struct {
	now       time.Time
	incidents map[string]incident.Incident
	tasks     map[string]incident.Task
	lists     map[string][]incident.TaskPlace
	actors    map[string]incident.Actor
	replays   map[incident.MutationKey]*audit.Event
	number    int // of the newest incident
	writes    []write
}

// commit carries the changes out in one transaction. It returns what each of
// them answered, or an error when the transaction failed. After an error of the
// COMMIT itself it may still have happened: trying again then finds the events
// of those changes that carried a clientMutationId.
func (s *Store) commit(requests []*request) ([]error, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(requests[0].ctx), writeTimeout)
	defer cancel()
	results := make([]error, len(requests))
	var events []*audit.Event
	err := s.inTx(ctx, func(tx bun.Tx) error {
		b, err := s.load(ctx, tx, requests)
		if err != nil {
			return err
		}
		for n, r := range requests {
			results[n] = b.run(r)
		}
		for _, w := range b.writes {
			events = append(events, w.event)
		}
		if len(events) == 0 {
			return nil
		}
		head, err := s.lockTrail(ctx, tx)
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := e.Seal(head); err != nil {
				return err
			}
			head = e.Head()
		}
		return save(ctx, tx, b.writes)
	})
	if err != nil {
		return nil, err
	}
	if len(events) > 0 {
		s.tail.committed(events)
	}
	return results, nil
}

// run lets one change work on the batch. What it saved counts only when it
// returns nil.
func (b *batch) run(r *request) (err error) {
	t := &txn{batch: b, key: r.needs.Mutation}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("db: a change panicked: %v", p)
		}
	}()
	if err := r.change(t); err != nil {
		return err
	}
	for _, w := range t.writes {
		b.keep(w)
		if t.key != (incident.MutationKey{}) && w.event.MutationID != "" {
			b.replays[t.key] = w.event
		}
	}
	return nil
}

// keep makes a write visible to the changes that follow.
func (b *batch) keep(w write) {
	if i := w.incident; i != nil {
		b.incidents[i.ID] = *i
		b.number = max(b.number, i.Number)
	}
	if t := w.task; t != nil {
		b.tasks[t.ID] = *t
		if list, ok := b.lists[t.IncidentID]; ok {
			b.lists[t.IncidentID] = withPlace(list, *t)
		}
	}
	b.writes = append(b.writes, w)
}

// txn is what one change sees: the batch under its own writes. It implements
// [incident.Tx].
type txn struct {
	*batch
	key    incident.MutationKey
	writes []write
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
			list = withPlace(list, *w.task)
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

// withPlace returns a copy of list with the place of t brought up to date.
func withPlace(list []incident.TaskPlace, t incident.Task) []incident.TaskPlace {
	p := placeOf(t)
	out := slices.DeleteFunc(slices.Clone(list), func(o incident.TaskPlace) bool { return o.ID == t.ID })
	at, _ := slices.BinarySearchFunc(out, p, func(a, b incident.TaskPlace) int {
		return cmp.Or(cmp.Compare(a.OrderKey, b.OrderKey), cmp.Compare(a.ID, b.ID))
	})
	return slices.Insert(out, at, p)
}

func placeOf(t incident.Task) incident.TaskPlace {
	return incident.TaskPlace{
		ID: t.ID, OrderKey: t.OrderKey, Status: t.Status, Mandatory: t.Mandatory, Deleted: t.DeletedAt != nil,
	}
}
