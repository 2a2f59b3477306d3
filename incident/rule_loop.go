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

// link is an effect by which one rule can set off another, by their places in
// a list.
type link struct {
	from, to int
	effect
}

// findLoop looks for rules that would set each other off without end: r and
// rules that lead back to it. A value that is set once and stays sets nothing
// off again, so each link counts only if one of these rules also sets another
// value. It returns the number of an action of r that takes part and the names
// of the rules; no names: there is no loop. Texts that conditions of several
// rules ask for are not compared with each other.
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
	for links := linksFrom(all); ; {
		loop := aroundFirst(links, len(all))
		if !loop[0] {
			return 0, nil
		}
		values := map[string]map[string]bool{} // that the rules set, by what they are of
		for n := range all {
			for a := 0; loop[n] && a < len(all[n].Actions); a++ {
				for _, e := range all[n].effects(a) {
					if values[e.what] == nil {
						values[e.what] = map[string]bool{}
					}
					values[e.what][e.value] = true
				}
			}
		}
		lasting := slices.DeleteFunc(slices.Clone(links), func(l link) bool {
			return !loop[l.from] || !loop[l.to] || len(values[l.what]) < 2
		})
		if len(lasting) < len(links) {
			links = lasting
			continue
		}
		for n := range all {
			if loop[n] {
				through = append(through, fmt.Sprintf("%q", all[n].Name))
			}
		}
		return links[0].action, through
	}
}

// linksFrom lists the links as far as the first rule leads, its own first. Many
// rules set the same few values, so what a value sets off is looked for once.
func linksFrom(all []Rule) []link {
	var out []link
	setOff := map[effect][]int{}
	seen := map[int]bool{0: true}
	for next := []int{0}; len(next) > 0; next = next[1:] {
		from := next[0]
		for n := range all[from].Actions {
			for _, e := range all[from].effects(n) {
				value := effect{what: e.what, value: e.value}
				if _, known := setOff[value]; !known {
					setOff[value] = e.setOff(all)
				}
				for _, to := range setOff[value] {
					out = append(out, link{from, to, e})
					if !seen[to] {
						seen[to] = true
						next = append(next, to)
					}
				}
			}
		}
	}
	return out
}

// setOff lists the rules that an update with the effect can make run.
func (e effect) setOff(all []Rule) []int {
	var out []int
	for to := range all {
		if e.setsOff(&all[to]) {
			out = append(out, to)
		}
	}
	return out
}

// aroundFirst says of each of n rules whether the first one leads to it and it
// leads back to the first.
func aroundFirst(links []link, n int) []bool {
	there, back := make([]bool, n), make([]bool, n)
	for grown := true; grown; {
		grown = false
		for _, l := range links {
			if (l.from == 0 || there[l.from]) && !there[l.to] {
				there[l.to], grown = true, true
			}
			if (l.to == 0 || back[l.to]) && !back[l.from] {
				back[l.from], grown = true, true
			}
		}
	}
	for r := range there {
		there[r] = there[r] && back[r]
	}
	return there
}
