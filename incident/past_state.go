package incident

import (
	"fmt"
	"iter"
	"maps"
	"slices"

	"tasktrail/audit"
)

// ofAnActor are the recorded fields that the API shows as an actor, under
// another name.
var ofAnActor = map[string]string{"ownerId": "owner", "assigneeId": "assignee", "completedById": "completedBy"}

// lostFields returns the unknown fields of a subject by their names in the API.
func (u *unknowns) lostFields(subjectID string) map[string]bool {
	out := map[string]bool{}
	for field := range u.fields[subjectID] {
		if name, ok := ofAnActor[field]; ok {
			field = name
		}
		out[field] = true
	}
	return out
}

func sortedKeys(set map[string]bool) []string {
	out := slices.AppendSeq(make([]string, 0, len(set)), maps.Keys(set))
	slices.Sort(out)
	return out
}

// snapshot is an incident at a point.
type snapshot struct {
	state  *State
	asOf   AsOf
	placed map[string]int64 // task → position of the event that gave it its place
	events int              // of the incident and its tasks up to there
}

// playBack plays the history of an incident back once, up to each of the
// points, which go up. Redactions of any of its events may stand behind it.
func playBack(history iter.Seq2[*audit.Event, error], redactions []*audit.Event, points []point) ([]snapshot, error) {
	now := snapshot{state: &State{}, placed: map[string]int64{}}
	now.state.Redactions(redactions)
	out := make([]snapshot, 0, len(points))
	reached := func() {
		asOf := now.asOf
		asOf.At = points[len(out)].at
		out = append(out, snapshot{now.state.clone(), asOf, maps.Clone(now.placed), now.events})
	}
	for e, err := range history {
		if err != nil {
			return nil, err
		}
		for len(out) < len(points) && e.Position > points[len(out)].upTo {
			reached()
		}
		if err := now.state.Apply(e); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(e.Payload.Changes, func(c audit.Change) bool { return c.Field == fieldRank }) {
			now.placed[e.SubjectID] = e.Position
		}
		now.events++
		now.asOf.Position, now.asOf.RecordedAt = e.Position, &e.RecordedAt
	}
	for len(out) < len(points) {
		reached()
	}
	return out, nil
}

// clone returns a copy that is not changed by what is played back later. What
// pointers and lists of the things point to is never changed, see [apply].
func (s *State) clone() *State {
	return &State{Incident: s.Incident, Tasks: slices.Clone(s.Tasks), unknowns: s.unknowns.clone()}
}

// ranks counts the place of each task, by id: one more than the live tasks
// before it. It is empty when a place, or whether a task was live, was lost.
func (s *State) ranks() map[string]int {
	out, rank := make(map[string]int, len(s.Tasks)), 1
	for n := range s.Tasks {
		t := &s.Tasks[n]
		if _, lost := s.fields[t.ID][fieldDeletedAt]; lost || s.OrderUnknown() {
			return nil
		}
		out[t.ID] = rank
		if t.DeletedAt == nil {
			rank++
		}
	}
	return out
}

// pageOfList cuts a page out of a list that never changes, because it is of the
// past. Its cursors fit no other list.
func pageOfList[T any](list []T, matches func(*T) bool, name string, id func(*T) string, q PageQuery) (Page[T], int, error) {
	places := make(map[string]string, len(list))
	for n := range list {
		places[id(&list[n])] = fmt.Sprintf("%08d", n)
	}
	return pageOf(list, matches, name, func(item *T) string { return places[id(item)] }, id, q)
}
