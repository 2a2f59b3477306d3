package export

import (
	"bufio"
	"context"
	"errors"
	"io"

	"tasktrail/audit"
	"tasktrail/incident"
)

// ErrRedactedLater refuses a complete export under a checkpoint that is older
// than a redaction: nothing in it could say why the payload is missing. The
// text is fit for clients.
var ErrRedactedLater = errors.New("events were redacted after the checkpoint was made; export under a newer one")

// Run is one export. Its zero Page does nothing.
type Run struct {
	Trail  incident.TrailReader
	Filter incident.AuditEventFilter
	After  int64 // only later positions
	UpTo   int64 // and none beyond; in JSON Lines it is the size of the checkpoint

	// Page is called when everything up to a position was written, some events at
	// a time. Its error ends the export.
	Page func(position int64) error
}

// buffered is how much is written at a time.
const buffered = 64 << 10

// JSONLines writes the export under a checkpoint. The text of the filter is the
// one that gave r.Filter. It returns the number of events. After an error what
// was written has no trailer, and can be resumed.
func (r Run) JSONLines(ctx context.Context, w io.Writer, text incident.FilterText, c audit.StoredCheckpoint) (int64, error) {
	head := audit.ExportHead{Filter: text.JSON(), After: r.After, Checkpoint: c.Checkpoint, Note: c.Note}
	if err := r.checkRedactions(ctx, head); err != nil {
		return 0, err
	}
	b := bufio.NewWriterSize(w, buffered)
	x, err := audit.NewExportWriter(b, head, r.Trail.Tree())
	if err != nil {
		return 0, err
	}
	return r.jsonLines(ctx, b, x)
}

// Resume goes on with what an interrupted run has left. w must add to its first
// p.Size bytes; r must be as in that run. It returns the number of events in the
// whole export.
func (r Run) Resume(ctx context.Context, w io.Writer, p *audit.PartialExport) (int64, error) {
	if err := r.checkRedactions(ctx, p.Head); err != nil {
		return 0, err
	}
	b := bufio.NewWriterSize(w, buffered)
	x := p.Resume(b, r.Trail.Tree())
	r.After = x.Last()
	return r.jsonLines(ctx, b, x)
}

func (r Run) checkRedactions(ctx context.Context, head audit.ExportHead) error {
	if !head.Complete() {
		return nil
	}
	n, err := r.Trail.CountRedactions(ctx, head.Checkpoint.Size)
	if err == nil && n > 0 {
		err = ErrRedactedLater
	}
	return err
}

func (r Run) jsonLines(ctx context.Context, b *bufio.Writer, x *audit.ExportWriter) (int64, error) {
	err := r.stream(ctx, b, false, func(e *audit.Event) error { return x.Write(ctx, e) })
	if err == nil {
		err = x.Close()
	}
	// What there is of it is good to be resumed.
	return x.Count(), errors.Join(err, b.Flush())
}

// CSV writes the export for people. It returns the number of events. After an
// error what was written looks complete, and is not.
func (r Run) CSV(ctx context.Context, w io.Writer) (int64, error) {
	b := bufio.NewWriterSize(w, buffered)
	if _, err := b.WriteString(byteOrderMark); err != nil {
		return 0, err
	}
	rows := &table{w: b}
	rows.write(columns)
	var count int64
	err := r.stream(ctx, b, true, func(e *audit.Event) error {
		count++
		rows.event(e)
		return rows.err
	})
	return count, errors.Join(err, b.Flush())
}

func (r Run) stream(ctx context.Context, b *bufio.Writer, payloads bool, write func(*audit.Event) error) error {
	q := incident.TrailQuery{Filter: r.Filter, After: r.After, UpTo: r.UpTo, Payloads: payloads}
	return r.Trail.Stream(ctx, q, func(events []*audit.Event, position int64) error {
		for _, e := range events {
			if err := write(e); err != nil {
				return err
			}
		}
		if r.Page == nil {
			return nil
		}
		if err := b.Flush(); err != nil {
			return err
		}
		return r.Page(position)
	})
}
