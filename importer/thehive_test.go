package importer

import (
	"reflect"
	"strings"
	"testing"

	"tasktrail/incident"
)

func TestTheHive(t *testing.T) {
	// As version 4 exports one, and as version 5 lists them.
	four := `{"name": "Lost badge", "titlePrefix": "[BADGE]", "severity": 2, "tlp": 0, "pap": 2, "tags": ["door", "a:b=\"c\""], "status": "Ok",
		"description": "Réagir **vite**.\n", "customFields": {}, "metrics": null, "tasks": [
		{"order": 1, "title": "Ask", "group": "Élan / 初動 🚨", "description": "Who?\n"}, {"order": 0, "title": "Lock it", "group": "default", "description": ""}]}`
	five := `{"_id": "~1", "_type": "CaseTemplate", "_createdBy": "admin@thehive.local", "_createdAt": 1767225600000, "name": "phish", "displayName": "Phishing", "flag": true,
		"severity": 3, "severityLabel": "HIGH", "summary": "", "customFields": [{"name": "hits", "value": null}], "extraData": {}, "tasks": [
		{"_id": "~2", "_type": "Task", "_createdBy": "x", "_createdAt": 1, "title": "Ask", "group": "default", "status": "Waiting", "flag": false, "order": 0, "mandatory": true, "extraData": {}},
		{"_id": "~3", "_type": "Task", "_createdBy": "x", "_createdAt": 1, "title": "ask", "group": "", "status": "InProgress", "flag": true, "order": 1, "assignee": "mara@thehive.local", "dueDate": 1767225600000}]}`
	again := `{"name": "phishing", "tasks": [{"title": "a"}]}, {"name": "Nothing", "severity": 1, "tasks": []}, {"name": "Nothing either"}`
	want := incident.Bundle{Playbooks: []incident.PlaybookInput{
		{Name: "Lost badge", Description: new("Réagir **vite**.\n"), Steps: []incident.PlaybookStepInput{
			{Title: "Lock it", Group: new("default")}, {Title: "Ask", Group: new("Élan / 初動 🚨"), Description: new("Who?\n")},
		}},
		{Name: "Phishing", Steps: []incident.PlaybookStepInput{
			{Title: "Ask", Group: new("default"), Mandatory: new(true)}, {Title: "ask", Key: new("ask (2)")},
		}},
		{Name: "phishing (2)", Steps: []incident.PlaybookStepInput{{Title: "a"}}},
	}}
	wantNotes := `playbook "Lost badge": pap 2 has no counterpart
playbook "Lost badge": severity 2 has no counterpart
playbook "Lost badge": tags ["door","a:b=\"c\""] has no counterpart
playbook "Lost badge": titlePrefix "[BADGE]" has no counterpart
playbook "Lost badge": tlp 0 has no counterpart
playbook "Phishing": its other name "phish" was not carried over
playbook "Phishing": customFields [{"name":"hits","value":null}] has no counterpart
playbook "Phishing": flag true has no counterpart
playbook "Phishing": severity 3 has no counterpart
playbook "Phishing", step 2: assignee "mara@thehive.local" has no counterpart
playbook "Phishing", step 2: dueDate 1767225600000 has no counterpart
playbook "Phishing", step 2: flag true has no counterpart
playbook "Phishing", step 2: status "InProgress" has no counterpart
playbook "phishing": another playbook has this name, so it is called "phishing (2)"
playbook "Nothing": it was left out, because it has no tasks
playbook "Nothing either": it was left out, because it has no tasks`
	got, err := Decode(strings.NewReader("["+four+","+five+","+again+"]"), Options{})
	if err != nil || got.Format != FormatTheHive {
		t.Fatalf("got %+v, error %v", got, err)
	}
	if !reflect.DeepEqual(got.Definitions.Bundle, want) {
		t.Errorf("got\n%s\nwant\n%s", dump(got.Definitions.Bundle), dump(want))
	}
	if notes := noteLines(got.Definitions); notes != wantNotes {
		t.Errorf("got notes\n%s", notes)
	}

	got, err = Decode(strings.NewReader(four), Options{})
	if err != nil || !reflect.DeepEqual(got.Definitions.Bundle.Playbooks, want.Playbooks[:1]) {
		t.Errorf("one by itself: got %+v, error %v", got.Definitions, err)
	}
}

func TestTheHiveLimits(t *testing.T) {
	group := strings.Repeat("g", incident.MaxGroup+1)
	got, err := Decode(strings.NewReader(`{"name": "x", "tasks": [{"title": "a\nb", "description": "d", "group": "`+group+`"}]}`), Options{})
	want := []incident.PlaybookStepInput{{Title: "a…", Description: new("a\nb\n\nd"), Group: new(group[1:])}}
	if err != nil || !reflect.DeepEqual(got.Definitions.Bundle.Playbooks[0].Steps, want) {
		t.Errorf("got %s, error %v", dump(got.Definitions.Bundle), err)
	}
	wantNotes := `playbook "x", step 1: the title is too long, or has several lines, and was cut; the description begins with the whole of it
playbook "x", step 1: the name of its group was cut to 100 characters`
	if notes := noteLines(got.Definitions); notes != wantNotes {
		t.Errorf("got notes\n%s", notes)
	}
}

func TestTheHiveFaults(t *testing.T) {
	tests := []struct{ name, file, want string }{
		{"no name", `[{"name": "x", "tasks": []}, {"tasks": []}]`, "[1]: it is no case template: it has neither a name nor a displayName"},
		{"name too long", `{"name": "` + strings.Repeat("n", 501) + `"}`, "the file: a name must have at most 500 characters"},
		{"a task without a title", `{"name": "x", "tasks": [{"title": "a"}, {"title": " "}]}`, "the file: the task that comes 2. has no title, or something else of it is of another type than in TheHive"},
		{"a task that is none", `{"name": "x", "tasks": [7]}`, "the file: the task that comes 1. has no title, or something else of it is of another type than in TheHive"},
		{"tasks of another type", `{"name": "x", "tasks": {}}`, "the file: its description must be a text, and its tasks a list"},
		{"mandatory of another type", `{"name": "x", "tasks": [{"title": "a", "mandatory": "yes"}]}`, "the file: the task that comes 1. has no title, or something else of it is of another type than in TheHive"},
		{"another thing", `7`, "the file: it must be a case template, or a list of them"},
		{"nothing", `[]`, "the file: there is no case template in it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { checkFaults(t, FormatTheHive, tt.file, []string{tt.want}) })
	}
}
