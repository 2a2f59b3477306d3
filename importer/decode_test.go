package importer

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"tasktrail/incident"
)

func TestDecodeTasktrail(t *testing.T) {
	file := "\uFEFF" + `{"incidents": [
		{"title": " Lost badge ", "severity": "LOW", "description": null, "labels": [" door "], "tasks": [
			{"title": "Lock the badge", "mandatory": true, "dueAt": "2026-03-01T10:00:00.1234567+01:00"},
			{"title": "Print a new one", "description": "*Photo* first.  ", "dueAt": null}
		]},
		{"severity": "HIGH", "title": "Second"}
	]}`
	due := time.Date(2026, 3, 1, 9, 0, 0, 123456000, time.UTC)
	want := []Incident{
		{
			Title: "Lost badge", Severity: incident.SeverityLow, Labels: []string{"door"},
			Tasks: []Task{
				{Title: "Lock the badge", Mandatory: true, DueAt: &due},
				{Title: "Print a new one", Description: new("*Photo* first.  ")},
			},
		},
		{Title: "Second", Severity: incident.SeverityHigh},
	}
	for _, format := range []string{"", FormatTasktrail} {
		got, err := Decode(strings.NewReader(file), Options{Format: format})
		if err != nil || got.Format != FormatTasktrail || got.Definitions != nil {
			t.Fatalf("Decode(%q) gave %+v, error %v", format, got, err)
		}
		if !reflect.DeepEqual(got.Incidents, want) {
			t.Errorf("Decode(%q)\n got %+v\nwant %+v", format, got.Incidents, want)
		}
	}
}

// Every fault is reported in one go, in the order of the file, with its place.
func TestDecodeTasktrailFaults(t *testing.T) {
	file := `{"incidents": [
		{"title": "", "severity": "Low"},
		{"Title": "x", "severity": "LOW", "labels": [1, " "], "tasks": {}},
		{"title": "x", "title": "y", "severity": "LOW",
		 "tasks": [{"title": "` + strings.Repeat("é", 501) + `"},
		  {"description": "a\u0000b", "mandatory": null, "dueAt": "2026-03-01 09:00"}]},
		7
	], "extra": {"a": [1, {"b": 2}]}}`
	want := []string{
		`line 2, incidents[0].title: a title must have from 1 to 500 characters besides white space`,
		`line 2, incidents[0].severity: it must be one of [INFORMATIONAL LOW MEDIUM HIGH]`,
		`line 3, incidents[1]: there is a field of an unknown name (5 bytes long); check its spelling`,
		`line 3, incidents[1].labels[0]: it must be a string`,
		`line 3, incidents[1].labels[1]: a label must have from 1 to 100 characters besides white space`,
		`line 3, incidents[1].tasks: it must be an array`,
		`line 3, incidents[1]: the field "title" is missing`,
		`line 4, incidents[2].title: this field stands there twice`,
		`line 5, incidents[2].tasks[0].title: it must have at most 500 characters, this one has 501`,
		`line 6, incidents[2].tasks[1].description: it must not contain the NUL character`,
		`line 6, incidents[2].tasks[1].mandatory: it must be true or false`,
		`line 6, incidents[2].tasks[1].dueAt: it must be a time as in RFC 3339, such as 2026-03-01T09:00:00Z, in the years 1 to 9999`,
		`line 6, incidents[2].tasks[1]: the field "title" is missing`,
		`line 7, incidents[3]: it must be an object`,
		`line 8, the file: there is a field of an unknown name (5 bytes long); check its spelling`,
	}
	checkFaults(t, "", file, want)
}

