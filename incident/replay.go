package incident

import (
	"context"
	"fmt"
	"slices"

	"tasktrail/audit"
)

// State is an incident and its tasks as a part of the trail gives them: the
// tasks in the order of the list, tombstones included. Order keys are empty,
// since the trail records places, not keys. What was redacted is missing in it,
// and [State.Unknown] says so.
type State struct {
	Incident Incident
	Tasks    []Task
	unknowns
}

// task returns a task by id, or nil.
func (s *State) task(id string) *Task {
	for n := range s.Tasks {
		if s.Tasks[n].ID == id {
			return &s.Tasks[n]
		}
	}
	return nil
}

// Apply plays one event back. Events must come in the order of the trail and
// belong to one incident. An event that does not fit what came before is an
// error.
func (s *State) Apply(e *audit.Event) error {
	var err error
	switch e.SubjectKind {
	case SubjectIncident:
		err = s.applyIncident(e)
	case SubjectTask:
		err = s.applyTask(e)
	case audit.SubjectEvent: // changes nothing of the incident
	default:
		err = fmt.Errorf("unknown kind of subject")
	}
	if err != nil {
		return fmt.Errorf("replay position %d: %w", e.Position, err)
	}
	return nil
}

func (s *State) applyIncident(e *audit.Event) error {
	i := &s.Incident
	if err := nextVersion(i.Version, e); err != nil {
		return err
	}
	created := e.SubjectVersion == 1
	if created {
		*i = Incident{ID: e.SubjectID, CreatedAt: e.RecordedAt, CreatedByID: e.ActorID}
	}
	i.Version, i.UpdatedAt, i.UpdatedByID = int(e.SubjectVersion), e.RecordedAt, e.ActorID
	return apply(incidentFields, i, created, e.Payload.Changes, lose(&s.unknowns, e, incidentFields, i))
}

func (s *State) applyTask(e *audit.Event) error {
	t := s.task(e.SubjectID)
	if t == nil {
		s.Tasks = append(s.Tasks, Task{ID: e.SubjectID, IncidentID: e.IncidentID, CreatedAt: e.RecordedAt, CreatedByID: e.ActorID})
		t = &s.Tasks[len(s.Tasks)-1]
	}
	if err := nextVersion(t.Version, e); err != nil {
		return err
	}
	t.Version, t.UpdatedAt, t.UpdatedByID = int(e.SubjectVersion), e.RecordedAt, e.ActorID
	if err := apply(taskFields, t, e.SubjectVersion == 1, e.Payload.Changes, lose(&s.unknowns, e, taskFields, t, fieldRank)); err != nil {
		return err
	}
	for _, c := range e.Payload.Changes {
		if c.Field == fieldRank {
			return s.move(e.SubjectID, c)
		}
	}
	return nil
}

// move puts a task where placeAt did.
func (s *State) move(id string, c audit.Change) error {
	var rank int
	if err := setJSON(&rank, c.To); err != nil {
		return fmt.Errorf("field rank: %w", err)
	}
	if len(s.fields) > 0 && !s.order {
		s.order = slices.ContainsFunc(s.Tasks, func(t Task) bool {
			_, lost := s.fields[t.ID][fieldDeletedAt]
			return lost
		})
	}
	at := 0
	for s.Tasks[at].ID != id {
		at++
	}
	moved := s.Tasks[at]
	s.Tasks = slices.Delete(s.Tasks, at, at+1)
	live, to := 0, len(s.Tasks)
	for n := range s.Tasks {
		if s.Tasks[n].DeletedAt != nil {
			continue
		}
		if live++; live == rank {
			to = n
			break
		}
	}
	s.Tasks = slices.Insert(s.Tasks, to, moved)
	return nil
}

// automated reports whether a rule or playbook made e, an external one perhaps. Such an event belongs to
// the change of the last one before it that none of them made, which is all
// that a redaction leaves to know of its cause.
func automated(e *audit.Event) bool {
	return e.ActorKind == string(KindAutomationRule) || e.ActorKind == string(KindPlaybook)
}

func nextVersion(has int, e *audit.Event) error {
	if int64(has)+1 != e.SubjectVersion {
		return fmt.Errorf("version %d follows version %d", e.SubjectVersion, has)
	}
	return nil
}

// outcomeOf rebuilds the incident that an event belongs to as the change left
// it: after the event and all that it caused in the same transaction, which it
// returns too. What was redacted since is as it is now.
func (s *Service) outcomeOf(ctx context.Context, e *audit.Event) (*State, []*audit.Event, error) {
	events, err := s.store.IncidentEvents(ctx, e.IncidentID, e.Position+maxAutomated+MaxTasks)
	if err != nil {
		return nil, nil, err
	}
	state := &State{}
	if err := s.recall(ctx, &state.unknowns, events); err != nil {
		return nil, nil, err
	}
	caused := map[int64]bool{e.Position: true}
	var consequences []*audit.Event
	for _, later := range events {
		if later.Position > e.Position {
			// An external playbook is PLAYBOOK too, with requests of its own.
			followed := later.Redacted && automated(later) && later.RequestID == e.RequestID
			if !caused[later.Payload.CausedBy] && !followed {
				break
			}
			caused[later.Position] = true
			consequences = append(consequences, later)
		}
		if err := state.Apply(later); err != nil {
			return nil, nil, err
		}
	}
	return state, consequences, nil
}
