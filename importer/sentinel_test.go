package importer

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tasktrail/incident"
)

// automationRule writes a rule as the API does. Every argument is JSON.
func automationRule(name, order, logic, conditions, actions string) string {
	return fmt.Sprintf(`{"name": "a1", "etag": "\"x\"", "type": "Microsoft.SecurityInsights/automationRules", "id": "/subscriptions/s/providers/Microsoft.SecurityInsights/automationRules/a1",
		"properties": {"displayName": %s, "order": %s, "triggeringLogic": {%s, "conditions": [%s]}, "actions": [%s],
		"createdTimeUtc": "2026-01-01T00:00:00Z", "createdBy": {"name": "N"}, "lastModifiedTimeUtc": "2026-01-01T00:00:00Z", "lastModifiedBy": {"name": "N"}}}`,
		name, order, logic, conditions, actions)
}

const (
	created = `"isEnabled": true, "triggersOn": "Incidents", "triggersWhen": "Created"`
	updated = `"isEnabled": true, "triggersOn": "Incidents", "triggersWhen": "Updated"`
	addTask = `{"order": 1, "actionType": "AddIncidentTask", "actionConfiguration": {"title": "t"}}`
)

var sentinelSample = automationRule(`"x"`, "1", created, "", addTask)

// sentinel decodes rules that the API listed, and returns the notes as lines.
func sentinel(t *testing.T, rules ...string) ([]incident.RuleInput, string) {
	t.Helper()
	got, err := Decode(strings.NewReader(`{"value": [`+strings.Join(rules, ",")+`]}`), Options{})
	if err != nil || got.Format != FormatSentinel {
		t.Fatalf("got %+v, error %v", got, err)
	}
	return got.Definitions.Bundle.Rules, noteLines(got.Definitions)
}

func noteLines(d *Definitions) string {
	lines := make([]string, len(d.Notes))
	for i, n := range d.Notes {
		lines[i] = n.String()
	}
	return strings.Join(lines, "\n")
}

func TestSentinelTemplate(t *testing.T) {
	got, err := Decode(strings.NewReader(fixture(t, "sentinel-template.json")), Options{})
	if err != nil || got.Format != FormatSentinel {
		t.Fatalf("got %+v, error %v", got, err)
	}
	expires := time.Date(2027, 2, 1, 8, 30, 0, 0, time.UTC)
	want := []incident.RuleInput{
		{
			Name: "[Lab] Lost badge", Order: new(3), ExpiresAt: &expires, Trigger: incident.OnIncidentUpdated,
			Condition: &incident.Condition{All: []incident.Condition{
				{Property: &incident.PropertyCondition{Property: incident.PropIncidentTitle, ValueTest: incident.ValueTest{Operator: incident.OpContains, Values: []string{"badge", "[key]"}}}},
				{Changed: &incident.ChangedCondition{Property: incident.PropIncidentSeverity, To: &incident.ValueTest{Operator: incident.OpEquals, Values: []string{"HIGH"}}}},
			}},
			Actions: []incident.RuleAction{
				{AddTask: &incident.AddTaskAction{TaskTemplate: incident.TaskTemplate{Title: "Lock the badge", Description: new("<div><b>At once</b>,&nbsp;\r\nplease</div>")}}},
				{SetStatus: &incident.SetStatusAction{Status: incident.IncidentActive}},
				{AddLabels: []string{"door"}},
			},
		},
		{
			Name: "b", Order: new(4), Trigger: incident.OnIncidentCreated,
			Actions: []incident.RuleAction{{AddTask: &incident.AddTaskAction{TaskTemplate: incident.TaskTemplate{Title: "Look"}}}},
		},
	}
	if !reflect.DeepEqual(got.Definitions.Bundle.Rules, want) {
		t.Errorf("got\n%s\nwant\n%s", dump(got.Definitions.Bundle.Rules), dump(want))
	}
	wantNotes := `resources: 1 of them are no automation rules
rule "b": it has no name that could be read, and is called by its id
rule "b", action 1: the description of the task cannot be read`
	if notes := noteLines(got.Definitions); notes != wantNotes {
		t.Errorf("got notes\n%s", notes)
	}
}

