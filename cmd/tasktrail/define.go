package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/importer"
	"tasktrail/incident"
)

// define imports playbooks and rules, all of them or none, and says what
// became of each.
func (c *importCmd) define(ctx context.Context, out output, file importer.File, digest [32]byte) error {
	d := file.Definitions
	var signing *checkpointKey
	if !c.DryRun {
		signing = &c.checkpointKey
		if _, err := db.Migrate(ctx, c.Database); err != nil {
			return err
		}
	}
	var report incident.BundleReport
	err := c.write(ctx, out, signing, func(service *incident.Service) (err error) {
		report, err = service.ImportBundle(ctx, importingViewer(digest, incident.RoleContributor), d.Bundle, c.DryRun)
		return err
	})
	if refusal, ok := errors.AsType[incident.Refusal](err); ok {
		return faulty(d.Faults(refusal))
	}
	if err != nil {
		return err
	}
	printReport(out.stdout, report, file.Format, c.DryRun)
	if len(d.Notes) > 0 {
		fmt.Fprintln(out.stdout, "not carried over:")
		for _, n := range d.Notes {
			fmt.Fprintf(out.stdout, "  %s\n", onOneLine(n.String()))
		}
	}
	return nil
}

// printReport writes a line for each definition, and of a dry run every field
// that would change.
func printReport(w io.Writer, report incident.BundleReport, format string, dryRun bool) {
	counts := map[incident.BundleOutcome]int{}
	print := func(kind string, items []incident.BundleItem) {
		for _, item := range items {
			counts[item.Outcome]++
			fmt.Fprintf(w, "%-8s  %-9s  %s\n", kind, item.Outcome, onOneLine(item.Name))
			if dryRun && item.Outcome == incident.BundleUpdated {
				printChanges(w, item.Changes)
			}
		}
	}
	print("playbook", report.Playbooks)
	print("rule", report.Rules)
	what := "imported"
	if dryRun {
		what = "would be imported"
	}
	fmt.Fprintf(w, "%d playbooks and %d rules %s (format %s): %d created, %d updated, %d unchanged\n", len(report.Playbooks), len(report.Rules),
		what, format, counts[incident.BundleCreated], counts[incident.BundleUpdated], counts[incident.BundleUnchanged])
}

// printChanges writes a line for each value that differs, however deep it is.
func printChanges(w io.Writer, changes []audit.Change) {
	for _, c := range changes {
		var from, to any
		if decodeNumbers(c.From, &from) != nil || decodeNumbers(c.To, &to) != nil {
			from, to = string(c.From), string(c.To)
		}
		differences(c.Field, from, to, func(path string, from, to any) {
			fmt.Fprintf(w, "    %s: %s -> %s\n", path, shown(from), shown(to))
		})
	}
}

// decodeNumbers keeps numbers as they are written.
func decodeNumbers(data []byte, to *any) error {
	if len(data) == 0 {
		return nil // the same as null
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	return decoder.Decode(to)
}

// differences calls found for the innermost values that differ.
func differences(path string, from, to any, found func(path string, from, to any)) {
	if reflect.DeepEqual(from, to) {
		return
	}
	if a, ok := from.(map[string]any); ok {
		if b, ok := to.(map[string]any); ok {
			names := maps.Clone(a)
			maps.Copy(names, b)
			for _, name := range slices.Sorted(maps.Keys(names)) {
				differences(path+"."+name, a[name], b[name], found)
			}
			return
		}
	}
	if a, ok := from.([]any); ok {
		if b, ok := to.([]any); ok {
			for i := range max(len(a), len(b)) {
				differences(fmt.Sprintf("%s[%d]", path, i), at(a, i), at(b, i), found)
			}
			return
		}
	}
	found(path, from, to)
}

func at(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

// shown is a value as JSON on one line, of which long ones show their
// beginning.
func shown(value any) string {
	const most = 120 // characters
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(value) != nil {
		return "?"
	}
	text := onOneLine(strings.TrimSpace(b.String()))
	if n := utf8.RuneCountInString(text); n > most {
		return fmt.Sprintf("%s… (%d characters)", string([]rune(text)[:most]), n)
	}
	return text
}
