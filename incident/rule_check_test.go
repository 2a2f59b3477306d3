package incident

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// fault is where and what is wrong.
type fault struct{ path, words string }

// checkFaults compares what a checker found with the one fault wanted; none
// when it is nil.
func checkFaults(t *testing.T, name string, c *checker, want *fault) {
	t.Helper()
	var got []string
	for _, f := range c.faults {
		got = append(got, fmt.Sprintf("%q: %s", f.(*ValidationError).Path, f))
	}
	if want == nil && len(got) > 0 || want != nil && len(got) != 1 {
		t.Errorf("%s: got %v, want %+v", name, got, want)
		return
	}
	if want == nil {
		return
	}
	path := append([]string{"input"}, strings.Split(want.path, ".")...)
	if f := c.faults[0].(*ValidationError); !slices.Equal(f.Path, path) || !strings.Contains(f.Message, want.words) {
		t.Errorf("%s: got %v, want %q at %q", name, got, want.words, path)
	}
}

func ptr[T any](v T) *T { return &v }

func letters(n int) string { return strings.Repeat("é", n) }

func is(p RuleProperty, values ...string) Condition {
	return Condition{Property: &PropertyCondition{p, ValueTest{OpEquals, values, false}}}
}

func isNot(p RuleProperty, values ...string) Condition {
	return Condition{Property: &PropertyCondition{p, ValueTest{OpNotEquals, values, false}}}
}

// fineRule is a rule with nothing wrong.
func fineRule() RuleInput {
	return RuleInput{Name: "r", Trigger: OnTaskCompleted, Actions: []RuleAction{{AddLabels: []string{"l"}}}}
}

