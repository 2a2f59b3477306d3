package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// mustKey makes a key file for checkpoints.
func mustKey(t testing.TB, seed byte) string {
	t.Helper()
	text, err := audit.MarshalKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "checkpoint.key")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// mustFill makes a database with an incident and n tasks, some of which were
// worked on, and returns the id of the incident.
func mustFill(t testing.TB, url string, n int) string {
	t.Helper()
	if _, err := db.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	var id string
	alice := incident.Viewer{
		Actor: incident.Actor{ID: incident.ActorID("test", "alice"), Name: "Alice é🔥\u2028=\"", Kind: incident.KindUser}, Roles: []incident.Role{incident.RoleResponder},
	}
	err := database{url}.write(t.Context(), output{new(bytes.Buffer), new(bytes.Buffer)}, nil, func(s *incident.Service) error {
		made, err := s.CreateIncident(t.Context(), alice, incident.CreateIncidentInput{Title: "Odd", Severity: incident.SeverityLow})
		if err != nil {
			return err
		}
		id = made.Incident.ID
		var tasks errgroup.Group
		tasks.SetLimit(64) // they share commits
		for i := range n {
			tasks.Go(func() error {
				key := fmt.Sprint(id, i)
				task, err := s.AddTask(t.Context(), alice, incident.AddTaskInput{IncidentID: id, Title: fmt.Sprint("Task ", i), Common: incident.Common{ClientMutationID: &key}})
				if err == nil && i%2 == 0 {
					_, err = s.CompleteTask(t.Context(), alice, incident.CompleteTaskInput{ID: task.Task.ID})
				}
				return err
			})
		}
		return tasks.Wait()
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// redact removes the payload of an event past the program, in the one way that
// the database lets through.
func redact(t testing.TB, url string, position int64) {
	t.Helper()
	store, err := db.Open(context.Background(), url, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	head, err := store.Log().Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e := &audit.Event{
		Header: audit.Header{
			RecordedAt: head.RecordedAt, Action: audit.Redacted, SubjectKind: audit.SubjectEvent, SubjectID: audit.EventID(position), SubjectVersion: 1,
			ActorKind: "USER", ActorID: incident.ActorID("test", "alice"),
		},
		Payload: audit.Payload{ActorName: "Alice", Reason: "secret", Changes: []audit.Change{{Field: "payload", From: json.RawMessage(`["title"]`), To: json.RawMessage("null")}}},
	}
	if err := e.Seal(head); err != nil {
		t.Fatal(err)
	}
	tx, err := dbtest.Raw(t, url).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	for _, statement := range []struct {
		sql  string
		args []any
	}{
		{`INSERT INTO audit_events (position, recorded_at, action, subject_kind, subject_id, subject_version, actor_kind, actor_id, commitment, previous, hash, payload, salt, fields)
			VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8, $9, $10, $11, $12, ',payload,')`, []any{
			e.Position, e.RecordedAt.UnixMicro(), string(e.Action), e.SubjectKind, e.SubjectID, e.ActorKind, e.ActorID,
			e.Commitment[:], e.Previous[:], e.Hash[:], string(e.PayloadText), e.Salt[:],
		}},
		{`UPDATE audit_events SET payload = NULL, salt = NULL, fields = '' WHERE position = $1`, []any{position}},
	} {
		if _, err := tx.ExecContext(t.Context(), statement.sql, statement.args...); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// nowhere is a database that cannot be reached.
const nowhere = "--database=postgres://u@127.0.0.1:1/d?sslmode=disable"

// What the database holds can be taken home and verified there, by our own
// program without the database and by a program in another language, and both
// agree with the verification of the database.
func TestExportVerifiesOffline(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		flag, dir := "--database="+url, t.TempDir()
		id := mustFill(t, url, 300) // more than a tile, and more than a page
		key := mustKey(t, 1)
		sign, with := "--checkpoint-key="+key, "--key="+key
		export := func(name string, args ...string) string {
			path := filepath.Join(dir, name)
			mustSay(t, "events, under the checkpoint of", append([]string{"export", flag, sign, "--output=" + path}, args...)...)
			return path
		}
		online, _, code := command("verify", flag, "--json")
		offline, _, _ := command("verify", nowhere, with, "--file="+export("first.jsonl"), "--json")
		var on, off struct {
			OK     bool
			Trail  string
			Events int64
		}
		if json.Unmarshal([]byte(online), &on) != nil || json.Unmarshal([]byte(offline), &off) != nil || code != 0 || on != off || !on.OK || on.Events != 451 {
			t.Errorf("the database says %s, the export %s", online, offline)
		}
		redact(t, url, 5)
		whole := export("whole.jsonl")
		text, err := os.ReadFile(whole)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(whole); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the file has mode %v, %v", info.Mode(), err)
		}
		var head struct{ Checkpoint string }
		if err := json.Unmarshal(text[:bytes.IndexByte(text, '\n')], &head); err != nil {
			t.Fatal(err)
		}
		outside := filepath.Join(dir, "checkpoint.txt")
		if err := os.WriteFile(outside, []byte(head.Checkpoint), 0o600); err != nil {
			t.Fatal(err)
		}

		mustSay(t, "this is the whole trail up to the checkpoint", "verify", nowhere, with, "--file="+whole)
		mustSay(t, "agrees with 1 checkpoints kept outside", "verify", nowhere, with, "--file="+whole, "--checkpoint="+outside)
		mustSay(t, `"redacted":1`, "verify", nowhere, with, "--file="+whole, "--json")
		perl, err := exec.Command("perl", "../../audit/testdata/verify_export.pl", whole).CombinedOutput()
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			t.Fatalf("install perl with its core modules (Debian: apt-get install perl): %v", err)
		}
		if !strings.HasPrefix(string(perl), "ok 452 ") {
			t.Errorf("the program in Perl says %s", perl)
		}
		out, errs, code := command("export", flag, sign)
		if code != 0 || out != string(text) || errs != "" {
			t.Errorf("the second time it was another export: %d, %s", code, errs)
		}

		for name, filter := range map[string][]string{
			"incident": {"--incident=" + id}, "action": {"--action=TASK_COMPLETED,TASK_ADDED"}, "field": {"--field=status"},
			"actor": {"--actor=" + incident.ActorID("test", "alice"), "--actor-kind=USER"}, "none": {"--until=2020-01-01T00:00:00Z"},
			"redaction": {"--subject=" + audit.EventID(5)}, "since": {"--since=2020-01-01T00:00:00+01:00"},
		} {
			path := export(name, filter...)
			mustSay(t, "each event is in the trail that the checkpoint states", "verify", nowhere, with, "--file="+path, "--checkpoint="+outside)
		}

		// What is written later leaves the first checkpoint behind.
		mustSay(t, "3 events written", "import", flag, mustWrite(t, file))
		later := export("later.jsonl")
		mustSay(t, "agrees with 1 checkpoints kept outside", "verify", nowhere, with, "--file="+later, "--checkpoint="+outside)
		filtered := export("later-filtered.jsonl", "--action=TASK_COMPLETED")
		if out, errs, code := command("verify", nowhere, with, "--file="+filtered, "--checkpoint="+outside, "--json"); code != 3 || !strings.Contains(errs, "the checkpoint of 452 events that was kept outside could not be checked") || !strings.Contains(out, `"ok":false`) {
			t.Errorf("a checkpoint that could not be checked: got %d, %s%s", code, out, errs)
		}

		// Tampering by whoever owns the database shows at home as it does there.
		dbtest.Tamper(t, url, "audit_events", "UPDATE audit_events SET payload = REPLACE(payload, 'Alice', 'Mallo') WHERE position = 13")
		tampered := export("tampered.jsonl")
		for _, args := range [][]string{{"verify", flag}, {"verify", nowhere, with, "--file=" + tampered}} {
			if out, errs, code := command(args...); code != 1 || !strings.Contains(errs, "position 13: payload: expected commitment") {
				t.Errorf("%q: got %d, %s%s", args, code, out, errs)
			}
		}
	})
}

func TestVerifyFileRefusals(t *testing.T) {
	url := dbtest.SQLite(t)
	mustFill(t, url, 3)
	key, other := mustKey(t, 1), mustKey(t, 2)
	whole := filepath.Join(t.TempDir(), "whole.jsonl")
	mustSay(t, "", "export", "--database="+url, "--checkpoint-key="+key, "--output="+whole)
	table, _, _ := command("export", "--database="+url, "--format=csv")
	text, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"no such file", []string{"--file=/nonexistent", "--key=" + key}, 2, "the file cannot be read"},
		{"no key", []string{"--file=" + whole, "--key=/nonexistent"}, 2, "give the public key of the checkpoints with --key FILE"},
		{"other key", []string{"--file=" + whole, "--key=" + other}, 1, "no signature by a known key"},
		{"no keys in the file", []string{"--file=" + whole, "--key=" + whole}, 2, "holds no Ed25519 keys"},
		{"CSV", []string{"--file=" + mustWrite(t, table), "--key=" + key}, 2, "it looks like CSV"},
		{"empty", []string{"--file=" + mustWrite(t, ""), "--key=" + key}, 2, "the file is empty"},
		{"cut", []string{"--file=" + mustWrite(t, string(text[:len(text)-9])), "--key=" + key}, 1, "it was cut short"},
		{"a directory", []string{"--file=" + t.TempDir(), "--key=" + key}, 3, "could not verify to the end"},
		{"no checkpoints", []string{"--file=" + whole, "--key=" + key, "--checkpoint=/nonexistent"}, 2, "the checkpoints cannot be read"},
		{"other checkpoints", []string{"--file=" + whole, "--key=" + key, "--checkpoint=" + whole}, 1, "not a checkpoint of a tasktrail trail"},
	} {
		for _, more := range [][]string{nil, {"--json"}} {
			out, errs, code := command(append(append([]string{"verify", nowhere}, test.args...), more...)...)
			if code != test.code || !strings.Contains(errs, test.says) || strings.Contains(out, "ok:") || strings.Contains(out, `"ok":true`) {
				t.Errorf("%s: got %d, %s%s; want %d and %q", test.name, code, out, errs, test.code, test.says)
			}
		}
	}
}

