package incident

import (
	"slices"
	"strings"
	"testing"
)

// Each operator holds when it does for at least one value, whatever the case;
// the one that begins with NOT holds exactly when it does not.
func TestOperators(t *testing.T) {
	for _, test := range []struct {
		value    string
		operator ConditionOperator
		wanted   []string
		holds    bool
	}{
		{"Phishing", OpEquals, []string{"phishing"}, true},
		{"Phishing", OpEquals, []string{"phish"}, false},
		{"Phishing", OpEquals, []string{"x", "y", "PHISHING"}, true},
		{"", OpEquals, []string{""}, true},
		{"x", OpEquals, []string{""}, false},
		{"", OpEquals, []string{"x"}, false},
		{"Phishing mail", OpContains, []string{"ISH"}, true},
		{"Phishing mail", OpContains, []string{"malware", "mail"}, true},
		{"Phishing mail", OpContains, []string{"malware"}, false},
		{"", OpContains, []string{"x"}, false},
		{"Phishing", OpStartsWith, []string{"pHI"}, true},
		{"Phishing", OpStartsWith, []string{"hish"}, false},
		{"Phishing", OpEndsWith, []string{"ING"}, true},
		{"Phishing", OpEndsWith, []string{"phi", "hin"}, false},
		{"Phishing", OpEndsWith, []string{"phi", "phishing"}, true},

		// Simple case folding, letter by letter.
		{"ΟΔΥΣΣΕΥΣ", OpEquals, []string{"οδυσσευς"}, true},
		{"ς", OpEquals, []string{"σ"}, true},
		{"Σ", OpEquals, []string{"ς"}, true},
		{"STRASSE", OpEquals, []string{"straße"}, false},
		{"straẞe", OpEquals, []string{"Straße"}, true},
		{"İ", OpEquals, []string{"i"}, false},
		{"İ", OpEquals, []string{"ı"}, false},
		{"ı", OpEquals, []string{"I"}, false},
		{"İstanbul", OpEndsWith, []string{"STANBUL"}, true},
		{"ꭰꮃ", OpEquals, []string{"ᎠᎳ"}, true}, // Cherokee: the small letters are the newer ones
		{"ꭰꮃ", OpContains, []string{"Ꮃ"}, true},
		{"K", OpEquals, []string{"k"}, true},           // the Kelvin sign
		{"é", OpEquals, []string{"e\u0301"}, false},    // nothing is normalised
		{"a\u00a0b", OpContains, []string{" "}, false}, // nor trimmed
		{"ＡＢ", OpStartsWith, []string{"ａ"}, true},      // full width
		{"ǆ", OpEquals, []string{"ǅ"}, true},           // title case
		{"ﬃ", OpEquals, []string{"ffi"}, false},        // no letter becomes several
		{"👩", OpEquals, []string{"👩"}, true},           // no case at all
		{"x" + strings.Repeat("é", 9_999), OpEndsWith, []string{"É"}, true},
	} {
		if got := (ValueTest{test.operator, test.wanted, false}).holds(test.value); got != test.holds {
			t.Errorf("%q %s %q: got %t", test.value, test.operator, test.wanted, got)
		}
		negated := ConditionOperator("NOT_" + string(test.operator))
		if !slices.Contains(conditionOperators, negated) {
			t.Fatalf("%s is no operator", negated)
		}
		if got := (ValueTest{negated, test.wanted, false}).holds(test.value); got == test.holds {
			t.Errorf("%q %s %q: got %t", test.value, negated, test.wanted, got)
		}
	}
}