func TestRuleLimits(t *testing.T) {
	task := func(edit func(*AddTaskAction)) RuleAction {
		a := AddTaskAction{TaskTemplate: TaskTemplate{Title: "t"}}
		edit(&a)
		return RuleAction{AddTask: &a}
	}
	action := func(a RuleAction) func(*RuleInput) {
		return func(r *RuleInput) { r.Actions = []RuleAction{fineRule().Actions[0], a} }
	}
	status := func(s SetStatusAction) func(*RuleInput) { return action(RuleAction{SetStatus: &s}) }
	many := func(n int) []RuleAction { return slices.Repeat([]RuleAction{{AddLabels: []string{"l"}}}, n) }
	labels := func(n int) []string {
		out := make([]string, n)
		for i := range out {
			out[i] = fmt.Sprint(i)
		}
		return out
	}
	for name, test := range map[string]struct {
		edit func(*RuleInput)
		want *fault
	}{
		"fine":                     {func(*RuleInput) {}, nil},
		"name at the limit":        {func(r *RuleInput) { r.Name = " " + letters(500) + " " }, nil},
		"name over it":             {func(r *RuleInput) { r.Name = letters(501) }, &fault{"rule.name", "at most 500"}},
		"no name":                  {func(r *RuleInput) { r.Name = "\t" }, &fault{"rule.name", "1 to 500"}},
		"description at the limit": {func(r *RuleInput) { r.Description = ptr(letters(10_000)) }, nil},
		"description over it":      {func(r *RuleInput) { r.Description = ptr(letters(10_001)) }, &fault{"rule.description", "at most 10000"}},
		"first order":              {func(r *RuleInput) { r.Order = ptr(1) }, nil},
		"last order":               {func(r *RuleInput) { r.Order = ptr(1_000) }, nil},
		"order below":              {func(r *RuleInput) { r.Order = ptr(0) }, &fault{"rule.order", "from 1 to 1000"}},
		"order above":              {func(r *RuleInput) { r.Order = ptr(1_001) }, &fault{"rule.order", "from 1 to 1000"}},
		"no trigger":               {func(r *RuleInput) { r.Trigger = "" }, &fault{"rule.trigger", "TASK_OVERDUE"}},
		"unknown trigger":          {func(r *RuleInput) { r.Trigger = "TASK_ADDED" }, &fault{"rule.trigger", "one of"}},
		"expires in the year 0":    {func(r *RuleInput) { r.ExpiresAt = ptr(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)) }, &fault{"rule.expiresAt", "years 1 to 9999"}},
		"no actions":               {func(r *RuleInput) { r.Actions = nil }, &fault{"rule.actions", "from 1 to 20 actions, this one has 0"}},
		"20 actions":               {func(r *RuleInput) { r.Actions = many(20) }, nil},
		"21 actions":               {func(r *RuleInput) { r.Actions = many(21) }, &fault{"rule.actions", "from 1 to 20 actions, this one has 21"}},
		"an action without a deed": {action(RuleAction{}), &fault{"rule.actions.1", "exactly one thing, this one does 0"}},
		"an action with two": {
			action(RuleAction{SetSeverity: ptr(SeverityLow), AddLabels: []string{"l"}}),
			&fault{"rule.actions.1", "exactly one thing, this one does 2"},
		},
		"unknown severity": {action(RuleAction{SetSeverity: ptr(IncidentSeverity("BAD"))}), &fault{"rule.actions.1.setSeverity", "HIGH"}},
		"unknown status":   {status(SetStatusAction{Status: "BAD"}), &fault{"rule.actions.1.setStatus.status", "NEW, ACTIVE or CLOSED"}},
		"closed without":   {status(SetStatusAction{Status: IncidentClosed}), &fault{"rule.actions.1.setStatus.classification", "needs a classification"}},
		"closed":           {status(SetStatusAction{IncidentClosed, ptr(TruePositive), ptr(SuspiciousActivity), ptr(letters(2_000))}), nil},
		"a long comment": {
			status(SetStatusAction{IncidentClosed, ptr(TruePositive), nil, ptr(letters(2_001))}),
			&fault{"rule.actions.1.setStatus.classificationComment", "at most 2000"},
		},
		"a wrong reason": {
			status(SetStatusAction{IncidentClosed, ptr(TruePositive), ptr(InaccurateData), nil}),
			&fault{"rule.actions.1.setStatus.classificationReason", "goes with FALSE_POSITIVE"},
		},
		"unknown classification": {
			status(SetStatusAction{IncidentClosed, ptr(IncidentClassification("BAD")), nil, nil}),
			&fault{"rule.actions.1.setStatus.classification", "unknown"},
		},
		"active and classified": {
			status(SetStatusAction{IncidentActive, ptr(TruePositive), nil, nil}),
			&fault{"rule.actions.1.setStatus.classification", "only a CLOSED"},
		},
		"no labels to add":    {action(RuleAction{AddLabels: []string{}}), &fault{"rule.actions.1.addLabels", "from 1 to 50 labels"}},
		"no labels to remove": {action(RuleAction{RemoveLabels: []string{}}), &fault{"rule.actions.1.removeLabels", "from 1 to 50 labels"}},
		"50 labels":           {action(RuleAction{RemoveLabels: labels(50)}), nil},
		"51 labels":           {action(RuleAction{AddLabels: labels(51)}), &fault{"rule.actions.1.addLabels", "at most 50 labels"}},
		"a long label":        {action(RuleAction{RemoveLabels: []string{"a", letters(101)}}), &fault{"rule.actions.1.removeLabels.1", "at most 100"}},
		"an owner's long id":  {action(RuleAction{SetOwner: &SetOwnerAction{ptr(letters(501))}}), &fault{"rule.actions.1.setOwner.ownerId", "at most 500"}},
		"a task without a title": {
			action(task(func(a *AddTaskAction) { a.Title = " " })), &fault{"rule.actions.1.addTask.title", "1 to 500"},
		},
		"a task's long title":  {action(task(func(a *AddTaskAction) { a.Title = letters(501) })), &fault{"rule.actions.1.addTask.title", "at most 500"}},
		"a task's long text":   {action(task(func(a *AddTaskAction) { a.Description = ptr(letters(10_001)) })), &fault{"rule.actions.1.addTask.description", "at most 10000"}},
		"a task's group":       {action(task(func(a *AddTaskAction) { a.Group = ptr(" " + letters(100) + " ") })), nil},
		"a task's long group":  {action(task(func(a *AddTaskAction) { a.Group = ptr(letters(101)) })), &fault{"rule.actions.1.addTask.group", "at most 100"}},
		"due in a minute":      {action(task(func(a *AddTaskAction) { a.DueAfterMinutes = ptr(1) })), nil},
		"due in a year":        {action(task(func(a *AddTaskAction) { a.DueAfterMinutes = ptr(525_600) })), nil},
		"due at once":          {action(task(func(a *AddTaskAction) { a.DueAfterMinutes = ptr(0) })), &fault{"rule.actions.1.addTask.dueAfterMinutes", "from 1 to 525600"}},
		"due later":            {action(task(func(a *AddTaskAction) { a.DueAfterMinutes = ptr(525_601) })), &fault{"rule.actions.1.addTask.dueAfterMinutes", "from 1 to 525600"}},
		"two assignees":        {action(task(func(a *AddTaskAction) { a.AssigneeID, a.AssignToOwner = ptr("act_x"), true })), &fault{"rule.actions.1.addTask.assignToOwner", "not both"}},
		"an assignee with NUL": {action(task(func(a *AddTaskAction) { a.AssigneeID = ptr("\x00") })), &fault{"rule.actions.1.addTask.assigneeId", "NUL"}},
	} {
		in, c := fineRule(), &checker{}
		test.edit(&in)
		c.rule("rule.", in)
		checkFaults(t, name, c, test.want)
	}
	c := &checker{}
	if r := c.rule("", fineRule()); r.Order != 100 || !r.Enabled || r.ExpiresAt != nil || c.err() != nil {
		t.Errorf("the defaults are %+v, %v", r, c.err())
	}
}

