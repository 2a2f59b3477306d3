package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrNotExport is wrapped when a file is no export of this format at all. The
// text is fit for users.
var ErrNotExport = errors.New("not a tasktrail export in JSON Lines")

// ExportFault is the first thing found wrong with an export. Position is 0
// where no event is meant.
type ExportFault struct {
	Line int64 // from 1
	Fault
}

func (f *ExportFault) Error() string {
	if f.Position > 0 {
		return fmt.Sprintf("line %d: %v", f.Line, &f.Fault)
	}
	return fmt.Sprintf("line %d: %s: expected %s, found %s", f.Line, f.Field, f.Expected, f.Found)
}

// exportReader reads an export line by line and checks its form, its order, its
// trailer and its digest.
type exportReader struct {
	r      *bufio.Reader
	long   []byte // a line that does not fit the buffer of r
	line   int64
	offset int64 // behind the last line
	seen   *ExportWriter
}

// newExportReader reads the head.
func newExportReader(r io.Reader) (*exportReader, error) {
	x := &exportReader{r: bufio.NewReaderSize(r, 64<<10)}
	start, err := x.r.Peek(32)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case len(start) == 0:
		return nil, fmt.Errorf("%w: the file is empty", ErrNotExport)
	case bytes.HasPrefix(start, []byte{0x1f, 0x8b}):
		return nil, fmt.Errorf("%w: it is compressed with gzip, decompress it first", ErrNotExport)
	case bytes.HasPrefix(start, []byte("\ufeff")), bytes.HasPrefix(start, []byte(`"position"`)), bytes.HasPrefix(start, []byte("position,")):
		return nil, fmt.Errorf("%w: it looks like CSV, which is for people; only the export in JSON Lines can be verified", ErrNotExport)
	}
	line, err := x.next()
	if err != nil {
		return nil, err
	}
	head, err := parseExportHead(line)
	if err != nil {
		return nil, err
	}
	x.seen = newExportWriter(head)
	x.took(line)
	return x, nil
}

func parseExportHead(line []byte) (ExportHead, error) {
	fault := func(field, expected, found string) error {
		return &ExportFault{1, Fault{Field: field, Expected: expected, Found: found}}
	}
	var l exportHeadLine
	if !bytes.HasPrefix(line, []byte(`{"format":`)) || json.Unmarshal(line, &l) != nil {
		return ExportHead{}, fmt.Errorf("%w: its first line is no head", ErrNotExport)
	}
	if l.Format != ExportFormat {
		if version, ok := strings.CutPrefix(l.Format, "tasktrail/export/"); ok && len(version) <= 20 {
			return ExportHead{}, fmt.Errorf("%w: its format is of version %q, this program reads v1", ErrNotExport, version)
		}
		return ExportHead{}, fmt.Errorf("%w: its format is another", ErrNotExport)
	}
	c, err := ReadCheckpoint(l.Checkpoint)
	if err != nil {
		return ExportHead{}, fault("checkpoint", "a signed checkpoint", err.Error())
	}
	h := ExportHead{Filter: l.Filter, After: l.After, Checkpoint: c, Note: l.Checkpoint}
	switch {
	case l.Trail != c.Trail.String():
		return ExportHead{}, fault("checkpoint", "one of the trail in the head", "one of another trail")
	case l.After < 0 || l.After > c.Size:
		return ExportHead{}, fault("after", "a position up to that of the checkpoint", fmt.Sprint(l.After))
	case !strict(line, new(exportHeadLine), h.line):
		return ExportHead{}, fault("head", "the one way to write it", "another")
	}
	return h, nil
}

// read returns the next event with its proof, or [io.EOF] when the trailer is
// there, is right, and is the end.
func (x *exportReader) read() (*Event, []Hash, error) {
	line, err := x.next()
	if err != nil {
		return nil, nil, err
	}
	if bytes.HasPrefix(line, []byte(`{"count":`)) {
		return nil, nil, x.end(line)
	}
	head := x.seen.head
	e, proof, wrong := parseExportEvent(line, head.Checkpoint.Trail, !head.Complete())
	if wrong != "" {
		return nil, nil, x.fault(0, wrong, "an event in the one way to write it", "something else")
	}
	switch last := x.seen.last; {
	case e.Position <= last:
		return nil, nil, x.fault(0, "position", fmt.Sprintf("one after %d", last), fmt.Sprint(e.Position))
	case e.Position > head.Checkpoint.Size:
		return nil, nil, x.fault(0, "position", fmt.Sprintf("one up to %d, the size of the checkpoint", head.Checkpoint.Size), fmt.Sprint(e.Position))
	case head.Unfiltered() && e.Position != last+1:
		return nil, nil, x.fault(0, "position", fmt.Sprint(last+1), fmt.Sprint(e.Position))
	}
	x.took(line)
	x.seen.took(e)
	return e, proof, nil
}