// seenFacts are facts in which every property has a value of its own.
func seenFacts() (facts, map[RuleProperty]string) {
	is := TruePositive
	text := func(s string) *string { return &s }
	i := &Incident{
		Title: "title", Description: text("description"), Severity: SeverityHigh, Status: IncidentClosed,
		Classification: &is, OwnerID: text("act_owner"), Labels: []string{"a", "b"},
	}
	task := &Task{
		Title: "task", Description: text("what to do"), Group: text("Contain"), Mandatory: true, AssigneeID: text("act_assignee"),
		Origin: TaskOrigin{Kind: KindPlaybook, ID: text("pbk_1"), Name: "book"},
	}
	f := facts{incident: i, task: task, actor: Actor{ID: "act_me", Name: "me", Kind: KindService}}
	return f, map[RuleProperty]string{
		PropIncidentTitle: "title", PropIncidentDescription: "description", PropIncidentSeverity: "HIGH", PropIncidentStatus: "CLOSED",
		PropIncidentClassification: "TRUE_POSITIVE", PropIncidentOwnerID: "act_owner", PropTaskTitle: "task", PropTaskDescription: "what to do",
		PropTaskGroup: "Contain", PropTaskMandatory: "true", PropTaskAssigneeID: "act_assignee", PropTaskOriginKind: "PLAYBOOK",
		PropTaskOriginID: "pbk_1", PropTaskOriginName: "book", PropActorID: "act_me", PropActorName: "me", PropActorKind: "SERVICE",
	}
}

// Every property reads the thing it is named for, and is empty when that is
// absent.
func TestProperties(t *testing.T) {
	f, want := seenFacts()
	bare := facts{incident: &Incident{}, task: &Task{}}
	absent := []RuleProperty{
		PropIncidentDescription, PropIncidentClassification, PropIncidentOwnerID,
		PropTaskDescription, PropTaskGroup, PropTaskAssigneeID, PropTaskOriginID,
	}
	for _, p := range ruleProperties {
		c := Condition{Property: &PropertyCondition{p, ValueTest{OpEquals, []string{want[p]}, false}}}
		if want[p] == "" || c.unmet(f) != nil {
			t.Errorf("%s: got %+v, want %q", p, c.unmet(f), want[p])
		}
		if got := bare.value(p); slices.Contains(absent, p) && got != "" {
			t.Errorf("%s of nothing: got %q", p, got)
		}
	}
	if got := bare.value(PropTaskMandatory); got != "false" {
		t.Errorf("%s: got %q", PropTaskMandatory, got)
	}
}

func TestLabelsMatch(t *testing.T) {
	for _, test := range []struct {
		labels   []string
		match    Match
		operator ConditionOperator
		values   []string
		holds    bool
	}{
		{nil, MatchAny, OpEquals, []string{"a"}, false},
		{nil, MatchAny, OpNotEquals, []string{"a"}, false},
		{nil, MatchAll, OpEquals, []string{"a"}, true},
		{nil, MatchAll, OpNotEquals, []string{"a"}, true},
		{[]string{"a", "b"}, MatchAny, OpEquals, []string{"B"}, true},
		{[]string{"a", "b"}, MatchAny, OpEquals, []string{"c"}, false},
		{[]string{"a", "b"}, MatchAll, OpEquals, []string{"a"}, false},
		{[]string{"a", "b"}, MatchAll, OpEquals, []string{"a", "b"}, true},
		{[]string{"a", "b"}, MatchAny, OpNotEquals, []string{"a"}, true},
		{[]string{"a"}, MatchAny, OpNotEquals, []string{"a"}, false},
		{[]string{"a", "b"}, MatchAll, OpNotEquals, []string{"a"}, false},
		{[]string{"a", "b"}, MatchAll, OpNotEquals, []string{"c", "d"}, true},
		{[]string{"prod-1", "prod-2"}, MatchAll, OpStartsWith, []string{"PROD"}, true},
		{[]string{"prod-1", "test"}, MatchAll, OpStartsWith, []string{"prod"}, false},
	} {
		c := Condition{Labels: &LabelsCondition{test.match, ValueTest{test.operator, test.values, false}}}
		if got := c.unmet(facts{incident: &Incident{Labels: test.labels}}) == nil; got != test.holds {
			t.Errorf("%q %s %s %q: got %t", test.labels, test.match, test.operator, test.values, got)
		}
	}
}

