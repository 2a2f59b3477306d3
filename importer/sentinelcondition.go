package importer

import (
	"encoding/json"
	"slices"
	"strings"

	"tasktrail/incident"
)

// group reads conditions that must all hold, or any of them. It returns nil
// when there is none, or none that can be expressed.
func (s *sentinelRule) group(list []json.RawMessage, anyOf bool, depth int) *incident.Condition {
	if depth >= incident.MaxConditionDepth {
		s.lost("a condition is nested more than %d levels deep", incident.MaxConditionDepth)
		return nil
	}
	var read []incident.Condition
	for _, data := range list {
		if c := s.condition(parseObject(data), depth); c != nil {
			read = append(read, *c)
		}
	}
	switch {
	case len(read) == 0:
		return nil
	case len(read) == 1:
		return &read[0]
	case anyOf:
		return &incident.Condition{Any: read}
	}
	return &incident.Condition{All: read}
}

func (s *sentinelRule) condition(o object, depth int) *incident.Condition {
	kind, p := pick[string](o, "conditionType").value, parseObject(o["conditionProperties"])
	o.drop("conditionProperties")
	if rest := o.rest(); len(rest) > 0 {
		s.lost("a condition says more than tasktrail understands: %s", rest[0])
		return nil
	}
	switch kind {
	case "Property":
		return s.property(p)
	case "PropertyArray":
		return s.array(p)
	case "PropertyChanged":
		return s.changed(p)
	case "PropertyArrayChanged":
		return s.added(p)
	case "Boolean":
		operator, inner := pick[string](p, "operator").value, pick[[]json.RawMessage](p, "innerConditions")
		if operator != "And" && operator != "Or" || len(inner.value) == 0 || len(p.rest()) > 0 {
			s.lost("a group of conditions cannot be read")
			return nil
		}
		return s.group(inner.value, operator == "Or", depth+1)
	}
	s.lost("there is no condition of the type %q in tasktrail", brief(kind))
	return nil
}

// property reads a test of one property. One of IncidentLabel looks at all
// tags as a unit: whether one of them contains a value, or none does.
func (s *sentinelRule) property(p object) *incident.Condition {
	name := pick[string](p, "propertyName").value
	test, ok := s.test(p, name)
	if !ok {
		return nil
	}
	if name == "IncidentLabel" {
		match := incident.MatchAny
		if strings.HasPrefix(string(test.Operator), "NOT_") {
			match = incident.MatchAll
		}
		return split(test, func(t incident.ValueTest) incident.Condition {
			return incident.Condition{Labels: &incident.LabelsCondition{Match: match, ValueTest: t}}
		})
	}
	return split(test, func(t incident.ValueTest) incident.Condition {
		return incident.Condition{Property: &incident.PropertyCondition{Property: properties[name].property, ValueTest: t}}
	})
}

// array reads a test of the tags one by one. Several conditions on the same
// tag can only be parted when each tag must keep all of them.
func (s *sentinelRule) array(p object) *incident.Condition {
	array, match := pick[string](p, "arrayType").value, incident.MatchAny
	if array != "IncidentLabels" {
		s.lost("tasktrail has no %s to test", brief(array))
		return nil
	}
	switch how := pick[string](p, "arrayConditionType").value; how {
	case "AnyItem":
	case "AllItems":
		match = incident.MatchAll
	default:
		s.lost("how its condition on tags goes with several of them cannot be read")
		return nil
	}
	items := pick[[]json.RawMessage](p, "itemConditions").value
	if len(items) == 0 || len(p.rest()) > 0 || len(items) > 1 && match == incident.MatchAny {
		s.lost("its condition on tags, with %d conditions on the same tag, cannot be expressed", len(items))
		return nil
	}
	var read []incident.Condition
	for _, data := range items {
		o := parseObject(data)
		inner := parseObject(o["conditionProperties"])
		kind, name := pick[string](o, "conditionType").value, pick[string](inner, "propertyName").value
		if kind != "Property" || name != "IncidentLabel" {
			s.lost("a condition inside one on tags cannot be expressed")
			return nil
		}
		test, ok := s.test(inner, name)
		if !ok {
			return nil
		}
		parted := func(t incident.ValueTest) incident.Condition {
			return incident.Condition{Labels: &incident.LabelsCondition{Match: match, ValueTest: t}}
		}
		negative := strings.HasPrefix(string(test.Operator), "NOT_")
		if len(test.Values) > incident.MaxConditionValue && negative == (match == incident.MatchAny) {
			s.lost("a condition on tags has more than %d values", incident.MaxConditionValue)
			return nil
		}
		read = append(read, *split(test, parted))
	}
	if len(read) == 1 {
		return &read[0]
	}
	return &incident.Condition{All: read}
}

// changed reads a test of a change.
func (s *sentinelRule) changed(p object) *incident.Condition {
	name, change := pick[string](p, "propertyName").value, pick[string](p, "changeType").value
	property, known := changeable[name]
	if !known {
		s.lost("tasktrail does not know when %s changes", brief(name))
		return nil
	}
	c := incident.ChangedCondition{Property: property}
	if change == "" {
		p.drop("operator")
		if values := pick[[]json.RawMessage](p, "propertyValues"); len(values.value) > 0 || values.odd {
			s.lost("a condition on a change of %s has values, and does not say whether before or after", name)
			return nil
		}
		return &incident.Condition{Changed: &c}
	}
	if !p.has("operator") || string(p["operator"]) == "null" {
		p["operator"] = json.RawMessage(`"Equals"`) // the API does not require it
	}
	test, ok := s.test(p, name)
	switch {
	case !ok:
		return nil
	case change == "ChangedFrom":
		c.From = &test
	case change == "ChangedTo":
		c.To = &test
	default:
		s.lost("there is no change of the type %q in tasktrail", brief(change))
		return nil
	}
	return &incident.Condition{Changed: &c}
}

// added reads a test of an addition to a list. Any label is one that is not
// the empty text.
func (s *sentinelRule) added(p object) *incident.Condition {
	array, change := pick[string](p, "arrayType").value, pick[string](p, "changeType").value
	if array != "Labels" || change != "Added" || len(p.rest()) > 0 {
		s.lost("tasktrail does not know when %s change so", brief(array))
		return nil
	}
	return &incident.Condition{LabelsAdded: &incident.ValueTest{Operator: incident.OpNotEquals, Values: []string{""}}}
}

// split parts a test of more values than one can have.
func split(t incident.ValueTest, condition func(incident.ValueTest) incident.Condition) *incident.Condition {
	var parts []incident.Condition
	for values := range slices.Chunk(t.Values, incident.MaxConditionValue) {
		parts = append(parts, condition(incident.ValueTest{Operator: t.Operator, Values: values}))
	}
	switch {
	case len(parts) == 1:
		return &parts[0]
	case strings.HasPrefix(string(t.Operator), "NOT_"):
		return &incident.Condition{All: parts}
	}
	return &incident.Condition{Any: parts}
}
