package incident

import "tasktrail/audit"

// scratch is a transaction on top of another that is never carried out: what
// would happen if.
type scratch struct {
	Tx
	incidents map[string]Incident
	tasks     map[string]Task
	lists     map[string][]TaskPlace
	events    []*audit.Event
}

func newScratch(tx Tx) *scratch {
	return &scratch{Tx: tx, incidents: map[string]Incident{}, tasks: map[string]Task{}, lists: map[string][]TaskPlace{}}
}

// changed reports whether anything was saved besides what was not allowed.
func (s *scratch) changed() bool {
	for _, e := range s.events {
		if e.Action != AutomationStopped {
			return true
		}
	}
	return false
}

func (s *scratch) Incident(id string) (Incident, bool) {
	if i, ok := s.incidents[id]; ok {
		return i, true
	}
	return s.Tx.Incident(id)
}

func (s *scratch) Task(id string) (Task, bool) {
	if t, ok := s.tasks[id]; ok {
		return t, true
	}
	return s.Tx.Task(id)
}

func (s *scratch) TaskList(incidentID string) []TaskPlace {
	if list, ok := s.lists[incidentID]; ok {
		return list
	}
	return s.Tx.TaskList(incidentID)
}

func (s *scratch) SaveIncident(i Incident, e *audit.Event) {
	s.incidents[i.ID] = i
	s.events = append(s.events, e)
}

func (s *scratch) SaveTask(t Task, e *audit.Event) {
	s.lists[t.IncidentID] = WithPlace(s.TaskList(t.IncidentID), t)
	s.tasks[t.ID] = t
	s.events = append(s.events, e)
}

func (s *scratch) Enqueue(Delivery, *audit.Event) {}