// A change is of the value, from what was to what is; both tests must hold.
func TestChanged(t *testing.T) {
	me, you := "act_me", "act_you"
	low, high := Incident{Severity: SeverityLow, Labels: []string{"a"}}, Incident{Severity: SeverityHigh, OwnerID: &me, Labels: []string{"a", "b", "C"}}
	other := high
	other.OwnerID = &you
	is := func(values ...string) *ValueTest { return &ValueTest{OpEquals, values, false} }
	not := func(values ...string) *ValueTest { return &ValueTest{OpNotEquals, values, false} }
	for name, test := range map[string]struct {
		before, after *Incident
		c             Condition
		unmet         string // "": it holds
	}{
		"changed":                {&low, &high, Condition{Changed: &ChangedCondition{PropIncidentSeverity, nil, nil}}, ""},
		"from":                   {&low, &high, Condition{Changed: &ChangedCondition{PropIncidentSeverity, is("low"), nil}}, ""},
		"to":                     {&low, &high, Condition{Changed: &ChangedCondition{PropIncidentSeverity, nil, is("x", "HIGH")}}, ""},
		"from and to":            {&low, &high, Condition{Changed: &ChangedCondition{PropIncidentSeverity, not("HIGH"), not("LOW")}}, ""},
		"not from that":          {&low, &high, Condition{Changed: &ChangedCondition{PropIncidentSeverity, is("MEDIUM"), is("HIGH")}}, `was "LOW"`},
		"not to that":            {&low, &high, Condition{Changed: &ChangedCondition{PropIncidentSeverity, is("LOW"), not("high")}}, `became "HIGH"`},
		"the same":               {&high, &other, Condition{Changed: &ChangedCondition{PropIncidentSeverity, nil, is("HIGH")}}, "was not changed"},
		"from nobody":            {&low, &high, Condition{Changed: &ChangedCondition{PropIncidentOwnerID, is(""), nil}}, ""},
		"to nobody":              {&high, &low, Condition{Changed: &ChangedCondition{PropIncidentOwnerID, nil, is("")}}, ""},
		"to somebody":            {&high, &other, Condition{Changed: &ChangedCondition{PropIncidentOwnerID, nil, is(me)}}, "became"},
		"the status":             {&low, &high, Condition{Changed: &ChangedCondition{PropIncidentStatus, nil, nil}}, "was not changed"},
		"created":                {nil, &high, Condition{Changed: &ChangedCondition{PropIncidentSeverity, nil, nil}}, "nothing was changed"},
		"a task":                 {nil, nil, Condition{Changed: &ChangedCondition{PropIncidentSeverity, nil, nil}}, "nothing was changed"},
		"a label added":          {&low, &high, Condition{LabelsAdded: is("B")}, ""},
		"another label added":    {&low, &high, Condition{LabelsAdded: not("b")}, ""},
		"a label that was there": {&low, &high, Condition{LabelsAdded: is("a")}, `["b" "C"]`},
		"a label removed":        {&high, &low, Condition{LabelsAdded: not("x")}, "none is NOT_EQUALS"},
		"labels of a new one":    {nil, &high, Condition{LabelsAdded: is("a")}, "the labels added are []"},
	} {
		got := test.c.unmet(facts{incident: &Incident{}, before: test.before, after: test.after})
		if (got == nil) != (test.unmet == "") || got != nil && !strings.Contains(got.Message, test.unmet) {
			t.Errorf("%s: got %+v, want %q", name, got, test.unmet)
		}
	}
}

