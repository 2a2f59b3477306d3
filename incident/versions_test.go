package incident

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"tasktrail/audit"
)

// Playing back a change makes exactly what was there, nothing of the value
// before, and leaves copies that were taken before as they were.
func TestVersionsStayApart(t *testing.T) {
	title, label := is(PropIncidentTitle, "a"), Condition{Labels: &LabelsCondition{MatchAny, ValueTest{OpEquals, []string{"x", "y"}, false}}}
	rule := func(c *Condition, actions ...RuleAction) Rule { return Rule{Condition: c, Actions: actions} }
	apart(t, ruleFields, []Rule{
		rule(&title, RuleAction{AddLabels: []string{"x"}}, RuleAction{AddTask: &AddTaskAction{TaskTemplate: TaskTemplate{Title: "t", Group: ptr("g")}}}),
		rule(&label, RuleAction{RemoveLabels: []string{"y"}}),
		rule(ptr(all(title, label)), RuleAction{AddTask: &AddTaskAction{TaskTemplate: TaskTemplate{Title: "u"}, Again: true}}, RuleAction{AddLabels: []string{"z"}}),
		rule(nil, RuleAction{SetOwner: &SetOwnerAction{}}),
		rule(ptr(anyOf(label)), RuleAction{SetOwner: &SetOwnerAction{ptr("act_1")}}),
	})
	step := func(title string, due *int) PlaybookStep {
		return PlaybookStep{TaskTemplate{Title: title, DueAfterMinutes: due}, title}
	}
	apart(t, playbookFields, []Playbook{
		{Description: ptr("a"), Steps: []PlaybookStep{step("a", ptr(1)), step("b", nil)}},
		{Description: ptr("b"), Steps: []PlaybookStep{step("b", nil)}},
		{Steps: []PlaybookStep{step("c", ptr(2)), step("a", nil), step("b", ptr(3))}},
	})
	apart(t, incidentFields, []Incident{
		{OwnerID: ptr("act_1"), Labels: []string{"a", "b"}, Classification: ptr(TruePositive)},
		{OwnerID: ptr("act_2"), Labels: []string{"c"}, Description: ptr("d")},
		{OwnerID: ptr("act_3"), Labels: []string{"d", "e", "f"}},
	})
	apart(t, taskFields, []Task{
		{AssigneeID: ptr("act_1"), Group: ptr("a"), DueAt: &now},
		{AssigneeID: ptr("act_2"), Group: ptr("b"), DueAt: ptr(now.Add(1))},
	})
}

// apart plays the versions of a thing back, one after the other.
func apart[T any](t *testing.T, fields []field[T], versions []T) {
	t.Helper()
	var thing T
	var taken []T
	for n := range versions {
		changes := diff(fields, &thing, &versions[n])
		stored, err := json.Marshal(changes)
		if err != nil {
			t.Fatal(err)
		}
		var read []audit.Change
		if err := json.Unmarshal(stored, &read); err != nil {
			t.Fatal(err)
		}
		if err := apply(fields, &thing, false, read, nil); err != nil {
			t.Fatal(err)
		}
		taken = append(taken, thing)
	}
	if !slices.EqualFunc(taken, versions, func(a, b T) bool { return reflect.DeepEqual(a, b) }) {
		t.Errorf("got\n%s\nwant\n%s", toJSON(taken), toJSON(versions))
	}
}
