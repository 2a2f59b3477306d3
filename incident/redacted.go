package incident

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"

	"tasktrail/audit"
)

// fieldPayload is the field that a redaction changes: from the names of the
// fields that the redacted event had changed, to null.
const fieldPayload = "payload"

// fieldDeletedAt is the field by which a task counts in the ranks of others: a
// place that is told while it is unknown cannot be found.
const fieldDeletedAt = "deletedAt"

// unknowns are the fields whose values were lost by redactions, for those who
// play a part of the trail back.
type unknowns struct {
	removed map[int64][]string          // position of a redacted event → the fields it changed
	fields  map[string]map[string]int64 // subject → its unknown fields → position of the event that would tell
	order   bool                        // the place of a task was lost
	now     map[string]any              // subject → what it is now
}

// Assume makes what redactions have removed count as what things are now. Each
// is an [Incident], [Task], [Playbook], [Rule], [Webhook] or [ServiceAccount]. It
// stays unknown.
func (u *unknowns) Assume(things ...any) {
	if u.now == nil {
		u.now = map[string]any{}
	}
	for _, thing := range things {
		switch t := thing.(type) {
		case Incident:
			u.now[t.ID] = t
		case Task:
			u.now[t.ID] = t
		case Playbook:
			u.now[t.ID] = t
		case Rule:
			u.now[t.ID] = t
		case Webhook:
			u.now[t.ID] = t
		case ServiceAccount:
			u.now[t.ID] = t
		}
	}
}

// Redactions tells what redactions, in any order, say of events to come. Of a
// redacted event about which nothing is told, every field counts as lost.
func (u *unknowns) Redactions(events []*audit.Event) {
	for _, e := range events {
		if e.Redacts() == 0 || e.Redacted {
			continue
		}
		for _, c := range e.Payload.Changes {
			var fields []string
			if c.Field == fieldPayload && json.Unmarshal(c.From, &fields) == nil {
				if u.removed == nil {
					u.removed = map[int64][]string{}
				}
				u.removed[e.Redacts()] = fields
			}
		}
	}
}

// lost notes what a redacted event does not tell any more, and returns the
// unknown fields of its subject. all are those it could have changed.
func (u *unknowns) lost(e *audit.Event, all []string) map[string]int64 {
	unknown := u.fields[e.SubjectID]
	fields, told := u.removed[e.Position]
	if !told {
		fields = all
	}
	if unknown == nil {
		unknown = map[string]int64{}
		if u.fields == nil {
			u.fields = map[string]map[string]int64{}
		}
		u.fields[e.SubjectID] = unknown
	}
	for _, f := range fields {
		if slices.Contains(all, f) {
			unknown[f] = e.Position
			u.order = u.order || f == fieldRank
		}
	}
	return unknown
}

// lose notes what e does not tell any more of thing, gives these fields what
// they are assumed to be, and returns all that are unknown. also are recorded
// fields that are not in the table.
func lose[T any](u *unknowns, e *audit.Event, fields []field[T], thing *T, also ...string) map[string]int64 {
	if !e.Redacted {
		return u.fields[e.SubjectID]
	}
	unknown := u.lost(e, append(names(fields), also...))
	now, ok := u.now[e.SubjectID].(T)
	if !ok {
		return unknown
	}
	for _, f := range fields {
		if _, lost := unknown[f.name]; lost {
			reflect.ValueOf(f.ptr(thing)).Elem().Set(reflect.ValueOf(f.ptr(&now)).Elem())
		}
	}
	return unknown
}

// recall tells u all that is left to know of the redacted ones among events:
// which fields they changed, and what these are now.
func (s *Service) recall(ctx context.Context, u *unknowns, events []*audit.Event) error {
	var positions []int64
	ids := map[string]map[string]bool{SubjectIncident: {}, SubjectTask: {}}
	defined := map[string]bool{}
	for _, e := range events {
		if !e.Redacted {
			continue
		}
		positions = append(positions, e.Position)
		if of, ok := ids[e.SubjectKind]; ok {
			of[e.SubjectID] = true
		} else {
			defined[e.SubjectID] = true
		}
	}
	if len(positions) == 0 {
		return nil
	}
	redactions, err := s.store.Redactions(ctx, positions)
	if err != nil {
		return err
	}
	u.Redactions(slices.Collect(maps.Values(redactions)))
	return errors.Join(
		assume(ctx, u, ids[SubjectIncident], s.store.IncidentsByID),
		assume(ctx, u, ids[SubjectTask], s.store.TasksByID),
		assume(ctx, u, defined, s.store.DefinitionsByID),
	)
}

// assume makes u assume what read finds.
func assume[T any](ctx context.Context, u *unknowns, ids map[string]bool, read func(context.Context, []string) (map[string]T, error)) error {
	if len(ids) == 0 {
		return nil
	}
	found, err := read(ctx, slices.Sorted(maps.Keys(ids)))
	for _, thing := range found {
		u.Assume(thing)
	}
	return err
}

// Unknown lists the fields of a subject whose values were lost by redactions
// and have not been set since, by name.
func (u *unknowns) Unknown(subjectID string) []string {
	return slices.Sorted(maps.Keys(u.fields[subjectID]))
}

// clone returns a copy that is not changed by what is played back later.
func (u *unknowns) clone() unknowns {
	out := *u
	out.fields = make(map[string]map[string]int64, len(u.fields))
	for subject, fields := range u.fields {
		out.fields[subject] = maps.Clone(fields)
	}
	return out
}

// OrderUnknown reports whether the order of the tasks may not be what it was,
// because a place was lost.
func (u *unknowns) OrderUnknown() bool { return u.order }