// What is told is the place of the first test that did not hold, and what it
// found.
func TestUnmetPath(t *testing.T) {
	f, _ := seenFacts()
	yes := Condition{Property: &PropertyCondition{PropIncidentTitle, ValueTest{OpEquals, []string{"TITLE"}, false}}}
	no := Condition{Property: &PropertyCondition{PropIncidentTitle, ValueTest{OpNotContains, []string{"x", "itl"}, false}}}
	label := Condition{Labels: &LabelsCondition{MatchAll, ValueTest{OpEquals, []string{"a"}, false}}}
	all := func(c ...Condition) Condition { return Condition{All: c} }
	anyOf := func(c ...Condition) Condition { return Condition{Any: c} }
	for _, test := range []struct {
		c       Condition
		path    string // with dots; "": it holds
		message string
	}{
		{yes, "", ""},
		{no, "property", `INCIDENT_TITLE is "title", not NOT_CONTAINS ["x" "itl"]`},
		{label, "labels", `the labels are ["a" "b"], not ALL EQUALS ["a"]`},
		{all(yes, yes), "", ""},
		{all(yes, no, label), "all.1.property", "INCIDENT_TITLE"},
		{anyOf(no, yes), "", ""},
		{anyOf(no, label), "any", "none of its 2 conditions holds"},
		{all(yes, anyOf(no, label)), "all.1.any", "none of its 2"},
		{anyOf(all(yes, no), all(yes, yes)), "", ""},
		{all(anyOf(no, yes), all(yes, all(yes, label))), "all.1.all.1.all.1.labels", "ALL EQUALS"},
		{all(yes, Condition{Changed: &ChangedCondition{Property: PropIncidentStatus}}), "all.1.changed", "nothing was changed"},
		{all(yes, Condition{LabelsAdded: &ValueTest{OpEquals, []string{"a"}, false}}), "all.1.labelsAdded", "the labels added are []"},
	} {
		got := test.c.unmet(f)
		path := []string{"condition"}
		if test.path != "" {
			path = append(path, strings.Split(test.path, ".")...)
		}
		switch {
		case test.path == "" && got != nil, test.path != "" && got == nil:
			t.Errorf("%+v: got %+v, want %q", test.c, got, test.path)
		case got != nil && (!slices.Equal(got.Path, path) || !strings.Contains(got.Message, test.message)):
			t.Errorf("got %+v, want %q at %q", got, test.message, path)
		}
	}
	if got := (*Condition)(nil).unmet(f); got != nil {
		t.Errorf("no condition: got %+v", got)
	}
}

// Where the case of letters counts, only the very text is equal; a test that
// begins with NOT is still the opposite.
func TestCaseSensitive(t *testing.T) {
	for _, test := range []struct {
		operator      ConditionOperator
		wanted, value string
		holds         bool
	}{
		{OpEquals, "Suspicious attachment opened", "Suspicious attachment opened", true},
		{OpEquals, "Suspicious attachment opened", "Suspicious Attachment Opened", false},
		{OpContains, "ach", "attachment", true},
		{OpContains, "ACH", "attachment", false},
		{OpStartsWith, "Sus", "Suspicious", true},
		{OpStartsWith, "sus", "Suspicious", false},
		{OpEndsWith, "ς", "οδος", true},
		{OpEndsWith, "σ", "οδος", false},
	} {
		yes := ValueTest{test.operator, []string{test.wanted}, true}
		no := ValueTest{"NOT_" + test.operator, []string{test.wanted}, true}
		if got := yes.holds(test.value); got != test.holds {
			t.Errorf("%s of %q: got %t", yes, test.value, got)
		}
		if got := no.holds(test.value); got == test.holds {
			t.Errorf("%s of %q: got %t", no, test.value, got)
		}
	}
	// What differs only in case is no contradiction, and values of an
	// enumeration are written as it writes them.
	title := func(operator ConditionOperator, value string) Condition {
		return Condition{Property: &PropertyCondition{PropIncidentTitle, ValueTest{operator, []string{value}, true}}}
	}
	severity := Condition{Property: &PropertyCondition{PropIncidentSeverity, ValueTest{OpEquals, []string{"high"}, true}}}
	for want, condition := range map[string]Condition{
		"":                            all(title(OpEquals, "a"), title(OpNotEquals, "A")),
		"condition.property.values.0": severity,
	} {
		var check checker
		check.rule("", RuleInput{
			Name: "x", Trigger: OnIncidentCreated, Condition: &condition, Actions: []RuleAction{{AddLabels: []string{"x"}}},
		})
		got := ""
		if len(check.faults) > 0 {
			got = strings.Join(check.faults[0].(*ValidationError).Path[1:], ".")
		}
		if got != want {
			t.Errorf("got a fault at %q, want %q: %v", got, want, check.faults)
		}
	}
}
