package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"tasktrail/db"
	"tasktrail/importer"
	"tasktrail/incident"
)

type importCmd struct {
	database
	Format string `enum:",tasktrail,soc-recommended-actions" default:"" help:"tasktrail or soc-recommended-actions; found out by itself when not given."`
	DryRun bool   `help:"Only say what would be created, and list every fault of the file."`
	File   string `arg:"" help:"The file, or - for standard input."`
}

// Run creates what the file holds, or nothing when the file has a fault. After
// a crash it may be run again with the same file, and goes on.
func (c *importCmd) Run(ctx context.Context, out output) error {
	data, err := readFile(c.File)
	if err != nil {
		return err
	}
	incidents, format, err := importer.Decode(c.Format, bytes.NewReader(data))
	var faults *importer.FaultsError
	if errors.As(err, &faults) {
		return answerIsNo(fmt.Errorf("nothing was imported, the file has faults:\n%w", err))
	}
	if err != nil {
		return usedWrongly(err)
	}
	tasks := 0
	for _, i := range incidents {
		tasks += len(i.Tasks)
	}
	if c.DryRun {
		for _, i := range incidents {
			fmt.Fprintf(out.stdout, "%-13s %3d tasks  %s\n", i.Severity, len(i.Tasks), i.Title)
		}
		fmt.Fprintf(out.stdout, "would create %d incidents with %d tasks (format %s)\n", len(incidents), tasks, format)
		return nil
	}
	report, err := c.create(ctx, out, incidents, tasks, sha256.Sum256(data))
	if err != nil {
		return fmt.Errorf("stopped after %d incidents and %d tasks, run it again to go on: %w", report.Incidents, report.Tasks, err)
	}
	fmt.Fprintf(out.stdout, "%d incidents with %d tasks are there (format %s): %d events written, %d changes found done already\n",
		report.Incidents, report.Tasks, format, report.Events, report.Replayed)
	return nil
}

// create writes through a store of its own, beside any server that may run.
func (c *importCmd) create(
	ctx context.Context, out output, incidents []importer.Incident, tasks int, digest [32]byte,
) (report importer.Report, err error) {
	if _, err := db.Migrate(ctx, c.Database); err != nil {
		return report, err
	}
	store, err := db.Open(ctx, c.Database, db.Options{Log: newLogger(out.stderr, zerolog.InfoLevel)})
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()

	storeCtx, stopStore := context.WithCancel(context.WithoutCancel(ctx))
	var group errgroup.Group
	group.Go(func() error { return store.Run(storeCtx) })
	bar := newProgress(out.stderr, len(incidents)+tasks, "importing")
	report, err = importer.Run(ctx, incident.New(store, nil), importingViewer(digest), incidents, digest,
		func(done, _ int) { _ = bar.Set(done) })
	_ = bar.Finish()
	stopStore()
	return report, errors.Join(err, group.Wait())
}

// importingViewer is who acts in an import: whoever may write to the database
// may import, so it is not asked who that is. The request id names the file.
func importingViewer(digest [32]byte) incident.Viewer {
	return incident.Viewer{
		Actor: incident.Actor{
			ID: incident.ActorID("tasktrail", "system:import"), Name: "tasktrail import", Kind: incident.KindSystem,
		},
		RequestID: "import-" + hex.EncodeToString(digest[:8]),
		Roles:     []incident.Role{incident.RoleResponder},
	}
}

// readFile reads no more than one byte over the limit, which Decode refuses.
func readFile(path string) ([]byte, error) {
	file := os.Stdin
	if path != "-" {
		opened, err := os.Open(path) //nolint:gosec // the path is the operator's
		if err != nil {
			return nil, usedWrongly(fmt.Errorf("the file cannot be read: %w", err))
		}
		defer func() { _ = opened.Close() }()
		file = opened
	}
	data, err := io.ReadAll(io.LimitReader(file, importer.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("the file cannot be read: %w", err)
	}
	return data, nil
}
