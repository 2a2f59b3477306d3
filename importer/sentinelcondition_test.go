package importer

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"tasktrail/incident"
)

// property writes a condition; values are JSON.
func property(name, operator, values string) string {
	return fmt.Sprintf(`{"conditionType": "Property", "conditionProperties": {"propertyName": %q, "operator": %q, "propertyValues": [%s]}}`, name, operator, values)
}

func tags(how string, items ...string) string {
	return fmt.Sprintf(`{"conditionType": "PropertyArray", "conditionProperties": {"arrayType": "IncidentLabels", "arrayConditionType": %q, "itemConditions": [%s]}}`, how, strings.Join(items, ","))
}

func change(name, rest string) string {
	return fmt.Sprintf(`{"conditionType": "PropertyChanged", "conditionProperties": {"propertyName": %q%s}}`, name, rest)
}

func group(operator string, items ...string) string {
	return fmt.Sprintf(`{"conditionType": "Boolean", "conditionProperties": {"operator": %q, "innerConditions": [%s]}}`, operator, strings.Join(items, ","))
}

func isTest(op incident.ConditionOperator, values ...string) incident.ValueTest {
	return incident.ValueTest{Operator: op, Values: values}
}

func isProperty(p incident.RuleProperty, op incident.ConditionOperator, values ...string) *incident.Condition {
	return &incident.Condition{Property: &incident.PropertyCondition{Property: p, ValueTest: isTest(op, values...)}}
}

func isLabels(m incident.Match, op incident.ConditionOperator, values ...string) *incident.Condition {
	return &incident.Condition{Labels: &incident.LabelsCondition{Match: m, ValueTest: isTest(op, values...)}}
}

