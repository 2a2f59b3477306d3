package incident_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tasktrail/incident"
)

// The model is the rules of the API in the simplest form. It is told what was
// asked for and says what should have been answered; ids, positions and times,
// which it cannot know, it takes from the answer.

type stamp struct {
	at time.Time
	by string
}

func (s stamp) String() string { return s.at.Format(time.RFC3339Nano) + " by " + s.by }

// thing is an incident or a task.
type thing struct {
	id            string
	incident      *thing // of a task
	reopened      int
	tasks         []*thing // of an incident, in the order of the list
	fields        fields
	events        []int64 // positions; the n-th made version n
	made, touched stamp
}

func (x *thing) String() string {
	return fmt.Sprintf("%s version %d made %v touched %v %v", x.id, len(x.events), x.made, x.touched, x.fields)
}

func (x *thing) is(field string, value any) bool {
	want := fields{}
	want.set(field, value)
	return x.fields[field] == want[field]
}

func (x *thing) live() bool { return x.is("deletedAt", nil) }
func (x *thing) open() bool {
	return x.live() && (x.is("status", incident.TaskNew) || x.is("status", incident.TaskInProgress))
}

// rank is one more than the live tasks before it.
func (x *thing) rank() int {
	rank := 1
	for _, t := range x.incident.tasks[:slices.Index(x.incident.tasks, x)] {
		if t.live() {
			rank++
		}
	}
	return rank
}

// outcome is what a mutation answers, in a form that can be compared.
type outcome struct {
	code     incident.MutationErrorCode // "": carried out
	details  string                     // of the refusal
	thing    string                     // as it is now
	event    int64                      // 0: nothing changed
	changes  string
	replayed bool
}

// facts is what only the answer can say.
type facts struct {
	id       string
	number   int
	position int64
	at       time.Time
}

type keyOf struct {
	by int
	id string
}

type done struct {
	wish wish
	outcome
}

type model struct {
	actors    []incident.Actor
	incidents []*thing
	tasks     []*thing
	keys      map[keyOf]done
}

// subject is the thing that w is about: nil when there is no such, and a new
// one when it is to be made.
func (m *model) subject(w wish, f facts) *thing {
	all := m.incidents
	switch {
	case w.op == "createIncident":
		return &thing{id: f.id, fields: fields{}}
	case w.ofTask():
		all = m.tasks
	}
	if w.on < 0 || w.on >= len(all) {
		return nil
	}
	if w.op == "addTask" {
		return &thing{id: f.id, incident: all[w.on], fields: fields{}}
	}
	return all[w.on]
}

// do says what w should answer, any one of several where more than one rule is
// broken, and changes the model accordingly.
func (m *model) do(w wish, f facts) []outcome {
	key, keyed := w.args["clientMutationId"].(string)
	first, used := m.keys[keyOf{w.by, key}]
	refused := func(code incident.MutationErrorCode) outcome { return outcome{code: code} }
	switch {
	case w.invalid() && used:
		return []outcome{refused(incident.CodeValidation), refused(incident.CodeIdempotencyKey)}
	case w.invalid():
		return []outcome{refused(incident.CodeValidation)}
	case used && w.same(first.wish):
		first.replayed = true
		return []outcome{first.outcome}
	case used:
		return []outcome{refused(incident.CodeIdempotencyKey)}
	}
	x := m.subject(w, f)
	if breaches := m.breaches(w, x); len(breaches) > 0 {
		return breaches
	}
	after, extra := maps.Clone(x.fields), fields{}
	if w.aboutList() {
		m.changeTask(w, f, x, after, extra)
	} else {
		m.changeIncident(w, f, x, after, extra)
	}
	changes := x.fields.changesTo(after)
	maps.Copy(changes, extra)
	if len(changes) == 0 {
		return []outcome{{thing: x.String()}}
	}
	x.fields, x.events, x.touched = after, append(x.events, f.position), stamp{f.at, m.actors[w.by].ID}
	if len(x.events) == 1 {
		x.made = x.touched
	}
	out := outcome{thing: x.String(), event: f.position, changes: fmt.Sprint(changes)}
	if keyed {
		m.keys[keyOf{w.by, key}] = done{w, out}
	}
	return []outcome{out}
}

// breaches lists every rule that forbids w in the present state.
func (m *model) breaches(w wish, x *thing) []outcome {
	if x == nil {
		return []outcome{{code: incident.CodeNotFound}}
	}
	var out []outcome
	if known := x; w.args["expectedVersion"] != nil && w.op != "createIncident" {
		if w.op == "addTask" {
			known = x.incident
		}
		if expected := w.args["expectedVersion"].(int); expected != len(known.events) {
			missed := known.events[min(expected, len(known.events)):]
			out = append(out, outcome{code: incident.CodeConflict, details: fmt.Sprint(known, missed)})
		}
	}
	for _, arg := range []string{"ownerId", "assigneeId"} {
		id, given := w.args[arg].(string)
		if given && !slices.ContainsFunc(m.actors, func(a incident.Actor) bool { return a.ID == id }) {
			out = append(out, outcome{code: incident.CodeNotFound})
		}
	}
	forbidden := w.aboutList() && (x.incident.is("status", incident.IncidentClosed) || !x.live() && w.op != "deleteTask" && w.op != "restoreTask")
	var unfinished []string
	switch w.op {
	case "updateIncident":
		forbidden = w.args["status"] != nil && x.is("status", incident.IncidentClosed)
	case "closeIncident":
		if x.is("status", incident.IncidentClosed) {
			forbidden = !x.is("classification", w.args["classification"]) || !x.is("classificationReason", w.args["classificationReason"]) ||
				!x.is("classificationComment", orNull(w.args["classificationComment"]))
		} else if orNull(w.args["overrideReason"]) == nil {
			unfinished = x.unfinished()
		}
	case "startTask":
		forbidden = forbidden || x.is("status", incident.TaskCompleted) || x.is("status", incident.TaskSkipped)
	case "completeTask":
		forbidden = forbidden || x.is("status", incident.TaskSkipped)
	case "skipTask":
		forbidden = forbidden || x.is("status", incident.TaskCompleted)
	}
	if forbidden {
		out = append(out, outcome{code: incident.CodeValidation})
	}
	if len(unfinished) > 0 {
		out = append(out, outcome{code: incident.CodeOpenTasks, details: strings.Join(unfinished, " ")})
	}
	return out
}

// unfinished lists the open mandatory tasks of an incident.
func (x *thing) unfinished() []string {
	var ids []string
	for _, t := range x.tasks {
		if t.open() && t.is("mandatory", true) {
			ids = append(ids, t.id)
		}
	}
	return ids
}
