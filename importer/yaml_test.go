package importer

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"tasktrail/incident"
)

// example is the file of docs/automation-yaml.md.
func example(t testing.TB) string {
	t.Helper()
	page, err := os.ReadFile("../docs/automation-yaml.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	file, _, ok := strings.Cut(rest, "\n```\n")
	if !ok {
		t.Fatal("there is no example on the page")
	}
	return file + "\n"
}

func TestDecodeYAML(t *testing.T) {
	got, err := Decode(strings.NewReader(example(t)), Options{})
	if err != nil || got.Format != FormatYAML || got.Incidents != nil || got.Definitions.Notes != nil {
		t.Fatalf("got %+v, error %v", got, err)
	}
	expires := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	test := func(op incident.ConditionOperator, values ...string) incident.ValueTest {
		return incident.ValueTest{Operator: op, Values: values}
	}
	want := incident.Bundle{
		Playbooks: []incident.PlaybookInput{
			{Name: "Phishing", Description: new("For mails that somebody has reported.\n\n- Keep the headers.\n"), Steps: []incident.PlaybookStepInput{
				{
					Title: "Ask who else got the mail", Description: new("Search by sender **and** by subject.\n"), Group: new("Triage"),
					Mandatory: new(true), DueAfterMinutes: new(60), AssignToOwner: new(true),
				},
				{Title: "Block the sender", Key: new("block"), Group: new("Containment")},
			}},
			{Name: "Handover", Steps: []incident.PlaybookStepInput{{Title: "Write down what is open"}}},
		},
		Rules: []incident.RuleInput{
			{
				Name: "Phishing gets its list", Description: new("Reported mails only."), Order: new(10), Trigger: incident.OnIncidentCreated,
				Condition: &incident.Condition{All: []incident.Condition{
					{Property: &incident.PropertyCondition{Property: incident.PropIncidentTitle, ValueTest: test(incident.OpContains, "phishing", "reported mail")}},
					{Labels: &incident.LabelsCondition{Match: incident.MatchAll, ValueTest: test(incident.OpNotEquals, "drill")}},
				}},
				Actions: []incident.RuleAction{{ApplyPlaybook: &incident.ApplyPlaybookAction{PlaybookID: "Phishing"}}, {AddLabels: []string{"mail"}}},
			},
			{
				Name: "Raised to high", Order: new(20), Enabled: new(false), ExpiresAt: &expires, Trigger: incident.OnIncidentUpdated,
				Condition: &incident.Condition{Any: []incident.Condition{
					{Changed: &incident.ChangedCondition{Property: incident.PropIncidentSeverity, From: new(test(incident.OpNotEquals, "HIGH")), To: new(test(incident.OpEquals, "HIGH"))}},
					{LabelsAdded: new(test(incident.OpStartsWith, "vip"))},
				}},
				Actions: []incident.RuleAction{
					{SetStatus: &incident.SetStatusAction{Status: incident.IncidentActive}},
					{SetOwner: &incident.SetOwnerAction{}},
					{RemoveLabels: []string{"waiting"}},
					{AddTask: &incident.AddTaskAction{TaskTemplate: incident.TaskTemplate{Title: "Tell the head of the shift", Mandatory: true}, Again: true}},
					{CallWebhook: &incident.CallWebhookAction{WebhookID: "Pager"}},
				},
			},
			{
				Name: "Drills close themselves", Trigger: incident.OnIncidentCreated,
				Condition: &incident.Condition{Labels: &incident.LabelsCondition{Match: incident.MatchAny, ValueTest: test(incident.OpEquals, "drill")}},
				Actions: []incident.RuleAction{
					{SetSeverity: new(incident.SeverityInformational)},
					{SetStatus: &incident.SetStatusAction{
						Status: incident.IncidentClosed, Classification: new(incident.BenignPositive),
						ClassificationReason: new(incident.SuspiciousButExpected), ClassificationComment: new("A drill."),
					}},
				},
			},
		},
	}
	if !reflect.DeepEqual(got.Definitions.Bundle, want) {
		t.Errorf("got\n%s\nwant\n%s", dump(got.Definitions.Bundle), dump(want))
	}
	// The page shows what the program writes: names first, values in its form.
	var written strings.Builder
	if err := EncodeBundle(&written, want); err != nil {
		t.Fatal(err)
	}
	again, err := Decode(strings.NewReader(written.String()), Options{})
	if err != nil || !reflect.DeepEqual(again.Definitions.Bundle, want) {
		t.Errorf("error %v, wrote\n%s", err, written.String())
	}
}

// What YAML 1.2 takes for texts are texts; null is the same as nothing.
func TestDecodeYAMLAccepts(t *testing.T) {
	tests := []struct {
		name, steps string
		want        []incident.PlaybookStepInput
	}{
		{"words", "[{title: yes}, {title: No}, {title: on}, {title: 1e3x}]", []incident.PlaybookStepInput{{Title: "yes"}, {Title: "No"}, {Title: "on"}, {Title: "1e3x"}}},
		{"dates", "[{title: 2026-03-01}, {title: 2026-03-01T09:00:00Z}]", []incident.PlaybookStepInput{{Title: "2026-03-01"}, {Title: "2026-03-01T09:00:00Z"}}},
		{"quotes", `[{title: "404"}, {title: 'null'}]`, []incident.PlaybookStepInput{{Title: "404"}, {Title: "null"}}},
		{"null", "[{title: a, key: ~, description: null, mandatory: , dueAfterMinutes: null}]", []incident.PlaybookStepInput{{Title: "a"}}},
		{"comments and JSON", "[{\"title\": \"a\", \"mandatory\": false}] # why", []incident.PlaybookStepInput{{Title: "a", Mandatory: new(false)}}},
		{"none", "", nil},
		{"empty", "[]", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decode(strings.NewReader("playbooks:\n- name: x\n  steps: "+tt.steps+"\n"), Options{}, none)
			if err != nil {
				t.Fatal(err)
			}
			if got := got.Definitions.Bundle.Playbooks[0].Steps; !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %s, want %s", dump(got), dump(tt.want))
			}
		})
	}
	// JSON is YAML, and recognized as such.
	got, err := decode(strings.NewReader(`{"rules": [], "playbooks": [{"name": "x", "steps": []}]}`), Options{}, none)
	if err != nil || got.Format != FormatYAML || len(got.Definitions.Bundle.Playbooks) != 1 {
		t.Errorf("got %+v, error %v", got, err)
	}
}
