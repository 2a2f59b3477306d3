package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"tasktrail/db"
)

// A sound installation is examined this often, a broken one more often, so that
// changes are accepted again soon after it was repaired. Tests change them.
var (
	checkWhenSound  = time.Hour
	checkWhenBroken = time.Minute
)

// watch examines the installation while a server runs.
type watch struct {
	store   *db.Store
	strict  bool
	log     zerolog.Logger
	metrics *metrics
	known   []db.Finding // of the last examination, already in the log
}

// check examines the installation once; changes are refused from now on if it
// is broken. An error means that it could not be examined.
func (w *watch) check(ctx context.Context) error {
	before := w.store.ReadOnly()
	d, err := w.store.Check(ctx, w.strict)
	refusing := w.store.ReadOnly()
	w.metrics.soundness(!refusing)
	if err == nil {
		w.say(d.Findings)
		w.known = d.Findings
	}
	switch {
	case refusing && !before:
		w.log.Error().Msg("the installation is broken: changes are refused until it is repaired, reading goes on")
	case before && !refusing:
		w.log.Info().Int("checks", d.Checks).Msg("the installation is sound again: changes are accepted")
	}
	return err
}

// say logs the findings that are new.
func (w *watch) say(findings []db.Finding) {
	for _, f := range findings {
		if slices.Contains(w.known, f) {
			continue
		}
		level := zerolog.WarnLevel
		if w.strict || f.Severity == db.Failure {
			level = zerolog.ErrorLevel
		}
		w.log.WithLevel(level).Str("check", f.Check).Str("subject", f.Subject).Str("expected", f.Expected).
			Str("found", f.Found).Str("remedy", f.Remedy).Msg("the installation is not as it should be")
	}
}

// run examines the installation now and then until ctx ends.
func (w *watch) run(ctx context.Context) error {
	failed := false
	for {
		wait := checkWhenSound
		if failed || w.store.ReadOnly() {
			wait = checkWhenBroken
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		err := w.check(ctx)
		if err != nil && !failed && ctx.Err() == nil { // said once, not every minute
			w.log.Error().Err(err).Bool("refusing", w.store.ReadOnly()).Msg("the installation could not be examined, trying again until it can")
		}
		failed = err != nil
	}
}

// checkBeforeWriting is for commands that write beside a server.
func checkBeforeWriting(ctx context.Context, store *db.Store) error {
	d, err := store.Check(ctx, false)
	if err != nil {
		return fmt.Errorf("could not examine the installation, so nothing was written: %w", err)
	}
	if !d.Sound(false) {
		return errors.New("the installation is broken, so nothing was written: tasktrail doctor says what to repair")
	}
	return nil
}
