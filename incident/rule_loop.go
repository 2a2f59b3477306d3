package incident

import (
	"fmt"
	"slices"
	"strings"
)

// effect is one value that an action gives to an incident.
type effect struct {
	action int    // its number, from 0
	what   string // a property, or a label
	value  string
}

const labelPrefix = "the label "

// effects are what action n of a rule sets, always to the same value.
func (r *Rule) effects(n int) []effect {
	var out []effect
	switch a := r.Actions[n]; {
	case a.SetSeverity != nil:
		out = []effect{{n, string(PropIncidentSeverity), string(*a.SetSeverity)}}
	case a.SetStatus != nil:
		out = []effect{{n, string(PropIncidentStatus), string(a.SetStatus.Status)}}
	case a.SetOwner != nil:
		out = []effect{{n, string(PropIncidentOwnerID), valueOf(a.SetOwner.OwnerID)}}
	}
	for _, l := range r.Actions[n].AddLabels {
		out = append(out, effect{n, labelPrefix + l, "there"})
	}
	for _, l := range r.Actions[n].RemoveLabels {
		out = append(out, effect{n, labelPrefix + l, "gone"})
	}
	return out
}

// setsOff reports whether an update of an incident that has the effect can
// make the rule run.
func (e effect) setsOff(r *Rule) bool {
	if r.Trigger != OnIncidentUpdated || !r.Enabled {
		return false
	}
	w := worldOf(OnIncidentUpdated)
	for _, p := range changeableProperties {
		w[was(p)], w[became(p)] = []string{}, []string{}
	}
	w[labelsAdded] = nil
	if label, ok := strings.CutPrefix(e.what, labelPrefix); ok {
		if e.value == "there" {
			w[labelsAdded] = []string{label}
		}
	} else {
		p := RuleProperty(e.what)
		w[e.what], w[became(p)] = []string{e.value}, []string{e.value}
		delete(w, was(p))
		if values, ok := domains[p]; ok {
			w[was(p)] = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == e.value })
		}
	}
	w[string(PropActorKind)] = []string{string(KindAutomationRule)}
	_, broken := w.narrow(r.Condition, "")
	return broken == ""
}

// findLoop looks for rules that would set each other off without end: r and
// rules that lead back to it, which between them give one thing two values in
// turn. It returns the number of an action of r that takes part and the names of
// the rules; no names: there is no loop. Texts that conditions of several rules
// ask for are not compared with each other.
func findLoop(rules []Rule, r *Rule) (action int, through []string) {
	if r.Trigger != OnIncidentUpdated || !r.Enabled {
		return 0, nil // nothing that a rule does sets it off
	}
	all := []Rule{*r}
	for _, o := range rules {
		if o.ID != r.ID && o.Trigger == OnIncidentUpdated && o.Enabled {
			all = append(all, o)
		}
	}
	// leads[n] holds the rules that rule n can set off, as far as r leads there.
	leads := map[int][]int{}
	for next := []int{0}; len(next) > 0; next = next[1:] {
		from := next[0]
		if _, done := leads[from]; done {
			continue
		}
		leads[from] = []int{}
		for to := range all {
			if len(all[from].effectsOn(&all[to])) > 0 {
				leads[from] = append(leads[from], to)
				next = append(next, to)
			}
		}
	}
	// back holds those of them that lead back to r.
	back := map[int]bool{}
	for grown := true; grown; {
		grown = false
		for from, tos := range leads {
			if !back[from] && slices.ContainsFunc(tos, func(to int) bool { return to == 0 || back[to] }) {
				back[from], grown = true, true
			}
		}
	}
	if !back[0] {
		return 0, nil
	}
	values, alternates := map[string]string{}, false
	for n := range all {
		if !back[n] {
			continue
		}
		through = append(through, fmt.Sprintf("%q", all[n].Name))
		for to := range all {
			if !back[to] {
				continue
			}
			for _, e := range all[n].effectsOn(&all[to]) {
				value, known := values[e.what]
				alternates = alternates || (known && value != e.value)
				values[e.what] = e.value
				if n == 0 {
					action = e.action
				}
			}
		}
	}
	if !alternates {
		return 0, nil
	}
	return action, through
}

// effectsOn are the effects of r that can set off another rule, or r itself.
func (r *Rule) effectsOn(to *Rule) []effect {
	var out []effect
	for n := range r.Actions {
		for _, e := range r.effects(n) {
			if e.setsOff(to) {
				out = append(out, e)
			}
		}
	}
	return out
}
