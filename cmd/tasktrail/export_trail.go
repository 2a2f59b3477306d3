package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"tasktrail/audit"
	"tasktrail/export"
	"tasktrail/incident"
)

// trailExport is an export of the trail under way.
type trailExport struct {
	*exportCmd
	out   output
	trail incident.TrailReader
	text  incident.FilterText
	run   export.Run
	count int64 // of the events that the file has now
}

// csv writes a table. Nothing is left of one that was interrupted: it could not
// be told from a whole one.
func (e *trailExport) csv(ctx context.Context) error {
	head, err := e.trail.Tree().Head(ctx)
	if err != nil {
		return err
	}
	if head.Position == 0 {
		return export.ErrNoEvents
	}
	e.run.UpTo = head.Position
	if e.Output == "-" {
		_, err := e.shown(func(r export.Run) (int64, error) { return r.CSV(ctx, e.out.stdout) })
		return err
	}
	file, err := newFile(e.Output)
	if err != nil {
		return err
	}
	count, err := e.shown(func(r export.Run) (int64, error) { return r.CSV(ctx, file) })
	if err == nil {
		err = written(file)
	}
	if err != nil {
		return errors.Join(err, file.Close(), os.Remove(e.Output))
	}
	fmt.Fprintf(e.out.stdout, "%s: %d events up to position %d\n", e.Output, count, e.run.UpTo)
	return nil
}

// jsonLines writes an export that can be verified.
func (e *trailExport) jsonLines(ctx context.Context) error {
	if e.Resume {
		file, err := os.OpenFile(e.Output, os.O_RDWR, 0)
		switch {
		case err == nil:
			return e.resume(ctx, file)
		case !errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("the file cannot be written: %w", err)
		}
	}
	c, err := e.under(ctx)
	if err != nil {
		return err
	}
	write := func(w io.Writer) error {
		count, err := e.shown(func(r export.Run) (int64, error) { return r.JSONLines(ctx, w, e.text, c) })
		return e.ended(count, err)
	}
	if e.Output == "-" {
		return write(e.out.stdout)
	}
	file, err := newFile(e.Output)
	if err != nil {
		return err
	}
	return e.into(file, write)
}

// under chooses the checkpoint of a new export.
func (e *trailExport) under(ctx context.Context) (audit.StoredCheckpoint, error) {
	c, behind, err := e.checkpoint(ctx, e.trail.Tree())
	switch {
	case errors.Is(err, export.ErrNoCheckpoint):
		return c, fmt.Errorf("%w: name the key that signs them with --checkpoint-key, or start a server that has it", err)
	case errors.Is(err, export.ErrNotTheTrail):
		return c, answerIsNo(err)
	case err != nil:
		return c, err
	case behind > 0:
		fmt.Fprintf(e.out.stderr, "%d events are newer than the newest checkpoint and are left out: there is no key %s to sign another with\n", behind, e.CheckpointKey)
	}
	e.run.UpTo = c.Size
	return c, nil
}

// resume goes on with what an interrupted run has left, if it is of this trail.
func (e *trailExport) resume(ctx context.Context, file *os.File) error {
	partial, err := audit.ReadPartialExport(stoppable{ctx, file})
	switch fault, isFault := errors.AsType[*audit.ExportFault](err); {
	case isFault || errors.Is(err, audit.ErrNotExport):
		if isFault {
			err = fault
		}
		return errors.Join(answerIsNo(fmt.Errorf("%s cannot be gone on with: %w", e.Output, err)), file.Close())
	case err != nil:
		return errors.Join(fmt.Errorf("the file cannot be read: %w", err), file.Close())
	case partial == nil: // there was no time for the head even
		c, err := e.under(ctx)
		if err != nil {
			return errors.Join(err, file.Close())
		}
		return e.goOn(file, 0, func(w io.Writer) error {
			count, err := e.shown(func(r export.Run) (int64, error) { return r.JSONLines(ctx, w, e.text, c) })
			return e.ended(count, err)
		})
	}
	if err := e.fits(ctx, partial); err != nil {
		return errors.Join(err, file.Close())
	}
	if partial.Done {
		fmt.Fprintf(e.out.stdout, "%s is complete already\n", e.Output)
		return file.Close()
	}
	e.run.After, e.run.UpTo = partial.Head.After, partial.Head.Checkpoint.Size
	return e.goOn(file, partial.Size, func(w io.Writer) error {
		count, err := e.shown(func(r export.Run) (int64, error) { return r.Resume(ctx, w, partial) })
		return e.ended(count, err)
	})
}

