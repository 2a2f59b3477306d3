package incident_test

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"tasktrail/incident"
)

// wish is a change to be asked for.
type wish struct {
	op   string
	by   int            // which actor
	on   int            // which incident or task, in the order of making; may name none
	args map[string]any // those given; nil is null
	odd  bool           // an argument is outside its limits
}

// ofTask reports whether it is about a task that is there already.
func (w wish) ofTask() bool { return strings.HasSuffix(w.op, "Task") && w.op != "addTask" }

// aboutList reports whether it changes the task list of an incident.
func (w wish) aboutList() bool { return strings.HasSuffix(w.op, "Task") }

func (w wish) same(o wish) bool {
	return w.op == o.op && w.on == o.on && reflect.DeepEqual(w.args, o.args)
}

// invalid reports whether the input alone breaks a rule.
func (w wish) invalid() bool {
	reason, _ := w.args["reason"].(string)
	switch w.op {
	case "closeIncident":
		why, given := w.args["classificationReason"].(incident.ClassificationReason)
		goesWith := map[incident.ClassificationReason]incident.IncidentClassification{
			incident.SuspiciousActivity:    incident.TruePositive,
			incident.SuspiciousButExpected: incident.BenignPositive,
			incident.IncorrectAlertLogic:   incident.FalsePositive,
			incident.InaccurateData:        incident.FalsePositive,
		}
		return w.odd || given && goesWith[why] != w.args["classification"]
	case "skipTask":
		return w.odd || strings.TrimSpace(reason) == ""
	case "createIncident":
		expected, given := w.args["expectedVersion"]
		return w.odd || given && expected != 0
	}
	return w.odd
}

// argument is one field of an input with values that are within its limits and
// values that are not.
type argument struct {
	name     string
	optional bool
	fine     []any
	odd      []any
}

var long = strings.Repeat("👩", 500) // as long as a title may be

func texts(limit int, fine ...any) ([]any, []any) {
	return fine, []any{strings.Repeat("é", limit+1), "a\x00b", "\xff"}
}

// inputs lists the own arguments of each mutation, for these known actors.
func inputs(actors []incident.Actor) map[string][]argument {
	people := []any{actors[0].ID, actors[1].ID, actors[0].ID, actors[1].ID, actors[0].ID, actors[1].ID, actors[0].ID, "act_nobody"}
	arg := func(optional bool, name string, fine, odd []any) argument { return argument{name, optional, fine, odd} }
	nullable := func(a argument) argument { a.fine = append(slices.Clone(a.fine), nil); return a }
	title := arg(false, "title", []any{"a", "b", " a\t", "ü", long}, []any{"", " \n", long + "x", "x\x00", "\xed\xa0\x80"})
	described, tooLong := texts(10_000, "", "**x**", " y ", "y")
	description := arg(true, "description", described, tooLong)
	severity := arg(false, "severity", []any{incident.SeverityLow, incident.SeverityHigh}, []any{incident.IncidentSeverity("BAD")})
	status := arg(true, "status", []any{incident.IncidentNew, incident.IncidentActive}, []any{incident.IncidentClosed})
	owner, assignee := arg(true, "ownerId", people, nil), arg(true, "assigneeId", people, nil)
	labels := arg(true, "labels", []any{[]string{}, []string{"a"}, []string{" a ", "\"b", "a"}, []string{"\"b"}},
		[]any{[]string{" "}, []string{strings.Repeat("x", 101)}, strings.Split(strings.Repeat("é", 102), "")[:51]})
	mandatory := arg(true, "mandatory", []any{true, false}, nil)
	due := arg(true, "dueAt", []any{
		time.Date(2020, 1, 1, 0, 0, 0, 1999, time.UTC), time.Date(2999, 1, 1, 0, 0, 0, 0, time.FixedZone("", -3600)),
	}, []any{time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)})
	group := arg(true, "group", []any{"", " ", "Contain", " Contain\n", strings.Repeat("é", 100)}, []any{strings.Repeat("é", 101), "a\x00b", "\xff"})
	rank := arg(true, "rank", []any{1, 2, 3, 4, 7, 99}, []any{0, -1})
	comment, tooMuch := texts(2_000, "", "c")
	toNull := func(a argument) argument { a.odd = append(slices.Clone(a.odd), nil); a.optional = true; return a }
	all := map[string][]argument{
		"createIncident": {title, severity, description, status, owner, labels},
		"updateIncident": {toNull(title), nullable(description), toNull(severity), toNull(status), nullable(owner), nullable(labels)},
		"closeIncident": {
			arg(false, "classification", []any{incident.Undetermined, incident.FalsePositive, incident.TruePositive}, []any{incident.IncidentClassification("BAD")}),
			arg(true, "classificationReason", []any{incident.InaccurateData, incident.SuspiciousActivity}, nil),
			arg(true, "classificationComment", comment, tooMuch),
			arg(true, "overrideReason", []any{"", "night", "day"}, append(slices.Clone(tooMuch), " \t")),
		},
		"addTask":    {title, description, mandatory, assignee, due, group, rank},
		"updateTask": {toNull(title), nullable(description), toNull(mandatory), nullable(assignee), nullable(due), nullable(group)},
		"moveTask":   {arg(false, "rank", rank.fine, rank.odd)},
	}
	// Labels that are all different are what the limit of their number is about.
	for n := range labels.odd[2].([]string) {
		labels.odd[2].([]string)[n] += strings.Repeat("x", n)
	}
	for _, op := range slices.Compact(slices.Clone(operations)) {
		all[op] = append(all[op], arg(true, "reason", []any{"", "because", " "}, tooMuch))
	}
	all["skipTask"] = []argument{arg(false, "reason", []any{"because", "no need", "so", "because", " "}, append(slices.Clone(tooMuch), "", nil))}
	return all
}

