package audit

import "strings"

// SplitNotes returns the signed notes that stand one behind the other in a
// text, such as a file to which checkpoints are appended. Empty lines before,
// between and behind them are left out. The error is [ErrCheckpointMalformed].
func SplitNotes(text string) ([]string, error) {
	var notes []string
	var body, signatures strings.Builder
	signed := false // the empty line before the signatures was there
	end := func() error {
		if body.Len() == 0 {
			return nil
		}
		if signatures.Len() == 0 {
			return ErrCheckpointMalformed
		}
		notes = append(notes, body.String()+"\n"+signatures.String())
		body.Reset()
		signatures.Reset()
		signed = false
		return nil
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		signature := strings.HasPrefix(line, "— ")
		switch {
		case line == "" && body.Len() > 0 && !signed:
			signed = true
			continue
		case signed && signature:
			signatures.WriteString(line + "\n")
			continue
		case signature:
			return nil, ErrCheckpointMalformed
		case signed:
			if err := end(); err != nil {
				return nil, err
			}
		}
		if line != "" {
			body.WriteString(line + "\n")
		}
	}
	if err := end(); err != nil {
		return nil, err
	}
	if len(notes) == 0 {
		return nil, ErrCheckpointMalformed
	}
	return notes, nil
}
