package importer

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"tasktrail/incident"
)

// isCaseTemplate knows the type that TheHive gives its templates.
func isCaseTemplate(o object) bool {
	return strings.EqualFold(strings.Trim(string(o["_type"]), `"`), "CaseTemplate")
}

// stamps are fields that TheHive sets itself.
var stamps = []string{
	"_id", "_type", "_createdBy", "_updatedBy", "_createdAt", "_updatedAt", "_routing", "_parent", "_version",
	"id", "createdBy", "updatedBy", "createdAt", "updatedAt", "extraData", "severityLabel", "tlpLabel", "papLabel",
}

// decodeTheHive reads the format "thehive": one case template or a list.
func decodeTheHive(data []byte, f *faults) *Definitions {
	b := newBuilder()
	if parseObject(data) != nil {
		b.caseTemplate("the file", data, f)
		return b.definitions(f, "case template")
	}
	list := parseList(data)
	if list == nil {
		f.add("the file", "it must be a case template, or a list of them")
	}
	if len(list) > incident.MaxPlaybooks {
		f.add("the file", "there can be at most %d case templates in it, these are %d", incident.MaxPlaybooks, len(list))
		return nil
	}
	for i, item := range list {
		b.caseTemplate(fmt.Sprintf("[%d]", i), item, f)
	}
	return b.definitions(f, "case template")
}

// caseTemplate makes a playbook of a template.
func (b *builder) caseTemplate(place string, data []byte, f *faults) {
	o := parseObject(data)
	name, shown := pick[string](o, "name"), pick[string](o, "displayName")
	title := strings.TrimSpace(shown.value)
	if title == "" {
		title = strings.TrimSpace(name.value)
	}
	if title == "" {
		f.add(place, "it is no case template: it has neither a name nor a displayName")
		return
	}
	if utf8.RuneCountInString(title) > incident.MaxTitle {
		f.add(place, "a name must have at most %d characters", incident.MaxTitle)
		return
	}
	at := fmt.Sprintf("playbook %q", title)
	description, tasks := pick[string](o, "description"), pick[[]json.RawMessage](o, "tasks")
	if description.odd || tasks.odd {
		f.add(place, "its description must be a text, and its tasks a list")
		return
	}
	if len(tasks.value) == 0 {
		b.note(at, "it was left out, because it has no tasks")
		return
	}
	p := incident.PlaybookInput{Name: b.playbooks.names.unique(title)}
	if p.Name != title {
		b.note(at, "another playbook has this name, so it is called %q", p.Name)
		at = fmt.Sprintf("playbook %q", p.Name)
	}
	if name.value != "" && strings.TrimSpace(name.value) != title {
		b.note(at, "its other name %q was not carried over", brief(name.value))
	}
	p.Description = b.description(at, description.value)
	o.drop(stamps...)
	o.drop("status")
	for _, left := range o.rest() {
		b.note(at, "%s has no counterpart", left)
	}

	if n := len(tasks.value); n > incident.MaxSteps {
		f.add(place, "there can be at most %d tasks in it, these are %d", incident.MaxSteps, n)
		return
	}
	var items []object
	for _, item := range tasks.value {
		items = append(items, parseObject(item))
	}
	keys := names{}
	for i, task := range sorted(items) {
		step, ok := b.caseTask(fmt.Sprintf("%s, step %d", at, i+1), task)
		if !ok {
			f.add(place, "the task that comes %d. has no title, or something else of it is of another type than in TheHive", i+1)
			continue
		}
		p.Steps = addStep(p.Steps, keys, step)
	}
	b.addPlaybook(place, p)
}

// caseTask makes a step of a task.
func (b *builder) caseTask(at string, o object) (step incident.PlaybookStepInput, ok bool) {
	title, description := pick[string](o, "title"), pick[string](o, "description")
	group, mandatory := pick[string](o, "group"), pick[bool](o, "mandatory")
	if strings.TrimSpace(title.value) == "" || description.odd || group.odd || mandatory.odd {
		return step, false
	}
	step.Title, step.Description = b.words(at, title.value, description.value)
	if name := strings.TrimSpace(group.value); name != "" {
		if short := cutRunes(name, incident.MaxGroup); short != name {
			b.note(at, "the name of its group was cut to %d characters", incident.MaxGroup)
			name = short
		}
		step.Group = &name
	}
	if mandatory.value {
		step.Mandatory = new(true)
	}
	if string(o["status"]) == `"Waiting"` { // as that of every new task
		o.drop("status")
	}
	o.drop(stamps...)
	for _, left := range o.rest() {
		b.note(at, "%s has no counterpart", left)
	}
	return step, true
}