// operations are all thirteen, the frequent ones several times.
var operations = slices.Sorted(func(yield func(string) bool) {
	for op, times := range map[string]int{
		"createIncident": 2, "updateIncident": 3, "closeIncident": 2, "reopenIncident": 6, "addTask": 5, "updateTask": 3, "startTask": 4,
		"completeTask": 4, "skipTask": 4, "reopenTask": 3, "moveTask": 4, "deleteTask": 2, "restoreTask": 3,
	} {
		for range times {
			yield(op)
		}
	}
})

// once draws true one time in n; rapid's numbers prefer the ends of a range.
func (p *play) once(n int, label string) bool {
	return rapid.SampledFrom(upTo(n)).Draw(p.t, label) == n-1
}

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// wish draws the next one.
func (p *play) wish() wish {
	t, m := p.t, p.model
	w := wish{op: "createIncident", args: map[string]any{}, by: rapid.IntRange(0, len(m.actors)-1).Draw(t, "by")}
	if len(m.incidents) > 0 {
		w.op = rapid.SampledFrom(operations).Draw(t, "op")
	}
	if w.op == "createIncident" && len(m.incidents) == 3 || w.ofTask() && len(m.tasks) == 0 && !p.once(12, "no task yet") {
		w.op = "addTask"
	}
	known := len(m.incidents)
	if w.ofTask() {
		known = len(m.tasks)
	}
	w.on = rapid.SampledFrom([]int{-1, known}).Draw(t, "none") // there is no such
	if known > 0 && !p.once(12, "unknown") {
		w.on = rapid.SampledFrom(upTo(known)).Draw(t, "on")
	}
	odd := p.once(10, "odd")
	for _, a := range p.inputs[w.op] {
		if a.optional && !p.once(2, "with "+a.name) {
			continue
		}
		values := a.fine
		if odd && len(a.odd) > 0 && rapid.Bool().Draw(t, a.name+" odd") {
			values, w.odd = a.odd, true
		}
		w.args[a.name] = rapid.SampledFrom(values).Draw(t, a.name)
	}
	if p.once(4, "with version") {
		p.expect(&w, odd)
	}
	if p.once(4, "with key") {
		key := rapid.SampledFrom([]string{"k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8"}).Draw(t, "key")
		if first, used := m.keys[keyOf{w.by, key}]; used && rapid.Bool().Draw(t, "again") {
			return first.wish
		}
		if odd && rapid.Bool().Draw(t, "key odd") {
			key, w.odd = rapid.SampledFrom([]string{"", strings.Repeat("k", 201), "\x00"}).Draw(t, "bad key"), true
		}
		w.args["clientMutationId"] = key
	}
	return w
}

// expect gives w a version, mostly the right one.
func (p *play) expect(w *wish, odd bool) {
	version := 0
	switch m := p.model; {
	case w.op == "createIncident" || w.on < 0:
	case w.ofTask() && w.on < len(m.tasks):
		version = len(m.tasks[w.on].events)
	case !w.ofTask() && w.on < len(m.incidents):
		version = len(m.incidents[w.on].events)
	}
	version = max(0, version+rapid.SampledFrom([]int{0, 0, 0, 0, 1, -1, -2}).Draw(p.t, "off by"))
	if odd {
		version, w.odd = -1, true
	}
	w.args["expectedVersion"] = version
}
