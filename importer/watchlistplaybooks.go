package importer

import (
	"fmt"

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
	// Rules compare titles whatever the case of their letters, and would apply
	// the lists of all that are the same to them; where that would be several,
	// the letters count.
	twins := map[string]int{}
	for _, alert := range alerts {
		twins[incident.FoldCase(alert.Title)]++
	}
	for i, alert := range alerts {
		b.alert(fmt.Sprintf("alert %d", i+1), alert, twins[incident.FoldCase(alert.Title)] > 1)
	}
	return b.definitions(f, "alert")
}

// alert adds the playbook and the rule of one alert.
func (b *builder) alert(place string, alert Incident, exactly bool) {
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
	b.addTitleRule(place, alert.Title, name, exactly)
}