// What can be said here is said so, and the rule stays enabled.
func TestSentinelConditions(t *testing.T) {
	title := property("IncidentTitle", "Contains", `"a"`)
	many := `"v"` + strings.Repeat(`,"v"`, 50)
	fifty := strings.Split("v"+strings.Repeat(",v", 49), ",")
	tests := []struct {
		name, conditions string
		want             *incident.Condition
	}{
		{"none", "", nil},
		{"title", property("IncidentTitle", "Equals", `"a", "b"`), isProperty(incident.PropIncidentTitle, incident.OpEquals, "a", "b")},
		{"description", property("IncidentDescription", "NotEndsWith", `"a"`), isProperty(incident.PropIncidentDescription, incident.OpNotEndsWith, "a")},
		{"the other operators", strings.Join([]string{
			property("IncidentTitle", "NotEquals", `"a"`), title, property("IncidentTitle", "NotContains", `"a"`),
			property("IncidentTitle", "StartsWith", `"a"`), property("IncidentTitle", "NotStartsWith", `"a"`), property("IncidentTitle", "EndsWith", `"a"`),
		}, ","), &incident.Condition{All: []incident.Condition{
			*isProperty(incident.PropIncidentTitle, incident.OpNotEquals, "a"), *isProperty(incident.PropIncidentTitle, incident.OpContains, "a"),
			*isProperty(incident.PropIncidentTitle, incident.OpNotContains, "a"), *isProperty(incident.PropIncidentTitle, incident.OpStartsWith, "a"),
			*isProperty(incident.PropIncidentTitle, incident.OpNotStartsWith, "a"), *isProperty(incident.PropIncidentTitle, incident.OpEndsWith, "a"),
		}}},
		{"severity", property("IncidentSeverity", "NotEquals", `"High", "Medium", "Low"`), isProperty(incident.PropIncidentSeverity, incident.OpNotEquals, "HIGH", "MEDIUM", "LOW")},
		{"the lowest severity", property("IncidentSeverity", "Contains", `"Informational"`), isProperty(incident.PropIncidentSeverity, incident.OpContains, "INFORMATIONAL")},
		{"status", property("IncidentStatus", "Equals", `"New", "Active", "Closed"`), isProperty(incident.PropIncidentStatus, incident.OpEquals, "NEW", "ACTIVE", "CLOSED")},
		{"who", property("IncidentUpdatedBySource", "NotEquals", `"AutomationRule", "Playbook", "User", "Application"`), isProperty(incident.PropActorKind, incident.OpNotEquals, "AUTOMATION_RULE", "PLAYBOOK", "USER", "SERVICE")},

		// The table of the documentation: any tag does not contain "2024" holds
		// for 2024 and 2023, all tags as a unit do not.
		{"any tag", tags("AnyItem", property("IncidentLabel", "Equals", `"a"`)), isLabels(incident.MatchAny, incident.OpEquals, "a")},
		{"any tag, not", tags("AnyItem", property("IncidentLabel", "NotContains", `"2024"`)), isLabels(incident.MatchAny, incident.OpNotContains, "2024")},
		{"each tag", tags("AllItems", property("IncidentLabel", "StartsWith", `"a"`)), isLabels(incident.MatchAll, incident.OpStartsWith, "a")},
		{"each tag, not", tags("AllItems", property("IncidentLabel", "NotContains", `"2024"`)), isLabels(incident.MatchAll, incident.OpNotContains, "2024")},
		{"each tag, twice", tags("AllItems", property("IncidentLabel", "NotContains", `"a"`), property("IncidentLabel", "NotEquals", `"b"`)), &incident.Condition{All: []incident.Condition{
			*isLabels(incident.MatchAll, incident.OpNotContains, "a"), *isLabels(incident.MatchAll, incident.OpNotEquals, "b"),
		}}},
		{"tags as a unit", property("IncidentLabel", "Contains", `"2024"`), isLabels(incident.MatchAny, incident.OpContains, "2024")},
		{"tags as a unit, not", property("IncidentLabel", "NotContains", `"2024"`), isLabels(incident.MatchAll, incident.OpNotContains, "2024")},

		{"changed", change("IncidentOwner", `, "changeType": null, "propertyValues": []`), &incident.Condition{Changed: &incident.ChangedCondition{Property: incident.PropIncidentOwnerID}}},
		{"changed from", change("IncidentStatus", `, "changeType": "ChangedFrom", "operator": "NotEquals", "propertyValues": ["New"]`), &incident.Condition{Changed: &incident.ChangedCondition{
			Property: incident.PropIncidentStatus, From: new(isTest(incident.OpNotEquals, "NEW")),
		}}},
		{"changed to, no operator", change("IncidentSeverity", `, "changeType": "ChangedTo", "propertyValues": ["High"]`), &incident.Condition{Changed: &incident.ChangedCondition{
			Property: incident.PropIncidentSeverity, To: new(isTest(incident.OpEquals, "HIGH")),
		}}},
		{"a tag added", `{"conditionType": "PropertyArrayChanged", "conditionProperties": {"arrayType": "Labels", "changeType": "Added"}}`, &incident.Condition{LabelsAdded: new(isTest(incident.OpNotEquals, ""))}},

		{"or", group("Or", title, group("And", title, property("IncidentStatus", "Equals", `"New"`))), &incident.Condition{Any: []incident.Condition{
			*isProperty(incident.PropIncidentTitle, incident.OpContains, "a"),
			{All: []incident.Condition{*isProperty(incident.PropIncidentTitle, incident.OpContains, "a"), *isProperty(incident.PropIncidentStatus, incident.OpEquals, "NEW")}},
		}}},
		{"many values", property("IncidentTitle", "Equals", many), &incident.Condition{Any: []incident.Condition{
			*isProperty(incident.PropIncidentTitle, incident.OpEquals, fifty...), *isProperty(incident.PropIncidentTitle, incident.OpEquals, "v"),
		}}},
		{"many values, not", property("IncidentTitle", "NotEquals", many), &incident.Condition{All: []incident.Condition{
			*isProperty(incident.PropIncidentTitle, incident.OpNotEquals, fifty...), *isProperty(incident.PropIncidentTitle, incident.OpNotEquals, "v"),
		}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rules, notes := sentinel(t, automationRule(`"x"`, "1", updated, tt.conditions, addTask))
			if len(rules) != 1 || notes != "" || rules[0].Enabled != nil || !reflect.DeepEqual(rules[0].Condition, tt.want) {
				t.Errorf("got %s\nnotes %s\nwant %s", dump(rules), notes, dump(tt.want))
			}
		})
	}
}

