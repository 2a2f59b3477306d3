package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"tasktrail/audit"
	"tasktrail/incident"
)

// maxCheckpoints is the size of the largest file of checkpoints, in bytes.
const maxCheckpoints = 16 << 20

// fileVerdict is the result of verifying an export. It is printed as JSON with
// --json.
type fileVerdict struct {
	OK         bool   `json:"ok"`
	Trail      string `json:"trail,omitempty"`
	Complete   bool   `json:"complete"` // the whole trail up to the checkpoint
	Filter     string `json:"filter,omitempty"`
	Events     int64  `json:"events"`
	First      int64  `json:"firstPosition,omitempty"`
	Last       int64  `json:"lastPosition,omitempty"`
	Redacted   int64  `json:"redacted"`
	Checkpoint int64  `json:"checkpointSize,omitempty"`
	Root       string `json:"checkpointRoot,omitempty"`
	Outside    int    `json:"outsideCheckpointsAgreeing"`

	Unchecked []int64  `json:"outsideCheckpointsUnchecked,omitempty"` // their sizes
	NotShown  []string `json:"notShown,omitempty"`

	// What was found wrong first; only the fields that apply are set.
	Line     int64  `json:"line,omitempty"`
	Position int64  `json:"position,omitempty"`
	Field    string `json:"field,omitempty"`
	Expected string `json:"expected,omitempty"`
	Found    string `json:"found,omitempty"`
}

// runFile verifies an export. It opens no database.
func (c *verifyCmd) runFile(ctx context.Context, out output) error {
	check := audit.ExportCheck{Matches: filterMatches}
	var err error
	if check.Keys, err = readKeys(c.Key); errors.Is(err, fs.ErrNotExist) {
		return usedWrongly(fmt.Errorf("%w: give the public key of the checkpoints with --key FILE", err))
	} else if err != nil {
		return err
	}
	if c.Checkpoint != "" {
		if check.Outside, err = readNotes(c.Checkpoint); err != nil {
			return err
		}
	}
	file, err := os.Open(c.File)
	if err != nil {
		return usedWrongly(fmt.Errorf("the file cannot be read: %w", err))
	}
	defer func() { _ = file.Close() }()

	bar := newProgress(out.stderr, -1, "positions")
	check.Progress = func(position int64) { _ = bar.Set64(position) }
	report, err := audit.VerifyExport(stoppable{ctx, file}, check)
	_ = bar.Finish()
	if errors.Is(err, audit.ErrNotExport) {
		err = usedWrongly(fmt.Errorf("%s is %w", c.File, err))
		if c.JSON {
			err = errors.Join(json.NewEncoder(out.stdout).Encode(fileVerdict{Field: "format", Found: errors.Unwrap(err).Error()}), err)
		}
		return err
	}
	fault, isFault := errors.AsType[*audit.ExportFault](err)
	if err != nil && !isFault {
		return fmt.Errorf("could not verify to the end: %w", err)
	}
	v := verdictOf(report, fault, len(check.Outside))
	if c.JSON {
		if err := json.NewEncoder(out.stdout).Encode(v); err != nil {
			return err
		}
	} else {
		v.say(out.stdout)
	}
	switch {
	case isFault:
		return answerIsNo(fmt.Errorf("verification failed: %w", fault))
	case len(v.Unchecked) > 0:
		return fmt.Errorf("the checkpoint of %d events that was kept outside could not be checked, as this export is not the whole trail: "+
			"check it with a complete export, or take this one again while that is the newest checkpoint", v.Unchecked[0])
	}
	return nil
}

func filterMatches(text []byte) (func(*audit.Event) bool, error) {
	f, _, err := incident.ParseFilter(text)
	return f.Matches, err
}

// readNotes reads one or more checkpoints.
func readNotes(path string) ([]string, error) {
	file, err := os.Open(path) //nolint:gosec // the path is the operator's
	if err != nil {
		return nil, usedWrongly(fmt.Errorf("the checkpoints cannot be read: %w", err))
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxCheckpoints+1))
	if err != nil {
		return nil, fmt.Errorf("the checkpoints cannot be read: %w", err)
	}
	if len(text) > maxCheckpoints {
		return nil, usedWrongly(fmt.Errorf("%s is larger than %d bytes, the most there may be of checkpoints", path, maxCheckpoints))
	}
	notes, err := audit.SplitNotes(string(text))
	if err != nil {
		return nil, answerIsNo(fmt.Errorf("%s: %w", path, err))
	}
	return notes, nil
}

func verdictOf(r audit.ExportReport, fault *audit.ExportFault, outside int) fileVerdict {
	v := fileVerdict{
		OK: fault == nil && len(r.Unchecked) == 0, Complete: r.Head.Complete(), Events: r.Count, First: r.First, Last: r.Last,
		Redacted: r.Redacted, Outside: r.Outside,
	}
	if r.Head.Note != "" {
		v.Trail, v.Checkpoint, v.Root = r.Head.Checkpoint.Trail.String(), r.Head.Checkpoint.Size, r.Head.Checkpoint.Root.String()
		v.Filter = string(r.Head.Filter)
	}
	for _, c := range r.Unchecked {
		v.Unchecked = append(v.Unchecked, c.Size)
	}
	if fault != nil {
		v.Line, v.Position, v.Field, v.Expected, v.Found = fault.Line, fault.Position, fault.Field, fault.Expected, fault.Found
		return v
	}
	if !r.Head.Unfiltered() {
		v.NotShown = append(v.NotShown, "that nothing was left out that the filter chooses")
	} else if !v.Complete {
		v.NotShown = append(v.NotShown, fmt.Sprintf("what stands at positions up to %d", r.Head.After))
	}
	if !v.Complete && r.Redacted > 0 {
		v.NotShown = append(v.NotShown, "by whom and why payloads were redacted, unless those events are here")
	}
	if outside == 0 {
		v.NotShown = append(v.NotShown, "that whoever holds the key has not made another trail than the one you saw before: keep checkpoints outside and give them with --checkpoint")
	}
	v.NotShown = append(v.NotShown, fmt.Sprintf("what happened after position %d", v.Checkpoint))
	return v
}

// say tells a person what was shown and what was not.
func (v fileVerdict) say(w io.Writer) {
	if v.Line > 0 {
		return // the error says it
	}
	result := "ok"
	if !v.OK {
		result = "not all could be checked"
	}
	fmt.Fprintf(w, "%s: %d events", result, v.Events)
	if v.Events > 0 {
		fmt.Fprintf(w, ", positions %d to %d", v.First, v.Last)
	}
	fmt.Fprintf(w, ", of trail %s\ncheckpoint: %d events, root %s, signed by a key given\n", v.Trail, v.Checkpoint, v.Root)
	if v.Complete {
		fmt.Fprintln(w, "shown: this is the whole trail up to the checkpoint; no event was altered, removed, inserted or moved")
	} else {
		fmt.Fprintf(w, "shown: each event is in the trail that the checkpoint states, at its position and unaltered; the filter was %s\n", v.Filter)
	}
	if v.Outside > 0 {
		fmt.Fprintf(w, "shown: it agrees with %d checkpoints kept outside\n", v.Outside)
	}
	if v.Redacted > 0 {
		fmt.Fprintf(w, "redacted: %d events have no payload", v.Redacted)
		if v.Complete {
			fmt.Fprint(w, ", and an event says of each who removed it")
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "not shown: %s\n", strings.Join(v.NotShown, ";\n           "))
}
