package importer

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"tasktrail/incident"
)

// Of two alerts whose titles differ in the case of letters each has its own
// list, and rules that mind the case: no incident gets both.
func TestWatchlistPlaybooks(t *testing.T) {
	file := template(fixture(t, "unquoted.csv"))
	got, err := Decode(strings.NewReader(file), Options{As: AsPlaybooks})
	if err != nil || got.Format != FormatWatchlist || got.Incidents != nil {
		t.Fatalf("got %+v, error %v", got, err)
	}
	b := got.Definitions.Bundle
	var names []string
	for _, p := range b.Playbooks {
		names = append(names, p.Name)
	}
	if want := []string{"Server room door left open", "Odd Noise In The Rack", "Odd noise in the rack (2)", "Fan stopped, again"}; !reflect.DeepEqual(names, want) {
		t.Errorf("got playbooks %q", names)
	}
	if want := []incident.PlaybookStepInput{{Title: "Listen again,, twice"}, {Title: "Note the time, e.g. 9,30"}}; !reflect.DeepEqual(b.Playbooks[2].Steps, want) {
		t.Errorf("got %s", dump(b.Playbooks[2].Steps))
	}
	var rules []incident.RuleInput
	for _, name := range names {
		title, twin := strings.CutSuffix(name, " (2)")
		rule := titleRule(title, name)
		rule.Name = name
		rule.Condition.Property.CaseSensitive = twin || title == "Odd Noise In The Rack"
		rules = append(rules, rule)
	}
	if !reflect.DeepEqual(b.Rules, rules) {
		t.Errorf("got %s", dump(b.Rules))
	}
	want := `the file: the dates of the rows were not carried over, if there are any
playbook "Server room door left open", step 8: the title is too long, or has several lines, and was cut; the description has the whole of it`
	if notes := noteLines(got.Definitions); notes != want {
		t.Errorf("got notes\n%s", notes)
	}

	// Read as incidents, which is the default, both are there.
	if titles, _ := read(t, file); len(titles) == 0 || !strings.Contains(strings.Join(titles, "\n"), "Odd Noise In The Rack") {
		t.Errorf("got %q", titles)
	}
}

func TestWatchlistPlaybooksRevisions(t *testing.T) {
	got, err := Decode(strings.NewReader(template("Alert,A1,A2,A3\nX,1. a,2. b,\nx,1. a,2. c,3. a\nstraße,1. d,,\nSTRASSE,1. d,,")), Options{As: AsPlaybooks})
	if err != nil {
		t.Fatal(err)
	}
	want := []incident.PlaybookInput{
		{Name: "X", Steps: []incident.PlaybookStepInput{{Title: "a"}, {Title: "b"}}},
		{Name: "x (2)", Steps: []incident.PlaybookStepInput{{Title: "a"}, {Title: "c"}, {Title: "a", Key: new("a (2)")}}},
		{Name: "straße", Steps: []incident.PlaybookStepInput{{Title: "d"}}},
		{Name: "STRASSE", Steps: []incident.PlaybookStepInput{{Title: "d"}}},
	}
	if !reflect.DeepEqual(got.Definitions.Bundle.Playbooks, want) {
		t.Errorf("got %s", dump(got.Definitions.Bundle.Playbooks))
	}
	// A title that no incident can have makes a playbook and no rule.
	got, err = Decode(strings.NewReader(template("Alert,A1\n"+strings.Repeat("word ", 120)+",1. a")), Options{As: AsPlaybooks})
	if err != nil || len(got.Definitions.Bundle.Playbooks) != 1 || len(got.Definitions.Bundle.Rules) != 0 || !strings.Contains(noteLines(got.Definitions), "there is no rule that applies the playbook") {
		t.Errorf("got %+v, error %v", got.Definitions, err)
	}
}