// What cannot be said is noted, and the rule is disabled: in front of a
// condition that can be said there stays that one.
func TestSentinelConditionsLost(t *testing.T) {
	title := property("IncidentTitle", "Contains", `"a"`)
	many := `"v"` + strings.Repeat(`,"v"`, 50)
	deep := title
	for range incident.MaxConditionDepth + 1 {
		deep = group("And", deep, title)
	}
	tests := []struct{ name, condition, note string }{
		{"another property", property("IncidentTactics", "Contains", `"Persistence"`), "tasktrail has no IncidentTactics to test"},
		{"an entity", property("HostName", "Equals", `"a"`), "tasktrail has no HostName to test"},
		{"another operator", property("IncidentTitle", "Matches", `"a"`), `the condition on IncidentTitle has an operator "Matches", which tasktrail does not have`},
		{"another severity", property("IncidentSeverity", "Equals", `"High", "Critical"`), `the condition on IncidentSeverity has the value "Critical", which has no counterpart`},
		{"another source", property("IncidentUpdatedBySource", "Equals", `"User", "AlertGrouping"`), `the condition on IncidentUpdatedBySource has the value "AlertGrouping", which has no counterpart`},
		{"no values", property("IncidentTitle", "NotEquals", ""), "the condition on IncidentTitle has no values"},
		{"a number", property("IncidentTitle", "Equals", `"a", 7`), "the condition on IncidentTitle has a value that is no text"},
		{"says more", `{"conditionType": "Property", "conditionProperties": {"propertyName": "IncidentTitle", "operator": "Equals", "propertyValues": ["a"], "caseSensitive": true}}`, "the condition on IncidentTitle says more than tasktrail understands: caseSensitive true"},
		{"says more outside", `{"conditionType": "Property", "not": 1, "conditionProperties": {}}`, "a condition says more than tasktrail understands: not 1"},
		{"custom details", `{"conditionType": "PropertyArray", "conditionProperties": {"arrayType": "CustomDetails", "arrayConditionType": "AnyItem", "itemConditions": []}}`, "tasktrail has no CustomDetails to test"},
		{"one tag, two tests", tags("AnyItem", property("IncidentLabel", "Contains", `"a"`), property("IncidentLabel", "Contains", `"b"`)), "its condition on tags, with 2 conditions on the same tag, cannot be expressed"},
		{"another match", tags("NoItem", property("IncidentLabel", "Contains", `"a"`)), "how its condition on tags goes with several of them cannot be read"},
		{"another inside", tags("AnyItem", title), "a condition inside one on tags cannot be expressed"},
		{"each tag one of many", tags("AllItems", property("IncidentLabel", "Equals", many)), "a condition on tags has more than 50 values"},
		{"a tag none of many", tags("AnyItem", property("IncidentLabel", "NotEquals", many)), "a condition on tags has more than 50 values"},
		{"owner changed to", change("IncidentOwner", `, "changeType": "ChangedTo", "operator": "Equals", "propertyValues": ["o"]`), `the condition on IncidentOwner has the value "o", which has no counterpart`},
		{"another change", change("IncidentSeverity", `, "changeType": "ChangedBy", "operator": "Equals", "propertyValues": ["High"]`), `there is no change of the type "ChangedBy" in tasktrail`},
		{"values of no side", change("IncidentSeverity", `, "operator": "Equals", "propertyValues": ["High"]`), "a condition on a change of IncidentSeverity has values, and does not say whether before or after"},
		{"another thing changed", change("IncidentTitle", ``), "tasktrail does not know when IncidentTitle changes"},
		{"alerts added", `{"conditionType": "PropertyArrayChanged", "conditionProperties": {"arrayType": "Alerts", "changeType": "Added"}}`, "tasktrail does not know when Alerts change so"},
		{"another type", `{"conditionType": "Regex", "conditionProperties": {}}`, `there is no condition of the type "Regex" in tasktrail`},
		{"another group", group("Xor", title, title), "a group of conditions cannot be read"},
		{"an empty group", group("Or"), "a group of conditions cannot be read"},
		{"nothing", `7`, `there is no condition of the type "" in tasktrail`},
		{"too deep", deep, "a condition is nested more than 5 levels deep"},
		{"inside or", group("Or", title, property("IncidentTactics", "Contains", `"a"`)), "tasktrail has no IncidentTactics to test"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rules, notes := sentinel(t, automationRule(`"x"`, "1", updated, title+","+tt.condition, addTask))
			want := `rule "x": ` + tt.note + "\nrule \"x\": it is disabled here, because without what is named above it would act when it should not"
			if notes != want {
				t.Errorf("got notes\n%s\nwant\n%s", notes, want)
			}
			if len(rules) != 1 || rules[0].Enabled == nil || *rules[0].Enabled || rules[0].Condition == nil {
				t.Errorf("got %s", dump(rules))
			}
		})
	}
}

