package audit

import (
	"errors"
	"fmt"
	"io"
)

// ExportCheck says what an export is verified against.
type ExportCheck struct {
	Keys    Keys     // that sign checkpoints; at least one of them must have signed the export's
	Outside []string // checkpoints kept outside the database, as signed notes
	// Matches returns what tells whether an event fits the filter of a head, or
	// an error when the filter is not in its canonical form.
	Matches  func(filter []byte) (func(*Event) bool, error)
	Progress func(position int64) // may be nil
}

// ExportReport says what an export holds and what was shown of it. It is filled
// in as far as the verification came.
type ExportReport struct {
	Head     ExportHead
	Count    int64
	First    int64 // 0 without events
	Last     int64
	HeadHash Hash  // of the last event
	Redacted int64 // events without payload

	Outside   int          // checkpoints kept outside that were found to agree
	Unchecked []Checkpoint // those that an export of this kind says nothing about
}

// VerifyExport reads an export to its end and checks all that can be checked
// without the database: its form, digest and count, every hash and commitment,
// that the checkpoint is signed by one of the keys, and that the events are
// those it states: in a complete export by the chain, by the tree over all of
// them and by the redactions, else by a proof for each. Checkpoints kept
// outside must be of the same trail and, in a complete export, have the root
// that the tree had at their size.
//
// The error is an *[ExportFault] for the first thing wrong, wraps [ErrNotExport]
// for another kind of file, and is any other when the file could not be read on.
// Memory does not grow with the export, but for redacted events whose redaction
// has not come yet.
func VerifyExport(r io.Reader, c ExportCheck) (ExportReport, error) {
	x, err := newExportReader(r)
	if err != nil {
		return ExportReport{}, err
	}
	v := &exportVerifier{reader: x, check: c, matches: func(*Event) bool { return true }}
	v.report.Head = x.seen.head
	if err := v.begin(); err != nil {
		return v.report, err
	}
	for {
		e, proof, err := x.read()
		if errors.Is(err, io.EOF) {
			return v.report, v.finish()
		}
		if err != nil {
			return v.report, err
		}
		if err := v.event(e, proof); err != nil {
			return v.report, err
		}
	}
}

type exportVerifier struct {
	reader  *exportReader
	check   ExportCheck
	report  ExportReport
	matches func(*Event) bool
	outside []Checkpoint

	chain *Verifier // of a complete export, with the tree over it
	tree  Tree
	last  *Event
}

// begin checks what the head says.
func (v *exportVerifier) begin() error {
	head := v.report.Head
	fault := func(field, expected, found string) error {
		return &ExportFault{1, Fault{Field: field, Expected: expected, Found: found}}
	}
	if !head.Unfiltered() {
		var err error
		if v.matches, err = v.check.Matches(head.Filter); err != nil {
			return fault("filter", "one in the way it is written here", err.Error())
		}
	}
	if _, err := v.check.Keys.Open(head.Note); err != nil {
		return fault("checkpoint", "one signed by a key given", err.Error())
	}
	for n, note := range v.check.Outside {
		field := fmt.Sprintf("checkpoint %d kept outside", n+1)
		c, err := v.check.Keys.Open(note)
		switch {
		case err != nil:
			return fault(field, "one signed by a key given", err.Error())
		case c.Trail != head.Checkpoint.Trail:
			return fault("trail", c.Trail.String()+" as in "+field, head.Checkpoint.Trail.String())
		case c.Size == head.Checkpoint.Size && c.Root != head.Checkpoint.Root:
			return fault("checkpoint", "root "+c.Root.String()+" at this size, as in "+field, head.Checkpoint.Root.String())
		case c.Size == head.Checkpoint.Size:
			v.report.Outside++
		case !head.Complete():
			v.report.Unchecked = append(v.report.Unchecked, c)
		case c.Size > head.Checkpoint.Size:
			return fault("checkpoint", fmt.Sprintf("one of at least the %d events of %s: take a newer export; if there is none, the trail was cut", c.Size, field),
				fmt.Sprintf("one of %d events", head.Checkpoint.Size))
		default:
			v.outside = append(v.outside, c)
		}
	}
	if head.Complete() {
		v.chain = NewVerifier(head.Checkpoint.Trail)
	}
	return v.compare()
}

func (v *exportVerifier) event(e *Event, proof []Hash) (err error) {
	if !e.Redacted {
		if e.Payload, err = DecodePayload(e.PayloadText); err != nil {
			return v.fault(e, "payload", "JSON of a payload", "something else")
		}
	}
	if !v.matches(e) {
		return v.fault(e, "event", "one that the filter chooses", "another")
	}
	if v.chain != nil {
		err = v.chain.Check(e)
	} else {
		err = v.alone(e)
	}
	if fault, ok := errors.AsType[*Fault](err); ok {
		return &ExportFault{v.reader.line, *fault}
	}
	if err != nil {
		return err
	}
	encoded, err := e.Encode()
	if err != nil {
		return v.fault(e, "header", "a header that can be encoded", "another") // it was encoded just now
	}
	leaf := LeafHash(encoded)
	if v.chain != nil {
		v.tree.Append(leaf)
	} else if CheckInclusion(v.report.Head.Checkpoint, e.Position, leaf, proof) != nil {
		return v.fault(e, "proof", "one that shows the event to be in the trail that the checkpoint states", "one that does not")
	}
	if v.report.Count++; v.report.Count == 1 {
		v.report.First = e.Position
	}
	v.report.Last, v.report.HeadHash = e.Position, e.Hash
	if e.Redacted {
		v.report.Redacted++
	}
	if v.last = e; v.check.Progress != nil {
		v.check.Progress(e.Position)
	}
	return v.compare()
}

// alone checks an event by itself, with a verifier that begins just before it.
// Where its neighbour is known, the two must be linked.
func (v *exportVerifier) alone(e *Event) error {
	before := Head{Trail: e.Trail, Position: e.Position - 1, Hash: e.Previous}
	if v.last != nil && v.last.Position == before.Position {
		before.Hash = v.last.Hash
	}
	one := &Verifier{head: before, missing: map[int64]bool{}}
	if redacted := e.Redacts(); redacted > 0 {
		one.missing[redacted] = true // whether it was is not shown here
	}
	return one.Check(e)
}

// compare looks whether the tree has just come to the size of a checkpoint that
// was kept outside.
func (v *exportVerifier) compare() error {
	if v.chain == nil {
		return nil
	}
	for _, c := range v.outside {
		if c.Size != v.tree.Size() {
			continue
		}
		if root := v.tree.Root(); root != c.Root {
			return &ExportFault{v.reader.line, Fault{
				Position: c.Size, Field: "root",
				Expected: c.Root.String() + ", that of the checkpoint kept outside: an event up to here is not what it was", Found: root.String(),
			}}
		}
		v.report.Outside++
	}
	return nil
}

// finish checks what only the whole export shows.
func (v *exportVerifier) finish() error {
	if v.chain == nil {
		return nil
	}
	if root, want := v.tree.Root(), v.report.Head.Checkpoint.Root; root != want {
		return &ExportFault{v.reader.line, Fault{Field: "root", Expected: want.String() + ", that of the checkpoint", Found: root.String()}}
	}
	if fault, ok := errors.AsType[*Fault](v.chain.Finish()); ok {
		return &ExportFault{v.reader.line, *fault}
	}
	return nil
}

func (v *exportVerifier) fault(e *Event, field, expected, found string) error {
	return &ExportFault{v.reader.line, Fault{Position: e.Position, Field: field, Expected: expected, Found: found}}
}
