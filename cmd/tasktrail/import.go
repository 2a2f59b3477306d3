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
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"tasktrail/db"
	"tasktrail/importer"
	"tasktrail/incident"
)

type importCmd struct {
	database
	checkpointKey
	Format string `enum:",tasktrail,yaml,sentinel,tasks-repository,thehive,soc-recommended-actions" default:"" placeholder:"FORMAT" help:"tasktrail, yaml, sentinel, tasks-repository, thehive or soc-recommended-actions; found out by itself when not given."`
	As     string `enum:",incidents,playbooks" default:"" placeholder:"KIND" help:"Make incidents (as when not given) or playbooks of soc-recommended-actions."`
	DryRun bool   `help:"Only say what would change, and list every fault of the file."`
	File   string `arg:"" help:"The file, or - for standard input."`
}

// Run creates what the file holds, or nothing when the file has a fault. After
// a crash it may be run again with the same file, and goes on.
func (c *importCmd) Run(ctx context.Context, out output) error {
	data, err := readFile(c.File)
	if err != nil {
		return err
	}
	file, err := importer.Decode(bytes.NewReader(data), importer.Options{Format: c.Format, As: c.As, Now: time.Now()})
	if err := faulty(err); err != nil {
		return err
	}
	if err != nil {
		return usedWrongly(err)
	}
	digest := sha256.Sum256(data)
	if file.Definitions != nil {
		return c.define(ctx, out, file, digest)
	}
	return c.importIncidents(ctx, out, file, digest)
}

// faulty returns nil unless err lists faults of the file.
func faulty(err error) error {
	if _, ok := errors.AsType[*importer.FaultsError](err); ok {
		return answerIsNo(fmt.Errorf("nothing was imported, the file has faults:\n%w", err))
	}
	return nil
}

func (c *importCmd) importIncidents(ctx context.Context, out output, file importer.File, digest [32]byte) error {
	incidents, tasks := file.Incidents, 0
	for _, i := range incidents {
		tasks += len(i.Tasks)
	}
	if c.DryRun {
		for _, i := range incidents {
			fmt.Fprintf(out.stdout, "%-13s %3d tasks  %s\n", i.Severity, len(i.Tasks), onOneLine(i.Title))
		}
		fmt.Fprintf(out.stdout, "would create %d incidents with %d tasks (format %s)\n", len(incidents), tasks, file.Format)
		return nil
	}
	report, err := c.create(ctx, out, incidents, tasks, digest)
	if err != nil {
		return fmt.Errorf("stopped after %d incidents and %d tasks, run it again to go on: %w", report.Incidents, report.Tasks, err)
	}
	fmt.Fprintf(out.stdout, "%d incidents with %d tasks are there (format %s): %d events written, %d changes found done already\n",
		report.Incidents, report.Tasks, file.Format, report.Events, report.Replayed)
	return nil
}

// create makes the incidents and their tasks.
func (c *importCmd) create(
	ctx context.Context, out output, incidents []importer.Incident, tasks int, digest [32]byte,
) (report importer.Report, err error) {
	if _, err := db.Migrate(ctx, c.Database); err != nil {
		return report, err
	}
	bar := newProgress(out.stderr, len(incidents)+tasks, "importing")
	err = c.write(ctx, out, &c.checkpointKey, func(service *incident.Service) error {
		report, err = importer.Run(ctx, service, importingViewer(digest, incident.RoleResponder), incidents, digest,
			func(done, _ int) { _ = bar.Set(done) })
		return err
	})
	_ = bar.Finish()
	return report, err
}

// write runs do with a service of its own, beside any server that may run. What
// was written is put under a checkpoint, if there is a key for it.
func (d database) write(ctx context.Context, out output, k *checkpointKey, do func(*incident.Service) error) error {
	return d.use(ctx, out, k, func(_ *db.Store, service *incident.Service) error { return do(service) })
}

// use is write for who needs the store too.
func (d database) use(ctx context.Context, out output, k *checkpointKey, do func(*db.Store, *incident.Service) error) (err error) {
	log := newLogger(out.stderr, zerolog.InfoLevel)
	store, err := db.Open(ctx, d.Database, db.Options{Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	finish, err := k.ifThere(ctx, store, log)
	if err != nil {
		return err
	}

	if err := checkBeforeWriting(ctx, store); err != nil {
		return err
	}
	storeCtx, stopStore := context.WithCancel(context.WithoutCancel(ctx))
	var group errgroup.Group
	group.Go(func() error { return store.Run(storeCtx) })
	err = do(store, incident.New(store, nil))
	stopStore()
	return errors.Join(err, group.Wait(), finish())
}

// importingViewer is who acts in an import: whoever may write to the database
// may import, so it is not asked who that is. The request id names the file.
func importingViewer(digest [32]byte, role incident.Role) incident.Viewer {
	return incident.Viewer{
		Actor: incident.Actor{
			ID: incident.ActorID("tasktrail", "system:import"), Name: "tasktrail import", Kind: incident.KindSystem,
		},
		RequestID: "import-" + hex.EncodeToString(digest[:8]),
		Roles:     []incident.Role{role},
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