// took counts a line as part of the export.
func (x *exportReader) took(line []byte) {
	x.offset += int64(len(line)) + 1
	x.seen.digest.Write(line)
	x.seen.digest.Write([]byte{'\n'})
}

// end checks the trailer and that nothing follows.
func (x *exportReader) end(line []byte) error {
	var t exportTrailer
	if !strict(line, &t, func() []byte { return t.line() }) {
		return x.fault(0, "trailer", "the one way to write it", "another")
	}
	want := x.seen.trailer()
	place := func(p *int64) string {
		if p == nil {
			return "null"
		}
		return fmt.Sprint(*p)
	}
	switch {
	case t.Count != want.Count:
		return x.fault(0, "count", fmt.Sprint(want.Count), fmt.Sprint(t.Count))
	case place(t.First) != place(want.First):
		return x.fault(0, "first", place(want.First), place(t.First))
	case place(t.Last) != place(want.Last):
		return x.fault(0, "last", place(want.Last), place(t.Last))
	case t.SHA256 != want.SHA256:
		return x.fault(0, "sha256", want.SHA256, "another digest")
	case t.Checkpoint != want.Checkpoint:
		return x.fault(0, "checkpoint", "that of the head", "another")
	}
	if head := x.seen.head; head.Unfiltered() && x.seen.last != head.Checkpoint.Size {
		return x.fault(0, "last", fmt.Sprintf("%d, the size of the checkpoint", head.Checkpoint.Size), place(t.Last))
	}
	x.offset += int64(len(line)) + 1
	switch _, err := x.r.ReadByte(); {
	case err == nil:
		return x.fault(1, "the end", "nothing after the trailer", "more bytes")
	case !errors.Is(err, io.EOF):
		return err
	}
	return io.EOF
}

// fault names something wrong in the line read last, or one of those after it.
func (x *exportReader) fault(later int64, field, expected, found string) *ExportFault {
	return &ExportFault{x.line + later, Fault{Field: field, Expected: expected, Found: found}}
}

// errTruncated is the fault of a file that ends before its trailer.
var errTruncated = errors.New("truncated")

// next returns the next line without its line feed. It is good until the next
// call.
func (x *exportReader) next() ([]byte, error) {
	x.line++
	x.long = x.long[:0]
	for {
		part, err := x.r.ReadSlice('\n')
		if len(x.long)+len(part) > MaxExportLine+1 {
			return nil, x.fault(0, "length", fmt.Sprintf("at most %d bytes", MaxExportLine), "more")
		}
		switch {
		case err == nil && len(x.long) == 0:
			return part[:len(part)-1], nil
		case err == nil:
			x.long = append(x.long, part...)
			return x.long[:len(x.long)-1], nil
		case errors.Is(err, bufio.ErrBufferFull):
			x.long = append(x.long, part...)
		case errors.Is(err, io.EOF):
			return nil, truncatedAt{x.fault(0, "the end", "a trailer", "the end of the file: it was cut short")}
		default:
			return nil, err
		}
	}
}

// truncatedAt tells a file that was cut short from one that is wrong.
type truncatedAt struct{ *ExportFault }

func (t truncatedAt) Unwrap() []error { return []error{errTruncated, t.ExportFault} }

// A PartialExport is what an interrupted run has left of an export.
type PartialExport struct {
	Head ExportHead
	Size int64  // bytes up to the end of the last whole line; the rest is to be cut off
	Done bool   // the trailer is there: nothing is left to do
	Last *Event // nil when there is none

	writer *ExportWriter
}

// ReadPartialExport reads what there is of an export, nil when that is not even
// a whole head. The error wraps [ErrNotExport] or is an *[ExportFault] when it is
// not the beginning of an export.
func ReadPartialExport(r io.Reader) (*PartialExport, error) {
	const begin = `{"format":"` + ExportFormat + `",`
	b := bufio.NewReader(r)
	start, err := b.Peek(len(begin))
	if errors.Is(err, io.EOF) && strings.HasPrefix(begin, string(start)) {
		return nil, nil
	}
	x, err := newExportReader(b)
	if errors.Is(err, errTruncated) && string(start) == begin {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	p := &PartialExport{Head: x.seen.head, writer: x.seen}
	for {
		e, _, err := x.read()
		p.Size = x.offset
		switch {
		case errors.Is(err, io.EOF):
			p.Done = true
			return p, nil
		case errors.Is(err, errTruncated):
			return p, nil
		case err != nil:
			return nil, err
		}
		p.Last = e.WithoutPayload()
	}
}

// Resume returns a writer that goes on with p: w must add to the first p.Size
// bytes. The result is what an uninterrupted run would have written, unless
// events were redacted meanwhile.
func (p *PartialExport) Resume(w io.Writer, s TreeStore) *ExportWriter {
	p.writer.continueOn(w, s)
	return p.writer
}