// A run that was interrupted anywhere goes on to the same bytes, whatever was
// written to the trail meanwhile.
func TestExportResumes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		mustFill(t, url, 4)
		redact(t, url, 2)
		flag, sign := "--database="+url, "--checkpoint-key="+mustKey(t, 1)
		for _, filter := range [][]string{nil, {"--action=TASK_ADDED", "--field=title"}} {
			args := append([]string{"export", flag, sign}, filter...)
			whole, errs, code := command(args...)
			if code != 0 {
				t.Fatal(errs)
			}
			mustSay(t, "3 events written", "import", flag, mustWrite(t, strings.ReplaceAll(file, "Odd", fmt.Sprint(len(filter)))))
			head := strings.Index(whole, "\n") + 1
			lines := strings.SplitAfter(whole, "\n")
			trailer := len(whole) - len(lines[len(lines)-2])
			for _, cut := range []int{head, head + 1, head + len(lines[1]) - 1, head + len(lines[1]), head + len(lines[1]) + 30, trailer, trailer + 1, len(whole) - 1, len(whole)} {
				path := mustWrite(t, whole[:cut])
				mustSay(t, "", "export", flag, "--resume", "--output="+path) // the filter is in the file
				if got, err := os.ReadFile(path); err != nil || string(got) != whole {
					t.Errorf("cut at %d: got\n%s\nwant\n%s", cut, got, whole)
				}
			}
			for _, cut := range []int{0, 5, head - 1} { // there is nothing to go on with
				path := mustWrite(t, whole[:cut])
				mustSay(t, "events, under the checkpoint of", append(args, "--resume", "--output="+path)...)
			}
			mustSay(t, "events, under the checkpoint of", append(args, "--resume", "--output="+filepath.Join(t.TempDir(), "new"))...)
		}
	})
}

