package incident

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"tasktrail/audit"
)

// Service is everything one can do. Each method checks the viewer's rights
// itself, so that no transport can forget to.
type Service struct {
	store Store
	now   func() time.Time
	known sync.Map // Actor → struct{}: those the store has as they are
}

// New returns a service on store. now is the clock by which tasks are overdue;
// nil means the real one.
func New(store Store, now func() time.Time) *Service {
	if now == nil {
		now = time.Now
	}
	return &Service{store: store, now: now}
}

// Now is the time by which tasks are overdue.
func (s *Service) Now() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// Admit checks that v may read at all and makes its actor known, so that it can
// be found and assigned.
func (s *Service) Admit(ctx context.Context, v Viewer) error {
	if err := v.CheckRead(); err != nil {
		return err
	}
	if _, ok := s.known.Load(v.Actor); ok {
		return nil
	}
	if err := s.store.SaveActor(ctx, v.Actor); err != nil {
		return err
	}
	s.known.Store(v.Actor, struct{}{})
	return nil
}

// Read gives v the lists and lookups.
func (s *Service) Read(v Viewer) (Reader, error) {
	if err := v.CheckRead(); err != nil {
		return nil, err
	}
	return s.store, nil
}

// Head returns the newest event in short.
func (s *Service) Head(ctx context.Context, v Viewer) (audit.Head, error) {
	if err := v.CheckRead(); err != nil {
		return audit.Head{}, err
	}
	return s.store.Log().Head(ctx)
}

// Follow yields every event that f chooses behind the cursor after, or from
// position 1, or (with neither) from now on, and then waits for more until ctx
// ends. A cursor that the trail cannot explain is refused with
// [audit.ErrCursorMalformed], [audit.ErrCursorAhead] or [audit.ErrTrailForked].
func (s *Service) Follow(
	ctx context.Context, v Viewer, f *AuditEventFilter, after *string, fromStart bool,
) (iter.Seq2[*audit.Event, error], error) {
	if err := v.CheckRead(); err != nil {
		return nil, err
	}
	log := s.store.Log()
	var position int64
	switch {
	case after != nil && fromStart:
		return nil, &InputError{Path: []string{"fromStart"}, Message: "give after or fromStart, not both"}
	case after != nil:
		cursor, err := audit.ParseCursor(*after)
		if err != nil {
			return nil, err
		}
		if err := audit.CheckCursor(ctx, log, cursor); err != nil {
			return nil, err
		}
		position = cursor.Position
	case !fromStart:
		head, err := log.Head(ctx)
		if err != nil {
			return nil, err
		}
		position = head.Position
	}
	return func(yield func(*audit.Event, error) bool) {
		for e, err := range audit.Follow(ctx, log, position) {
			if err == nil && !f.Matches(e) {
				continue
			}
			if !yield(e, err) {
				return
			}
		}
	}, nil
}

// change is one mutation on its way: what it is called, who wants it, and what
// came of it.
type change struct {
	operation string
	viewer    Viewer
	common    Common
	input     any // as it was given, for its fingerprint
	key       MutationKey
	print     audit.Hash

	event    *audit.Event // the one written, or the one replayed
	replayed bool
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

// run carries the change out, unless its key was used before: then the event of
// the first time is found instead, or the key refused for another input.
func (s *Service) run(ctx context.Context, c *change, needs Needs, rule func(tx Tx) error) error {
	needs.Mutation = c.key
	if c.key.ID != "" {
		c.print = fingerprint(c.operation, c.input)
	}
	err := s.store.Update(ctx, needs, func(tx Tx) error {
		c.event, c.replayed = nil, false
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
		return rule(tx)
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
			RequestID: c.viewer.RequestID, MutationID: c.key.ID, Fingerprint: c.print,
		},
		Payload: audit.Payload{
			ActorName: c.viewer.Actor.Name, ActorEmail: c.viewer.Actor.Email, Changes: changes,
		},
	}
	if c.common.Reason != nil {
		e.Payload.Reason = *c.common.Reason
	}
	_, _ = rand.Read(e.Salt[:]) // never fails
	c.event = e
	return e
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

// knownActor refuses ids of actors that nobody has heard of.
func knownActor(tx Tx, field string, id *string) error {
	if id == nil {
		return nil
	}
	if _, ok := tx.Actor(*id); !ok {
		return notFound(field, "actor")
	}
	return nil
}

// some lists the ids that are there.
func some(ids ...*string) []string {
	var out []string
	for _, id := range ids {
		if id != nil {
			out = append(out, *id)
		}
	}
	return out
}
