package importer

import (
	"errors"
	"strings"
	"testing"

	"tasktrail/incident"
)

// yamlFaults decodes a file that must have faults, and returns them.
func yamlFaults(t *testing.T, file string, check check) string {
	t.Helper()
	got, err := decode(strings.NewReader(file), Options{Format: FormatYAML}, check)
	if _, ok := errors.AsType[*FaultsError](err); !ok || got.Definitions != nil {
		t.Fatalf("got %+v, error %v", got, err)
	}
	return err.Error()
}

// Every fault is reported in one go, with its line.
func TestDecodeYAMLFaults(t *testing.T) {
	file := `playbooks:
  - Name: x
    name: 404
    steps: {}
  - name: a
    name: b
    description: [c]
    steps:
      - title: true
      - {}
      - title: x
        mandatory: yes
        dueAfterMinutes: 1.5
        key: 1e3
      - text
rules:
  - name: x
    order: "5"
    enabled: 1
    expiresAt: tomorrow
    trigger: [INCIDENT_CREATED]
    condition:
      all:
        - property: {property: INCIDENT_TITLE, values: x}
        - labels:
            match: ANY
            operator: EQUALS
            values: [404]
        - changed: {to: {}}
      some: []
    actions:
      - setOwner: {}
      - setOwner: null
      - callWebhook: {webhookId: whk_1}
      - applyPlaybook: Phishing
      - setStatus: {classification: FALSE_POSITIVE}
      - addTask: {again: 1, dueAfterMinutes: 99999999999}
  - expiresAt: 12
extra: 1
1: x
`
	want := `line 2, playbooks[0]: there is a field of an unknown name (4 bytes long); check its spelling
line 3, playbooks[0].name: it must be a text; put it in quotes
line 4, playbooks[0].steps: it must be a list
line 6, playbooks[1].name: this field stands there twice
line 7, playbooks[1].description: it must be a text
line 9, playbooks[1].steps[0].title: it must be a text; put it in quotes
line 10, playbooks[1].steps[1]: the field "title" is missing
line 12, playbooks[1].steps[2].mandatory: it must be true or false
line 13, playbooks[1].steps[2].dueAfterMinutes: it must be a whole number of at most nine digits, such as 60
line 14, playbooks[1].steps[2].key: it must be a text; put it in quotes
line 15, playbooks[1].steps[3]: it must be a mapping: lines of the form name: value
line 18, rules[0].order: it must be a whole number of at most nine digits, such as 60
line 19, rules[0].enabled: it must be true or false
line 20, rules[0].expiresAt: it must be a time as in RFC 3339, such as 2026-03-01T09:00:00Z, in the years 1 to 9999
line 21, rules[0].trigger: it must be a text
line 24, rules[0].condition.all[0].property.values: it must be a list
line 24, rules[0].condition.all[0].property: the field "operator" is missing
line 28, rules[0].condition.all[1].labels.values[0]: it must be a text; put it in quotes
line 29, rules[0].condition.all[2].changed.to: the field "operator" is missing
line 29, rules[0].condition.all[2].changed.to: the field "values" is missing
line 29, rules[0].condition.all[2].changed: the field "property" is missing
line 30, rules[0].condition: there is a field of an unknown name (4 bytes long); check its spelling
line 32, rules[0].actions[0].setOwner: the field "ownerId" is missing
line 34, rules[0].actions[2].callWebhook: there is a field of an unknown name (9 bytes long); check its spelling
line 34, rules[0].actions[2].callWebhook: the field "webhook" is missing
line 35, rules[0].actions[3].applyPlaybook: it must be a mapping: lines of the form name: value
line 36, rules[0].actions[4].setStatus: the field "status" is missing
line 37, rules[0].actions[5].addTask.again: it must be true or false
line 37, rules[0].actions[5].addTask.dueAfterMinutes: it must be a whole number of at most nine digits, such as 60
line 37, rules[0].actions[5].addTask: the field "title" is missing
line 38, rules[1].expiresAt: it must be a text; put it in quotes
line 38, rules[1]: the field "name" is missing
line 38, rules[1]: the field "trigger" is missing
line 38, rules[1]: the field "actions" is missing
line 39: there is a field of an unknown name (5 bytes long); check its spelling
line 40: there is a field of an unknown name (1 bytes long); check its spelling`
	if got := yamlFaults(t, file, none); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestDecodeYAMLRefuses(t *testing.T) {
	bomb := "a: &a [x, x]\n" + strings.Repeat("b: &a [*a, *a]\n", 40) + "playbooks: *a\n"
	tests := []struct{ name, file, want string }{
		{"nothing", "# only this\n", "the file: there is nothing in it"},
		{"null", "---\n", "line 2: it must be a mapping: lines of the form name: value"},
		{"a list", "\n- a\n", "line 2: it must be a mapping: lines of the form name: value"},
		{"nothing known", "{}", `line 1: "playbooks" and "rules" are both missing`},
		{"not YAML", "playbooks:\n  - name: [x\nrules: []\n", "line 1: this line, or the next, is not YAML any more"},
		{"a tab", "playbooks:\n\t- name: x\n", "line 2: this line, or the next, is not YAML any more"},
		{"an unknown anchor", "playbooks: *secret\n", "the file: it is not YAML, or an alias (*) is used, which cannot be"},
		{"control characters", "playbooks:\n\x01\n", "line 2: there is a control character; write it as an escape in double quotes"},
		{"two documents", "playbooks: []\n---\nrules: []\n", "line 2: there is a second document; put everything into one"},
		{"a broken second document", "playbooks: []\n---\n[\n", "line 3: this line, or the next, is not YAML any more"},
		{"an alias", "playbooks: &a []\nrules: *a\n", "line 1: anchors and aliases (& and *) cannot be used; a text that begins so needs quotes\n" +
			"line 2: anchors and aliases (& and *) cannot be used; a text that begins so needs quotes"},
		{"a bomb", bomb, "line 1: anchors and aliases (& and *) cannot be used; a text that begins so needs quotes"},
		{"a tag", "playbooks: []\nrules:\n- name: !!binary aGk=\n", "line 3: tags (!) cannot be used; a text that begins so needs quotes"},
		{"a merge", "playbooks:\n- <<: {name: x}\n  steps: []\n", "line 2, playbooks[0]: there is a field of an unknown name (2 bytes long); check its spelling\n" +
			"line 2, playbooks[0]: the field \"name\" is missing"},
		{"a key that is none", "? [a]\n: b\nplaybooks: []\n", "line 1: there is a field of an unknown name (0 bytes long); check its spelling"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := yamlFaults(t, tt.file, none); !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestDecodeYAMLListsAtMost50Faults(t *testing.T) {
	got := yamlFaults(t, "rules:\n"+strings.Repeat("- {}\n", 1000), none)
	if n := strings.Count(got, "\n"); n != MaxFaults || !strings.HasSuffix(got, "only the first 50 faults are listed") {
		t.Errorf("got %d lines: %s", n, got)
	}
}

// What the domain refuses is named by the line of the innermost thing there.
func TestDecodeYAMLPlacesRefusals(t *testing.T) {
	file := `playbooks:
  - name: x
    steps:
      - title: a
      - key: k
        title: b
rules:
  - name: y
    trigger: INCIDENT_CREATED
    condition:
      any:
        - property:
            property: INCIDENT_TITLE
            operator: EQUALS
            values:
              - a
              - b
    actions:
      - addLabels:
          - l
      - applyPlaybook:
          playbook: z
`
	refuse := func(paths ...string) check {
		return func(incident.Bundle) (refusal incident.Refusal) {
			for _, path := range paths {
				refusal = append(refusal, &incident.ValidationError{Message: "no", Path: strings.Split(path, "/")})
			}
			return refusal
		}
	}
	got := yamlFaults(t, file, refuse(
		"input", "input/rules", "input/playbooks/0/name", "input/playbooks/0/steps/1/key", "input/playbooks/0/steps/0/description", "input/playbooks/7/name",
		"input/rules/0/condition/any/0/property/values/1", "input/rules/0/actions/0/addLabels/0", "input/rules/0/actions/1/applyPlaybook/playbookId", "input/rules/0/order",
	))
	want := `line 1: no
line 2, playbooks[0].name: no
line 2, playbooks[7].name: no
line 4, playbooks[0].steps[0].description: no
line 5, playbooks[0].steps[1].key: no
line 8, rules: no
line 8, rules[0].order: no
line 17, rules[0].condition.any[0].property.values[1]: no
line 20, rules[0].actions[0].addLabels[0]: no
line 22, rules[0].actions[1].applyPlaybook.playbook: no`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}

	// Refusals that only the database can give are placed in the same way.
	read, err := decode(strings.NewReader(file), Options{}, none)
	if err != nil {
		t.Fatal(err)
	}
	err = read.Definitions.Faults(incident.Refusal{&incident.NotFoundError{Message: "there is no such playbook", Path: []string{"input", "rules", "0", "actions", "1", "applyPlaybook", "playbookId"}}})
	if err == nil || err.Error() != "line 22, rules[0].actions[1].applyPlaybook.playbook: there is no such playbook" {
		t.Errorf("got error %v", err)
	}
	if err := read.Definitions.Faults(nil); err != nil {
		t.Errorf("nothing refused gave %v", err)
	}
}

// Nothing in a fault repeats the file, for faults may be logged.
func TestYAMLFaultsDoNotRepeatTheFile(t *testing.T) {
	for _, file := range []string{"playbooks: *secret", "secret: 1", "playbooks: [{name: &secret x}]", "playbooks: !secret x", "playbooks: \"\\secret\"", "rules: [{expiresAt: secret}]"} {
		if got := yamlFaults(t, file, none); strings.Contains(got, "secret") {
			t.Errorf("%s: got %s", file, got)
		}
	}
}

func FuzzDecodeDefinitions(f *testing.F) {
	f.Add(FormatYAML, example(f))
	f.Add(FormatYAML, "playbooks: [{name: x, steps: [{title: &a y}]}]\n---\n")
	f.Add(FormatSentinel, `{"value":[`+sentinelSample+`],"nextLink":"x"}`)
	f.Add(FormatTasksRepository, "IncidentTitle,Task01\nx,\"a|^|b\"\n")
	f.Add(FormatTheHive, `[{"name":"x","tasks":[{"title":"y","order":1,"group":"g"}]}]`)
	f.Add(FormatWatchlist, template("Alert,A1,Date\nx,1. y,\nX,1. z,"))
	f.Fuzz(func(t *testing.T, format, file string) {
		got, err := Decode(strings.NewReader(file), Options{Format: format, As: AsPlaybooks})
		if err == nil && got.Definitions == nil {
			t.Fatal("nothing came of it")
		}
		if err == nil {
			var out strings.Builder
			if err := EncodeBundle(&out, got.Definitions.Bundle); err != nil {
				t.Fatal(err)
			}
			again, err := Decode(strings.NewReader(out.String()), Options{Format: FormatYAML})
			if err != nil || dump(again.Definitions.Bundle) != dump(got.Definitions.Bundle) {
				t.Fatalf("error %v, wrote\n%s", err, out.String())
			}
		}
	})
}

// What cannot be read in one definition hides nothing that is wrong with
// another, and is not told a second time by what follows from it.
func TestDecodeYAMLTellsAll(t *testing.T) {
	got := yamlFaults(t, `rules:
  - name: typo
    triger: TASK_COMPLETED
    actions: []
  - name: never
    trigger: INCIDENT_CREATED
    condition:
      property: {property: TASK_TITLE, operator: EQUALS, values: [x]}
    actions: [setSeverity: LOW]
playbooks:
  - name: P
    steps:
      - title: " "
`, incident.CheckBundle)
	want := `line 2, rules[0]: the field "trigger" is missing
line 3, rules[0]: there is a field of an unknown name (6 bytes long); check its spelling
line 8, rules[1].condition.property.property: the rule can never run: INCIDENT_CREATED belongs to no task
line 13, playbooks[0].steps[0].title: title must have from 1 to 500 characters besides white space`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
