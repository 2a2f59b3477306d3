package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"tasktrail/audit"
	"tasktrail/incident"
)

// write is one thing saved with its event: an incident, a task, a definition
// (with the secret of a webhook or a key of a service account, if it is new),
// the redaction of another event; or a delivery with the event that tells of it.
type write struct {
	incident   *incident.Incident
	task       *incident.Task
	definition *definitionRow
	secret     string
	key        *keyRow
	delivery   *incident.Delivery
	redacts    int64 // the position of the event redacted
	event      *audit.Event
}

// batch is what the changes of one transaction have read, and written so far.
type batch struct {
	now       time.Time
	incidents map[string]incident.Incident
	tasks     map[string]incident.Task
	lists     map[string][]incident.TaskPlace
	listed    map[*request]bool // whose lists have been read
	actors    map[string]incident.Actor
	replays   map[incident.MutationKey]*audit.Event
	old       map[int64]*audit.Event // that may be redacted
	number    int                    // of the newest incident
	defined   *definitions
	current   *incident.Automation // defined, and what was defined in this batch
	consulted bool                 // a change has looked at current
	writes    []write
}

// commit carries the changes out in one transaction. It returns what each of
// them answered, or an error when the transaction failed. After an error of the
// COMMIT itself it may still have happened: trying again then finds the events
// of those changes that carried a clientMutationId.
func (s *Store) commit(requests []*request) (results []error, err error) {
	var again retry
	for range attempts {
		results, err = s.commitOnce(requests, again)
		switch {
		case errors.Is(err, errRedefined):
			again.redefined = true
		case errors.Is(err, errListsMissing):
			again.lists = true
		default:
			return results, err
		}
	}
	return results, err
}

// retry is what a batch has to do differently when it is tried again.
type retry struct {
	redefined bool // keep the definitions from changing
	lists     bool // read the task lists for every change
}

func (s *Store) commitOnce(requests []*request, again retry) ([]error, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(requests[0].ctx), writeTimeout)
	defer cancel()
	results := make([]error, len(requests))
	var events []*audit.Event
	var b *batch
	err := s.inTx(ctx, func(tx bun.Tx) (err error) {
		if b, err = s.load(ctx, tx, requests, again); err != nil {
			return err
		}
		for n, r := range requests {
			if b.needsLists(r) && !b.listed[r] {
				return errListsMissing
			}
			results[n] = b.run(r)
		}
		events = b.events()
		if len(events) == 0 {
			return b.stillDefined(ctx, tx)
		}
		head, revision, err := s.lockTrail(ctx, tx)
		if err != nil {
			return err
		}
		if revision != b.defined.revision {
			return errRedefined
		}
		for _, e := range events {
			if err := e.Seal(head); err != nil {
				return err
			}
			head = e.Head()
		}
		return s.save(ctx, tx, b.writes, b.now)
	})
	if err != nil {
		return nil, err
	}
	if len(events) > 0 {
		s.defined = b.definitions()
		s.tail.committed(events)
	}
	if len(b.writes) > len(events) {
		poke(s.outbox)
	}
	return results, nil
}

// stillDefined sends a batch back that wrote nothing because of definitions
// that are no longer the newest: a refusal must not come from the past either.
func (b *batch) stillDefined(ctx context.Context, tx bun.Tx) error {
	if !b.consulted {
		return nil
	}
	var newest int64
	if err := revision(tx).Scan(ctx, &newest); err != nil {
		return fmt.Errorf("read the newest definition: %w", err)
	}
	if newest != b.defined.revision {
		return errRedefined
	}
	return nil
}

// definitions are those that stand once the batch is committed.
func (b *batch) definitions() *definitions {
	out := b.defined
	for _, w := range b.writes {
		if w.definition != nil {
			out = &definitions{revision: w.event.Position, automation: b.current}
		}
	}
	return out
}

// events lists what was recorded, in order.
func (b *batch) events() []*audit.Event {
	var events []*audit.Event
	for _, w := range b.writes {
		if w.delivery == nil {
			events = append(events, w.event)
		}
	}
	return events
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
	if t.own != nil {
		b.current = t.own
	}
	for _, w := range t.writes {
		b.keep(w)
		if w.delivery == nil && t.key != (incident.MutationKey{}) && w.event.MutationID != "" {
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
	if n := w.redacts; n != 0 {
		b.old[n] = b.old[n].WithoutPayload()
	}
	if t := w.task; t != nil {
		b.tasks[t.ID] = *t
		if list, ok := b.lists[t.IncidentID]; ok {
			b.lists[t.IncidentID] = incident.WithPlace(list, *t)
		}
	}
	b.writes = append(b.writes, w)
}
