package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"tasktrail/audit"
	"tasktrail/db"
)

// verdict is the result of a verification. It is printed as JSON with --json.
type verdict struct {
	OK          bool   `json:"ok"` // everything was checked, and nothing was wrong
	Trail       string `json:"trail,omitempty"`
	Events      int64  `json:"events"`
	Head        string `json:"headHash,omitempty"`
	Root        string `json:"rootHash,omitempty"`
	Incidents   int    `json:"incidents"`
	Tasks       int    `json:"tasks"`
	Definitions int    `json:"definitions"` // playbooks, rules and webhooks

	Checkpoints        int `json:"checkpoints"`        // stored
	OutsideCheckpoints int `json:"outsideCheckpoints"` // kept outside
	Tiles              int `json:"tiles"`              // of the tree, stored

	RedactedEvents int `json:"redactedEvents"`
	LostFields     int `json:"lostFields"` // that cannot be compared since the redactions
	LostThings     int `json:"lostThings"` // that these belong to
	LostOrders     int `json:"lostOrders"` // task lists whose order cannot be compared

	// What was found wrong first; only the last fields that apply are set.
	Position int64  `json:"position,omitempty"`
	Thing    string `json:"thing,omitempty"`
	Field    string `json:"field,omitempty"`
	Expected string `json:"expected,omitempty"`
	Found    string `json:"found,omitempty"`

	Unchecked []string `json:"unchecked,omitempty"` // what could not be checked
	Error     string   `json:"error,omitempty"`     // why it ended before the end, or with a no
}

// newVerdict says what a verification gave and what it ended with.
func newVerdict(checked db.Verified, err error) verdict {
	v := verdict{
		OK: err == nil, Events: checked.Head.Position, Incidents: checked.Incidents, Tasks: checked.Tasks, Definitions: checked.Definitions,
		Checkpoints: checked.Checkpoints, OutsideCheckpoints: checked.Outside, Tiles: checked.Tiles,
		RedactedEvents: checked.Redacted, LostFields: checked.Lost.Fields, LostThings: checked.Lost.Things, LostOrders: checked.Lost.Lists,
	}
	if v.Events > 0 {
		v.Trail, v.Head = checked.Head.Trail.String(), checked.Head.Hash.String()
	}
	if !checked.Root.IsZero() {
		v.Root = checked.Root.String()
	}
	if err == nil {
		return v
	}
	v.Error = err.Error()
	var fault *audit.Fault
	var difference *db.Difference
	switch {
	case errors.As(err, &fault):
		v.Position, v.Field, v.Expected, v.Found = fault.Position, fault.Field, fault.Expected, fault.Found
	case errors.As(err, &difference):
		v.Thing, v.Field, v.Expected, v.Found = difference.What, difference.Field, difference.Expected, difference.Found
	default:
		v.Unchecked = []string{fmt.Sprintf("what comes behind position %d", v.Events)}
	}
	return v
}

// unchecked adds something that could not be checked.
func (v *verdict) unchecked(what string) {
	v.OK = false
	v.Unchecked = append(v.Unchecked, what)
}

// err is what the command ends with, given what the verification ended with.
func (v *verdict) err(err error) error {
	switch {
	case err != nil && v.Field != "":
		return answerIsNo(fmt.Errorf("verification failed: %w", err))
	case err != nil:
		return fmt.Errorf("could not verify to the end: %w", err)
	case len(v.Unchecked) > 0:
		return fmt.Errorf("nothing wrong was found, but not everything could be checked: %s", strings.Join(v.Unchecked, "; "))
	}
	return nil
}

// print says in words what was checked, for a verification that went to the end.
func (v *verdict) print(w io.Writer) {
	result := "ok"
	if !v.OK {
		result = "not everything could be checked"
	}
	fmt.Fprintf(w, "%s: %d events, an unbroken chain; %d incidents, %d tasks and %d definitions are what the trail makes of them\n",
		result, v.Events, v.Incidents, v.Tasks, v.Definitions)
	if v.RedactedEvents > 0 {
		fmt.Fprintf(w, "redacted: %d events, as others record; what they said cannot be compared any more: %d fields of %d things, and the order of %d task lists\n",
			v.RedactedEvents, v.LostFields, v.LostThings, v.LostOrders)
	}
	switch {
	case v.OutsideCheckpoints > 0:
		fmt.Fprintf(w, "checkpoints: %d stored and %d kept outside are true of the trail\n", v.Checkpoints, v.OutsideCheckpoints)
	case v.Checkpoints > 0:
		fmt.Fprintf(w, "checkpoints: %d stored are true of the trail; only one kept outside (--checkpoint) shows that they were not all made anew, or the end cut off with them\n", v.Checkpoints)
	default:
		fmt.Fprintln(w, "checkpoints: none; nothing shows that the end of the trail was not cut off, unless one was kept outside (--checkpoint)")
	}
	for _, what := range v.Unchecked {
		fmt.Fprintln(w, "unchecked:", what)
	}
	if v.Head != "" {
		fmt.Fprintln(w, "head:", v.Head)
	}
	fmt.Fprintln(w, "root:", v.Root)
}
