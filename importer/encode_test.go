package importer

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tasktrail/incident"
)

// none is a check that finds nothing: what the domain refuses is tested there.
func none(incident.Bundle) incident.Refusal { return nil }

// pieces are put together into texts that have gone wrong in some YAML.
var pieces = []string{
	"a", "Zoë", "step", " ", "  ", "\n", "\n\n", "\r\n", "\t", "#", " # ", "- ", ": ", ":", ",", "[", "]", "{", "}", "&a", "*a", "!t", "|", ">", "%", "@",
	"`", "'", `"`, `\`, "---", "...", "?", "😀", "👩‍💻", "שלום", "مرحبا", "\u202e", "\u200f", "\u2028", "\u2029", "\u0085", "\u00a0", "\ufeff", "\ufffe",
	"\uffff", "\x01", "\x1b", "\x7f", "\u009f", "\U0010ffff", "日本語", "n\u0303", "<b>", "**x**", "```\ncode\n```\n", "~", "=", "<<", "1", "0x1f", "1e3", ".5", "1:30",
}

var wholes = []string{
	"yes", "No", "true", "FALSE", "on", "off", "y", "n", "null", "Null", "~", "1e3", "404", "0o17", "1_000", "2026-03-01", "2026-03-01T09:00:00Z", ".inf", ".nan",
	"", " ", "\n", "<<", "=", "a\n", "a\n\n", "a\n \n", "\na", " a\nb", "a\n\tb\n", "a \nb", "a\r\nb", strings.Repeat("long words ", 400), "x\n" + strings.Repeat("y", 3000) + "\n",
}

func genText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom(wholes),
		rapid.Map(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 12), func(p []string) string { return strings.Join(p, "") }),
		rapid.Map(rapid.String(), func(s string) string { return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "") }),
	)
}

// maybe draws nil half of the time.
func maybe[T any](t *rapid.T, name string, g *rapid.Generator[T]) *T {
	if !rapid.Bool().Draw(t, name+"?") {
		return nil
	}
	return new(g.Draw(t, name))
}

func genTest() *rapid.Generator[incident.ValueTest] {
	return rapid.Custom(func(t *rapid.T) incident.ValueTest {
		return incident.ValueTest{Operator: incident.OpNotContains, Values: rapid.SliceOfN(genText(), 1, 4).Draw(t, "values"), CaseSensitive: rapid.Bool().Draw(t, "case")}
	})
}

func genCondition(depth int) *rapid.Generator[incident.Condition] {
	return rapid.Custom(func(t *rapid.T) (c incident.Condition) {
		kinds := 5
		if depth > 0 {
			kinds = 7
		}
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			c.Property = &incident.PropertyCondition{Property: incident.PropTaskTitle, ValueTest: genTest().Draw(t, "test")}
		case 1:
			c.Labels = &incident.LabelsCondition{Match: incident.MatchAll, ValueTest: genTest().Draw(t, "test")}
		case 2:
			c.Changed = &incident.ChangedCondition{Property: incident.PropIncidentOwnerID, From: maybe(t, "from", genTest()), To: maybe(t, "to", genTest())}
		case 3, 4:
			c.LabelsAdded = new(genTest().Draw(t, "test"))
		case 5:
			c.All = rapid.SliceOfN(genCondition(depth-1), 1, 3).Draw(t, "all")
		case 6:
			c.Any = rapid.SliceOfN(genCondition(depth-1), 1, 3).Draw(t, "any")
		}
		return c
	})
}

func genAction() *rapid.Generator[incident.RuleAction] {
	return rapid.Custom(func(t *rapid.T) (a incident.RuleAction) {
		text, flag := genText(), rapid.Bool()
		switch rapid.IntRange(0, 7).Draw(t, "kind") {
		case 0:
			a.AddTask = &incident.AddTaskAction{Again: flag.Draw(t, "again"), TaskTemplate: incident.TaskTemplate{
				Title: text.Draw(t, "title"), Description: maybe(t, "description", text), Group: maybe(t, "group", text), Mandatory: flag.Draw(t, "mandatory"),
				DueAfterMinutes: maybe(t, "due", rapid.IntRange(0, incident.MaxDueAfter)), AssigneeID: maybe(t, "assignee", text), AssignToOwner: flag.Draw(t, "owner"),
			}}
		case 1:
			a.ApplyPlaybook = &incident.ApplyPlaybookAction{PlaybookID: text.Draw(t, "playbook"), Again: flag.Draw(t, "again")}
		case 2:
			a.SetSeverity = new(incident.SeverityHigh)
		case 3:
			a.SetStatus = &incident.SetStatusAction{
				Status: incident.IncidentClosed, Classification: maybe(t, "classification", rapid.Just(incident.FalsePositive)),
				ClassificationReason: maybe(t, "reason", rapid.Just(incident.InaccurateData)), ClassificationComment: maybe(t, "comment", text),
			}
		case 4:
			a.SetOwner = &incident.SetOwnerAction{OwnerID: maybe(t, "owner", text)}
		case 5:
			a.AddLabels = rapid.SliceOfN(text, 1, 4).Draw(t, "labels")
		case 6:
			a.RemoveLabels = rapid.SliceOfN(text, 1, 4).Draw(t, "labels")
		case 7:
			a.CallWebhook = &incident.CallWebhookAction{WebhookID: text.Draw(t, "webhook")}
		}
		return a
	})
}

func genBundle() *rapid.Generator[incident.Bundle] {
	text, flag := genText(), rapid.Bool()
	step := rapid.Custom(func(t *rapid.T) incident.PlaybookStepInput {
		return incident.PlaybookStepInput{
			Key: maybe(t, "key", text), Title: text.Draw(t, "title"), Description: maybe(t, "description", text), Group: maybe(t, "group", text), Mandatory: maybe(t, "mandatory", flag),
			DueAfterMinutes: maybe(t, "due", rapid.IntRange(0, incident.MaxDueAfter)), AssigneeID: maybe(t, "assignee", text), AssignToOwner: maybe(t, "owner", flag),
		}
	})
	playbook := rapid.Custom(func(t *rapid.T) incident.PlaybookInput {
		return incident.PlaybookInput{Name: text.Draw(t, "name"), Description: maybe(t, "description", text), Steps: sliceOrNil(t, "steps", step)}
	})
	moment := rapid.Map(rapid.Int64Range(-62135596800e6, 253402300799e6), func(µs int64) time.Time { return time.UnixMicro(µs).UTC() })
	rule := rapid.Custom(func(t *rapid.T) incident.RuleInput {
		return incident.RuleInput{
			Name: text.Draw(t, "name"), Description: maybe(t, "description", text), Order: maybe(t, "order", rapid.IntRange(1, incident.MaxRuleOrder)), Enabled: maybe(t, "enabled", flag),
			ExpiresAt: maybe(t, "expires", moment), Trigger: rapid.SampledFrom(incident.Triggers).Draw(t, "trigger"),
			Condition: maybe(t, "condition", genCondition(2)), Actions: sliceOrNil(t, "actions", genAction()),
		}
	})
	return rapid.Custom(func(t *rapid.T) incident.Bundle {
		return incident.Bundle{Playbooks: sliceOrNil(t, "playbooks", playbook), Rules: sliceOrNil(t, "rules", rule)}
	})
}

func sliceOrNil[T any](t *rapid.T, name string, g *rapid.Generator[T]) []T {
	if s := rapid.SliceOfN(g, 0, 3).Draw(t, name); len(s) > 0 {
		return s
	}
	return nil
}

// What is written reads as the same bundle, and writes as the same bytes.
func TestEncodeBundleRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := genBundle().Draw(t, "bundle")
		var file, again bytes.Buffer
		if err := EncodeBundle(&file, want); err != nil {
			t.Fatal(err)
		}
		got, err := decode(strings.NewReader(file.String()), Options{}, none)
		if err != nil {
			t.Fatalf("%v\n%s", err, file.String())
		}
		if a, b := dump(got.Definitions.Bundle), dump(want); a != b {
			t.Fatalf("got\n%s\nwant\n%s\nfile\n%s", a, b, file.String())
		}
		if err := EncodeBundle(&again, got.Definitions.Bundle); err != nil || again.String() != file.String() {
			t.Fatalf("error %v, got\n%s\nwant\n%s", err, again.String(), file.String())
		}
	})
}

// dump tells nil from empty, and times by what they say.
func dump(v any) string {
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestEncodeBundle(t *testing.T) {
	b := incident.Bundle{
		Playbooks: []incident.PlaybookInput{{
			Name: "Phishing 🎣", Description: new("# Why\n\n- it *hurts* 😀\n"), Steps: []incident.PlaybookStepInput{
				{Title: "Ask the user: who, when?", Group: new("Triage"), Mandatory: new(true), DueAfterMinutes: new(60)},
				{Title: "no", Key: new("answer"), Description: new("two\nlines"), AssignToOwner: new(false)},
			},
		}, {Name: "Empty"}},
		Rules: []incident.RuleInput{{
			Name: "High means now", Order: new(5), Trigger: incident.OnIncidentUpdated,
			Condition: &incident.Condition{All: []incident.Condition{
				{Changed: &incident.ChangedCondition{Property: incident.PropIncidentSeverity, To: &incident.ValueTest{Operator: incident.OpEquals, Values: []string{"HIGH"}}}},
				{Labels: &incident.LabelsCondition{Match: incident.MatchAny, ValueTest: incident.ValueTest{Operator: incident.OpContains, Values: []string{"mail", "404"}}}},
			}},
			Actions: []incident.RuleAction{
				{ApplyPlaybook: &incident.ApplyPlaybookAction{PlaybookID: "Empty", Again: true}},
				{SetOwner: &incident.SetOwnerAction{}},
				{AddLabels: []string{"now", "e-mail, urgent"}},
			},
		}},
	}
	want := `playbooks:
  - name: "Phishing 🎣"
    description: |
      # Why

      - it *hurts* 😀
    steps:
      - title: "Ask the user: who, when?"
        group: Triage
        mandatory: true
        dueAfterMinutes: 60
      - key: answer
        title: "no"
        description: |-
          two
          lines
        assignToOwner: false
  - name: Empty
    steps: []
rules:
  - name: High means now
    order: 5
    trigger: INCIDENT_UPDATED
    condition:
      all:
        - changed:
            property: INCIDENT_SEVERITY
            to:
              operator: EQUALS
              values: [HIGH]
        - labels:
            match: ANY
            operator: CONTAINS
            values: [mail, "404"]
    actions:
      - applyPlaybook:
          playbook: Empty
          again: true
      - setOwner:
          ownerId: null
      - addLabels: [now, "e-mail, urgent"]
`
	var got strings.Builder
	if err := EncodeBundle(&got, b); err != nil || got.String() != want {
		t.Errorf("error %v, got\n%s", err, got.String())
	}
}

func TestEncodeBundleRefusesInvalidText(t *testing.T) {
	for _, b := range []incident.Bundle{
		{Playbooks: []incident.PlaybookInput{{Name: "a\xff"}}},
		{Rules: []incident.RuleInput{{Name: "x", Description: new("a\nb\xff")}}},
		{Rules: []incident.RuleInput{{Name: "x", Actions: []incident.RuleAction{{AddLabels: []string{"\xc0"}}}}}},
	} {
		var out strings.Builder
		if err := EncodeBundle(&out, b); err == nil || out.Len() > 0 {
			t.Errorf("got error %v, wrote %q", err, out.String())
		}
	}
}
