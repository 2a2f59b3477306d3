package importer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tasktrail/incident"
)

// decodeSentinel reads the format "sentinel".
func decodeSentinel(data []byte, now time.Time, f *faults) *Definitions {
	b := newBuilder()
	template := parseObject(data).has("resources")
	resources := automationRules(data, b)
	if len(resources) > incident.MaxRules {
		f.add("the file", "there can be at most %d automation rules in it, these are %d", incident.MaxRules, len(resources))
		return nil
	}
	for _, resource := range resources {
		o := parseObject(resource.data)
		properties := parseObject(o["properties"])
		if !properties.has("triggeringLogic") {
			f.add(resource.place, "it is no automation rule: it has no properties.triggeringLogic")
			continue
		}
		name := pick[string](o, "name")
		rule := sentinelRule{builder: b, at: resource.place, template: template, now: now}
		rule.read(properties, name.value)
	}
	return b.definitions(f, "automation rule")
}

// resource is one automation rule of a file, as the API writes it.
type resource struct {
	place string
	data  json.RawMessage
}

// automationRules finds them in the answer of the API to a list, in that to
// one, in an ARM template, or in a plain list.
func automationRules(data []byte, b *builder) (found []resource) {
	top := parseObject(data)
	list := func(name string, data []byte, keep func(object) bool) {
		for i, item := range parseList(data) {
			if keep(parseObject(item)) {
				found = append(found, resource{fmt.Sprintf("%s[%d]", name, i), item})
			}
		}
	}
	all := func(object) bool { return true }
	switch {
	case top == nil:
		list("", data, all)
	case top.has("value"):
		list("value", top["value"], all)
		if next := pick[string](top, "nextLink"); next.value != "" {
			b.note("the file", "it is not the whole list: the API had more behind nextLink")
		}
	case top.has("resources"):
		others := 0
		list("resources", top["resources"], func(o object) bool {
			rule := isAutomationRule(pick[string](o, "type").value)
			if !rule {
				others++
			}
			return rule
		})
		if others > 0 {
			b.note("resources", "%d of them are no automation rules", others)
		}
	default:
		found = append(found, resource{"the file", data})
	}
	return found
}

// sentinelRule reads one automation rule.
type sentinelRule struct {
	*builder
	at       string // where the file has it
	name     string // how notes call it
	template bool   // texts can be expressions
	now      time.Time
	partial  bool // a part of its condition cannot be expressed
}

func (s *sentinelRule) note(format string, args ...any) { s.builder.note(s.name, format, args...) }

// read adds the rule to the bundle. One whose condition cannot be carried over
// whole is disabled: without a branch of it, it would act more often than it
// did. One that could not be stored is left out.
func (s *sentinelRule) read(properties object, id string) {
	title := s.text(properties, "displayName")
	name := strings.TrimSpace(title.value)
	if name == "" {
		name = cmp.Or(strings.TrimSpace(id), "Automation rule")
	}
	s.name = fmt.Sprintf("rule %q", name)
	if title.odd || title.value == "" {
		s.note("it has no name that could be read, and is called by its id")
	}
	properties.drop("createdBy", "createdTimeUtc", "lastModifiedBy", "lastModifiedTimeUtc")

	rule := incident.RuleInput{Order: s.order(pick[json.Number](properties, "order"))}
	logic := parseObject(properties["triggeringLogic"])
	properties.drop("triggeringLogic")
	s.trigger(logic, &rule)
	rule.Actions = s.actions(pick[[]json.RawMessage](properties, "actions"))
	for _, left := range append(logic.rest(), properties.rest()...) {
		s.note("%s was not carried over", left)
	}
	if s.partial {
		s.note("it is disabled here, because without what is named above it would act when it should not")
		rule.Enabled = new(false)
	}
	if len(rule.Actions) == 0 {
		s.note("it was left out, because none of its actions can be carried over")
		return
	}
	rule.Name = name
	if refusal := incident.CheckBundle(incident.Bundle{Rules: []incident.RuleInput{rule}}); len(refusal) > 0 {
		s.note("it was left out: %s", refusal.Error())
		return
	}
	if rule.Name = s.rules.names.unique(name); rule.Name != name {
		s.note("another rule has this name, so it is called %q", rule.Name)
	}
	s.addRule(s.at, rule)
}

// order keeps the order within the limits.
func (s *sentinelRule) order(given loose[json.Number]) *int {
	n, err := given.value.Int64()
	switch {
	case err != nil:
		s.note("its order is no number; it got the usual one")
		return nil
	case n < 1 || n > incident.MaxRuleOrder:
		order := int(max(1, min(n, incident.MaxRuleOrder)))
		s.note("its order %d is not from 1 to %d, so it is %d", n, incident.MaxRuleOrder, order)
		return &order
	}
	order := int(n)
	return &order
}

// trigger reads when the rule acts.
func (s *sentinelRule) trigger(logic object, rule *incident.RuleInput) {
	enabled := pick[bool](logic, "isEnabled")
	if !enabled.ok() {
		s.note("whether it is enabled cannot be read")
	}
	if !enabled.value {
		rule.Enabled = new(false)
	}
	if on := pick[string](logic, "triggersOn"); on.value != "Incidents" {
		s.lost("it acts on %q, and tasktrail has only incidents", brief(on.value))
	}
	switch when := pick[string](logic, "triggersWhen"); when.value {
	case "Created":
		rule.Trigger = incident.OnIncidentCreated
	case "Updated":
		rule.Trigger = incident.OnIncidentUpdated
	default:
		rule.Trigger = incident.OnIncidentCreated
		s.lost("when it acts cannot be read")
	}
	if expires := pick[string](logic, "expirationTimeUtc"); expires.set {
		t, ok := parseMoment(expires.value)
		if !ok {
			t, ok = parseMoment(expires.value + "Z") // some answers leave it out
		}
		if ok {
			rule.ExpiresAt = &t
			if rule.Enabled == nil && !t.After(s.now) {
				rule.Enabled = new(false)
				s.note("it has expired, and is disabled")
			}
		} else {
			s.lost("when it expires cannot be read")
		}
	}
	if conditions := pick[[]json.RawMessage](logic, "conditions"); conditions.odd {
		s.lost("its conditions cannot be read")
	} else {
		rule.Condition = s.group(conditions.value, false, 0)
	}
}

// lost notes a part of the rule's condition that cannot be expressed.
func (s *sentinelRule) lost(format string, args ...any) {
	s.partial = true
	s.note(format, args...)
}

// text takes a text.
func (s *sentinelRule) text(o object, name string) loose[string] {
	return s.resolve(pick[string](o, name))
}

// resolve undoes the escape of a template. An expression, which only Azure can
// evaluate, counts as a text that cannot be read.
func (s *sentinelRule) resolve(t loose[string]) loose[string] {
	switch {
	case !s.template:
	case strings.HasPrefix(t.value, "[["):
		t.value = t.value[1:]
	case strings.HasPrefix(t.value, "[") && strings.HasSuffix(t.value, "]"):
		return loose[string]{set: true, odd: true}
	}
	return t
}

// sorted returns the items of a list by their order, those of the same order
// as they stand.
func sorted(items []object) []object {
	order := make(map[int]int64, len(items))
	index := make([]int, len(items))
	for i, o := range items {
		index[i] = i
		n, err := pick[json.Number](o, "order").value.Int64()
		if err != nil {
			n = int64(i)
		}
		order[i] = n
	}
	slices.SortStableFunc(index, func(a, b int) int { return cmp.Compare(order[a], order[b]) })
	out := make([]object, len(items))
	for i, at := range index {
		out[i] = items[at]
	}
	return out
}
