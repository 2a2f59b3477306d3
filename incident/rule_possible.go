package incident

import (
	"fmt"
	"slices"
	"strings"
)

// domains are the properties with few possible values, and these.
var domains = map[RuleProperty][]string{
	PropIncidentSeverity:       texts(Severities),
	PropIncidentStatus:         texts([]IncidentStatus{IncidentNew, IncidentActive, IncidentClosed}),
	PropIncidentClassification: append(texts([]IncidentClassification{Undetermined, TruePositive, BenignPositive, FalsePositive}), ""),
	PropTaskMandatory:          {"true", "false"},
	PropTaskOriginKind:         texts([]ActorKind{KindUser, KindService, KindAutomationRule, KindPlaybook, KindSystem}),
	PropActorKind:              texts([]ActorKind{KindUser, KindService, KindAutomationRule, KindPlaybook, KindSystem}),
}

func texts[T ~string](in []T) []string {
	out := make([]string, len(in))
	for n, v := range in {
		out[n] = string(v)
	}
	return out
}

// world is what can be: for a property the values it can have. What is not
// listed can have any. "X was" and "X became" stand for what a change of X
// came from and led to; an empty list means that X is not changed.
type world map[string][]string

func was(p RuleProperty) string    { return string(p) + " was" }
func became(p RuleProperty) string { return string(p) + " became" }

// worldOf is what can be when a trigger fires. An incident can have any status
// then, whatever the trigger: rules that run before may have closed it.
func worldOf(t Trigger) world {
	w := world{}
	for p, values := range domains {
		w[string(p)] = values
	}
	for _, p := range changeableProperties {
		if values, ok := domains[p]; ok {
			w[was(p)], w[became(p)] = values, values
		}
	}
	switch t {
	case OnTaskOverdue:
		w[string(PropActorKind)] = texts([]ActorKind{KindSystem})
	case OnIncidentCreated, OnTaskCompleted, OnTaskSkipped, OnTaskReopened: // no rule does these
		w[string(PropActorKind)] = texts([]ActorKind{KindUser, KindService, KindPlaybook, KindSystem}) // a playbook outside
	}
	return w
}

// narrow returns the world in which c holds too, or where it cannot hold: the
// path of the part that contradicts what comes before it. It may miss a
// contradiction, but never finds one that is none.
func (w world) narrow(c *Condition, at string) (world, string) {
	switch {
	case c == nil:
		return w, ""
	case c.All != nil:
		for n := range c.All {
			var broken string
			if w, broken = w.narrow(&c.All[n], fmt.Sprintf("%s.all.%d", at, n)); broken != "" {
				return nil, broken
			}
		}
		return w, ""
	case c.Any != nil:
		for n := range c.Any {
			if _, broken := w.narrow(&c.Any[n], fmt.Sprintf("%s.any.%d", at, n)); broken == "" {
				return w, ""
			}
		}
		return nil, at + ".any"
	case c.Property != nil:
		out, ok := w.with(string(c.Property.Property), &c.Property.ValueTest)
		if !ok {
			return nil, at + ".property"
		}
		return out, ""
	case c.Changed != nil:
		out, ok := w.with(was(c.Changed.Property), c.Changed.From)
		if ok {
			out, ok = out.with(became(c.Changed.Property), c.Changed.To)
		}
		if !ok {
			return nil, at + ".changed"
		}
		from, to := out[was(c.Changed.Property)], out[became(c.Changed.Property)]
		if len(from) == 1 && len(to) == 1 && from[0] == to[0] {
			return nil, at + ".changed" // that is no change
		}
		return out, ""
	case c.LabelsAdded != nil:
		if values, listed := w[labelsAdded]; listed && !slices.ContainsFunc(values, c.LabelsAdded.holds) {
			return nil, at + ".labelsAdded"
		}
	}
	return w, ""
}

const labelsAdded = "labels added"

// with keeps the values of a property that pass the test. Where any value can
// be, those that EQUALS lists remain, folded; so a test of the case of letters
// is not looked at there.
func (w world) with(p string, t *ValueTest) (world, bool) {
	values, listed := w[p]
	if t == nil {
		return w, !listed || len(values) > 0
	}
	if t.CaseSensitive && domains[RuleProperty(p)] == nil {
		return w, !listed || len(values) > 0
	}
	if !listed {
		if t.Operator != OpEquals {
			return w, true
		}
		values = slices.Clone(t.Values)
		for n, v := range values {
			values[n] = FoldCase(v)
		}
	}
	var left []string
	for _, v := range values {
		if t.holds(v) {
			left = append(left, v)
		}
	}
	out := world{}
	for k, v := range w {
		out[k] = v
	}
	out[p] = left
	return out, len(left) > 0
}

// possible refuses a rule whose condition contradicts its trigger or itself.
func (c *checker) possible(at string, r Rule) {
	if r.Condition == nil {
		return
	}
	if _, broken := worldOf(r.Trigger).narrow(r.Condition, at+"condition"); broken != "" {
		c.fail(strings.TrimPrefix(broken, "."), "the rule can never run: this cannot hold together with the trigger and the conditions before it")
	}
}
