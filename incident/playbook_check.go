package incident

import (
	"fmt"
	"strings"
)

// playbook checks a whole playbook. at is the path of the input with a dot
// behind it, or "".
func (c *checker) playbook(at string, in PlaybookInput) Playbook {
	return Playbook{
		Definition:  Definition{Name: c.title(at+"name", in.Name)},
		Description: c.optional(at+"description", in.Description, MaxDescription),
		Steps:       c.steps(at+"steps", in.Steps),
	}
}

// steps checks the steps of a playbook and gives each its key.
func (c *checker) steps(at string, in []PlaybookStepInput) []PlaybookStep {
	if len(in) == 0 || len(in) > MaxSteps {
		c.fail(at, "a playbook must have from 1 to %d steps, this one has %d", MaxSteps, len(in))
	}
	steps := make([]PlaybookStep, len(in))
	given := map[string]bool{}
	for n, s := range in {
		place := fmt.Sprintf("%s.%d.", at, n)
		steps[n].TaskTemplate = c.template(place, TaskTemplate{
			Title: s.Title, Description: s.Description, Group: s.Group, Mandatory: valueOf(s.Mandatory),
			DueAfterMinutes: s.DueAfterMinutes, AssigneeID: s.AssigneeID, AssignToOwner: valueOf(s.AssignToOwner),
		})
		if s.Key == nil {
			continue
		}
		steps[n].Key = c.title(place+"key", *s.Key)
		if given[steps[n].Key] {
			c.fail(place+"key", "another step of the playbook has this key")
		}
		given[steps[n].Key] = true
	}
	for n := range steps {
		if in[n].Key == nil {
			steps[n].Key = freeKey(steps[n].Title, given)
		}
	}
	return steps
}

// freeKey returns the title, with a number where that is taken, and takes it.
// It stays within the limit of a key that is given.
func freeKey(title string, taken map[string]bool) string {
	key := title
	for same := 2; taken[key]; same++ {
		number := fmt.Sprintf(" (%d)", same)
		letters := []rune(title)
		key = string(letters[:min(len(letters), MaxStepKey-len(number))]) + number
	}
	taken[key] = true
	return key
}

// template checks what automation will make a task of.
func (c *checker) template(at string, t TaskTemplate) TaskTemplate {
	t.Title = c.title(at+"title", t.Title)
	t.Description = c.optional(at+"description", t.Description, MaxDescription)
	t.Group = c.group(at+"group", t.Group)
	if m := t.DueAfterMinutes; m != nil && (*m < 1 || *m > MaxDueAfter) {
		c.fail(at+"dueAfterMinutes", "dueAfterMinutes must be from 1 to %d", MaxDueAfter)
	}
	if t.AssigneeID != nil {
		c.plain(at+"assigneeId", *t.AssigneeID, MaxTitle)
		if t.AssignToOwner {
			c.fail(at+"assignToOwner", "give assigneeId or assignToOwner, not both")
		}
	}
	return t
}

// group returns a phase without surrounding white space; empty counts as none.
func (c *checker) group(field string, s *string) *string {
	if s == nil {
		return nil
	}
	trimmed := strings.TrimSpace(*s)
	return c.optional(field, &trimmed, MaxGroup)
}

// input is the playbook as it would be given.
func (p *Playbook) input() PlaybookInput {
	in := PlaybookInput{Name: p.Name, Description: p.Description, Steps: make([]PlaybookStepInput, len(p.Steps))}
	for n := range p.Steps {
		s := &p.Steps[n]
		in.Steps[n] = PlaybookStepInput{
			Title: s.Title, Description: s.Description, Group: s.Group,
			DueAfterMinutes: s.DueAfterMinutes, AssigneeID: s.AssigneeID,
		}
		if s.Mandatory {
			in.Steps[n].Mandatory = &s.Mandatory
		}
		if s.AssignToOwner {
			in.Steps[n].AssignToOwner = &s.AssignToOwner
		}
		if s.Key != s.Title {
			in.Steps[n].Key = &s.Key
		}
	}
	return in
}
