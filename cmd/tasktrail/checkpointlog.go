package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"tasktrail/audit"
)

// checkpointLog is where checkpoints are kept outside the database: a file that
// is only ever appended to, or a stream. Each is a signed note and an empty line.
type checkpointLog struct {
	path string
	to   io.Writer
	file *os.File // nil for what cannot be read back and synced
	last string   // the newest whole note in the file
	torn int64    // how many bytes of an entry cut short the file ends with
	rest []byte   // of an entry, or before the next one, that is still to be written
}

// tailBytes is how much of the end of a file is looked at: room for its last
// notes, however many keys signed them.
const tailBytes = 64 << 10

// openCheckpointLog opens a file for appending, making it when it is not there,
// or with "-" standard output. An entry cut short, as a crash may leave one, is
// taken off.
func openCheckpointLog(path string, stdout io.Writer, trail audit.TrailID) (*checkpointLog, error) {
	l := &checkpointLog{path: path, to: stdout}
	if path == "-" {
		return l, nil
	}
	cannot := func(err error) error { return fmt.Errorf("the checkpoint log %s cannot be used: %w", path, err) }
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		stream, err := os.OpenFile(path, os.O_WRONLY, 0) //nolint:gosec // the path is the operator's
		if err != nil {
			return nil, cannot(err)
		}
		l.to = stream
		return l, nil
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o644) //nolint:gosec // what is in it is public, the path is the operator's
	if err != nil {
		return nil, cannot(err)
	}
	l.to, l.file = f, f
	if err := errors.Join(l.find(trail), syncDirectory(path)); err != nil {
		return nil, cannot(errors.Join(err, f.Close()))
	}
	return l, nil
}

var errNoCheckpointLog = errors.New("it holds something else than checkpoints of this trail, or was damaged: keep it, and start a new file with --checkpoint-log")

// find finds the last whole entry.
func (l *checkpointLog) find(trail audit.TrailID) error {
	size, err := l.file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	from := max(0, size-tailBytes)
	data := make([]byte, size-from)
	if _, err := l.file.ReadAt(data, from); err != nil {
		return err
	}
	text, begin := string(data), trail.Origin()+"\n"
	if from > 0 { // in the middle of an entry
		_, behind, ok := strings.Cut(text, "\n\n"+begin)
		if !ok {
			return errNoCheckpointLog
		}
		text = begin + behind
	}
	for {
		text = strings.TrimLeft(text, "\n")
		note, rest, ok := audit.CutNote(text)
		if !ok {
			break
		}
		l.last, text = note, rest
	}
	switch {
	case text == "":
		if l.last != "" && !strings.HasSuffix(string(data), "\n\n") {
			l.rest = []byte("\n")
		}
		return nil
	case len(text) >= len(begin) && !strings.HasPrefix(text, begin), len(text) < len(begin) && !strings.HasPrefix(begin, text),
		strings.Contains(text, "\n\n"+begin):
		return errNoCheckpointLog
	}
	l.torn = int64(len(text))
	return nil
}

// check compares the newest whole entry with the trail. After that it takes off
// what a crash may have left of a later one.
func (l *checkpointLog) check(ctx context.Context, s audit.TreeStore, keys audit.Keys) error {
	if l.last == "" {
		return l.mend()
	}
	stated, err := keys.Open(l.last)
	if errors.Is(err, audit.ErrCheckpointUnsigned) { // by a key of former times
		stated, err = audit.ReadCheckpoint(l.last)
	}
	if err == nil {
		_, err = audit.LoadCheckedTree(ctx, s, stated)
	}
	if audit.IsContradiction(err) {
		return fmt.Errorf("the trail in the database does not contain the last checkpoint in %s, so nothing is signed and nothing written: "+
			"keep the file and the database as they are, and find out what happened, see docs/checkpoints.md; "+
			"to go on with this trail deliberately, start a new file with --checkpoint-log: %w", l.path, err)
	}
	if err != nil {
		return err
	}
	return l.mend()
}

func (l *checkpointLog) mend() error {
	if l.torn == 0 {
		return nil
	}
	size, err := l.file.Seek(0, io.SeekEnd)
	if err == nil {
		err = l.file.Truncate(size - l.torn)
	}
	if err != nil {
		return fmt.Errorf("the last entry of the checkpoint log %s is cut short and cannot be taken off: keep the file, and start a new one with --checkpoint-log: %w", l.path, err)
	}
	return nil
}

// size is that of the newest whole entry, 0 when there is none.
func (l *checkpointLog) size() int64 {
	c, _ := audit.ReadCheckpoint(l.last)
	return c.Size
}

// append writes a signed note durably, after what is left of the one before it.
func (l *checkpointLog) append(note string) error {
	if note != l.last { // else it is tried again
		l.rest, l.last = append(l.rest, note+"\n"...), note
	}
	n, err := l.to.Write(l.rest)
	l.rest = l.rest[n:]
	if err == nil && l.file != nil {
		err = l.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("the checkpoint log %s cannot be written: %w", l.path, err)
	}
	return nil
}

func (l *checkpointLog) close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