// One rule by itself, a list, and the API's list hold the same.
func TestSentinelEnvelopes(t *testing.T) {
	for _, file := range []string{sentinelSample, "[" + sentinelSample + "]", `{"value": [` + sentinelSample + `]}`} {
		got, err := Decode(strings.NewReader(file), Options{As: AsPlaybooks})
		if err != nil || got.Format != FormatSentinel || len(got.Definitions.Bundle.Rules) != 1 || got.Definitions.Notes != nil {
			t.Errorf("got %+v, error %v", got, err)
		}
	}
	got, err := Decode(strings.NewReader(`{"value": [`+sentinelSample+`], "nextLink": "https://example.com"}`), Options{})
	if err != nil || noteLines(got.Definitions) != "the file: it is not the whole list: the API had more behind nextLink" {
		t.Errorf("got %+v, error %v", got, err)
	}
	// A name in brackets is an expression in a template only.
	rules, notes := sentinel(t, automationRule(`"[Lab]"`, "1", created, "", addTask))
	if rules[0].Name != "[Lab]" || notes != "" {
		t.Errorf("got %q, %s", rules[0].Name, notes)
	}
}

func TestSentinelRules(t *testing.T) {
	on := func(enabled *bool, order *int) incident.RuleInput {
		return incident.RuleInput{
			Name: "x", Order: order, Enabled: enabled, Trigger: incident.OnIncidentCreated,
			Actions: []incident.RuleAction{{AddTask: &incident.AddTaskAction{TaskTemplate: incident.TaskTemplate{Title: "t"}}}},
		}
	}
	const disabled = "\nrule \"x\": it is disabled here, because without what is named above it would act when it should not"
	expires := on(nil, new(1))
	expires.ExpiresAt = new(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
	tests := []struct {
		name, order, logic string
		want               incident.RuleInput
		notes              string
	}{
		{"as it is", "1", created, on(nil, new(1)), ""},
		{"disabled", "1000", `"isEnabled": false, "triggersOn": "Incidents", "triggersWhen": "Created"`, on(new(false), new(1000)), ""},
		{"order too low", "0", created, on(nil, new(1)), `rule "x": its order 0 is not from 1 to 1000, so it is 1`},
		{"order too high", "1001", created, on(nil, new(1000)), `rule "x": its order 1001 is not from 1 to 1000, so it is 1000`},
		{"no order", "null", created, on(nil, nil), `rule "x": its order is no number; it got the usual one`},
		{"an expression as order", `"[parameters('o')]"`, created, on(nil, nil), `rule "x": its order is no number; it got the usual one`},
		{"expires", "1", created + `, "expirationTimeUtc": "2027-01-01T00:00:00Z"`, expires, ""},
		{"expires, no zone", "1", created + `, "expirationTimeUtc": "2027-01-01T00:00:00"`, expires, ""},
		{"expires never", "1", created + `, "expirationTimeUtc": null`, on(nil, new(1)), ""},
		{"expires some time", "1", created + `, "expirationTimeUtc": "soon"`, on(new(false), new(1)), `rule "x": when it expires cannot be read` + disabled},
		{"enabled or not", "1", `"triggersOn": "Incidents", "triggersWhen": "Created"`, on(new(false), new(1)), `rule "x": whether it is enabled cannot be read`},
		{"on alerts", "1", `"isEnabled": true, "triggersOn": "Alerts", "triggersWhen": "Created"`, on(new(false), new(1)), `rule "x": it acts on "Alerts", and tasktrail has only incidents` + disabled},
		{"on another thing", "1", `"isEnabled": true, "triggersOn": "Incidents", "triggersWhen": "Deleted"`, on(new(false), new(1)), `rule "x": when it acts cannot be read` + disabled},
		{"says more", "1", created + `, "until": {"a": 1}`, on(nil, new(1)), `rule "x": until {"a":1} was not carried over`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rules, notes := sentinel(t, automationRule(`"x"`, tt.order, tt.logic, "", addTask))
			if notes != tt.notes || !reflect.DeepEqual(rules, []incident.RuleInput{tt.want}) {
				t.Errorf("got %s\nnotes %s\nwant %s\nnotes %s", dump(rules), notes, dump(tt.want), tt.notes)
			}
		})
	}
}

// Sentinel disables a rule that has expired; here it could not be stored as
// enabled.
func TestSentinelExpired(t *testing.T) {
	rule := automationRule(`"x"`, "1", created+`, "expirationTimeUtc": "2026-01-01T00:00:00Z"`, "", addTask)
	expires := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		now     time.Time
		enabled *bool
		notes   string
	}{
		{expires.Add(-time.Second), nil, ""},
		{expires, new(false), `rule "x": it has expired, and is disabled`},
	} {
		got, err := Decode(strings.NewReader(rule), Options{Now: tt.now})
		if err != nil {
			t.Fatal(err)
		}
		if r := got.Definitions.Bundle.Rules[0]; !reflect.DeepEqual(r.Enabled, tt.enabled) || !r.ExpiresAt.Equal(expires) || noteLines(got.Definitions) != tt.notes {
			t.Errorf("at %v: got %s, notes %s", tt.now, dump(r), noteLines(got.Definitions))
		}
	}
}