func TestSentinelActions(t *testing.T) {
	modify := func(rest string) string {
		return `{"order": 1, "actionType": "ModifyProperties", "actionConfiguration": {` + rest + `}}`
	}
	closes := func(c incident.IncidentClassification, r *incident.ClassificationReason, comment *string) []incident.RuleAction {
		return []incident.RuleAction{{SetStatus: &incident.SetStatusAction{Status: incident.IncidentClosed, Classification: &c, ClassificationReason: r, ClassificationComment: comment}}}
	}
	tests := []struct {
		name, action string
		want         []incident.RuleAction
		notes        string
	}{
		{"everything", modify(`"severity": "High", "status": "Closed", "classification": "FalsePositive", "classificationReason": "InaccurateData", "classificationComment": "c", "owner": null, "labels": [{"labelName": "a"}, {"labelName": " a "}, {"labelName": "b"}]`), []incident.RuleAction{
			{SetSeverity: new(incident.SeverityHigh)}, closes(incident.FalsePositive, new(incident.InaccurateData), new("c"))[0], {AddLabels: []string{"a", "b"}},
		}, ""},
		{"empty texts", modify(`"severity": "", "status": "New", "classification": "", "classificationReason": "", "classificationComment": ""`), []incident.RuleAction{{SetStatus: &incident.SetStatusAction{Status: incident.IncidentNew}}}, ""},
		{"true positive", modify(`"status": "Closed", "classification": "TruePositive", "classificationReason": "SuspiciousActivity"`), closes(incident.TruePositive, new(incident.SuspiciousActivity), nil), ""},
		{"benign positive", modify(`"status": "Closed", "classification": "BenignPositive", "classificationReason": "SuspiciousButExpected"`), closes(incident.BenignPositive, new(incident.SuspiciousButExpected), nil), ""},
		{"undetermined", modify(`"status": "Closed", "classification": "Undetermined"`), closes(incident.Undetermined, nil, nil), ""},
		{"no classification", modify(`"status": "Closed"`), closes(incident.Undetermined, nil, nil), `it closes without a classification; here that is UNDETERMINED`},
		{"another classification", modify(`"status": "Closed", "classification": "Odd", "classificationReason": "Odder"`), closes(incident.Undetermined, nil, nil), `the classification "Odd" has no counterpart; it closes as UNDETERMINED` + "\n" + `the reason "Odder" has no counterpart`},
		{"classified while open", modify(`"status": "Active", "classification": "TruePositive"`), []incident.RuleAction{{SetStatus: &incident.SetStatusAction{Status: incident.IncidentActive}}}, `classification "TruePositive" was not carried over`},
		{"another severity and status", modify(`"severity": "Odd", "status": 7, "labels": [{"labelName": "a"}]`), []incident.RuleAction{{AddLabels: []string{"a"}}}, `the severity "Odd" has no counterpart` + "\n" + `the status "" has no counterpart`},
		{"owner", modify(`"severity": "Low", "owner": {"objectId": "o", "email": "e", "assignedTo": null}`), []incident.RuleAction{{SetSeverity: new(incident.SeverityLow)}}, `the owner cannot be looked up: email "e", objectId "o"`},
		{"labels", modify(`"severity": "Low", "labels": [{"labelName": ""}, {"labelName": "` + strings.Repeat("l", 101) + `"}]`), []incident.RuleAction{{SetSeverity: new(incident.SeverityLow)}}, "a label has no name that could be read\n" + `the label "` + strings.Repeat("l", 100) + `…" has more than 100 characters`},
		{"says more", modify(`"severity": "Low", "priority": 1`), []incident.RuleAction{{SetSeverity: new(incident.SeverityLow)}}, `priority 1 was not carried over`},
		{"a task without a title", `{"order": 1, "actionType": "AddIncidentTask", "actionConfiguration": {"title": " ", "description": "d"}}`, nil, "the task has no title that could be read, and was left out"},
		{"another action", `{"order": 1, "actionType": "Delete", "actionConfiguration": {}}`, nil, `there is no action of the type "Delete" in tasktrail`},
		{"a logic app", `{"order": 1, "actionType": "RunPlaybook", "actionConfiguration": {"logicAppResourceId": "[resourceId('x')]"}}`, nil, `it runs the logic app "[resourceId('x')]"; tasktrail can call it by a webhook`},
	}
	last := `{"order": 2, "actionType": "ModifyProperties", "actionConfiguration": {"labels": [{"labelName": "last"}]}}`
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rules, notes := sentinel(t, automationRule(`"x"`, "1", created, "", last+","+tt.action))
			want := append(tt.want, incident.RuleAction{AddLabels: []string{"last"}})
			if len(rules) != 1 || rules[0].Enabled != nil || !reflect.DeepEqual(rules[0].Actions, want) {
				t.Errorf("got %s\nwant %s", dump(rules), dump(want))
			}
			var wantNotes []string
			for line := range strings.SplitSeq(tt.notes, "\n") {
				if line != "" {
					wantNotes = append(wantNotes, `rule "x", action 1: `+line)
				}
			}
			if notes != strings.Join(wantNotes, "\n") {
				t.Errorf("got notes\n%s", notes)
			}
		})
	}
}

func TestSentinelTooManyActions(t *testing.T) {
	twice := `{"order": 1, "actionType": "ModifyProperties", "actionConfiguration": {"severity": "Low", "status": "Active"}}`
	rules, notes := sentinel(t, automationRule(`"x"`, "1", created, "", strings.TrimSuffix(strings.Repeat(twice+",", 11), ",")))
	if len(rules[0].Actions) != incident.MaxActions || notes != `rule "x": it has 22 actions once those that change several things are parted; the last 2 were left out` {
		t.Errorf("%d actions, notes %s", len(rules[0].Actions), notes)
	}
}
