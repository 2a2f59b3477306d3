package incident

import (
	"fmt"
	"slices"

	"tasktrail/audit"
)

// IncidentDiff is what became of an incident and its tasks between two points:
// the net difference, not the way there.
type IncidentDiff struct {
	IncidentID    string
	From, To      AsOf
	Created       bool           // it did not exist at From
	Changes       []audit.Change // what differs; from null when it was created
	UnknownFields []string       // recorded fields that may differ too: their values were lost by redactions
	OrderKnown    bool           // false: which tasks moved was lost
	EventCount    int            // of the incident and its tasks between the points
	TaskList      []TaskDiff     // the tasks that differ, in the order of the list at To, tombstones among them
}

// TaskDiff is what became of a task between two points.
type TaskDiff struct {
	TaskID        string
	IncidentID    string
	From, To      AsOf
	Added         bool  // it did not exist at From
	Deleted       *bool // a tombstone at To, and none at From; nil: lost
	Restored      *bool // a tombstone at From, and none at To; nil: lost
	Moved         *bool // see [movedTasks]; nil: lost
	RankBefore    *int  // nil: it did not exist, or lost
	RankAfter     *int  // nil: lost
	Changes       []audit.Change
	UnknownFields []string
	EventCount    int
}

// differs reports whether there is anything to tell.
func (d *TaskDiff) differs() bool {
	return d.Added || len(d.Changes) > 0 || len(d.UnknownFields) > 0 || valueOf(d.Moved)
}

// TaskPage returns a page of the tasks that differ, and how many there are.
func (d *IncidentDiff) TaskPage(q PageQuery) (Page[TaskDiff], int, error) {
	name := fmt.Sprintf("task changes from %d to %d", d.From.Position, d.To.Position)
	return pageOfList(d.TaskList, func(*TaskDiff) bool { return true }, name, func(t *TaskDiff) string { return t.TaskID }, q)
}

// incidentDiff compares two moments of an incident; nil when it does not exist
// in the later one.
func incidentDiff(from, to snapshot) *IncidentDiff {
	after := &to.state.Incident
	if after.Version == 0 {
		return nil
	}
	before := &from.state.Incident
	if before.Version == 0 {
		before = nil
	}
	out := &IncidentDiff{
		IncidentID: after.ID, From: from.asOf, To: to.asOf, Created: before == nil,
		EventCount: to.events - from.events, TaskList: []TaskDiff{},
	}
	out.Changes, out.UnknownFields = knownDiff(incidentFields, before, after, from.state.fields[after.ID], to.state.fields[after.ID])
	d := newTaskDiffer(from, to)
	out.OrderKnown = d.orderKnown()
	for n := range to.state.Tasks {
		if t := d.diff(&to.state.Tasks[n]); t.differs() {
			out.TaskList = append(out.TaskList, t)
		}
	}
	return out
}

// knownDiff is diff without the fields that are unknown before or after, which
// it lists. One that is unknown because of the same event in both has not
// changed in between.
func knownDiff[T any](fields []field[T], before, after *T, lostBefore, lostAfter map[string]int64) ([]audit.Change, []string) {
	unknown := []string{}
	for _, f := range fields {
		if lostBefore[f.name] != lostAfter[f.name] {
			unknown = append(unknown, f.name)
		}
	}
	changes := slices.DeleteFunc(diff(fields, before, after), func(c audit.Change) bool {
		return lostBefore[c.Field] != 0 || lostAfter[c.Field] != 0
	})
	return changes, unknown
}

// taskDiffer compares the tasks of two moments of one incident.
type taskDiffer struct {
	from, to                snapshot
	before                  map[string]*Task
	ranksBefore, ranksAfter map[string]int
	moved                   map[string]bool
}

func newTaskDiffer(from, to snapshot) *taskDiffer {
	d := &taskDiffer{
		from: from, to: to, before: make(map[string]*Task, len(from.state.Tasks)),
		ranksBefore: from.state.ranks(), ranksAfter: to.state.ranks(),
	}
	places := map[string]int{} // of those live at both points, before
	for n := range from.state.Tasks {
		t := &from.state.Tasks[n]
		d.before[t.ID] = t
		if after := to.state.task(t.ID); t.DeletedAt == nil && after.DeletedAt == nil {
			places[t.ID] = n
		}
	}
	d.moved = movedTasks(to.state.Tasks, places, func(id string) bool { return from.placed[id] != to.placed[id] })
	return d
}

func (d *taskDiffer) orderKnown() bool {
	return d.ranksBefore != nil && d.ranksAfter != nil
}

func (d *taskDiffer) diff(after *Task) TaskDiff {
	before := d.before[after.ID]
	lostBefore, lostAfter := d.from.state.fields[after.ID], d.to.state.fields[after.ID]
	out := TaskDiff{TaskID: after.ID, IncidentID: after.IncidentID, From: d.from.asOf, To: d.to.asOf, Added: before == nil, EventCount: after.Version}
	out.Changes, out.UnknownFields = knownDiff(taskFields, before, after, lostBefore, lostAfter)
	wasDeleted := false
	if before != nil {
		out.EventCount -= before.Version
		wasDeleted = before.DeletedAt != nil
	}
	if lostBefore[fieldDeletedAt] == lostAfter[fieldDeletedAt] {
		isDeleted := after.DeletedAt != nil
		deleted, restored := isDeleted && !wasDeleted, wasDeleted && !isDeleted
		out.Deleted, out.Restored = &deleted, &restored
	}
	if d.orderKnown() {
		moved := d.moved[after.ID]
		out.Moved = &moved
	}
	if rank, ok := d.ranksBefore[after.ID]; ok {
		out.RankBefore = &rank
	}
	if rank, ok := d.ranksAfter[after.ID]; ok {
		out.RankAfter = &rank
	}
	return out
}
