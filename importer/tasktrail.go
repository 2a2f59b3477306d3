package importer

import (
	"slices"
	"strings"
	"time"

	"tasktrail/incident"
)

// tasktrailReader reads the format "tasktrail".
type tasktrailReader struct{ *jsonReader }

func decodeTasktrail(data []byte, f *faults) (incidents []Incident) {
	r := tasktrailReader{newJSONReader(data, f)}
	place, has := r.object("", map[string]func(string){
		"incidents": func(path string) {
			r.array(path, MaxIncidents, func(path string) { incidents = append(incidents, r.incident(path)) })
		},
	})
	r.require(place, has, "incidents")
	return incidents
}

func (r tasktrailReader) incident(path string) (inc Incident) {
	place, has := r.object(path, map[string]func(string){
		"title":       func(path string) { inc.Title = r.title(path) },
		"description": func(path string) { inc.Description = r.description(path) },
		"severity":    func(path string) { inc.Severity = r.severity(path) },
		"labels": func(path string) {
			r.array(path, incident.MaxLabels, func(path string) { inc.Labels = append(inc.Labels, r.label(path)) })
		},
		"tasks": func(path string) {
			r.array(path, incident.MaxTasks, func(path string) { inc.Tasks = append(inc.Tasks, r.task(path)) })
		},
	})
	r.require(place, has, "title", "severity")
	return inc
}

func (r tasktrailReader) task(path string) (t Task) {
	place, has := r.object(path, map[string]func(string){
		"title":       func(path string) { t.Title = r.title(path) },
		"description": func(path string) { t.Description = r.description(path) },
		"mandatory":   func(path string) { t.Mandatory = r.boolean(path) },
		"dueAt":       func(path string) { t.DueAt = r.moment(path) },
	})
	r.require(place, has, "title")
	return t
}

// require records a fault for each name that an object lacks. A nil has means
// that it was no object, which is a fault already.
func (r tasktrailReader) require(place string, has map[string]bool, names ...string) {
	for _, name := range names {
		if has != nil && !has[name] {
			r.faults.add(place, "the field %q is missing", name)
		}
	}
}

func (r tasktrailReader) title(path string) string {
	s, ok := r.text(path)
	if !ok {
		return ""
	}
	return r.faults.checkTitle(r.place(path), s)
}

func (r tasktrailReader) description(path string) *string {
	s, ok := r.textOrNull(path)
	if !ok {
		return nil
	}
	r.faults.checkText(r.place(path), s, incident.MaxDescription)
	return &s
}

func (r tasktrailReader) label(path string) string {
	s, ok := r.text(path)
	if !ok {
		return ""
	}
	s = strings.TrimSpace(s)
	if s == "" {
		r.faults.add(r.place(path), "a label must have from 1 to %d characters besides white space", incident.MaxLabel)
	}
	r.faults.checkText(r.place(path), s, incident.MaxLabel)
	return s
}

func (r tasktrailReader) severity(path string) incident.IncidentSeverity {
	s, ok := r.text(path)
	severity := incident.IncidentSeverity(s)
	if ok && !slices.Contains(incident.Severities, severity) {
		r.faults.add(r.place(path), "it must be one of %v", incident.Severities)
	}
	return severity
}

// moment reads a time.
func (r tasktrailReader) moment(path string) *time.Time {
	s, ok := r.textOrNull(path)
	if !ok {
		return nil
	}
	t, ok := parseMoment(s)
	if !ok {
		r.faults.add(r.place(path), momentForm)
		return nil
	}
	return &t
}

// momentForm is what [parseMoment] reads.
const momentForm = "it must be a time as in RFC 3339, such as 2026-03-01T09:00:00Z, in the years 1 to 9999"

// parseMoment reads a time into the form that is stored: UTC, whole
// microseconds.
func parseMoment(s string) (time.Time, bool) {
	// UnmarshalText, because time.Parse takes more than RFC 3339 allows.
	var t time.Time
	err := t.UnmarshalText([]byte(s))
	t = t.UTC().Truncate(time.Microsecond)
	return t, err == nil && t.Year() >= 1 && t.Year() <= 9999
}
