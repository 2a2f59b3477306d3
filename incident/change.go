package incident

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"tasktrail/audit"
)

// change is one mutation on its way, or what a rule or playbook makes of it:
// what it is called, who wants it, and what came of it.
type change struct {
	operation string
	viewer    Viewer
	common    Common
	input     any // as it was given, for its fingerprint
	key       MutationKey
	print     audit.Hash

	cause *audit.Event      // set by automation: what set it off
	by    *audit.Automation // likewise: the definition that acts

	event    *audit.Event // the first one written, or the one replayed
	last     *audit.Event // the last one written
	replayed bool
	happened []occurrence // what it wrote that can set rules off
	written  int          // events
	// result reads what the caller is told, once all has been done that the
	// change set off.
	result func(tx Tx)
}

// begin checks rights and the fields every input has. input is the whole input.
func begin(v Viewer, operation string, common Common, input any) (*change, *checker, error) {
	if err := v.CheckChange(); err != nil {
		return nil, nil, err
	}
	c := &change{operation: operation, viewer: v, common: common, input: input}
	check := &checker{}
	check.common(common)
	if id := common.ClientMutationID; id != nil {
		c.key = MutationKey{ActorID: v.Actor.ID, ID: *id}
	}
	return c, check, nil
}

// as is a change that automation makes because of an event.
func (c *change) as(actor Actor, by *audit.Automation, cause *audit.Event) *change {
	return &change{viewer: Viewer{Actor: actor, RequestID: c.viewer.RequestID}, by: by, cause: cause}
}

// fingerprint is SHA-256 over the operation's name and its input as JSON. The
// input must have passed its checks: not every time has a JSON form.
func fingerprint(operation string, input any) audit.Hash {
	text, err := json.Marshal(struct {
		Operation string
		Input     any
	}{operation, input})
	if err != nil {
		panic("incident: an input has no JSON form: " + err.Error()) // checked inputs are plain data
	}
	return sha256.Sum256(text)
}

// run carries the change out, and what it sets off, unless its key was used
// before: then the event of the first time is found instead, or the key refused
// for another input.
func (s *Service) run(ctx context.Context, c *change, needs Needs, rule func(tx Tx) error) error {
	needs.Mutation = c.key
	if c.key.ID != "" {
		c.print = fingerprint(c.operation, c.input)
	}
	err := s.store.Update(ctx, needs, func(tx Tx) error {
		c.event, c.replayed, c.happened, c.written = nil, false, nil, 0
		if first, ok := tx.Replayed(); ok {
			if first.Fingerprint != c.print {
				return Refusal{&IdempotencyError{
					Message: "this clientMutationId was already used for another change; take a new one",
					Path:    inputPath("clientMutationId"),
				}}
			}
			c.event, c.replayed = first, true
			return nil
		}
		if err := rule(tx); err != nil {
			return err
		}
		c.automate(tx)
		if c.result != nil {
			c.result(tx)
		}
		return nil
	})
	return s.explain(ctx, err)
}

// explain completes conflicts with the events that the caller has not seen.
func (s *Service) explain(ctx context.Context, err error) error {
	var refusal Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	for _, e := range refusal {
		conflict, ok := e.(*ConflictError)
		if !ok {
			continue
		}
		missed, err := s.store.EventsSince(ctx, conflict.subjectID, conflict.expected, MaxPage)
		if err != nil {
			return err
		}
		conflict.Missed = missed
	}
	return err
}

// record makes the event for a change of a subject at its new version.
func (c *change) record(tx Tx, action audit.Action, kind, id, incidentID string, version int, changes []audit.Change) *audit.Event {
	e := &audit.Event{
		Header: audit.Header{
			RecordedAt: tx.Now(), Action: action,
			SubjectKind: kind, SubjectID: id, SubjectVersion: int64(version), IncidentID: incidentID,
			ActorKind: string(c.viewer.Actor.Kind), ActorID: c.viewer.Actor.ID,
			RequestID: c.viewer.RequestID,
		},
		Payload: audit.Payload{
			ActorName: c.viewer.Actor.Name, ActorEmail: c.viewer.Actor.Email, Automation: c.by, Changes: changes,
		},
		Cause: c.cause,
	}
	if c.common.Reason != nil {
		e.Payload.Reason = *c.common.Reason
	}
	_, _ = rand.Read(e.Salt[:]) // never fails
	c.written, c.last = c.written+1, e
	if c.event == nil {
		c.event = e
		e.MutationID, e.Fingerprint = c.key.ID, c.print
	}
	return e
}

// editIncident runs rule on a copy of an incident and saves what it changed.
// What it leaves as it was writes nothing.
func (c *change) editIncident(
	tx Tx, id string, action audit.Action, rule func(tx Tx, i *Incident) ([]audit.Change, error),
) error {
	before, ok := tx.Incident(id)
	if !ok {
		return notFound("id", "incident")
	}
	if err := c.expect(before.Version, &before, id); err != nil {
		return err
	}
	after := before
	extra, err := rule(tx, &after)
	if err != nil {
		return err
	}
	changes := append(diff(incidentFields, &before, &after), extra...)
	if len(changes) == 0 {
		return nil
	}
	after.Version++
	after.UpdatedAt, after.UpdatedByID = tx.Now(), c.viewer.Actor.ID
	c.saveIncident(tx, &before, after, action, changes)
	return nil
}

// saveIncident stores an incident at its new version. before is nil when it is
// new.
func (c *change) saveIncident(tx Tx, before *Incident, after Incident, action audit.Action, changes []audit.Change) {
	e := c.record(tx, action, SubjectIncident, after.ID, after.ID, after.Version, changes)
	tx.SaveIncident(after, e)
	if trigger, ok := triggerOf[action]; ok {
		c.happened = append(c.happened, occurrence{
			trigger: trigger, event: e, actor: c.viewer.Actor, incidentID: after.ID, before: before, after: &after,
		})
	}
}

// saveTask stores a task at its new version.
func (c *change) saveTask(tx Tx, t Task, action audit.Action, changes []audit.Change) {
	e := c.record(tx, action, SubjectTask, t.ID, t.IncidentID, t.Version, changes)
	tx.SaveTask(t, e)
	if trigger, ok := triggerOf[action]; ok {
		c.happened = append(c.happened, occurrence{
			trigger: trigger, event: e, actor: c.viewer.Actor, incidentID: t.IncidentID, task: &t,
		})
	}
}

// expect refuses a change made in view of another version.
func (c *change) expect(version int, current any, id string) error {
	want := c.common.ExpectedVersion
	if want == nil || *want == version {
		return nil
	}
	return Refusal{&ConflictError{
		Message: fmt.Sprintf("version %d was expected, but it is at version %d", *want, version),
		Path:    inputPath("expectedVersion"), Current: current,
		subjectID: id, expected: *want,
	}}
}

// refused splits an error into the expected refusals, which are data, and
// everything else.
func refused(err error) ([]MutationError, error) {
	var refusal Refusal
	if errors.As(err, &refusal) {
		return refusal, nil
	}
	return []MutationError{}, err
}
