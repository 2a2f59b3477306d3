package incident

import (
	"slices"
	"time"
)

// replayTx shows a moment of the past as a transaction: an incident and its
// tasks as the trail gives them, and the definitions of today.
type replayTx struct {
	Tx    // nothing else is asked of it
	at    time.Time
	state *State
	set   *Automation
	more  []Task // tasks that would have been there too
}

func (r *replayTx) Now() time.Time { return r.at }

func (r *replayTx) Automation() *Automation { return r.set }

func (r *replayTx) Incident(id string) (Incident, bool) {
	return r.state.Incident, id == r.state.Incident.ID
}

func (r *replayTx) Task(id string) (Task, bool) {
	if t := r.state.task(id); t != nil {
		return *t, true
	}
	return Task{}, false
}

// TaskList makes up order keys: the trail records places, not keys.
func (r *replayTx) TaskList(string) []TaskPlace {
	tasks := append(slices.Clone(r.state.Tasks), r.more...)
	list, key := make([]TaskPlace, len(tasks)), ""
	for n, t := range tasks {
		key = keyBetween(key, "")
		t.OrderKey = key
		list[n] = PlaceOf(t)
	}
	return list
}
