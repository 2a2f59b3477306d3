package incident

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tasktrail/audit"
)

// Limits of a filter given as text.
const (
	maxFilterValues = 100 // in a list
	maxFilterLength = 200 // characters of a value
)

// FilterText is an [AuditEventFilter] as texts, named like the fields of the
// API. What is empty chooses all. In JSON, in its canonical form, it stands in
// exports.
type FilterText struct {
	IncidentID string   `json:"incidentId,omitempty"`
	TaskID     string   `json:"taskId,omitempty"`
	SubjectID  string   `json:"subjectId,omitempty"`
	ActorID    string   `json:"actorId,omitempty"`
	ActorKind  []string `json:"actorKind,omitempty"` // any of them, likewise below
	Actions    []string `json:"actions,omitempty"`
	Fields     []string `json:"fields,omitempty"`
	Since      string   `json:"since,omitempty"` // RFC 3339, inclusive
	Until      string   `json:"until,omitempty"` // RFC 3339, exclusive
}

// Names lists the fields that are set, in the order of the API.
func (t FilterText) Names() []string {
	var names []string
	for _, field := range []struct {
		name string
		set  bool
	}{
		{"incidentId", t.IncidentID != ""},
		{"taskId", t.TaskID != ""},
		{"subjectId", t.SubjectID != ""},
		{"actorId", t.ActorID != ""},
		{"actorKind", len(t.ActorKind) > 0},
		{"actions", len(t.Actions) > 0},
		{"fields", len(t.Fields) > 0},
		{"since", t.Since != ""},
		{"until", t.Until != ""},
	} {
		if field.set {
			names = append(names, field.name)
		}
	}
	return names
}

// Filter checks t and returns the filter with t in its canonical form: lists
// sorted and without doubles, times in UTC with six digits of the second. The
// error is an *[InputError].
func (t FilterText) Filter() (AuditEventFilter, FilterText, error) {
	var f AuditEventFilter
	for _, text := range []struct {
		name  string
		value string
		into  **string
	}{
		{"incidentId", t.IncidentID, &f.IncidentID},
		{"taskId", t.TaskID, &f.TaskID},
		{"subjectId", t.SubjectID, &f.SubjectID},
		{"actorId", t.ActorID, &f.ActorID},
	} {
		if err := checkFilterValue(text.name, text.value); err != nil {
			return f, t, err
		}
		if text.value != "" {
			*text.into = &text.value
		}
	}
	kinds := []string{string(KindUser), string(KindService), string(KindAutomationRule), string(KindPlaybook), string(KindSystem)}
	actions := make([]string, len(Actions))
	for n, a := range Actions {
		actions[n] = string(a)
	}
	for _, list := range []struct {
		name   string
		values *[]string
		known  []string // nil: any
		add    func(value string)
	}{
		{"actorKind", &t.ActorKind, kinds, func(v string) { f.ActorKind = append(f.ActorKind, ActorKind(v)) }},
		{"actions", &t.Actions, actions, func(v string) { f.Actions = append(f.Actions, audit.Action(v)) }},
		{"fields", &t.Fields, nil, func(v string) { f.Fields = append(f.Fields, v) }},
	} {
		if len(*list.values) > maxFilterValues {
			return f, t, &InputError{Path: []string{list.name}, Message: fmt.Sprintf("at most %d values, not %d", maxFilterValues, len(*list.values))}
		}
		*list.values = slices.Compact(slices.Sorted(slices.Values(*list.values)))
		for _, v := range *list.values {
			if err := checkFilterValue(list.name, v); err != nil {
				return f, t, err
			}
			if v == "" || (list.known != nil && !slices.Contains(list.known, v)) {
				return f, t, &InputError{Path: []string{list.name}, Message: "must be " + oneOf(list.known)}
			}
			list.add(v)
		}
	}
	var err error
	if f.Since, t.Since, err = filterTime("since", t.Since); err == nil {
		f.Until, t.Until, err = filterTime("until", t.Until)
	}
	return f, t, err
}

func oneOf(known []string) string {
	if known == nil {
		return "names of fields, none of them empty"
	}
	return "any of " + strings.Join(known, ", ")
}

func checkFilterValue(name, value string) error {
	if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return &InputError{Path: []string{name}, Message: "must be valid UTF-8 without the NUL character"}
	}
	if utf8.RuneCountInString(value) > maxFilterLength {
		return &InputError{Path: []string{name}, Message: fmt.Sprintf("must be at most %d characters long", maxFilterLength)}
	}
	return nil
}

func filterTime(name, text string) (*time.Time, string, error) {
	if text == "" {
		return nil, "", nil
	}
	var t time.Time
	err := t.UnmarshalText([]byte(text))
	t = t.UTC().Truncate(time.Microsecond)
	if err != nil || t.Year() < 0 || t.Year() > 9999 {
		return nil, "", &InputError{Path: []string{name}, Message: "must be RFC 3339 text with a zone, in the years 0 to 9999 UTC, such as 2026-01-02T03:04:05Z"}
	}
	return &t, t.Format("2006-01-02T15:04:05.000000Z"), nil
}

// JSON returns t as an object, {} when it chooses all. Of the same choice there
// is one text when t is in its canonical form.
func (t FilterText) JSON() []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(t) // texts alone: it cannot fail
	return bytes.TrimRight(b.Bytes(), "\n")
}

// ParseFilter reads what [FilterText.JSON] wrote of a canonical filter.
func ParseFilter(text []byte) (AuditEventFilter, FilterText, error) {
	var t FilterText
	if json.Unmarshal(text, &t) != nil {
		return AuditEventFilter{}, t, errors.New("no filter")
	}
	f, canonical, err := t.Filter()
	if err == nil && !bytes.Equal(canonical.JSON(), text) {
		err = errors.New("a filter in another form")
	}
	return f, canonical, err
}
