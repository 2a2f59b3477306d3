package incident

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tasktrail/audit"
)

// moment is a transaction in which nothing is there but the time and a list.
type moment struct {
	Tx
	list []TaskPlace
}

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func (moment) Now() time.Time                { return now }
func (m moment) TaskList(string) []TaskPlace { return m.list }

// Each step from each state leads where the package comment says, or is
// refused with the way out.
func TestSteps(t *testing.T) {
	steps := map[string]func(Tx, *Task, string) error{
		"start": startTask, "complete": completeTask, "skip": skipTask, "reopen": reopenTask,
	}
	for _, test := range []struct {
		from TaskStatus
		step string
		to   TaskStatus // "": refused
	}{
		{TaskNew, "start", TaskInProgress},
		{TaskNew, "complete", TaskCompleted},
		{TaskNew, "skip", TaskSkipped},
		{TaskNew, "reopen", TaskNew},
		{TaskInProgress, "start", TaskInProgress},
		{TaskInProgress, "complete", TaskCompleted},
		{TaskInProgress, "skip", TaskSkipped},
		{TaskInProgress, "reopen", TaskInProgress},
		{TaskCompleted, "start", ""},
		{TaskCompleted, "complete", TaskCompleted},
		{TaskCompleted, "skip", ""},
		{TaskCompleted, "reopen", TaskNew},
		{TaskSkipped, "start", ""},
		{TaskSkipped, "complete", ""},
		{TaskSkipped, "skip", TaskSkipped},
		{TaskSkipped, "reopen", TaskNew},
	} {
		task := Task{Status: test.from, ReopenCount: 3}
		before, by := now.Add(-time.Hour), "act_first"
		if test.from == TaskCompleted {
			task.CompletedAt, task.CompletedByID = &before, &by
		}
		err := steps[test.step](moment{}, &task, "act_me")
		if test.to == "" {
			if err == nil || !strings.Contains(err.Error(), "reopen it first") || task.Status != test.from {
				t.Errorf("%s from %s: got %s, %v; want a refusal", test.step, test.from, task.Status, err)
			}
			continue
		}
		count := 3
		if test.step == "reopen" && test.from != test.to {
			count++
		}
		if err != nil || task.Status != test.to || task.ReopenCount != count {
			t.Errorf("%s from %s: got %s reopened %d times, %v", test.step, test.from, task.Status, task.ReopenCount, err)
		}
		switch {
		case test.to != TaskCompleted && (task.CompletedAt != nil || task.CompletedByID != nil):
			t.Errorf("%s from %s: a completion is left", test.step, test.from)
		case test.to == TaskCompleted && test.from == TaskCompleted && (!task.CompletedAt.Equal(before) || *task.CompletedByID != by):
			t.Errorf("completing again moved the time or the name")
		case test.to == TaskCompleted && test.from != TaskCompleted && (!task.CompletedAt.Equal(now) || *task.CompletedByID != "act_me"):
			t.Errorf("%s from %s: completed at %v by %v", test.step, test.from, task.CompletedAt, task.CompletedByID)
		}
	}
}

func TestCloseGate(t *testing.T) {
	why := "night shift"
	place := func(status TaskStatus, mandatory, deleted bool) TaskPlace {
		return TaskPlace{ID: fmt.Sprint(status, mandatory, deleted), Status: status, Mandatory: mandatory, Deleted: deleted}
	}
	harmless := []TaskPlace{
		place(TaskNew, false, false), place(TaskInProgress, false, false), place(TaskNew, true, true),
		place(TaskCompleted, true, false), place(TaskSkipped, true, false),
	}
	for name, test := range map[string]struct {
		list     []TaskPlace
		override *string
		open     int // mandatory tasks that keep it open
	}{
		"no tasks":              {nil, nil, 0},
		"only harmless ones":    {harmless, nil, 0},
		"a mandatory one":       {append(harmless, place(TaskNew, true, false)), nil, 1},
		"two":                   {append(harmless, place(TaskNew, true, false), place(TaskInProgress, true, false)), nil, 2},
		"overridden":            {append(harmless, place(TaskNew, true, false)), &why, 0},
		"a reason without need": {harmless, &why, 0},
	} {
		i := Incident{Status: IncidentActive}
		extra, err := closeIncident(moment{list: test.list}, &i, CloseIncidentInput{Classification: FalsePositive, OverrideReason: test.override})
		refusal, _ := err.(Refusal) //nolint:errorlint // it is made right here
		if test.open > 0 {
			e, ok := refusal[0].(*OpenTasksError)
			if !ok || len(e.TaskIDs) != test.open || i.Status != IncidentActive {
				t.Errorf("%s: got %v, %s", name, err, i.Status)
			}
			continue
		}
		if err != nil || i.Status != IncidentClosed || !i.ClosedAt.Equal(now) || *i.Classification != FalsePositive {
			t.Errorf("%s: got %+v, %v", name, i, err)
		}
		if recorded := len(extra) == 1; recorded != (name == "overridden") {
			t.Errorf("%s: the override reason is recorded: %t", name, recorded)
		}
	}
}