func TestSentinelNames(t *testing.T) {
	long := strings.Repeat("n", incident.MaxTitle)
	rules, notes := sentinel(
		t, automationRule(`"Close"`, "1", created, "", addTask), automationRule(`" close "`, "1", created, "", addTask), automationRule(`"Close (2)"`, "1", created, "", addTask),
		automationRule(`"`+long+`"`, "1", created, "", addTask), automationRule(`"`+long+`"`, "1", created, "", addTask), automationRule(`""`, "1", created, "", addTask),
	)
	var got []string
	for _, r := range rules {
		got = append(got, r.Name)
	}
	if want := []string{"Close", "close (2)", "Close (2) (2)", long, long[:incident.MaxTitle-4] + " (2)", "a1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if !strings.HasPrefix(notes, `rule "close": another rule has this name, so it is called "close (2)"`+"\n") || !strings.HasSuffix(notes, `rule "a1": it has no name that could be read, and is called by its id`) {
		t.Errorf("got notes\n%s", notes)
	}
}

// A rule of which nothing is left is left out, and so is one that could not be
// stored. Neither is silent.
func TestSentinelLeavesOut(t *testing.T) {
	runs := `{"order": 1, "actionType": "RunPlaybook", "actionConfiguration": {"tenantId": "t", "logicAppResourceId": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Logic/workflows/Block-User"}}`
	many := strings.TrimSuffix(strings.Repeat(property("IncidentTitle", "Equals", `"a"`)+",", 60), ",")
	rules, notes := sentinel(t, automationRule(`"x"`, "1", created, "", runs), automationRule(`"y"`, "1", created, many, addTask), automationRule(`"z"`, "1", created, "", addTask))
	if len(rules) != 1 || rules[0].Name != "z" {
		t.Errorf("got %s", dump(rules))
	}
	lines := strings.Split(notes, "\n")
	if len(lines) != 3 || lines[0] != `rule "x", action 1: it runs the logic app "Block-User"; tasktrail can call it by a webhook` ||
		lines[1] != `rule "x": it was left out, because none of its actions can be carried over` || !strings.HasPrefix(lines[2], `rule "y": it was left out: `) {
		t.Errorf("got notes\n%s", notes)
	}
}

func TestSentinelFaults(t *testing.T) {
	tests := []struct{ name, file, want string }{
		{"no rule", `{"value": [{"name": "x", "properties": {"displayName": "y"}}, ` + sentinelSample + `]}`, "value[0]: it is no automation rule: it has no properties.triggeringLogic"},
		{"something else", `{"value": [7]}`, "value[0]: it is no automation rule: it has no properties.triggeringLogic"},
		{"nothing", `{"value": []}`, "the file: there is no automation rule in it"},
		{"broken", "{\"value\": [\n}", "line 2: this is not JSON any more"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { checkFaults(t, FormatSentinel, tt.file, []string{tt.want}) })
	}
}

// Texts that do not fit are cut at a word, and stand whole in the description.
func TestSentinelLongTitle(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("sécurité ", 80))
	action := `{"order": 1, "actionType": "AddIncidentTask", "actionConfiguration": {"title": "` + long + `", "description": "<p>why</p>"}}`
	rules, notes := sentinel(t, automationRule(`"x"`, "1", created, "", action))
	task := rules[0].Actions[0].AddTask
	if *task.Description != long+"\n\n<p>why</p>" || utf8.RuneCountInString(task.Title) > incident.MaxTitle || !strings.HasSuffix(task.Title, "sécurité…") {
		t.Errorf("got %q with %q", task.Title, *task.Description)
	}
	if notes != `rule "x", action 1: the title is too long, or has several lines, and was cut; the description begins with the whole of it` {
		t.Errorf("got notes %s", notes)
	}
	action = `{"order": 1, "actionType": "AddIncidentTask", "actionConfiguration": {"title": "a", "description": "` + strings.Repeat("é", incident.MaxDescription+1) + `"}}`
	rules, notes = sentinel(t, automationRule(`"x"`, "1", created, "", action))
	if n := utf8.RuneCountInString(*rules[0].Actions[0].AddTask.Description); n != incident.MaxDescription || notes != `rule "x", action 1: the description has 10001 characters; those after the first 10000 were cut off` {
		t.Errorf("%d characters, notes %s", n, notes)
	}
}
