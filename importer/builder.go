package importer

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"tasktrail/incident"
)

// builder puts a bundle together from the file of another product.
type builder struct {
	bundle    incident.Bundle
	notes     []Note
	playbooks catalog
	rules     catalog
}

// catalog remembers the definitions of a kind.
type catalog struct {
	names  names
	places []string // in the file, by index
}

func newBuilder() *builder {
	return &builder{playbooks: catalog{names: names{}}, rules: catalog{names: names{}}}
}

func (b *builder) note(place, format string, args ...any) {
	b.notes = append(b.notes, Note{place, fmt.Sprintf(format, args...)})
}

// addPlaybook and addRule take definitions whose names are not in use.
func (b *builder) addPlaybook(place string, p incident.PlaybookInput) {
	b.bundle.Playbooks = append(b.bundle.Playbooks, p)
	b.playbooks.places = append(b.playbooks.places, place)
}

func (b *builder) addRule(place string, r incident.RuleInput) {
	b.bundle.Rules = append(b.bundle.Rules, r)
	b.rules.places = append(b.rules.places, place)
}

// addTitleRule adds the rule that applies a playbook to new incidents of a
// title, in exactly these letters or whatever their case.
func (b *builder) addTitleRule(place, title, playbook string, exactly bool) {
	b.addRule(place, incident.RuleInput{
		Name:    b.rules.names.unique(title),
		Trigger: incident.OnIncidentCreated,
		Condition: &incident.Condition{Property: &incident.PropertyCondition{
			Property:  incident.PropIncidentTitle,
			ValueTest: incident.ValueTest{Operator: incident.OpEquals, Values: []string{title}, CaseSensitive: exactly},
		}},
		Actions: []incident.RuleAction{{ApplyPlaybook: &incident.ApplyPlaybookAction{PlaybookID: playbook}}},
	})
}

// definitions ends the building. what the file should have held is for the
// fault of one that holds none of it.
func (b *builder) definitions(f *faults, what string) *Definitions {
	if len(b.bundle.Playbooks)+len(b.bundle.Rules)+len(b.notes) == 0 && len(f.list) == 0 {
		f.add("the file", "there is no %s in it", what)
	}
	return &Definitions{Bundle: b.bundle, Notes: b.notes, place: b.place}
}

// place finds the place in the file of a path in the bundle.
func (b *builder) place(path []string) string {
	places := map[string][]string{"playbooks": b.playbooks.places, "rules": b.rules.places}
	if len(path) > 1 {
		var i int
		if _, err := fmt.Sscan(path[1], &i); err == nil && i >= 0 && i < len(places[path[0]]) {
			return strings.TrimSuffix(places[path[0]][i]+", "+dotted(path[2:]), ", ")
		}
	}
	if len(path) == 0 {
		return "the file"
	}
	return dotted(path)
}

// words makes the title and description of a task from those of another
// product. What is too long for a title is cut at a word, and stands whole at
// the top of the description.
func (b *builder) words(place, title, description string) (string, *string) {
	short, whole := entitle(title)
	if whole != nil {
		b.note(place, "the title is too long, or has several lines, and was cut; the description begins with the whole of it")
		if description != "" {
			description = *whole + "\n\n" + description
		} else {
			description = *whole
		}
	}
	return short, b.description(place, description)
}

// description keeps a text as it is, as long as it is not too long.
func (b *builder) description(place, text string) *string {
	if text == "" {
		return nil
	}
	if n := utf8.RuneCountInString(text); n > incident.MaxDescription {
		b.note(place, "the description has %d characters; those after the first %d were cut off", n, incident.MaxDescription)
		text = string([]rune(text)[:incident.MaxDescription])
	}
	return &text
}

// addStep appends a step, and gives it a key of its own should its title be
// that of another one.
func addStep(steps []incident.PlaybookStepInput, keys names, step incident.PlaybookStepInput) []incident.PlaybookStepInput {
	if key := keys.unique(step.Title); key != step.Title {
		step.Key = &key
	}
	return append(steps, step)
}

// names are names in use. Those that differ only in the case of letters count
// as the same: in a list nobody tells them apart.
type names map[string]bool

// unique returns the name, or when it is in use that with a number behind it:
// "name (2)". Then that is in use too.
func (n names) unique(name string) string {
	free := name
	for i := 2; n[incident.FoldCase(free)]; i++ {
		suffix := fmt.Sprintf(" (%d)", i)
		free = cutRunes(name, incident.MaxTitle-len(suffix)) + suffix
	}
	n[incident.FoldCase(free)] = true
	return free
}

// cutRunes returns the first n characters of s, without white space at the end
// when it is cut.
func cutRunes(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return strings.TrimRightFunc(string([]rune(s)[:n]), unicode.IsSpace)
}