func TestClassificationReasons(t *testing.T) {
	goesWith := map[ClassificationReason]IncidentClassification{
		SuspiciousActivity: TruePositive, SuspiciousButExpected: BenignPositive, IncorrectAlertLogic: FalsePositive, InaccurateData: FalsePositive,
	}
	for _, is := range []IncidentClassification{Undetermined, TruePositive, BenignPositive, FalsePositive, "OTHER"} {
		for reason, right := range goesWith {
			c := &checker{}
			c.classification(is, &reason)
			if ok := c.err() == nil; ok != (is == right) {
				t.Errorf("%s with %s: accepted %t", is, reason, ok)
			}
		}
		c := &checker{}
		c.classification(is, nil)
		if ok := c.err() == nil; ok != (is != "OTHER") {
			t.Errorf("%s alone: accepted %t", is, ok)
		}
	}
}

// Limits are counted in characters: one at the limit passes, one more does not.
func TestTextLimits(t *testing.T) {
	for name, test := range map[string]struct {
		limit int
		check func(c *checker, s string)
	}{
		"title":            {500, func(c *checker, s string) { c.title("title", s) }},
		"description":      {10_000, func(c *checker, s string) { c.optional("description", &s, MaxDescription) }},
		"reason":           {2_000, func(c *checker, s string) { c.common(Common{Reason: &s}) }},
		"clientMutationId": {200, func(c *checker, s string) { c.common(Common{ClientMutationID: &s}) }},
		"labels.0":         {100, func(c *checker, s string) { c.labels([]string{s}) }},
		"steps.3.group":    {100, func(c *checker, s string) { c.group("steps.3.group", &s) }},
	} {
		for _, letter := range []string{"x", "é", "👩"} {
			for text, want := range map[string]string{
				strings.Repeat(letter, test.limit):              "",
				strings.Repeat(letter, test.limit+1):            fmt.Sprintf("at most %d characters, this one has %d", test.limit, test.limit+1),
				letter + "\x00":                                 "must not contain the NUL character",
				letter + "\xff":                                 "must be valid UTF-8",
				letter + "\xed\xa0\x80" /* half a surrogate */ : "must be valid UTF-8",
			} {
				c := &checker{}
				test.check(c, text)
				if want == "" && c.err() != nil || want != "" && (len(c.faults) != 1 || !strings.Contains(c.faults[0].Error(), want) ||
					!slices.Equal(c.faults[0].(*ValidationError).Path, strings.Split("input."+name, "."))) {
					t.Errorf("%s of %d bytes: got %v, want %q", name, len(text), c.faults, want)
				}
			}
		}
	}
	c := &checker{}
	if got := c.title("title", " \t a b \n"); got != "a b" || c.err() != nil {
		t.Errorf("a title is trimmed: got %q, %v", got, c.err())
	}
	if got := c.labels([]string{" a ", "b", "a"}); !slices.Equal(got, []string{"a", "b"}) || c.err() != nil {
		t.Errorf("labels are trimmed and none is there twice: got %q, %v", got, c.err())
	}
}