func TestConditionLimits(t *testing.T) {
	title := is(PropIncidentTitle, "x")
	group := func(n int) Condition { return Condition{All: slices.Repeat([]Condition{title}, n)} }
	deep := func(n int) Condition {
		c := title
		for range n - 1 {
			c = Condition{Any: []Condition{c}}
		}
		return c
	}
	test := func(o ConditionOperator, values ...string) Condition {
		return Condition{Property: &PropertyCondition{PropIncidentDescription, ValueTest{o, values, false}}}
	}
	values := func(n int) []string { return slices.Repeat([]string{"v"}, n) }
	for name, test := range map[string]struct {
		on   Trigger
		c    Condition
		want *fault
	}{
		"50 conditions":          {OnTaskCompleted, group(49), nil},
		"51 conditions":          {OnTaskCompleted, group(50), &fault{"condition", "at most 50 conditions"}},
		"80 conditions":          {OnTaskCompleted, group(79), &fault{"condition", "at most 50 conditions"}},
		"51 in groups":           {OnTaskCompleted, Condition{Any: []Condition{group(24), group(24)}}, &fault{"condition", "at most 50"}},
		"50 in groups":           {OnTaskCompleted, Condition{Any: []Condition{group(24), group(23)}}, nil},
		"5 levels":               {OnTaskCompleted, deep(5), nil},
		"6 levels":               {OnTaskCompleted, deep(6), &fault{"condition.any.0.any.0.any.0.any.0.any.0", "5 levels"}},
		"nothing":                {OnTaskCompleted, Condition{}, &fault{"condition", "exactly one thing, this one is 0"}},
		"two things":             {OnTaskCompleted, Condition{All: []Condition{title}, Any: []Condition{title}}, &fault{"condition", "this one is 2"}},
		"nothing inside":         {OnTaskCompleted, Condition{All: []Condition{title, {}}}, &fault{"condition.all.1", "this one is 0"}},
		"an empty group":         {OnTaskCompleted, Condition{Any: []Condition{{All: []Condition{}}}}, &fault{"condition.any.0.all", "at least one"}},
		"no values":              {OnTaskCompleted, test(OpEquals), &fault{"condition.property.values", "from 1 to 50 values, these are 0"}},
		"50 values":              {OnTaskCompleted, test(OpEquals, values(50)...), nil},
		"51 values":              {OnTaskCompleted, test(OpEquals, values(51)...), &fault{"condition.property.values", "these are 51"}},
		"a value at its limit":   {OnTaskCompleted, test(OpContains, letters(10_000)), nil},
		"a value over it":        {OnTaskCompleted, test(OpContains, "a", letters(10_001)), &fault{"condition.property.values.1", "at most 10000"}},
		"contains nothing":       {OnTaskCompleted, test(OpContains, ""), &fault{"condition.property.values.0", "use EQUALS"}},
		"does not start with it": {OnTaskCompleted, test(OpNotStartsWith, "a", ""), &fault{"condition.property.values.1", "use EQUALS"}},
		"is nothing":             {OnTaskCompleted, test(OpNotEquals, ""), nil},
		"unknown operator":       {OnTaskCompleted, test("LIKE", "a"), &fault{"condition.property.operator", "NOT_ENDS_WITH"}},
		"no operator":            {OnTaskCompleted, test("", "a"), &fault{"condition.property.operator", "one of"}},
		"unknown property":       {OnTaskCompleted, is("TITLE", "a"), &fault{"condition.property.property", "one of"}},
		"a task of none":         {OnIncidentUpdated, is(PropTaskTitle, "a"), &fault{"condition.property.property", "belongs to no task"}},
		"a task of none again":   {OnIncidentCreated, is(PropTaskMandatory, "true"), &fault{"condition.property.property", "belongs to no task"}},
		"unknown severity":       {OnTaskCompleted, is(PropIncidentSeverity, "low", "CRITICAL"), &fault{"condition.property.values.1", "always one of"}},
		"not unknown status":     {OnTaskCompleted, isNot(PropIncidentStatus, "OPEN"), &fault{"condition.property.values.0", "always one of"}},
		"no classification":      {OnTaskCompleted, is(PropIncidentClassification, ""), nil},
		"neither true nor false": {OnTaskCompleted, is(PropTaskMandatory, "yes"), &fault{"condition.property.values.0", "always one of"}},
		"unknown kind":           {OnTaskCompleted, is(PropActorKind, "HUMAN"), &fault{"condition.property.values.0", "always one of"}},
		"part of a severity": {
			OnTaskCompleted, Condition{Property: &PropertyCondition{PropIncidentSeverity, ValueTest{OpStartsWith, []string{"h"}, false}}}, nil,
		},
		"labels": {OnTaskCompleted, Condition{Labels: &LabelsCondition{MatchAny, ValueTest{OpEquals, []string{letters(100)}, false}}}, nil},
		"labels over the limit": {
			OnTaskCompleted,
			Condition{Labels: &LabelsCondition{MatchAny, ValueTest{OpEquals, []string{letters(101)}, false}}},
			&fault{"condition.labels.values.0", "at most 100"},
		},
		"unknown match": {
			OnTaskCompleted,
			Condition{Labels: &LabelsCondition{"SOME", ValueTest{OpEquals, []string{"a"}, false}}},
			&fault{"condition.labels.match", "ANY or ALL"},
		},
		"changed": {OnIncidentUpdated, Condition{Changed: &ChangedCondition{Property: PropIncidentSeverity}}, nil},
		"changed at creation": {
			OnIncidentCreated, Condition{Changed: &ChangedCondition{Property: PropIncidentSeverity}}, &fault{"condition.changed", "only INCIDENT_UPDATED"},
		},
		"changed title": {
			OnIncidentUpdated, Condition{Changed: &ChangedCondition{Property: PropIncidentTitle}}, &fault{"condition.changed.property", "INCIDENT_OWNER_ID"},
		},
		"changed from a long one": {
			OnIncidentUpdated,
			Condition{Changed: &ChangedCondition{PropIncidentOwnerID, &ValueTest{OpEquals, []string{letters(501)}, false}, nil}},
			&fault{"condition.changed.from.values.0", "at most 500"},
		},
		"changed to an unknown one": {
			OnIncidentUpdated,
			Condition{Changed: &ChangedCondition{PropIncidentSeverity, nil, &ValueTest{OpEquals, []string{"BAD"}, false}}},
			&fault{"condition.changed.to.values.0", "always one of"},
		},
		"labels added by a task": {
			OnTaskSkipped, Condition{LabelsAdded: &ValueTest{OpEquals, []string{"a"}, false}}, &fault{"condition.labelsAdded", "only INCIDENT_UPDATED"},
		},
		"labels added": {
			OnIncidentUpdated, Condition{LabelsAdded: &ValueTest{OpEquals, []string{""}, false}}, nil,
		},
	} {
		in, c := fineRule(), &checker{}
		in.Trigger, in.Condition = test.on, &test.c
		c.rule("", in)
		checkFaults(t, name, c, test.want)
	}
}

// The faults of both ends of a change come in one order, always.
func TestOrderOfFaults(t *testing.T) {
	bad := &ValueTest{OpEquals, []string{"BAD"}, false}
	in := fineRule()
	in.Trigger, in.Condition = OnIncidentUpdated, &Condition{Changed: &ChangedCondition{PropIncidentSeverity, bad, bad}}
	for range 20 {
		c := &checker{}
		c.rule("", in)
		if len(c.faults) != 2 || c.faults[0].(*ValidationError).Path[3] != "from" || c.faults[1].(*ValidationError).Path[3] != "to" {
			t.Fatalf("got %v", c.faults)
		}
	}
}