func TestDecodeRefuses(t *testing.T) {
	many := func(n int, item string) string { return strings.TrimSuffix(strings.Repeat(item+",", n), ",") }
	inc := `{"title":"x","severity":"LOW"}`
	tests := []struct {
		name, format, file, want string
	}{
		{"nothing", "", " \n", "the file: there is nothing in it"},
		{"nothing, format given", FormatTasktrail, "", "line 1: this is not JSON any more"},
		{"broken", "", "{\n\"incidents\": [}\n}", "line 2: this is not JSON any more"},
		{"more behind", "", `{"incidents":[]} {}`, "line 1: this is not JSON any more"},
		{"not UTF-8", "", "{\n\"incidents\xff\"}", "line 2: the file must be valid UTF-8; save it in that encoding"},
		{"another thing", "", `{"tasks":[]}`, "this is no format known here"},
		{"an array", "", `[1]`, "this is no format known here"},
		{"another format", "excel", `{}`, `there is no format "excel"; use one of: tasktrail, yaml, sentinel, tasks-repository, thehive, soc-recommended-actions`},
		{"no incident", "", `{"incidents":[]}`, "the file: there is no incident in it"},
		{"format given, field missing", FormatTasktrail, `{}`, `line 1, the file: the field "incidents" is missing`},
		{"format given, no object", FormatTasktrail, `3`, `line 1, the file: it must be an object`},
		{"too many incidents", "", `{"incidents":[` + many(MaxIncidents+1, inc) + `]}`, "at most 10000 of them, these are 10001"},
		{"too many tasks", "", `{"incidents":[{"title":"x","severity":"LOW","tasks":[` + many(1001, `{"title":"x"}`) + `]}]}`, "at most 1000 of them, these are 1001"},
		{"no watchlist", FormatWatchlist, `{"resources":[{"properties":{}},{"properties":"[x]"}]}`, "none of them has properties.rawContent"},
		{"no resources", FormatWatchlist, `{"resources":4}`, "resources: it must be an array of objects"},
		{"rawContent of another type", "", `{"resources":[{"properties":{"rawContent":4}}]}`, "resources[0].properties: rawContent must be a string"},
		{"too large", "", strings.Repeat(" ", MaxFile+1), "the file is larger than 16 MiB; split it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Decode(strings.NewReader(tt.file), Options{Format: tt.format})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
			if !reflect.DeepEqual(got, File{}) {
				t.Errorf("got %+v besides the error", got)
			}
		})
	}
}

func TestDecodeListsAtMost50Faults(t *testing.T) {
	file := `{"incidents":[` + strings.Repeat(`{"x":1},`, 100) + `{}]}`
	_, err := Decode(strings.NewReader(file), Options{})
	faults, ok := errors.AsType[*FaultsError](err)
	if !ok || len(faults.Faults) != MaxFaults || !faults.More {
		t.Fatalf("got %v", err)
	}
	if !strings.HasSuffix(err.Error(), "only the first 50 faults are listed") {
		t.Errorf("the end of the list does not say so: %v", err)
	}
}

// Whatever the bytes, there is an answer, and what is accepted keeps the limits.
func FuzzDecode(f *testing.F) {
	for _, name := range []string{"unquoted.csv", "quoted.csv"} {
		content, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(FormatWatchlist, template(string(content)))
	}
	f.Add("", `{"incidents":[{"title":"x","severity":"LOW","labels":["a"],"tasks":[{"title":"y","dueAt":null}]}]}`)
	f.Add("", template("Alert,A1,Date\nx,1. y,\"\n"))
	f.Add("", template(",,\r\nAlert,A1\n\"a\"\"b\",1. c,1a. d"))
	f.Fuzz(func(t *testing.T, format, file string) {
		got, err := Decode(strings.NewReader(file), Options{Format: format, As: AsIncidents})
		if (err == nil) == (len(got.Incidents) == 0) {
			t.Fatalf("%d incidents, error %v", len(got.Incidents), err)
		}
		for _, inc := range got.Incidents {
			checkLimits(t, inc.Title, inc.Description)
			for _, task := range inc.Tasks {
				checkLimits(t, task.Title, task.Description)
			}
		}
	})
}

func checkLimits(t *testing.T, title string, description *string) {
	t.Helper()
	if n := len([]rune(title)); n < 1 || n > incident.MaxTitle || strings.TrimSpace(title) != title {
		t.Errorf("the title %q has %d characters", title, n)
	}
	if description != nil && len([]rune(*description)) > incident.MaxDescription {
		t.Errorf("a description has %d characters", len([]rune(*description)))
	}
}

// template puts rows into an ARM template beside a resource of another kind.
func template(content string) string {
	raw, err := json.Marshal(content)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"$schema": "x", "resources": [{"properties": "[variables('x')]"}, {"kind": "", "properties": {"rawContent": %s}}]}`, raw)
}

func checkFaults(t *testing.T, format, file string, want []string) {
	t.Helper()
	_, err := Decode(strings.NewReader(file), Options{Format: format})
	faults, ok := errors.AsType[*FaultsError](err)
	if !ok {
		t.Fatalf("got error %v, want faults", err)
	}
	got := strings.Split(faults.Error(), "\n")
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Errorf("missing: %s", want[i])
		case i >= len(want):
			t.Errorf("not expected: %s", got[i])
		case got[i] != want[i]:
			t.Errorf("\n got %s\nwant %s", got[i], want[i])
		}
	}
}