func TestExportRefusals(t *testing.T) {
	url, another := dbtest.SQLite(t), dbtest.SQLite(t)
	mustFill(t, url, 4)
	mustFill(t, another, 4)
	flag, key := "--database="+url, mustKey(t, 1)
	sign, nokey := "--checkpoint-key="+key, "--checkpoint-key=/nonexistent"
	empty := "--database=" + dbtest.SQLite(t)
	mustSay(t, "applied", "migrate", empty)
	if out, errs, code := command("export", flag, nokey); code != 3 || !strings.Contains(errs, "the trail has no checkpoint yet: name the key that signs them with --checkpoint-key") || out != "" {
		t.Errorf("without a checkpoint: got %d, %s%s", code, out, errs)
	}
	whole, _, _ := command("export", flag, sign)
	foreign, _, _ := command("export", "--database="+another, sign)
	half := func(text string) string { return text[:len(text)*2/3] }
	for _, test := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"there is a file", []string{flag, sign, "--output=" + mustWrite(t, "x")}, 2, "is not overwritten"},
		{"there is a file, CSV", []string{flag, "--format=csv", "--output=" + mustWrite(t, "x")}, 2, "is not overwritten"},
		{"not an export", []string{flag, sign, "--resume", "--output=" + mustWrite(t, "my thesis")}, 1, "cannot be gone on with"},
		{"of another trail", []string{flag, sign, "--resume", "--output=" + mustWrite(t, half(foreign))}, 1, "is an export of another trail"},
		{"another event", []string{flag, sign, "--resume", "--output=" + mustWrite(t, strings.NewReplacer(`"hash":"`, `"hash":"0`, `","payload`, `,"payload`).Replace(half(whole)))}, 1, "cannot be gone on with"},
		{"other filters", []string{flag, sign, "--resume", "--action=TASK_ADDED", "--output=" + mustWrite(t, half(whole))}, 2, "was begun with other filters"},
		{"resume without a file", []string{flag, sign, "--resume"}, 2, "give --output FILE"},
		{"resume CSV", []string{flag, "--format=csv", "--resume", "--output=x"}, 2, "no other --format"},
		{"YAML with filters", []string{flag, "--format=yaml", "--action=TASK_ADDED"}, 2, "the filters choose events"},
		{"unknown action", []string{flag, "--action=TASK_EATEN"}, 2, "--action: must be any of INCIDENT_CREATED, "},
		{"unknown kind", []string{flag, "--actor-kind=KING"}, 2, "--actor-kind: must be any of USER, "},
		{"bad time", []string{flag, "--since=yesterday"}, 2, "--since: must be RFC 3339"},
		{"long id", []string{flag, "--incident=" + strings.Repeat("x", 201)}, 2, "--incident: must be at most 200 characters"},
		{"no events", []string{empty, sign}, 3, "the trail has no events yet"},
		{"no events, CSV", []string{empty, "--format=csv"}, 3, "the trail has no events yet"},
	} {
		if out, errs, code := command(append([]string{"export"}, test.args...)...); code != test.code || !strings.Contains(errs, test.says) {
			t.Errorf("%s: got %d, %s%s; want %d and %q", test.name, code, out, errs, test.code, test.says)
		}
	}

	// Without the key, the newest checkpoint must do, and it is said what is left
	// out; a payload that an event redacted later is then without explanation.
	mustSay(t, "3 events written", "import", flag, mustWrite(t, file))
	if out, errs, code := command("export", flag, nokey); code != 0 || out != whole || !strings.Contains(errs, "3 events are newer than the newest checkpoint") {
		t.Errorf("without the key: got %d, %s", code, errs)
	}
	redact(t, url, 2)
	for _, args := range [][]string{{nokey}, {nokey, "--resume", "--output=" + mustWrite(t, half(whole))}} {
		if _, errs, code := command(append([]string{"export", flag}, args...)...); code != 3 || !strings.Contains(errs, "events were redacted after the checkpoint was made") {
			t.Errorf("%q: got %d, %s", args, code, errs)
		}
	}
	mustSay(t, `"last":11`, "export", flag, sign)

	// No checkpoint is signed of a trail that is not the one signed before.
	mustSay(t, "3 events written", "import", flag, mustWrite(t, strings.ReplaceAll(file, "Odd", "Even")))
	dbtest.Tamper(t, url, "audit_events", "UPDATE audit_events SET action = 'TASK_SKIPPED' WHERE position = 3")
	if _, errs, code := command("export", flag, sign); code != 1 || !strings.Contains(errs, "the trail is not the one that its newest checkpoint states") {
		t.Errorf("a trail that was altered: got %d, %s", code, errs)
	}
}