// fits refuses to go on with the export of another trail, of another history of
// this one, or with another filter.
func (e *trailExport) fits(ctx context.Context, p *audit.PartialExport) error {
	head, err := e.trail.Tree().Head(ctx)
	if err != nil {
		return err
	}
	if p.Head.Checkpoint.Trail != head.Trail {
		return answerIsNo(fmt.Errorf("%s is an export of another trail", e.Output))
	}
	if p.Last != nil {
		events, err := e.trail.Tree().Read(ctx, p.Last.Position-1, 1)
		if err != nil {
			return err
		}
		if len(events) != 1 || events[0].Hash != p.Last.Hash {
			return answerIsNo(fmt.Errorf("%s holds an event at position %d that the trail has not: run tasktrail verify", e.Output, p.Last.Position))
		}
	}
	f, text, err := incident.ParseFilter(p.Head.Filter)
	if err != nil {
		return answerIsNo(fmt.Errorf("%s cannot be gone on with: line 1: filter: %w", e.Output, err))
	}
	if given := string(e.text.JSON()); given != "{}" && given != string(p.Head.Filter) {
		return usedWrongly(fmt.Errorf("%s was begun with other filters: give the same ones, or none", e.Output))
	}
	e.text, e.run.Filter = text, f
	return nil
}

// goOn writes behind the first bytes of a file.
func (e *trailExport) goOn(file *os.File, size int64, write func(io.Writer) error) error {
	err := file.Truncate(size)
	if err == nil {
		_, err = file.Seek(size, io.SeekStart)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("the file cannot be written: %w", err), file.Close())
	}
	return e.into(file, write)
}

// into writes to a file, which keeps what there is of an interrupted export.
func (e *trailExport) into(file *os.File, write func(io.Writer) error) error {
	err := write(file)
	return errors.Join(err, written(file))
}

// ended says what became of an export in JSON Lines.
func (e *trailExport) ended(count int64, err error) error {
	switch {
	case errors.Is(err, audit.ErrExport):
		return answerIsNo(err)
	case errors.Is(err, export.ErrRedactedLater) && e.Resume:
		return fmt.Errorf("%w: remove %s and begin anew", err, e.Output)
	case err != nil && e.Output != "-":
		return fmt.Errorf("stopped after %d events, run it again with --resume to go on: %w", count, err)
	case err != nil:
		return fmt.Errorf("stopped after %d events: %w", count, err)
	case e.Output != "-":
		fmt.Fprintf(e.out.stdout, "%s: %d events, under the checkpoint of %d\n", e.Output, count, e.run.UpTo)
	}
	return nil
}

// shown carries an export out with progress on a terminal.
func (e *trailExport) shown(do func(export.Run) (int64, error)) (int64, error) {
	bar := newProgress(e.out.stderr, int(e.run.UpTo), "positions")
	defer func() { _ = bar.Finish() }()
	e.run.Page = func(position int64) error {
		_ = bar.Set64(position)
		return nil
	}
	count, err := do(e.run)
	e.count = count
	return count, err
}

// newFile makes a file that must not be there.
func newFile(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the path is the operator's
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil, usedWrongly(fmt.Errorf("%s is there and is not overwritten: choose another name or remove it; --resume goes on with an interrupted jsonl file", path))
	case err != nil:
		return nil, fmt.Errorf("the file cannot be written: %w", err)
	}
	return file, nil
}

// written makes a file durable with its name, and closes it.
func written(file *os.File) error {
	err := errors.Join(file.Sync(), file.Close())
	if dir, openErr := os.Open(filepath.Dir(file.Name())); err == nil && openErr == nil {
		err = errors.Join(dir.Sync(), dir.Close())
	}
	if err != nil {
		return fmt.Errorf("the file cannot be written: %w", err)
	}
	return nil
}
