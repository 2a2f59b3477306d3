package db

import (
	"container/list"

	"tasktrail/audit"
	"tasktrail/incident"
)

// Playing the trail back in its order would need every incident in memory at
// once. So only those that are being worked on are kept, up to so many bytes of
// payloads; the one that was quiet for longest is put aside, and compared with
// its rows. Most incidents are over by then. Those that are not, or not equal,
// are read once more from their beginning.
const (
	statesSize = 16 << 20
	maxLater   = 100_000 // then every incident is read once more
	stateCost  = 1_000   // bytes beside the payloads, for each thing
)

// states are the incidents that are being played back.
type states struct {
	live  map[string]*list.Element // of *aside, by incident
	quiet *list.List               // the front has been quiet for longest
	size  int
	aside []*aside
	later map[string]bool // incidents that are read once more
	all   bool            // every incident is
}

// aside is an incident as far as the trail has been played back.
type aside struct {
	id    string
	state incident.State
	size  int
}

func newStates() states {
	return states{live: map[string]*list.Element{}, quiet: list.New(), later: map[string]bool{}}
}

// apply plays an event of an incident back.
func (s *states) apply(e *audit.Event) error {
	if s.all || s.later[e.IncidentID] {
		return nil
	}
	at, ok := s.live[e.IncidentID]
	switch {
	// What was redacted is told by an event that comes later.
	case e.Redacted, !ok && (e.SubjectKind != incident.SubjectIncident || e.SubjectVersion != 1):
		s.readLater(e.IncidentID)
		return nil
	case !ok:
		at = s.quiet.PushBack(&aside{id: e.IncidentID})
		s.live[e.IncidentID] = at
	default:
		s.quiet.MoveToBack(at)
	}
	a := at.Value.(*aside)
	if err := a.state.Apply(e); err != nil {
		return notReplayed(e, err)
	}
	cost := len(e.PayloadText)
	if e.SubjectVersion == 1 {
		cost += stateCost
	}
	a.size, s.size = a.size+cost, s.size+cost
	for s.size > statesSize {
		s.aside = append(s.aside, s.remove(s.quiet.Front()))
	}
	return nil
}

func (s *states) remove(at *list.Element) *aside {
	a := s.quiet.Remove(at).(*aside)
	delete(s.live, a.id)
	s.size -= a.size
	return a
}

// readLater says that an incident must be read once more.
func (s *states) readLater(id string) {
	if at, ok := s.live[id]; ok {
		s.remove(at)
	}
	s.later[id] = true
	if len(s.later) > maxLater {
		*s = newStates()
		s.all = true
	}
}

// takeAside returns what was put aside since the last time.
func (s *states) takeAside() []*aside {
	out := s.aside
	s.aside = nil
	return out
}

// takeSome returns up to n of those that are left.
func (s *states) takeSome(n int) []*aside {
	out := s.takeAside()
	for len(out) < n && s.quiet.Len() > 0 {
		out = append(out, s.remove(s.quiet.Front()))
	}
	return out
}

func idsOf(all []*aside) []string {
	ids := make([]string, len(all))
	for n, a := range all {
		ids[n] = a.id
	}
	return ids
}
