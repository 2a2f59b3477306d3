package incident

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// facts is what a condition looks at: the change that set the rule off, and
// how things stand now, after the rules that ran before.
type facts struct {
	incident      *Incident
	before, after *Incident // around the change of an incident; before is nil at its creation
	task          *Task     // of a trigger of tasks
	actor         Actor     // who made the change
}

// Unmet is the first test that did not hold.
type Unmet struct {
	Path    []string // from "condition" on
	Message string   // what was wanted and what was found
}

// holds reports whether a condition does. No condition always holds.
func (c *Condition) holds(f facts) bool {
	switch {
	case c == nil:
		return true
	case c.All != nil:
		return !slices.ContainsFunc(c.All, func(one Condition) bool { return !one.holds(f) })
	case c.Any != nil:
		return slices.ContainsFunc(c.Any, func(one Condition) bool { return one.holds(f) })
	case c.Property != nil:
		return c.Property.holds(f.value(c.Property.Property))
	case c.Labels != nil:
		return c.Labels.holds(f.incident.Labels)
	case c.Changed != nil:
		return c.Changed.unmet(f) == ""
	case c.LabelsAdded != nil:
		return slices.ContainsFunc(f.labelsAdded(), c.LabelsAdded.holds)
	}
	return true
}

// unmet tells why a condition does not hold; nil when it does.
func (c *Condition) unmet(f facts) *Unmet {
	if c.holds(f) {
		return nil
	}
	return c.explain(f, []string{"condition"})
}

// explain is for a condition that does not hold.
func (c *Condition) explain(f facts, path []string) *Unmet {
	at := func(more ...string) []string { return append(slices.Clone(path), more...) }
	switch {
	case c.All != nil:
		n := slices.IndexFunc(c.All, func(one Condition) bool { return !one.holds(f) })
		return c.All[n].explain(f, at("all", strconv.Itoa(n)))
	case c.Any != nil:
		return &Unmet{at("any"), fmt.Sprintf("none of its %d conditions holds", len(c.Any))}
	case c.Property != nil:
		p := c.Property
		return &Unmet{at("property"), fmt.Sprintf("%s is %q, not %s", p.Property, f.value(p.Property), p.ValueTest)}
	case c.Labels != nil:
		return &Unmet{at("labels"), fmt.Sprintf("the labels are %q, not %s %s", f.incident.Labels, c.Labels.Match, c.Labels.ValueTest)}
	case c.Changed != nil:
		return &Unmet{at("changed"), c.Changed.unmet(f)}
	}
	return &Unmet{at("labelsAdded"), fmt.Sprintf("the labels added are %q, none is %s", f.labelsAdded(), *c.LabelsAdded)}
}

func (c *LabelsCondition) holds(labels []string) bool {
	if c.Match == MatchAny {
		return slices.ContainsFunc(labels, c.ValueTest.holds)
	}
	return !slices.ContainsFunc(labels, func(l string) bool { return !c.ValueTest.holds(l) })
}

func (c *ChangedCondition) unmet(f facts) string {
	if f.before == nil || f.after == nil {
		return "nothing was changed"
	}
	from, to := incidentValue(f.before, c.Property), incidentValue(f.after, c.Property)
	switch {
	case from == to:
		return fmt.Sprintf("%s was not changed", c.Property)
	case c.From != nil && !c.From.holds(from):
		return fmt.Sprintf("%s was %q, not %s", c.Property, from, *c.From)
	case c.To != nil && !c.To.holds(to):
		return fmt.Sprintf("%s became %q, not %s", c.Property, to, *c.To)
	}
	return ""
}

func (f facts) labelsAdded() []string {
	added := []string{}
	if f.before == nil || f.after == nil {
		return added
	}
	for _, l := range f.after.Labels {
		if !slices.Contains(f.before.Labels, l) {
			added = append(added, l)
		}
	}
	return added
}

// value is a property as text; "" when it is absent.
func (f facts) value(p RuleProperty) string {
	switch p {
	case PropActorID:
		return f.actor.ID
	case PropActorName:
		return f.actor.Name
	case PropActorKind:
		return string(f.actor.Kind)
	}
	if f.task != nil {
		switch p {
		case PropTaskTitle:
			return f.task.Title
		case PropTaskDescription:
			return valueOf(f.task.Description)
		case PropTaskGroup:
			return valueOf(f.task.Group)
		case PropTaskMandatory:
			return strconv.FormatBool(f.task.Mandatory)
		case PropTaskAssigneeID:
			return valueOf(f.task.AssigneeID)
		case PropTaskOriginKind:
			return string(f.task.Origin.Kind)
		case PropTaskOriginID:
			return valueOf(f.task.Origin.ID)
		case PropTaskOriginName:
			return f.task.Origin.Name
		}
	}
	return incidentValue(f.incident, p)
}

func incidentValue(i *Incident, p RuleProperty) string {
	switch p {
	case PropIncidentTitle:
		return i.Title
	case PropIncidentDescription:
		return valueOf(i.Description)
	case PropIncidentSeverity:
		return string(i.Severity)
	case PropIncidentStatus:
		return string(i.Status)
	case PropIncidentClassification:
		return string(valueOf(i.Classification))
	case PropIncidentOwnerID:
		return valueOf(i.OwnerID)
	}
	return ""
}

func valueOf[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// holds compares value with the values of the test.
func (t ValueTest) holds(value string) bool {
	positive, negated := t.Operator.positive()
	value = t.fold(value)
	found := slices.ContainsFunc(t.Values, func(want string) bool {
		want = t.fold(want)
		switch positive {
		case OpContains:
			return strings.Contains(value, want)
		case OpStartsWith:
			return strings.HasPrefix(value, want)
		case OpEndsWith:
			return strings.HasSuffix(value, want)
		}
		return value == want
	})
	return found != negated
}

func (t ValueTest) fold(s string) string {
	if t.CaseSensitive {
		return s
	}
	return FoldCase(s)
}

// positive returns the operator without its NOT, and whether it had one.
func (o ConditionOperator) positive() (ConditionOperator, bool) {
	p, negated := strings.CutPrefix(string(o), "NOT_")
	return ConditionOperator(p), negated
}

// String tells the test as in the API.
func (t ValueTest) String() string {
	if t.CaseSensitive {
		return fmt.Sprintf("%s %q with the case of each letter", t.Operator, t.Values)
	}
	return fmt.Sprintf("%s %q", t.Operator, t.Values)
}

// FoldCase maps text that differs only in case to the same text, by Unicode's
// simple case folding: ToLower leaves both ς and σ.
func FoldCase(s string) string { return strings.Map(foldRune, s) }

func foldRune(r rune) rune {
	switch {
	case 'a' <= r && r <= 'z':
		return r - 'a' + 'A'
	case r < utf8.RuneSelf:
		return r
	}
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}