// Every field of the things is recorded, or is one that the header of the event
// holds; what is recorded is played back as it was.
func TestRecordedFields(t *testing.T) {
	inHeader := []string{
		"ID", "Version", "CreatedAt", "CreatedByID", "UpdatedAt", "UpdatedByID", // of both
		"IncidentID", "OrderKey", // of tasks: the place is recorded as a rank
	}
	text, number, at := "é\"<>&\u2028", 7, now
	classification, reason := TruePositive, SuspiciousActivity
	full := Incident{
		Number: 3, Title: text, Description: &text, Severity: SeverityHigh, Status: IncidentClosed, Classification: &classification,
		ClassificationReason: &reason, ClassificationComment: &text, OwnerID: &text, Labels: []string{"a", text}, ClosedAt: &at,
	}
	task := Task{
		Title: text, Description: &text, Group: &text, Status: TaskCompleted, Mandatory: true, AssigneeID: &text, DueAt: &at, OverdueSince: &at,
		Origin:      TaskOrigin{Kind: KindPlaybook, Name: text, ID: &text, Step: &number, Version: &number, Key: &text},
		CompletedAt: &at, CompletedByID: &text, ReopenCount: 2, DeletedAt: &at,
	}
	roundTrip(t, incidentFields, full, inHeader)
	roundTrip(t, taskFields, task, inHeader)
	template := TaskTemplate{
		Title: text, Description: &text, Group: &text, Mandatory: true, DueAfterMinutes: &number, AssigneeID: &text, AssignToOwner: true,
	}
	test := ValueTest{OpNotEquals, []string{"", text}, false}
	severity := SeverityHigh
	name := Definition{Name: text, DeletedAt: &at}
	roundTripDefinition(t, playbookFields, Playbook{Definition: name, Description: &text, Steps: []PlaybookStep{{template, text}, {TaskTemplate{Title: "t"}, "k"}}})
	roundTripDefinition(t, webhookFields, Webhook{name, text, true, 2})
	key := APIKey{ID: text, Fingerprint: text, CreatedAt: at, CreatedByID: text, ExpiresAt: &at, RevokedAt: &at, RevokedByID: &text}
	roundTripDefinition(t, serviceAccountFields, ServiceAccount{name, &text, KindPlaybook, []Role{RoleReader, RoleAdmin}, true, []APIKey{key, {ID: "k"}}})
	roundTripDefinition(t, ruleFields, Rule{
		Definition: name, Description: &text, Order: 3, Enabled: true, ExpiresAt: &at, Trigger: OnTaskOverdue,
		Condition: &Condition{All: []Condition{
			{Any: []Condition{{Property: &PropertyCondition{PropTaskTitle, test}}}},
			{Labels: &LabelsCondition{MatchAll, test}},
			{Changed: &ChangedCondition{PropIncidentStatus, &test, nil}},
			{LabelsAdded: &test},
		}},
		Actions: []RuleAction{
			{AddTask: &AddTaskAction{template, true}},
			{ApplyPlaybook: &ApplyPlaybookAction{text, true}},
			{SetSeverity: &severity},
			{SetStatus: &SetStatusAction{IncidentClosed, &classification, &reason, &text}},
			{SetOwner: &SetOwnerAction{&text}},
			{SetOwner: &SetOwnerAction{}},
			{AddLabels: []string{text}},
			{RemoveLabels: []string{text}},
			{CallWebhook: &CallWebhookAction{text}},
		},
	})
}

// roundTripDefinition leaves out what the header of the event holds.
func roundTripDefinition[T any, P definition[T]](t *testing.T, fields []field[T], full T) {
	t.Helper()
	var played T
	changes := diff(fields, nil, &full)
	if err := apply(fields, &played, true, changes, nil); err != nil || !reflect.DeepEqual(played, full) {
		t.Errorf("played back: %+v, %v, want %+v", played, err, full)
	}
	recorded := map[any]bool{}
	for _, f := range fields {
		recorded[f.ptr(&full)] = true
	}
	v := reflect.ValueOf(&full).Elem()
	for n := range v.NumField() {
		if f := v.Type().Field(n); !f.Anonymous && !recorded[v.Field(n).Addr().Interface()] {
			t.Errorf("%s.%s is not recorded", v.Type().Name(), f.Name)
		}
	}
	if base := P(&full).base(); !recorded[&base.Name] || !recorded[&base.DeletedAt] {
		t.Errorf("%s: name or deletedAt is not recorded", v.Type().Name())
	}
}

func roundTrip[T any](t *testing.T, fields []field[T], full T, inHeader []string) {
	t.Helper()
	recorded := map[any]bool{}
	for _, f := range fields {
		recorded[f.ptr(&full)] = true
	}
	v := reflect.ValueOf(&full).Elem()
	for n := range v.NumField() {
		name := v.Type().Field(n).Name
		if has := recorded[v.Field(n).Addr().Interface()]; has == slices.Contains(inHeader, name) {
			t.Errorf("%s.%s is recorded: %t", v.Type().Name(), name, has)
		}
	}
	var played T
	changes := diff(fields, nil, &full)
	if err := apply(fields, &played, true, changes, nil); err != nil || !reflect.DeepEqual(played, full) {
		t.Errorf("played back: %+v, %v, want %+v", played, err, full)
	}
	if again := diff(fields, &full, &played); len(again) != 0 {
		t.Errorf("the same again has changes: %v", again)
	}
	if err := apply(fields, &played, false, []audit.Change{{Field: changes[0].Field, From: jsonNull, To: changes[0].To}}, nil); err == nil {
		t.Error("a change from something else was played back")
	}
	if err := apply(fields, &played, false, []audit.Change{{Field: "nonsense", From: jsonNull, To: jsonNull}}, nil); err == nil {
		t.Error("an unknown field was played back")
	}
}
