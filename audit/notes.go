package audit

import "strings"

// SplitNotes returns the signed notes in a text that holds one, or several
// parted by empty lines, in their order. It checks their form, not their
// signatures, see [Keys.Open]. Whatever else is in the text, a note cut short
// too, is [ErrCheckpointMalformed], and so is a text without any.
func SplitNotes(text string) ([]string, error) {
	var notes []string
	for text = strings.TrimLeft(text, "\n"); text != ""; {
		signed, rest, ok := CutNote(text)
		if !ok {
			return nil, ErrCheckpointMalformed
		}
		notes, text = append(notes, signed), rest
	}
	if notes == nil {
		return nil, ErrCheckpointMalformed
	}
	return notes, nil
}

// CutNote returns the signed note of a checkpoint that text begins with, and
// what comes behind it and the empty lines that end it. It is false where text
// begins with anything else, or ends before the note does.
func CutNote(text string) (signed, rest string, ok bool) {
	body, signatures, found := strings.Cut(text, "\n\n")
	if !found {
		return "", text, false
	}
	end := len(body) + len("\n\n")
	start := end
	for line := range strings.Lines(signatures) {
		if !strings.HasPrefix(line, "— ") {
			break
		}
		if !strings.HasSuffix(line, "\n") {
			return "", text, false
		}
		end += len(line)
	}
	signed, rest = text[:end], text[end:]
	if end == start || (rest != "" && rest[0] != '\n') {
		return "", text, false
	}
	if _, err := ReadCheckpoint(signed); err != nil {
		return "", text, false
	}
	return signed, strings.TrimLeft(rest, "\n"), true
}