// What could not be stored is refused before the work is done that it takes.
func TestDefinitionLimits(t *testing.T) {
	many := func(n int, item string) string { return strings.TrimSuffix(strings.Repeat(item+",", n), ",") }
	var steps, titles, actions strings.Builder
	for i := range incident.MaxSteps + 1 {
		fmt.Fprintf(&steps, "x,%d|^|\n", i)
		fmt.Fprintf(&actions, ",%d. a", i+1)
	}
	for i := range incident.MaxPlaybooks + 1 {
		fmt.Fprintf(&titles, "x%d,a\n", i)
	}
	columns := "Alert" + strings.Repeat(",A1", incident.MaxSteps+1) + "\n"
	tests := []struct{ name, format, file, want string }{
		{"rules", FormatSentinel, "[" + many(1001, sentinelSample) + "]", "the file: there can be at most 1000 automation rules in it, these are 1001"},
		{"templates", FormatTheHive, "[" + many(1001, `{"name": "x"}`) + "]", "the file: there can be at most 1000 case templates in it, these are 1001"},
		{"tasks of a template", FormatTheHive, `{"name": "x", "tasks": [` + many(101, `{"title": "a"}`) + "]}", "the file: there can be at most 100 tasks in it, these are 101"},
		{"titles", FormatTasksRepository, "IncidentTitle,Task1\n" + titles.String(), "line 1002: there can be at most 1000 titles in the file"},
		{"tasks of a title", FormatTasksRepository, "IncidentTitle,Task1\n" + steps.String(), "line 102: there can be at most 100 tasks for one title"},
		{"notes", FormatTasksRepository, "IncidentTitle,Task1\n" + strings.Repeat("x,a\n", 10_000), "line 5004: so much of the file cannot be carried over that it is no use to read on"},
		{"alerts", FormatWatchlist, template("Alert,A1\n" + strings.Repeat("x,1. a\n", 1001)), "the file: there can be at most 1000 alerts in it, these are 1001"},
		{"actions", FormatWatchlist, template(columns + "x" + actions.String()), "alert 1: there can be at most 100 actions for one alert, these are 101"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Decode(strings.NewReader(tt.file), Options{Format: tt.format, As: AsPlaybooks})
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestDecodeAs(t *testing.T) {
	tests := []struct{ format, as, file, want string }{
		{"", AsPlaybooks, `{"incidents": []}`, `a file of the format "tasktrail" holds incidents; it cannot be read as playbooks`},
		{"", AsIncidents, "rules: []", `a file of the format "yaml" holds playbooks; it cannot be read as incidents`},
		{FormatTheHive, AsIncidents, "{}", `a file of the format "thehive" holds playbooks; it cannot be read as incidents`},
		{FormatYAML, "rules", "rules: []", `a file can be read as incidents or as playbooks, not as "rules"`},
	}
	for _, tt := range tests {
		_, err := Decode(strings.NewReader(tt.file), Options{Format: tt.format, As: tt.as})
		if _, ok := errors.AsType[*FaultsError](err); ok || err == nil || err.Error() != tt.want {
			t.Errorf("got error %v, want %s", err, tt.want)
		}
	}
}

func TestDetect(t *testing.T) {
	tests := []struct{ file, want string }{
		{`{"incidents": 1}`, FormatTasktrail},
		{`{"playbooks": 1}`, FormatYAML},
		{"# hello\nrules:\n", FormatYAML},
		{`"playbooks": []`, FormatYAML},
		{`{"resources": []}`, FormatWatchlist},
		{`{"resources": [{"type": 7, "properties": "x"}, {"type": "Microsoft.SecurityInsights/AutomationRules"}]}`, FormatSentinel},
		{`{"resources": [{"properties": {"rawContent": "IncidentTitle,Task01"}}]}`, FormatTasksRepository},
		{`{"value": []}`, FormatSentinel},
		{`[{"properties": {}}]`, FormatSentinel},
		{"incidenttitle,Task01\n", FormatTasksRepository},
		{"\"IncidentTitle\",Task01\n", FormatTasksRepository},
		{`{"name": "x", "tasks": []}`, FormatTheHive},
		{`[{"_type": "CaseTemplate"}]`, FormatTheHive},
		{`{"name": "x"}`, ""},
		{"a,b\n", ""},
		{"[]", ""},
	}
	for _, tt := range tests {
		f := new(faults)
		if got := detect([]byte(tt.file), f); got != tt.want || f.err() != nil {
			t.Errorf("%s: got %q, %v; want %q", tt.file, got, f.err(), tt.want)
		}
	}
}
