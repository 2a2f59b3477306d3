package audit

import "strings"

// maxNotes is the largest file of checkpoints that is read, in bytes.
const maxNotes = 64 << 20

// SplitNotes cuts text into the signed notes in it, which empty lines separate:
// a checkpoint as the API gives it out, or a file to which checkpoints were
// appended. A note is its text, an empty line and its signatures, each of which
// begins with an em dash (C2SP signed-note). The notes are not looked at
// further. The error is [ErrCheckpointMalformed] for text that is anything
// else, or nothing.
func SplitNotes(text string) ([]string, error) {
	if len(text) > maxNotes {
		return nil, ErrCheckpointMalformed
	}
	var notes []string
	var blocks []string // of the note that is read: text, then signatures
	for block := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		block = strings.Trim(block, "\n")
		if block == "" {
			continue
		}
		signatures := strings.HasPrefix(block, "— ")
		if signatures != (len(blocks) == 1) {
			return nil, ErrCheckpointMalformed
		}
		if blocks = append(blocks, block); signatures {
			notes = append(notes, blocks[0]+"\n\n"+block+"\n")
			blocks = nil
		}
	}
	if len(blocks) > 0 || len(notes) == 0 {
		return nil, ErrCheckpointMalformed
	}
	return notes, nil
}
