package importer

import (
	"fmt"
	"slices"

	"tasktrail/incident"
)

// decodeWatchlistPlaybooks reads the format "soc-recommended-actions" as
// playbooks, one for each alert, with a rule that applies it to new incidents
// with the title of the alert.
func decodeWatchlistPlaybooks(data []byte, f *faults) *Definitions {
	b := newBuilder()
	alerts := decodeWatchlist(data, f)
	if len(alerts) > incident.MaxPlaybooks && len(f.list) == 0 {
		f.add("the file", "there can be at most %d alerts in it, these are %d", incident.MaxPlaybooks, len(alerts))
	}
	for i, alert := range alerts {
		if n := len(alert.Tasks); n > incident.MaxSteps {
			f.add(fmt.Sprintf("alert %d", i+1), "there can be at most %d actions for one alert, these are %d", incident.MaxSteps, n)
		}
	}
	if len(f.list) > 0 {
		return nil
	}
	if len(alerts) > 0 {
		b.note("the file", "the dates of the rows were not carried over, if there are any")
	}
	// A rule compares titles whatever the case of their letters, and would
	// apply the lists of all that are the same to it.
	last := map[string]int{}
	for i, alert := range alerts {
		last[fold(alert.Title)] = i
	}
	for i, alert := range alerts {
		place := fmt.Sprintf("alert %d", i+1)
		if later := last[fold(alert.Title)]; later > i {
			b.superseded(fmt.Sprintf("%s %q", place, alert.Title), alert, fmt.Sprintf("alert %d %q", later+1, alerts[later].Title), alerts[later])
			continue
		}
		b.alert(place, alert)
	}
	return b.definitions(f, "alert")
}

// superseded notes an alert that is left out in favour of a later one, and
// what only it says. The two are revisions of one list, so to join them would
// double the steps whose words have changed.
func (b *builder) superseded(place string, alert Incident, laterPlace string, later Incident) {
	b.note(place, "rules ignore the case of letters, so only %s, which comes later, became a playbook", laterPlace)
	for _, t := range alert.Tasks {
		if !slices.ContainsFunc(later.Tasks, func(l Task) bool { return taskText(l) == taskText(t) }) {
			b.note(place, "the step %q stands only here, and was left out", taskText(t))
		}
	}
}

// taskText is the whole text of a task of a watchlist.
func taskText(t Task) string {
	if t.Description != nil {
		return *t.Description
	}
	return t.Title
}

// alert adds the playbook and the rule of one alert.
func (b *builder) alert(place string, alert Incident) {
	name := b.playbooks.names.unique(alert.Title)
	note := fmt.Sprintf("playbook %q", name)
	p := incident.PlaybookInput{Name: name, Description: alert.Description}
	keys := names{}
	for i, t := range alert.Tasks {
		if t.Description != nil {
			b.note(fmt.Sprintf("%s, step %d", note, i+1), "the title is too long, or has several lines, and was cut; the description has the whole of it")
		}
		p.Steps = addStep(p.Steps, keys, incident.PlaybookStepInput{Title: t.Title, Description: t.Description})
	}
	b.addPlaybook(place, p)
	if alert.Description != nil {
		b.note(note, "no incident can have a title as long as that of the alert, so there is no rule that applies the playbook")
		return
	}
	b.addTitleRule(place, alert.Title, name)
}
