package incident

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func all(c ...Condition) Condition   { return Condition{All: c} }
func anyOf(c ...Condition) Condition { return Condition{Any: c} }

func property(p RuleProperty, o ConditionOperator, values ...string) Condition {
	return Condition{Property: &PropertyCondition{p, ValueTest{o, values, false}}}
}

// changes is a change from and to; "" stands for any.
func changes(p RuleProperty, from, to string) Condition {
	c := ChangedCondition{Property: p}
	if from != "" {
		c.From = &ValueTest{OpEquals, strings.Fields(from), false}
	}
	if to != "" {
		c.To = &ValueTest{OpEquals, strings.Fields(to), false}
	}
	return Condition{Changed: &c}
}

// A rule whose condition contradicts its trigger or itself is refused, at the
// part that does; one that can hold is not.
func TestRulesThatCanNeverRun(t *testing.T) {
	notThe := func(p RuleProperty, from, to string) Condition {
		c := changes(p, from, to)
		for _, test := range []*ValueTest{c.Changed.From, c.Changed.To} {
			if test != nil {
				test.Operator = OpNotEquals
			}
		}
		return c
	}
	owner := PropIncidentOwnerID
	severity, status, classification, kind := PropIncidentSeverity, PropIncidentStatus, PropIncidentClassification, PropActorKind
	everySeverity := []string{"INFORMATIONAL", "LOW", "MEDIUM", "HIGH"}
	for _, test := range []struct {
		on Trigger
		c  Condition
		at string // "": it can run
	}{
		// It contradicts itself.
		{OnTaskCompleted, all(is(severity, "LOW"), is(severity, "HIGH")), "all.1.property"},
		{OnTaskCompleted, all(is(severity, "LOW"), isNot(severity, "low")), "all.1.property"},
		{OnTaskCompleted, isNot(severity, everySeverity...), "property"},
		{OnTaskCompleted, all(isNot(severity, "LOW", "HIGH"), isNot(severity, "MEDIUM", "INFORMATIONAL")), "all.1.property"},
		{OnTaskCompleted, property(severity, OpStartsWith, "x"), "property"},
		{OnTaskCompleted, property(severity, OpNotContains, "i"), ""},
		{OnTaskCompleted, property(severity, OpNotContains, "i", "o"), "property"},
		{OnTaskCompleted, all(property(severity, OpEndsWith, "h"), property(severity, OpStartsWith, "l")), "all.1.property"},
		{OnTaskCompleted, all(is(PropIncidentTitle, "a"), is(PropIncidentTitle, "b")), "all.1.property"},
		{OnTaskCompleted, all(is(PropIncidentTitle, "a", "b"), isNot(PropIncidentTitle, "A"), isNot(PropIncidentTitle, "B")), "all.2.property"},
		{OnTaskCompleted, all(is(PropIncidentTitle, "phishing"), property(PropIncidentTitle, OpContains, "mail")), "all.1.property"},
		{OnTaskCompleted, all(is(PropTaskGroup, ""), property(PropTaskGroup, OpStartsWith, "c")), "all.1.property"},
		{OnTaskCompleted, all(is(PropTaskMandatory, "true"), all(is(PropTaskTitle, "x"), isNot(PropTaskMandatory, "TRUE"))), "all.1.all.1.property"},
		{OnTaskCompleted, isNot(PropTaskMandatory, "true", "false"), "property"},
		{OnTaskCompleted, anyOf(isNot(PropTaskMandatory, "true", "false"), all(is(severity, "LOW"), is(severity, "HIGH"))), "any"},
		{OnTaskCompleted, all(is(severity, "LOW"), anyOf(is(severity, "HIGH"), is(severity, "MEDIUM"))), "all.1.any"},
		{OnTaskCompleted, all(is(PropTaskOriginKind, "PLAYBOOK"), is(PropTaskOriginKind, "USER")), "all.1.property"},
		{OnTaskCompleted, all(is(PropTaskAssigneeID, ""), is(PropTaskAssigneeID, "act_x")), "all.1.property"},
		{OnTaskCompleted, all(is(classification, "TRUE_POSITIVE"), is(classification, "")), "all.1.property"},
		{OnIncidentUpdated, all(is(status, "NEW"), is(status, "CLOSED")), "all.1.property"},

		// The trigger rules it out.
		{OnTaskOverdue, is(kind, "USER"), "property"},
		{OnTaskOverdue, isNot(kind, "SYSTEM"), "property"},
		{OnTaskOverdue, all(is(severity, "LOW"), is(kind, "AUTOMATION_RULE", "SERVICE")), "all.1.property"},
		{OnTaskCompleted, is(kind, "AUTOMATION_RULE"), "property"},
		{OnTaskSkipped, is(kind, "PLAYBOOK"), ""}, // an external one
		{OnTaskReopened, is(kind, "AUTOMATION_RULE", "PLAYBOOK"), ""},
		{OnIncidentCreated, is(kind, "AUTOMATION_RULE"), "property"},
		{OnIncidentCreated, isNot(kind, "USER", "SERVICE", "PLAYBOOK", "SYSTEM"), "property"},
		{OnTaskCompleted, property(kind, OpEndsWith, "rule"), "property"},

		// No change is like that.
		{OnIncidentUpdated, changes(severity, "LOW", "LOW"), "changed"},
		{OnIncidentUpdated, changes(severity, "low", "LOW"), "changed"},
		{OnIncidentUpdated, notThe(severity, "INFORMATIONAL MEDIUM HIGH", "INFORMATIONAL MEDIUM HIGH"), "changed"},
		{OnIncidentUpdated, notThe(severity, "", "INFORMATIONAL LOW MEDIUM HIGH"), "changed"},
		{OnIncidentUpdated, changes(owner, "act_x", "act_x"), "changed"},
		{OnIncidentUpdated, changes(owner, "act_x", "ACT_X"), "changed"},
		{OnIncidentUpdated, all(changes(severity, "LOW", ""), changes(severity, "", "LOW")), "all.1.changed"},
		{OnIncidentUpdated, all(changes(status, "NEW", ""), changes(status, "ACTIVE", "")), "all.1.changed"},
		{OnIncidentUpdated, all(changes(owner, "act_x", ""), notThe(owner, "act_x", "")), "all.1.changed"},

		// These can run.
		{OnTaskCompleted, is(severity, everySeverity...), ""},
		{OnTaskCompleted, all(is(severity, "LOW", "HIGH"), is(severity, "HIGH", "MEDIUM")), ""},
		{OnTaskCompleted, isNot(severity, "INFORMATIONAL", "LOW", "MEDIUM"), ""},
		{OnTaskCompleted, all(is(PropIncidentTitle, "A"), is(PropIncidentTitle, "a")), ""},
		{OnTaskCompleted, all(is(PropIncidentTitle, "phishing mail"), property(PropIncidentTitle, OpContains, "MAIL")), ""},
		{OnTaskCompleted, all(property(PropIncidentTitle, OpContains, "a"), property(PropIncidentTitle, OpNotContains, "b")), ""},
		{OnTaskCompleted, all(property(PropIncidentTitle, OpContains, "a"), property(PropIncidentTitle, OpNotContains, "a")), ""}, // not looked for
		{OnTaskCompleted, anyOf(is(kind, "AUTOMATION_RULE"), is(severity, "LOW")), ""},
		{OnTaskCompleted, all(anyOf(is(severity, "LOW"), is(severity, "HIGH")), is(severity, "HIGH")), ""},
		{OnTaskCompleted, all(is(severity, "LOW"), anyOf(is(severity, "HIGH"), is(severity, "low"))), ""},
		{OnTaskCompleted, is(PropTaskGroup, ""), ""},
		{OnTaskCompleted, all(is(PropTaskGroup, "", "contain"), isNot(PropTaskGroup, "")), ""},
		{OnTaskCompleted, is(kind, "USER"), ""},
		{OnTaskCompleted, is(kind, "service", "system"), ""},
		{OnTaskCompleted, is(PropTaskOriginKind, "AUTOMATION_RULE"), ""},
		{OnTaskReopened, isNot(kind, "AUTOMATION_RULE"), ""},
		{OnTaskOverdue, is(kind, "SYSTEM"), ""},
		{OnTaskOverdue, all(is(PropTaskMandatory, "true"), isNot(PropTaskMandatory, "false")), ""},
		{OnIncidentCreated, is(kind, "SERVICE"), ""},
		{OnIncidentCreated, is(status, "ACTIVE"), ""},
		{OnIncidentCreated, is(classification, ""), ""},
		{OnIncidentUpdated, is(kind, "AUTOMATION_RULE"), ""},
		{OnIncidentUpdated, is(status, "CLOSED"), ""},
		{OnIncidentUpdated, all(is(status, "CLOSED"), is(classification, "TRUE_POSITIVE")), ""},
		{OnIncidentUpdated, changes(severity, "LOW", "HIGH"), ""},
		{OnIncidentUpdated, changes(severity, "LOW HIGH", "LOW HIGH"), ""},
		{OnIncidentUpdated, all(changes(severity, "", "HIGH"), isNot(severity, "HIGH")), ""}, // another rule may have set it back
		{OnIncidentUpdated, all(changes(severity, "LOW", ""), changes(severity, "", "HIGH")), ""},
		{OnIncidentUpdated, all(changes(severity, "", ""), changes(status, "", ""), changes(owner, "", "")), ""},
		{OnIncidentUpdated, changes(owner, "act_x", "act_y"), ""},
		{OnIncidentUpdated, notThe(owner, "act_x", "act_x"), ""},
		{OnIncidentUpdated, changes(status, "CLOSED", "ACTIVE"), ""},
		{OnIncidentUpdated, Condition{LabelsAdded: &ValueTest{OpEquals, []string{"a"}, false}}, ""},
		{OnIncidentUpdated, all(Condition{LabelsAdded: &ValueTest{OpEquals, []string{"a"}, false}}, changes(severity, "", "")), ""},
		{OnIncidentUpdated, Condition{Labels: &LabelsCondition{MatchAll, ValueTest{OpEquals, []string{"a"}, false}}}, ""},

		// A rule that runs before can close the incident.
		{OnTaskCompleted, is(status, "CLOSED"), ""},
		{OnIncidentCreated, all(is(status, "CLOSED"), is(classification, "FALSE_POSITIVE")), ""},
	} {
		in, c := fineRule(), &checker{}
		in.Trigger, in.Condition = test.on, &test.c
		c.rule("rule.", in)
		want := &fault{"rule.condition." + test.at, "can never run"}
		if test.at == "" {
			want = nil
		}
		checkFaults(t, conditionText(test.on, &test.c), c, want)
	}
}

// conditionText tells a condition apart from others.
func conditionText(on Trigger, c *Condition) string { return string(on) + string(toJSON(c)) }

// No condition is called impossible that some facts satisfy; and conditions
// always say the same of the same facts, before and after they were stored.
func TestPossibleConditions(t *testing.T) {
	held, impossible := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		on := rapid.SampledFrom(Triggers).Draw(t, "trigger")
		c := randomCondition(t, on, 1)
		check, count := &checker{}, 0
		check.condition("condition", c, on, 1, &count)
		if check.err() != nil {
			t.Fatalf("%s: %v", conditionText(on, &c), check.err())
		}
		_, broken := worldOf(on).narrow(&c, "condition")
		if broken != "" {
			impossible++
		}
		for range 20 {
			f := randomFacts(t, on)
			if c.unmet(f) != nil {
				continue
			}
			held++
			if broken != "" {
				t.Fatalf("%s is called impossible at %s, and holds for %+v", conditionText(on, &c), broken, f)
			}
		}
	})
	if held == 0 || impossible == 0 {
		t.Errorf("%d times a condition held, %d were impossible", held, impossible)
	}
}
