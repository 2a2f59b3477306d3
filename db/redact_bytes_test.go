package db_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// secret makes a text that is nowhere else: 48 characters, or more where a row
// is to be larger than a page.
func secret(size int) string {
	b := make([]byte, max(size, 20))
	_, _ = rand.Read(b)
	return secretMark + hex.EncodeToString(b)
}

const (
	secretMark = "SECRET-"
	secretSize = len(secretMark) + 40 // of it that is looked for
)

// found lists the secrets whose beginnings stand anywhere in the files.
func found(t *testing.T, files []string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		for {
			at := bytes.Index(text, []byte(secretMark))
			if at < 0 {
				break
			}
			out[string(text[at:min(at+secretSize, len(text))])] = true
			text = text[at+len(secretMark):]
		}
	}
	return out
}

// under lists the files below a directory.
func under(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			files = append(files, path)
		}
		if os.IsNotExist(err) { // servers remove files
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// superseded writes texts that are replaced by others and returns them, with the
// positions of all events that hold one.
func superseded(t *testing.T, s *db.Store, events int) (secrets []string, positions []int64) {
	t.Helper()
	service, ctx := incident.New(s, nil), t.Context()
	boss := author("boss")
	add := func(event *audit.Event, err error, errs []incident.MutationError) {
		if err != nil || len(errs) > 0 || event == nil {
			t.Fatal(event, err, errs)
		}
		positions = append(positions, event.Position)
	}
	text := func(size int) *string {
		secrets = append(secrets, secret(size))
		return &secrets[len(secrets)-1]
	}
	set := func(s string) incident.Optional[*string] { return incident.Optional[*string]{Set: true, Value: &s} }
	for n := 0; len(positions) < events; n++ {
		size := []int{20, 200, 3000, 4900}[n%4]
		i, err := service.CreateIncident(ctx, boss, incident.CreateIncidentInput{Title: *text(20), Description: text(size), Severity: incident.SeverityLow})
		add(i.Event, err, i.Errors)
		task, err := service.AddTask(ctx, boss, incident.AddTaskInput{IncidentID: i.Incident.ID, Title: *text(20), Description: text(size)})
		add(task.Event, err, task.Errors)
		// A name that its bearer had when it acted, and has no more.
		who := person(fmt.Sprint("renamed ", n))
		who.Actor.Name, who.Actor.Email = *text(20), *text(20)
		started, err := service.StartTask(ctx, who, incident.StartTaskInput{ID: task.Task.ID, Common: incident.Common{Reason: text(400)}})
		add(started.Event, err, started.Errors)
		if err := service.Admit(ctx, person(fmt.Sprint("renamed ", n))); err != nil {
			t.Fatal(err)
		}
		book, err := service.CreatePlaybook(ctx, boss, incident.CreatePlaybookInput{Playbook: incident.PlaybookInput{
			Name: fmt.Sprint("book ", n), Description: text(size), Steps: []incident.PlaybookStepInput{{Title: *text(20)}},
		}})
		add(book.Event, err, book.Errors)
		// Their replacements hold them too, as what was before.
		changed, err := service.UpdateIncident(ctx, boss, incident.UpdateIncidentInput{ID: i.Incident.ID, Title: set("new"), Description: set(strings.Repeat("new ", size/10))})
		add(changed.Event, err, changed.Errors)
		moved, err := service.UpdateTask(ctx, boss, incident.UpdateTaskInput{ID: task.Task.ID, Title: set("new"), Description: set("new")})
		add(moved.Event, err, moved.Errors)
		rewritten, err := service.UpdatePlaybook(ctx, boss, incident.UpdatePlaybookInput{
			ID: book.Definition.ID, Description: set("new"), Steps: incident.Optional[[]incident.PlaybookStepInput]{Set: true, Value: []incident.PlaybookStepInput{{Title: "new"}}},
		})
		add(rewritten.Event, err, rewritten.Errors)
		// And others, which are not redacted.
		many(t, s, 5)
	}
	for n, text := range secrets {
		secrets[n] = text[:secretSize]
	}
	return secrets, positions
}

// proofText is the root of the whole trail and what proves each event.
func proofText(t *testing.T, s *db.Store, size int64) string {
	t.Helper()
	var b strings.Builder
	full, err := audit.LoadTree(t.Context(), s.Tree(), size)
	if err != nil {
		t.Fatal(err)
	}
	c := audit.Checkpoint{Size: size, Root: full.Root()}
	if head, err := s.Log().Head(t.Context()); err == nil {
		c.Trail = head.Trail
	}
	fmt.Fprintln(&b, c)
	events, err := s.Log().Read(t.Context(), 0, int(size))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		encoded, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if e.Position%7 == 1 { // each reads all leaves
			proof, err := audit.ProveInclusion(t.Context(), s.Tree(), c, e.Position)
			if err == nil {
				err = audit.CheckInclusion(c, e.Position, audit.LeafHash(encoded), proof)
			}
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&b, proof)
		}
		fmt.Fprintln(&b, e.Position, e.Hash, audit.LeafHash(encoded))
	}
	return b.String()
}

