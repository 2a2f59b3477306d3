package incident_test

import (
	"slices"
	"strings"
	"time"

	"tasktrail/incident"
)

// orNull is null for empty text, which means the same.
func orNull(v any) any {
	if v == "" {
		return nil
	}
	return v
}

// stored is the form in which a field is kept.
func stored(name string, v any) any {
	switch name {
	case "title":
		return strings.TrimSpace(v.(string))
	case "description", "classificationComment":
		return orNull(v)
	case "group":
		if s, ok := v.(string); ok {
			return orNull(strings.TrimSpace(s))
		}
	case "labels":
		out := []string{}
		given, _ := v.([]string)
		for _, l := range given {
			if l = strings.TrimSpace(l); !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
		return out
	case "dueAt":
		if at, ok := v.(time.Time); ok {
			return at.UTC().Truncate(time.Microsecond)
		}
	}
	return v
}

// take copies the fields that are given.
func take(w wish, after fields, names ...string) {
	for _, name := range names {
		if v, given := w.args[name]; given {
			after.set(name, stored(name, v))
		}
	}
}

// changeIncident carries out what is allowed. extra is what the event says
// besides.
func (m *model) changeIncident(w wish, f facts, x *thing, after, extra fields) {
	switch w.op {
	case "createIncident":
		after.set("number", f.number)
		after.set("status", incident.IncidentNew)
		after.set("labels", []string{})
		take(w, after, "title", "description", "severity", "status", "ownerId", "labels")
		m.incidents = append(m.incidents, x)
	case "updateIncident":
		take(w, after, "title", "description", "severity", "status", "ownerId", "labels")
	case "closeIncident":
		if x.is("status", incident.IncidentClosed) {
			return
		}
		after.set("status", incident.IncidentClosed)
		after.set("closedAt", f.at)
		take(w, after, "classification", "classificationReason", "classificationComment")
		if len(x.unfinished()) > 0 {
			extra["overrideReason"] = became(nil, w.args["overrideReason"])
		}
	case "reopenIncident":
		if !x.is("status", incident.IncidentClosed) {
			return
		}
		after.set("status", incident.IncidentActive)
		for _, name := range []string{"closedAt", "classification", "classificationReason", "classificationComment"} {
			delete(after, name)
		}
	}
}

// changeTask carries out what is allowed.
func (m *model) changeTask(w wish, f facts, x *thing, after, extra fields) {
	by := m.actors[w.by]
	reopened := x.is("status", incident.TaskCompleted) || x.is("status", incident.TaskSkipped)
	switch w.op {
	case "addTask":
		after.set("status", incident.TaskNew)
		after.set("mandatory", false)
		after.set("reopenCount", 0)
		after.set("origin", incident.TaskOrigin{Kind: by.Kind, Name: by.Name, ID: &by.ID})
		take(w, after, "title", "description", "mandatory", "assigneeId", "dueAt", "group")
		rank, given := w.args["rank"].(int)
		if !given {
			rank = len(x.incident.tasks) + 1
		}
		x.insert(rank)
		extra["rank"] = became(nil, x.rank())
		m.tasks = append(m.tasks, x)
	case "updateTask":
		take(w, after, "title", "description", "mandatory", "assigneeId", "dueAt", "group")
	case "startTask":
		after.set("status", incident.TaskInProgress)
	case "completeTask":
		if !x.is("status", incident.TaskCompleted) { // else the first time is kept
			after.set("status", incident.TaskCompleted)
			after.set("completedAt", f.at)
			after.set("completedById", by.ID)
		}
	case "skipTask":
		after.set("status", incident.TaskSkipped)
	case "reopenTask":
		if reopened {
			after.set("status", incident.TaskNew)
			delete(after, "completedAt")
			delete(after, "completedById")
			x.reopened++
			after.set("reopenCount", x.reopened)
		}
	case "moveTask":
		list := slices.Clone(x.incident.tasks)
		from := x.rank()
		x.insert(w.args["rank"].(int))
		if x.rank() == from {
			x.incident.tasks = list // where it is already
			return
		}
		extra["rank"] = became(from, x.rank())
	case "deleteTask":
		if x.live() {
			after.set("deletedAt", f.at)
		}
	case "restoreTask":
		delete(after, "deletedAt")
	}
}

// insert puts a task in front of the live one that has the rank without it;
// ranks behind the last mean the end.
func (x *thing) insert(rank int) {
	list := slices.DeleteFunc(slices.Clone(x.incident.tasks), func(t *thing) bool { return t == x })
	at := len(list)
	for n, t := range list {
		if t.live() {
			if rank--; rank == 0 {
				at = n
				break
			}
		}
	}
	x.incident.tasks = slices.Insert(list, at, x)
}
