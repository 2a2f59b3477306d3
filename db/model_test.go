package db_test

import (
	"slices"

	"tasktrail/incident"
)

// The model is the rules of the product in the simplest form: it keeps what an
// incident and its tasks should be, and says what each change should answer.

// wish is a change to be made.
type wish struct {
	op       string
	task     int // index in the order of adding; may name none
	title    string
	flag     bool // mandatory, or an override reason
	rank     int
	expected *int
	key      *string // clientMutationId
}

// cut clears what the change does not take.
func (w wish) cut() wish {
	out := wish{op: w.op, expected: w.expected, key: w.key}
	takes := func(ops ...string) bool { return slices.Contains(ops, w.op) }
	if w.ofTask() {
		out.task = w.task
	}
	if takes("updateIncident", "addTask", "updateTask", "skipTask") {
		out.title = w.title
	}
	if takes("closeIncident", "addTask", "updateTask") {
		out.flag = w.flag
	}
	if takes("addTask", "moveTask") {
		out.rank = w.rank
	}
	return out
}

// ofTask reports whether it is about a task that is there already.
func (w wish) ofTask() bool {
	return !slices.Contains([]string{"updateIncident", "closeIncident", "reopenIncident", "addTask"}, w.op)
}

// answer is what the model expects.
type answer struct {
	code    incident.MutationErrorCode // "" when carried out
	changed bool                       // an event is written
	replay  bool
}

type modelTask struct {
	title              string
	status             incident.TaskStatus
	mandatory, deleted bool
	reopened, version  int
}

type model struct {
	title   string
	status  incident.IncidentStatus
	version int
	added   []*modelTask // by index
	list    []*modelTask // by rank, tombstones at their places
	keys    map[string]wish
}

func (m *model) task(n int) *modelTask {
	if n >= len(m.added) {
		return nil
	}
	return m.added[n]
}

func (m *model) live() []*modelTask {
	return slices.DeleteFunc(slices.Clone(m.list), func(t *modelTask) bool { return t.deleted })
}

func (t *modelTask) open() bool {
	return t.status == incident.TaskNew || t.status == incident.TaskInProgress
}

func same(a, b wish) bool {
	number := func(n *int) int {
		if n == nil {
			return -99
		}
		return *n
	}
	return a.op == b.op && a.task == b.task && a.title == b.title && a.flag == b.flag && a.rank == b.rank && number(a.expected) == number(b.expected)
}

// do answers a wish and changes the model accordingly.
func (m *model) do(w wish) answer {
	refused := func(code incident.MutationErrorCode) answer { return answer{code: code} }
	if m.invalid(w) {
		return refused(incident.CodeValidation)
	}
	if w.key != nil {
		if first, ok := m.keys[*w.key]; ok {
			if same(first, w) {
				return answer{changed: true, replay: true}
			}
			return refused(incident.CodeIdempotencyKey)
		}
	}
	var a answer
	switch w.op {
	case "updateIncident", "closeIncident", "reopenIncident":
		if w.expected != nil && *w.expected != m.version {
			return refused(incident.CodeConflict)
		}
		if a = m.doIncident(w); a.changed {
			m.version++
		}
	case "addTask":
		if w.expected != nil && *w.expected != m.version {
			return refused(incident.CodeConflict)
		}
		if m.status == incident.IncidentClosed {
			return refused(incident.CodeValidation)
		}
		t := &modelTask{title: w.title, status: incident.TaskNew, mandatory: w.flag, version: 1}
		m.added = append(m.added, t)
		m.insert(t, w.rank)
		a.changed = true
	default:
		t := m.task(w.task)
		switch {
		case t == nil:
			return refused(incident.CodeNotFound)
		case w.expected != nil && *w.expected != t.version:
			return refused(incident.CodeConflict)
		case m.status == incident.IncidentClosed,
			t.deleted && w.op != "deleteTask" && w.op != "restoreTask":
			return refused(incident.CodeValidation)
		}
		if a = m.doTask(w, t); a.changed {
			t.version++
		}
	}
	if a.changed && w.key != nil {
		m.keys[*w.key] = w
	}
	return a
}

func (m *model) invalid(w wish) bool {
	switch w.op {
	case "addTask":
		return w.title == "" || w.rank < 0
	case "updateIncident", "updateTask":
		return w.title == ""
	case "moveTask":
		return w.rank < 1
	case "skipTask":
		return w.title == "" // the reason
	}
	return false
}

func (m *model) doIncident(w wish) answer {
	switch w.op {
	case "updateIncident":
		changed := m.title != w.title
		m.title = w.title
		return answer{changed: changed}
	case "closeIncident":
		if m.status == incident.IncidentClosed {
			return answer{} // with the same classification
		}
		for _, t := range m.live() {
			if t.mandatory && t.open() && !w.flag {
				return answer{code: incident.CodeOpenTasks}
			}
		}
		m.status = incident.IncidentClosed
		return answer{changed: true}
	default:
		changed := m.status == incident.IncidentClosed
		if changed {
			m.status = incident.IncidentActive
		}
		return answer{changed: changed}
	}
}

func (m *model) doTask(w wish, t *modelTask) answer {
	step := func(to incident.TaskStatus, from ...incident.TaskStatus) answer {
		switch {
		case t.status == to:
			return answer{}
		case !slices.Contains(from, t.status):
			return answer{code: incident.CodeValidation}
		}
		t.status = to
		return answer{changed: true}
	}
	switch w.op {
	case "updateTask":
		changed := t.title != w.title || t.mandatory != w.flag
		t.title, t.mandatory = w.title, w.flag
		return answer{changed: changed}
	case "startTask":
		return step(incident.TaskInProgress, incident.TaskNew)
	case "completeTask":
		return step(incident.TaskCompleted, incident.TaskNew, incident.TaskInProgress)
	case "skipTask":
		return step(incident.TaskSkipped, incident.TaskNew, incident.TaskInProgress)
	case "reopenTask":
		if t.open() {
			return answer{}
		}
		t.status = incident.TaskNew
		t.reopened++
		return answer{changed: true}
	case "deleteTask", "restoreTask":
		changed := t.deleted != (w.op == "deleteTask")
		t.deleted = w.op == "deleteTask"
		return answer{changed: changed}
	default: // moveTask
		before := slices.Index(m.live(), t)
		whole := slices.Clone(m.list)
		m.list = slices.DeleteFunc(m.list, func(o *modelTask) bool { return o == t })
		m.insert(t, w.rank)
		if slices.Index(m.live(), t) == before {
			m.list = whole // where it is already
			return answer{}
		}
		return answer{changed: true}
	}
}

// insert puts a task in front of the live one that has the rank now; rank 0, and
// any behind the last, mean the end.
func (m *model) insert(t *modelTask, rank int) {
	live := m.live()
	if rank < 1 || rank > len(live) {
		m.list = append(m.list, t)
		return
	}
	m.list = slices.Insert(m.list, slices.Index(m.list, live[rank-1]), t)
}
