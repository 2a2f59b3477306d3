package main

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"tasktrail/importer"
	"tasktrail/incident"
)

type exportCmd struct {
	database
	Format string `enum:"yaml" default:"yaml" placeholder:"FORMAT" help:"yaml: all playbooks and rules that are not deleted (${default})."`
	Output string `default:"-" placeholder:"FILE" help:"Where to write, or - for standard output (${default})."`
}

// Run writes a file that tasktrail import reads. It changes nothing, and may
// run beside a server.
func (c *exportCmd) Run(ctx context.Context, out output) error {
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
		Roles: []incident.Role{incident.RoleReader},
	}
}
