package incident

import (
	"reflect"
	"slices"
	"testing"
)

func TestPlaybookLimits(t *testing.T) {
	step := func(edit func(*PlaybookStepInput)) []PlaybookStepInput {
		s := PlaybookStepInput{Title: "t"}
		edit(&s)
		return []PlaybookStepInput{{Title: "first"}, s}
	}
	many := func(n int) []PlaybookStepInput { return slices.Repeat([]PlaybookStepInput{{Title: "t"}}, n) }
	for name, test := range map[string]struct {
		in   PlaybookInput
		want *fault
	}{
		"fine":              {PlaybookInput{Name: letters(500), Description: ptr(letters(10_000)), Steps: many(1)}, nil},
		"no name":           {PlaybookInput{Name: " ", Steps: many(1)}, &fault{"playbook.name", "1 to 500"}},
		"a long name":       {PlaybookInput{Name: letters(501), Steps: many(1)}, &fault{"playbook.name", "at most 500"}},
		"a long text":       {PlaybookInput{Name: "p", Description: ptr(letters(10_001)), Steps: many(1)}, &fault{"playbook.description", "at most 10000"}},
		"no steps":          {PlaybookInput{Name: "p"}, &fault{"playbook.steps", "from 1 to 100 steps, this one has 0"}},
		"100 steps":         {PlaybookInput{Name: "p", Steps: many(100)}, nil},
		"101 steps":         {PlaybookInput{Name: "p", Steps: many(101)}, &fault{"playbook.steps", "from 1 to 100 steps, this one has 101"}},
		"no title":          {PlaybookInput{Name: "p", Steps: step(func(s *PlaybookStepInput) { s.Title = "" })}, &fault{"playbook.steps.1.title", "1 to 500"}},
		"a long title":      {PlaybookInput{Name: "p", Steps: step(func(s *PlaybookStepInput) { s.Title = letters(501) })}, &fault{"playbook.steps.1.title", "at most 500"}},
		"a long step":       {PlaybookInput{Name: "p", Steps: step(func(s *PlaybookStepInput) { s.Description = ptr(letters(10_001)) })}, &fault{"playbook.steps.1.description", "at most 10000"}},
		"a long group":      {PlaybookInput{Name: "p", Steps: step(func(s *PlaybookStepInput) { s.Group = ptr(letters(101)) })}, &fault{"playbook.steps.1.group", "at most 100"}},
		"due at once":       {PlaybookInput{Name: "p", Steps: step(func(s *PlaybookStepInput) { s.DueAfterMinutes = ptr(0) })}, &fault{"playbook.steps.1.dueAfterMinutes", "from 1 to 525600"}},
		"due in a year":     {PlaybookInput{Name: "p", Steps: step(func(s *PlaybookStepInput) { s.DueAfterMinutes = ptr(525_600) })}, nil},
		"due later":         {PlaybookInput{Name: "p", Steps: step(func(s *PlaybookStepInput) { s.DueAfterMinutes = ptr(525_601) })}, &fault{"playbook.steps.1.dueAfterMinutes", "from 1 to 525600"}},
		"two assignees":     {PlaybookInput{Name: "p", Steps: step(func(s *PlaybookStepInput) { s.AssigneeID, s.AssignToOwner = ptr("a"), ptr(true) })}, &fault{"playbook.steps.1.assignToOwner", "not both"}},
		"one assignee":      {PlaybookInput{Name: "p", Steps: step(func(s *PlaybookStepInput) { s.AssigneeID, s.AssignToOwner = ptr("a"), ptr(false) })}, nil},
		"an empty key":      {PlaybookInput{Name: "p", Steps: step(func(s *PlaybookStepInput) { s.Key = ptr(" ") })}, &fault{"playbook.steps.1.key", "1 to 500"}},
		"a long key":        {PlaybookInput{Name: "p", Steps: step(func(s *PlaybookStepInput) { s.Key = ptr(letters(501)) })}, &fault{"playbook.steps.1.key", "at most 500"}},
		"a key twice":       {PlaybookInput{Name: "p", Steps: []PlaybookStepInput{{Title: "a", Key: ptr("k")}, {Title: "b", Key: ptr(" k ")}}}, &fault{"playbook.steps.1.key", "another step"}},
		"a title for a key": {PlaybookInput{Name: "p", Steps: []PlaybookStepInput{{Title: "a"}, {Title: "b", Key: ptr("a")}}}, nil},
	} {
		c := &checker{}
		c.playbook("playbook.", test.in)
		checkFaults(t, name, c, test.want)
	}
}

// A step without a key goes by its title, with a number where that is taken; a
// group is trimmed, and none when nothing is left of it.
func TestStepKeys(t *testing.T) {
	long := letters(500)
	for _, test := range []struct {
		titles []string // "title" or "title=key"
		want   []string
	}{
		{[]string{"a", "b"}, []string{"a", "b"}},
		{[]string{" a ", "a", "a"}, []string{"a", "a (2)", "a (3)"}},
		{[]string{"a", "a", "a (2)"}, []string{"a", "a (2)", "a (2) (2)"}},
		{[]string{"a (2)", "a", "a"}, []string{"a (2)", "a", "a (3)"}},
		{[]string{"a", "b=a", "a=a (2)"}, []string{"a (3)", "a", "a (2)"}},
		{[]string{long, long}, nil},
	} {
		in := PlaybookInput{Name: "p"}
		for _, s := range test.titles {
			step := PlaybookStepInput{Title: s, Group: ptr("\t")}
			for n, r := range s {
				if r == '=' {
					step.Title, step.Key = s[:n], ptr(s[n+1:])
				}
			}
			in.Steps = append(in.Steps, step)
		}
		c := &checker{}
		p := c.playbook("", in)
		var keys []string
		for _, s := range p.Steps {
			keys = append(keys, s.Key)
			if s.Group != nil {
				t.Errorf("a blank group became %q", *s.Group)
			}
		}
		if c.err() != nil || test.want != nil && !slices.Equal(keys, test.want) {
			t.Errorf("%q: got %q, %v, want %q", test.titles, keys, c.err(), test.want)
		}
		// What is given out again comes back the same.
		again := c.playbook("", p.input())
		if c.err() != nil || !reflect.DeepEqual(again, p) {
			t.Errorf("%q again: got %+v, %v, want %+v", test.titles, again, c.err(), p)
		}
	}
}

// The tasks of a rule have keys of their own, too.
func TestTaskKeys(t *testing.T) {
	for _, titles := range [][]string{{"a", "b"}, {"a", "a", "a"}, {"a", "a", "a (2)"}, {"a (2)", "a", "a"}} {
		r := Rule{}
		for _, title := range titles {
			r.Actions = append(r.Actions, RuleAction{AddTask: &AddTaskAction{TaskTemplate: TaskTemplate{Title: title}}}, RuleAction{AddLabels: []string{"x"}})
		}
		seen := map[string]bool{}
		for n := 0; n < len(r.Actions); n += 2 {
			key := taskKey(&r, n)
			if seen[key] {
				t.Errorf("%q: the key %q is there twice", titles, key)
			}
			seen[key] = true
		}
		if !seen[titles[0]] {
			t.Errorf("%q: the keys are %v", titles, seen)
		}
	}
}
