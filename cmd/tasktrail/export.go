package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"strings"

	"github.com/rs/zerolog"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/export"
	"tasktrail/importer"
	"tasktrail/incident"
)

type exportCmd struct {
	database
	checkpointKey
	Format string `enum:"jsonl,csv,yaml" default:"jsonl" placeholder:"FORMAT" help:"jsonl: the trail, to be verified with no database; csv: the trail, for people; yaml: all playbooks and rules that are not deleted (${default})."`
	Output string `default:"-" placeholder:"FILE" help:"Where to write, or - for standard output (${default}). A file with a trail is never overwritten."`
	Resume bool   `help:"Go on with a jsonl file that was interrupted, under its checkpoint."`

	Incident  string   `placeholder:"ID" help:"Only of this incident and its tasks."`
	Task      string   `placeholder:"ID" help:"Only of this task."`
	Subject   string   `placeholder:"ID" help:"Only of this incident, task, playbook, rule or webhook itself."`
	Actor     string   `placeholder:"ID" help:"Only done by this actor."`
	ActorKind []string `placeholder:"KIND" help:"Only done by one of these kinds, such as USER."`
	Action    []string `placeholder:"ACTION" help:"Only one of these, such as TASK_COMPLETED."`
	Field     []string `placeholder:"NAME" help:"Only what changed one of these fields."`
	Since     string   `placeholder:"TIME" help:"Only recorded then or later, such as 2026-01-02T03:04:05Z."`
	Until     string   `placeholder:"TIME" help:"Only recorded before then."`
}

// filterFlags are the flags by the names that filters have in the API.
var filterFlags = map[string]string{
	"incidentId": "incident", "taskId": "task", "subjectId": "subject", "actorId": "actor",
	"actorKind": "actor-kind", "actions": "action", "fields": "field", "since": "since", "until": "until",
}

func (c *exportCmd) filter() (incident.AuditEventFilter, incident.FilterText, error) {
	f, text, err := incident.FilterText{
		IncidentID: c.Incident, TaskID: c.Task, SubjectID: c.Subject, ActorID: c.Actor,
		ActorKind: c.ActorKind, Actions: c.Action, Fields: c.Field, Since: c.Since, Until: c.Until,
	}.Filter()
	if input, ok := errors.AsType[*incident.InputError](err); ok {
		err = usedWrongly(fmt.Errorf("--%s: %s", filterFlags[strings.Join(input.Path, ".")], input.Message))
	}
	return f, text, err
}

// Run writes the export. It may run beside a server, and changes nothing, but
// that it may store a checkpoint.
func (c *exportCmd) Run(ctx context.Context, out output) error {
	f, text, err := c.filter()
	switch {
	case err != nil:
		return err
	case c.Format == "yaml" && !reflect.ValueOf(text).IsZero():
		return usedWrongly(errors.New("the filters choose events; playbooks and rules are exported without any"))
	case c.Resume && (c.Format != "jsonl" || c.Output == "-"):
		return usedWrongly(errors.New("--resume goes on with a file in jsonl: give --output FILE, and no other --format"))
	case c.Format == "yaml":
		return c.exportBundle(ctx, out)
	}
	store, err := db.Open(ctx, c.Database, db.Options{Log: newLogger(out.stderr, zerolog.InfoLevel)})
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	service := incident.New(store, nil)
	trail, err := service.Export(ctx, exportingViewer(), incident.ExportScope{Format: c.Format, Filters: text.Names()})
	if err != nil {
		return err
	}
	e := &trailExport{exportCmd: c, out: out, trail: trail, text: text, run: export.Run{Trail: trail, Filter: f}}
	do := e.jsonLines
	if c.Format == "csv" {
		do = e.csv
	}
	err = do(ctx)
	trail.Ended(e.count, e.run.UpTo, err == nil)
	return errors.Join(err, service.FlushAccessLog(context.WithoutCancel(ctx)))
}

// checkpoint returns one of the whole trail when there is a key to sign it with,
// else the newest that is stored and how many newer events there are.
func (k checkpointKey) checkpoint(ctx context.Context, tree audit.TreeStore) (audit.StoredCheckpoint, int64, error) {
	keys, err := readKeys(k.CheckpointKey)
	switch {
	case err == nil && keys.CanSign():
		c, err := export.Fresh(ctx, tree, keys)
		return c, 0, err
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return audit.StoredCheckpoint{}, 0, err
	}
	return export.Newest(ctx, tree)
}

// exportBundle writes a file that tasktrail import reads.
func (c *exportCmd) exportBundle(ctx context.Context, out output) error {
	var bundle incident.Bundle
	err := c.write(ctx, out, nil, func(service *incident.Service) (err error) {
		bundle, err = service.ExportBundle(ctx, exportingViewer())
		return err
	})
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := importer.EncodeBundle(&file, bundle); err != nil {
		return err
	}
	if c.Output == "-" {
		_, err := out.stdout.Write(file.Bytes())
		return err
	}
	if err := os.WriteFile(c.Output, file.Bytes(), 0o600); err != nil {
		return fmt.Errorf("the file cannot be written: %w", err)
	}
	return nil
}

// exportingViewer is who reads in an export: whoever may read the database.
func exportingViewer() incident.Viewer {
	return incident.Viewer{
		Actor: incident.Actor{
			ID: incident.ActorID("tasktrail", "system:export"), Name: "tasktrail export", Kind: incident.KindSystem,
		},
		Roles: []incident.Role{incident.RoleAuditor},
	}
}

// stoppable ends reading a file when ctx does.
type stoppable struct {
	ctx context.Context //nolint:containedctx // a reader has no other way
	r   io.Reader
}

func (s stoppable) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}
