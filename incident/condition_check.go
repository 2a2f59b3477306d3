package incident

import (
	"fmt"
	"slices"
	"strings"
)

var conditionOperators = []ConditionOperator{
	OpEquals, OpNotEquals, OpContains, OpNotContains, OpStartsWith, OpNotStartsWith, OpEndsWith, OpNotEndsWith,
}

var ruleProperties = []RuleProperty{
	PropIncidentTitle, PropIncidentDescription, PropIncidentSeverity, PropIncidentStatus, PropIncidentClassification,
	PropIncidentOwnerID, PropTaskTitle, PropTaskDescription, PropTaskGroup, PropTaskMandatory, PropTaskAssigneeID,
	PropTaskOriginKind, PropTaskOriginID, PropTaskOriginName, PropActorID, PropActorName, PropActorKind,
}

var changeableProperties = []RuleProperty{PropIncidentSeverity, PropIncidentStatus, PropIncidentOwnerID}

// condition checks the shape of a condition and counts its parts.
func (c *checker) condition(at string, in Condition, on Trigger, depth int, count *int) Condition {
	*count++
	given := 0
	for _, there := range []bool{
		in.All != nil, in.Any != nil, in.Property != nil, in.Labels != nil, in.Changed != nil, in.LabelsAdded != nil,
	} {
		if there {
			given++
		}
	}
	switch {
	case given != 1:
		c.fail(at, "a condition must be exactly one thing, this one is %d", given)
	case depth > MaxConditionDepth:
		c.fail(at, "conditions can lie %d levels deep at most", MaxConditionDepth)
	case in.All != nil:
		in.All = c.conditions(at+".all", in.All, on, depth, count)
	case in.Any != nil:
		in.Any = c.conditions(at+".any", in.Any, on, depth, count)
	case in.Property != nil:
		c.property(at+".property", in.Property, on)
	case in.Labels != nil:
		if in.Labels.Match != MatchAny && in.Labels.Match != MatchAll {
			c.fail(at+".labels.match", "match must be ANY or ALL")
		}
		c.valueTest(at+".labels", in.Labels.ValueTest, "", MaxLabel)
	default:
		c.changed(at, in, on)
	}
	return in
}

func (c *checker) conditions(at string, in []Condition, on Trigger, depth int, count *int) []Condition {
	if len(in) == 0 {
		c.fail(at, "a group must have at least one condition")
	}
	out := make([]Condition, len(in))
	for n, one := range in {
		if *count > MaxConditions {
			return in // said by the caller; no need to read on
		}
		out[n] = c.condition(fmt.Sprintf("%s.%d", at, n), one, on, depth+1, count)
	}
	return out
}

func (c *checker) property(at string, p *PropertyCondition, on Trigger) {
	switch {
	case !slices.Contains(ruleProperties, p.Property):
		c.fail(at+".property", "property must be one of %v", ruleProperties)
		return
	case strings.HasPrefix(string(p.Property), "TASK_") && !on.onTask():
		c.fail(at+".property", "the rule can never run: %s belongs to no task", on)
	}
	c.valueTest(at, p.ValueTest, p.Property, MaxDescription)
}

// changed checks what only the update of an incident can fulfil.
func (c *checker) changed(at string, in Condition, on Trigger) {
	part := at + ".changed"
	if in.LabelsAdded != nil {
		part = at + ".labelsAdded"
	}
	if on != OnIncidentUpdated {
		c.fail(part, "the rule can never run: only %s changes an incident", OnIncidentUpdated)
	}
	if in.LabelsAdded != nil {
		c.valueTest(part, *in.LabelsAdded, "", MaxLabel)
		return
	}
	if !slices.Contains(changeableProperties, in.Changed.Property) {
		c.fail(part+".property", "property must be one of %v", changeableProperties)
		return
	}
	if from := in.Changed.From; from != nil {
		c.valueTest(part+".from", *from, in.Changed.Property, MaxTitle)
	}
	if to := in.Changed.To; to != nil {
		c.valueTest(part+".to", *to, in.Changed.Property, MaxTitle)
	}
}

// valueTest checks a test; values of an enumeration must belong to it where
// they are compared whole.
func (c *checker) valueTest(at string, t ValueTest, p RuleProperty, limit int) {
	if !slices.Contains(conditionOperators, t.Operator) {
		c.fail(at+".operator", "operator must be one of %v", conditionOperators)
	}
	if len(t.Values) == 0 || len(t.Values) > MaxConditionValue {
		c.fail(at+".values", "give from 1 to %d values, these are %d", MaxConditionValue, len(t.Values))
	}
	positive, _ := t.Operator.positive()
	for n, v := range t.Values {
		place := fmt.Sprintf("%s.values.%d", at, n)
		c.plain(place, v, limit)
		if v == "" && positive != OpEquals {
			c.fail(place, "an empty text is part of every text; use EQUALS to ask for none")
		}
		known := domains[p]
		if known != nil && positive == OpEquals && !slices.ContainsFunc(known, func(k string) bool { return t.fold(k) == t.fold(v) }) {
			c.fail(place, "%s is always one of %q", p, known)
		}
	}
}
