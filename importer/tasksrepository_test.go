package importer

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"tasktrail/incident"
)

func titleRule(title, playbook string) incident.RuleInput {
	return incident.RuleInput{
		Name: title, Trigger: incident.OnIncidentCreated,
		Condition: &incident.Condition{Property: &incident.PropertyCondition{
			Property: incident.PropIncidentTitle, ValueTest: incident.ValueTest{Operator: incident.OpEquals, Values: []string{title}},
		}},
		Actions: []incident.RuleAction{{ApplyPlaybook: &incident.ApplyPlaybookAction{PlaybookID: playbook}}},
	}
}

// The same rows as CSV, with other line ends, and in the template of a
// watchlist.
func TestTasksRepository(t *testing.T) {
	csv := fixture(t, "tasks-repository.csv")
	inJSON, err := json.Marshal(csv)
	if err != nil {
		t.Fatal(err)
	}
	arm := fmt.Sprintf(`{"resources": [{"type": "Microsoft.OperationalInsights/workspaces/providers/Watchlists", "properties": {"rawContent": %s, "numberOfLinesToSkip": 0}}]}`, inJSON)
	want := incident.Bundle{
		Playbooks: []incident.PlaybookInput{
			{Name: "Lost badge", Steps: []incident.PlaybookStepInput{
				{Title: "Lock the badge", Description: new(`"Now", not later.  `)},
				{Title: "Ask, politely", Description: new("Who had it?\n<b>Where?</b>")},
				{Title: "שלום", Description: new("مرحبا 😀")},
				{Title: "Ask the guard"},
			}},
			{Name: "Odd noise", Steps: []incident.PlaybookStepInput{{Title: "Listen"}, {Title: "Listen", Key: new("Listen (2)"), Description: new("again")}}},
		},
		Rules: []incident.RuleInput{titleRule("Lost badge", "Lost badge"), titleRule("Odd noise", "Odd noise")},
	}
	for _, tt := range []struct{ file, prefix string }{{csv, ""}, {"\uFEFF" + strings.ReplaceAll(csv, "\n", "\r\n"), ""}, {arm, "resources[0].properties.rawContent "}} {
		got, err := Decode(strings.NewReader(tt.file), Options{})
		if err != nil || got.Format != FormatTasksRepository {
			t.Fatalf("got %+v, error %v", got, err)
		}
		if !reflect.DeepEqual(got.Definitions.Bundle, want) {
			t.Errorf("got\n%s\nwant\n%s", dump(got.Definitions.Bundle), dump(want))
		}
		notes := tt.prefix + `line 1: the column "Owner" was not carried over
` + tt.prefix + `line 6: there is a row for "Lost badge" already; its list goes on with these tasks
` + tt.prefix + `line 6: Task02 is a task that stands there already, and was left out`
		if got := noteLines(got.Definitions); got != notes {
			t.Errorf("got notes\n%s", got)
		}
	}
}

func TestTasksRepositoryFaults(t *testing.T) {
	const head = "IncidentTitle,Task01,Task02\n"
	tests := []struct {
		name, file string
		want       []string
	}{
		{"another header", "Title,Task01\nx,y", []string{"line 1: the header must be IncidentTitle, then Task01, Task02 and so on"}},
		{"no task column", "IncidentTitle,Owner\nx,y", []string{"line 1: the header must be IncidentTitle, then Task01, Task02 and so on"}},
		{"header only", head, []string{"the file: there is no row of tasks in it"}},
		{"no quotes", head + "x,\"a\nb\",\ny,Do this, then that|^|why,", []string{"line 4: there are 4 cells, the header has 3 columns; a text with a comma or a line end in it needs quotes"}},
		{"no title", head + " ,a,b", []string{"line 2, IncidentTitle: a title must have from 1 to 500 characters besides white space"}},
		{"title too long", head + strings.Repeat("x", 501) + ",a,b", []string{"line 2, IncidentTitle: it must have at most 500 characters, this one has 501"}},
		{"no task", head + "x,,\ny,a", []string{"line 2: there is no task in it"}},
		{"a task without a title", head + "x,a,|^|b", []string{"line 2, Task02: a title must have from 1 to 500 characters besides white space"}},
		{"no rows", `{"resources": [{"properties": {"searchKey": "x"}}]}`, []string{"resources: none of them has properties.rawContent, where a watchlist has its rows"}},
		{"too many cells", head + strings.Repeat(",", maxCells+1) + "a", []string{"line 2: there can be at most 20000 cells in a row"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { checkFaults(t, FormatTasksRepository, tt.file, tt.want) })
	}
}

// What the domain refuses is named by the line of the row.
func TestTasksRepositoryPlacesRefusals(t *testing.T) {
	_, err := decode(strings.NewReader("IncidentTitle,Task01\na,b\nc,d\n"), Options{}, func(incident.Bundle) incident.Refusal {
		return incident.Refusal{
			&incident.ValidationError{Message: "no", Path: []string{"input", "playbooks", "1", "steps", "0", "title"}},
			&incident.ValidationError{Message: "no", Path: []string{"input", "rules", "0"}},
			&incident.ValidationError{Message: "no", Path: []string{"input", "playbooks"}},
		}
	})
	if want := "line 3, steps[0].title: no\nline 2: no\nplaybooks: no"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