// An interrupt leaves whole lines that can be gone on with, and no table that
// looks complete.
func TestExportInterrupted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		mustFill(t, url, 2)
		dir := t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		store, err := db.Open(ctx, url, db.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = store.Close() }()
		trail, err := incident.New(store, nil).Export(ctx, exportingViewer(), incident.ExportScope{Format: "jsonl"})
		if err != nil {
			t.Fatal(err)
		}
		for _, format := range []string{"jsonl", "csv"} {
			c := &exportCmd{Format: format, Output: filepath.Join(dir, format), checkpointKey: checkpointKey{mustKey(t, 1)}}
			e := &trailExport{exportCmd: c, out: output{new(bytes.Buffer), new(bytes.Buffer)}, trail: interrupted{trail, cancel}}
			e.run.Trail = e.trail
			do := e.jsonLines
			if format == "csv" {
				do = e.csv
			}
			if err := do(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: got %v", format, err)
			}
			ctx, cancel = context.WithCancel(t.Context())
		}
		cancel()
		if text, err := os.ReadFile(filepath.Join(dir, "jsonl")); err != nil || !bytes.HasSuffix(text, []byte("\n")) || bytes.Contains(text, []byte(`{"count"`)) {
			t.Errorf("%v, left:\n%s", err, text)
		}
		if _, err := os.Stat(filepath.Join(dir, "csv")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a table was left: %v", err)
		}
	})
}

// interrupted is a trail during whose reading the program is told to stop.
type interrupted struct {
	incident.TrailReader
	stop func()
}

func (i interrupted) Stream(ctx context.Context, q incident.TrailQuery, page func([]*audit.Event, int64) error) error {
	i.stop()
	return i.TrailReader.Stream(ctx, q, page)
}