// redactAll redacts events, and returns the position of the last redaction.
func redactAll(t *testing.T, s *db.Store, positions []int64) (last int64) {
	t.Helper()
	service := incident.New(s, nil)
	reason := "it should not have been written"
	for _, position := range positions {
		p, err := service.RedactEvent(context.Background(), admin("root"), incident.RedactEventInput{Common: incident.Common{Reason: &reason}, Position: position})
		if err != nil || len(p.Errors) > 0 || p.Event == nil {
			t.Fatal(p, err)
		}
		last = p.Event.Position
	}
	return last
}

// admin returns a viewer who may redact.
func admin(name string) incident.Viewer {
	v := person(name)
	v.Roles = []incident.Role{incident.RoleAdmin}
	return v
}

func redactions() int {
	if os.Getenv("TASKTRAIL_SOAK") != "" {
		return 1000
	}
	return 100
}

// missed fails the test for secrets that are not, or still, in the files.
func missed(t *testing.T, when string, files []string, secrets []string, want bool) {
	t.Helper()
	in := found(t, files)
	n := 0
	for _, s := range secrets {
		if in[s] {
			n++
		}
	}
	if want && n == 0 || !want && n > 0 {
		t.Errorf("%s: %d of %d secrets are in the files", when, n, len(secrets))
	}
	t.Logf("%s: %d of %d secrets are in the files", when, n, len(secrets))
}

// After a redaction no file of SQLite holds what was removed, and every proof
// stays as it was.
func TestRedactionRemovesBytesSQLite(t *testing.T) {
	url := dbtest.SQLite(t)
	s := open(t, url, db.Options{})
	secrets, positions := superseded(t, s, redactions())
	path := strings.TrimPrefix(url, "sqlite:")
	files := []string{path, path + "-wal", path + "-shm"}
	missed(t, "before", files, secrets, true)
	size := verify(t, s).Head.Position
	before := proofText(t, s, size)

	// The control: while somebody reads, the log stays, and is said to.
	reader := dbtest.Raw(t, url)
	tx, err := reader.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.QueryRow("SELECT COUNT(*) FROM audit_events").Scan(&n); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(positions[:len(positions)/2])
	redactAll(t, s, positions)
	missed(t, "while the log is read", files, secrets, true)
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	missed(t, "after", files, secrets, false)
	if after := proofText(t, s, size); after != before {
		t.Error("proofs have changed")
	}
	verify(t, s)
}

// On PostgreSQL, what was removed is in its files until the tables are
// rewritten, and in its write-ahead log until the segments of that time are
// gone; docs/redaction.md says how.
func TestRedactionRemovesBytesPostgres(t *testing.T) {
	cluster := dbtest.NewCluster(t)
	s := open(t, cluster.URL(), db.Options{})
	raw := dbtest.Raw(t, cluster.URL())
	exec := func(statements ...string) {
		t.Helper()
		for _, statement := range statements {
			if _, err := raw.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
	}
	tables := func() []string { return under(t, filepath.Join(cluster.Data(), "base")) }
	log := func() []string { return under(t, filepath.Join(cluster.Data(), "pg_wal")) }
	exec("ALTER SYSTEM SET wal_recycle = off", "SELECT pg_reload_conf()")
	secrets, positions := superseded(t, s, redactions())
	exec("CHECKPOINT")
	missed(t, "before: tables", tables(), secrets, true)
	missed(t, "before: log", log(), secrets, true)
	size := verify(t, s).Head.Position
	before := proofText(t, s, size)

	slices.Reverse(positions[:len(positions)/2])
	redactAll(t, s, positions)
	if err := s.Scrub(t.Context()); !errors.Is(err, db.ErrLeftInFiles) {
		t.Errorf("got %v, want %v", err, db.ErrLeftInFiles)
	}
	exec("CHECKPOINT")
	missed(t, "after VACUUM: tables", tables(), secrets, true) // the control
	missed(t, "after VACUUM: log", log(), secrets, true)
	exec("VACUUM (FULL) audit_events, incidents, tasks, actors, definitions, webhook_deliveries", "CHECKPOINT")
	missed(t, "after VACUUM (FULL): tables", tables(), secrets, false)
	exec("SELECT pg_switch_wal()", "CHECKPOINT")
	missed(t, "after another segment: log", log(), secrets, false)
	missed(t, "after all: every file", under(t, cluster.Data()), secrets, false)
	if after := proofText(t, s, size); after != before {
		t.Error("proofs have changed")
	}
	verify(t, s)
}
