package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
)

// ExportWriter writes an export, event by event.
type ExportWriter struct {
	w      io.Writer
	head   ExportHead
	prover *Prover // nil for complete exports
	digest hash.Hash
	line   []byte

	count, first, last int64
	missing            map[int64]bool // redacted events whose redaction has not come yet
}

// NewExportWriter begins an export with its head. The events are proven from s,
// whose tree must be the one that the checkpoint states. Nothing is complete
// before [ExportWriter.Close].
func NewExportWriter(w io.Writer, head ExportHead, s TreeStore) (*ExportWriter, error) {
	e := newExportWriter(head)
	e.continueOn(w, s)
	return e, e.write(head.line())
}

func newExportWriter(head ExportHead) *ExportWriter {
	return &ExportWriter{head: head, digest: sha256.New(), last: head.After, missing: map[int64]bool{}}
}

func (w *ExportWriter) continueOn(to io.Writer, s TreeStore) {
	w.w = to
	if !w.head.Complete() {
		w.prover = NewProver(s, w.head.Checkpoint)
	}
}

// Last returns the position of the last event written, or the one behind which
// the export begins.
func (w *ExportWriter) Last() int64 { return w.last }

// Count returns the number of events written.
func (w *ExportWriter) Count() int64 { return w.count }

// Write adds the next event. The error wraps [ErrExport] when the event is not
// one that can be verified in its place; the export is then of no use.
func (w *ExportWriter) Write(ctx context.Context, e *Event) error {
	if err := w.next(e); err != nil {
		return err
	}
	var proof []Hash
	if w.prover != nil {
		var err error
		if proof, err = w.prove(ctx, e); err != nil {
			return err
		}
	}
	line, err := appendExportEvent(w.line[:0], e, proof)
	if err != nil {
		return err
	}
	w.line = line[:0]
	if len(line) > MaxExportLine {
		return fmt.Errorf("%w: position %d: a line of %d bytes, at most %d are allowed", ErrExport, e.Position, len(line), MaxExportLine)
	}
	w.took(e)
	return w.write(line)
}

// next refuses an event that cannot follow.
func (w *ExportWriter) next(e *Event) error {
	switch {
	case e.Trail != w.head.Checkpoint.Trail:
		return fmt.Errorf("audit: position %d is of another trail than the export", e.Position)
	case e.Position <= w.last || e.Position > w.head.Checkpoint.Size:
		return fmt.Errorf("audit: position %d cannot follow %d in an export of %d events", e.Position, w.last, w.head.Checkpoint.Size)
	case w.head.Unfiltered() && e.Position != w.last+1:
		return fmt.Errorf("%w: position %d is not there", ErrExport, w.last+1)
	}
	return nil
}

// took notes that e is part of the export.
func (w *ExportWriter) took(e *Event) {
	if w.count++; w.count == 1 {
		w.first = e.Position
	}
	w.last = e.Position
	if e.Redacted {
		w.missing[e.Position] = true
	}
	delete(w.missing, e.Redacts())
}

func (w *ExportWriter) prove(ctx context.Context, e *Event) ([]Hash, error) {
	proof, err := w.prover.Prove(ctx, e.Position)
	if err != nil {
		return nil, err
	}
	encoded, err := e.Encode()
	if err != nil || CheckInclusion(w.head.Checkpoint, e.Position, LeafHash(encoded), proof) != nil {
		return nil, fmt.Errorf("%w: position %d is not what the checkpoint of %d events states", ErrExport, e.Position, w.head.Checkpoint.Size)
	}
	return proof, nil
}

func (w *ExportWriter) write(line []byte) error {
	line = append(line, '\n')
	w.digest.Write(line)
	_, err := w.w.Write(line)
	return err
}

// Close ends the export with its trailer. It is an error, wrapping [ErrExport],
// when events at the end of an unfiltered export are missing, or payloads of a
// complete one are missing that no event in it redacted.
func (w *ExportWriter) Close() error {
	if w.head.Unfiltered() && w.last != w.head.Checkpoint.Size {
		return fmt.Errorf("%w: position %d is not there", ErrExport, w.last+1)
	}
	if w.head.Complete() && len(w.missing) > 0 {
		return fmt.Errorf("%w: position %d lost its payload, and no event up to %d says why; if it was redacted later, export anew under a newer checkpoint",
			ErrExport, slices.Min(slices.Collect(maps.Keys(w.missing))), w.last)
	}
	_, err := w.w.Write(append(w.trailer().line(), '\n'))
	return err
}

func (w *ExportWriter) trailer() exportTrailer {
	t := exportTrailer{Count: w.count, SHA256: hex.EncodeToString(w.digest.Sum(nil)), Checkpoint: w.head.Note}
	if w.count > 0 {
		t.First, t.Last = &w.first, &w.last
	}
	return t
}
