package incident

import (
	"slices"
	"strings"
	"testing"
)

func onUpdate(name string, c *Condition, actions ...RuleAction) Rule {
	return Rule{Definition: Definition{ID: "rul_" + name, Name: name}, Enabled: true, Trigger: OnIncidentUpdated, Condition: c, Actions: actions}
}

func setSeverity(s IncidentSeverity) RuleAction { return RuleAction{SetSeverity: &s} }

// Rules that would set each other off without end are found from each of them;
// those that come to rest are left alone.
func TestLoops(t *testing.T) {
	low, high, medium := setSeverity(SeverityLow), setSeverity(SeverityHigh), setSeverity(SeverityMedium)
	owner := func(id string) RuleAction { return RuleAction{SetOwner: &SetOwnerAction{orAbsent(id)}} }
	add, remove := func(l string) RuleAction { return RuleAction{AddLabels: []string{l}} }, func(l string) RuleAction { return RuleAction{RemoveLabels: []string{l}} }
	status := func(s IncidentStatus) RuleAction {
		set := SetStatusAction{Status: s}
		if s == IncidentClosed {
			set.Classification = ptr(Undetermined)
		}
		return RuleAction{SetStatus: &set}
	}
	to := func(p RuleProperty, v string) *Condition { return ptr(changes(p, "", v)) }
	people := all(isNot(PropActorKind, "AUTOMATION_RULE"))
	with := func(c Condition) *Condition { return ptr(all(c, people)) }
	labelled := func(l string) *Condition { return &Condition{LabelsAdded: &ValueTest{OpEquals, []string{l}, false}} }
	disabled := func(r Rule) Rule { r.Enabled = false; return r }
	created := func(r Rule) Rule { r.Trigger = OnIncidentCreated; return r }
	severity, ownerID := PropIncidentSeverity, PropIncidentOwnerID
	for name, test := range map[string]struct {
		rules []Rule
		loop  bool
	}{
		"one that turns it over and over": {[]Rule{onUpdate("a", nil, low, high)}, true},
		"one on every change":             {[]Rule{onUpdate("a", nil, low)}, false}, // the second time nothing changes
		"one with a label on and off":     {[]Rule{onUpdate("a", nil, add("x"), remove("x"))}, true},
		"one with an owner on and off":    {[]Rule{onUpdate("a", nil, owner("act_1"), owner(""))}, true},
		"one that closes and reopens":     {[]Rule{onUpdate("a", nil, status(IncidentClosed), status(IncidentActive))}, true},
		"one for people's changes":        {[]Rule{onUpdate("a", &people, low, high)}, false},
		"one for creation":                {[]Rule{created(onUpdate("a", nil, low, high))}, false},
		"one that is disabled":            {[]Rule{disabled(onUpdate("a", nil, low, high))}, false},

		"two":                       {[]Rule{onUpdate("a", to(severity, "HIGH"), low), onUpdate("b", to(severity, "LOW"), high)}, true},
		"two, one disabled":         {[]Rule{onUpdate("a", to(severity, "HIGH"), low), disabled(onUpdate("b", to(severity, "LOW"), high))}, false},
		"two, one for people":       {[]Rule{onUpdate("a", to(severity, "HIGH"), low), onUpdate("b", with(changes(severity, "", "LOW")), high)}, false},
		"two that agree":            {[]Rule{onUpdate("a", nil, low), onUpdate("b", nil, low, add("x"))}, false},
		"two on other things":       {[]Rule{onUpdate("a", to(severity, "HIGH"), owner("act_1")), onUpdate("b", to(ownerID, "act_1"), add("x"))}, false},
		"two with an owner":         {[]Rule{onUpdate("a", to(ownerID, "act_1"), owner("act_2")), onUpdate("b", to(ownerID, "act_2"), owner("act_1"))}, true},
		"two with nobody":           {[]Rule{onUpdate("a", ptr(changes(ownerID, "act_1", "")), owner("act_1")), onUpdate("b", to(ownerID, "act_1"), owner(""))}, true},
		"two with labels":           {[]Rule{onUpdate("a", labelled("x"), remove("x"), add("y")), onUpdate("b", labelled("Y"), remove("y"), add("x"))}, true},
		"two with labels that stay": {[]Rule{onUpdate("a", labelled("x"), add("y")), onUpdate("b", labelled("y"), add("x"))}, false},
		"two with a status":         {[]Rule{onUpdate("a", to(PropIncidentStatus, "CLOSED"), status(IncidentActive)), onUpdate("b", to(PropIncidentStatus, "ACTIVE"), status(IncidentClosed))}, true},
		"two, by what it is":        {[]Rule{onUpdate("a", ptr(is(severity, "HIGH")), low), onUpdate("b", ptr(is(severity, "LOW")), high)}, true},
		"two that come to rest":     {[]Rule{onUpdate("a", labelled("x"), low), onUpdate("b", to(severity, "LOW"), high, add("x"))}, false},
		"two that never meet":       {[]Rule{onUpdate("a", to(severity, "HIGH"), low), onUpdate("b", to(severity, "MEDIUM"), high)}, false},

		"three":                  {[]Rule{onUpdate("a", to(severity, "HIGH"), low), onUpdate("b", to(severity, "LOW"), medium), onUpdate("c", to(severity, "MEDIUM"), high)}, true},
		"three over two things":  {[]Rule{onUpdate("a", to(severity, "HIGH"), owner("act_1")), onUpdate("b", to(ownerID, "act_1"), low, owner("")), onUpdate("c", to(severity, "LOW"), high)}, true},
		"a chain of three":       {[]Rule{onUpdate("a", to(severity, "HIGH"), medium), onUpdate("b", to(severity, "MEDIUM"), low), onUpdate("c", to(severity, "LOW"), add("x"))}, false},
		"a loop beside the rule": {[]Rule{onUpdate("a", to(ownerID, "act_1"), add("x"))}, false},
	} {
		for n := range test.rules {
			at, through := findLoop(test.rules, &test.rules[n])
			if (len(through) > 0) != test.loop {
				t.Errorf("%s: from %s got %d, %q, want a loop: %t", name, test.rules[n].Name, at, through, test.loop)
			}
			if test.loop && (at >= len(test.rules[n].Actions) || !slices.Contains(through, `"`+test.rules[n].Name+`"`)) {
				t.Errorf("%s: from %s got %d, %q", name, test.rules[n].Name, at, through)
			}
		}
	}
	// A loop that the rule only leads to is not the rule's.
	loop := []Rule{onUpdate("a", to(severity, "HIGH"), low), onUpdate("b", to(severity, "LOW"), high)}
	start := created(onUpdate("start", nil, high))
	if _, through := findLoop(loop, &start); through != nil {
		t.Errorf("from a rule outside got %q", through)
	}
	// A version that replaces another is not compared with it.
	fixed := loop[1]
	fixed.Condition = to(severity, "MEDIUM")
	if _, through := findLoop(loop, &fixed); through != nil {
		t.Errorf("the corrected rule got %q", through)
	}
	err := loop[1].ends(&Automation{Rules: loop[:1]}, "rule.")
	if errs, _ := refused(err); len(errs) != 1 || !slices.Equal(errs[0].(*ValidationError).Path, []string{"input", "rule", "actions", "0"}) ||
		!strings.Contains(errs[0].Error(), `"b", "a"`) {
		t.Errorf("got %v", err)
	}
}
