package incident

import (
	"encoding/json"
	"maps"
	"slices"

	"tasktrail/audit"
)

// fieldPayload is the field that a redaction changes: from the names of the
// fields that the redacted event had changed, to null.
const fieldPayload = "payload"

// fieldDeletedAt is the field by which a task counts in the ranks of others.
const fieldDeletedAt = "deletedAt"

// unknowns are the fields whose values were lost by redactions, for those who
// play a part of the trail back.
type unknowns struct {
	removed map[int64][]string          // position of a redacted event → the fields it changed
	fields  map[string]map[string]int64 // subject → its unknown fields → position of the event that would tell
	order   bool                        // the place of a task was lost
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

// lost notes what e does not tell any more, and returns the unknown fields of
// its subject. all are those it could have changed.
func (u *unknowns) lost(e *audit.Event, all []string) map[string]int64 {
	unknown := u.fields[e.SubjectID]
	if !e.Redacted {
		return unknown
	}
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
			// A rank counts the tasks that were not deleted.
			u.order = u.order || f == fieldRank || f == fieldDeletedAt && e.SubjectKind == SubjectTask
		}
	}
	return unknown
}

// Unknown lists the fields of a subject whose values were lost by redactions
// and have not been set since, by name.
func (u *unknowns) Unknown(subjectID string) []string {
	return slices.Sorted(maps.Keys(u.fields[subjectID]))
}

// clone returns a copy that is not changed by what is played back later.
func (u *unknowns) clone() unknowns {
	out := unknowns{removed: u.removed, fields: make(map[string]map[string]int64, len(u.fields)), order: u.order}
	for subject, fields := range u.fields {
		out.fields[subject] = maps.Clone(fields)
	}
	return out
}

// OrderUnknown reports whether the order of the tasks may not be what it was,
// because a place was lost.
func (u *unknowns) OrderUnknown() bool { return u.order }
