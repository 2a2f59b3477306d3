package db_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// covered are the tables that the trail is answerable for, with what names a
// row of each.
var covered = map[string]string{
	"trail": "id", "audit_events": "position", "incidents": "id", "tasks": "id", "definitions": "id", "tree_tiles": "number", "checkpoints": "size",
}

// proven is a database with everything that verification looks at, in which
// nothing refuses tampering any more: no trigger, no key, no check.
type proven struct {
	url   string
	store *db.Store
	keys  audit.Keys
	notes []string
	old   map[string]table // as it was at half the trail
	now   map[string]table
}

// table is what a table holds.
type table struct {
	columns []string
	rows    [][]any
}

// prove writes a trail and strips its database.
func prove(t *testing.T, url string) *proven {
	t.Helper()
	p := prepare(t, url)
	strip(t, dbtest.Raw(t, url), url)
	p.store = idle(t, url)
	p.now = contentsOf(t, dbtest.Raw(t, url))
	return p
}

// prepare writes a trail of some 280 events, so that a tile of the tree is full.
func prepare(t *testing.T, url string) *proven {
	t.Helper()
	p := &proven{url: url, keys: newKeys(t)}
	running, stop := run(t, url)
	defined(t, running, url)
	many(t, running, 240)
	p.sign(t, running, 1)
	p.old = contentsOf(t, dbtest.Raw(t, url))
	lively(t, running, 4)
	p.sign(t, running, int64(len(p.old["audit_events"].rows))+1)
	stop()
	if err := running.Close(); err != nil {
		t.Fatal(err)
	}
	return p
}

// run opens a store that runs until stop is called.
func run(t *testing.T, url string) (s *db.Store, stop func()) {
	t.Helper()
	s = idle(t, url)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	return s, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// lively works on incidents in every way that leaves something in the tables.
func lively(t *testing.T, s *db.Store, n int) {
	t.Helper()
	ctx, service, v := t.Context(), incident.New(s, nil), person("alice")
	must := func(errs []incident.MutationError, err error) {
		t.Helper()
		if err != nil || len(errs) > 0 {
			t.Fatal(err, errs)
		}
	}
	text := func(s string) *string { return &s }
	for k := range n {
		key, due := fmt.Sprint("key ", time.Now().UnixNano(), k), time.Now().Add(time.Hour)
		i, err := service.CreateIncident(ctx, v, incident.CreateIncidentInput{
			Common: incident.Common{ClientMutationID: &key, Reason: text("a reason")}, Title: fmt.Sprint("Lively ", k), Severity: incident.Severities[k%4],
			Description: text("<a> & “b”"), OwnerID: &v.Actor.ID, Labels: []string{"x", fmt.Sprint(k)},
		})
		must(i.Errors, err)
		var ids []string
		for m := range 3 {
			task, err := service.AddTask(ctx, v, incident.AddTaskInput{IncidentID: i.Incident.ID, Title: fmt.Sprint("Task ", k, m), Description: text("d"), DueAt: &due, AssigneeID: &v.Actor.ID})
			must(task.Errors, err)
			ids = append(ids, task.Task.ID)
		}
		moved, err := service.MoveTask(ctx, v, incident.MoveTaskInput{ID: ids[2], Rank: 1})
		must(moved.Errors, err)
		done, err := service.CompleteTask(ctx, v, incident.CompleteTaskInput{ID: ids[0]})
		must(done.Errors, err)
		deleted, err := service.DeleteTask(ctx, v, incident.DeleteTaskInput{ID: ids[1]})
		must(deleted.Errors, err)
		closed, err := service.CloseIncident(ctx, v, incident.CloseIncidentInput{ID: i.Incident.ID, Classification: incident.TruePositive, ClassificationComment: text("c")})
		must(closed.Errors, err)
	}
}

// sign stores the tiles of the tree, and checkpoints from a size on.
func (p *proven) sign(t *testing.T, s *db.Store, from int64) {
	t.Helper()
	head, err := s.Log().Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	events, err := s.Log().Read(t.Context(), 0, int(head.Position))
	if err != nil || int64(len(events)) != head.Position {
		t.Fatal(len(events), err)
	}
	for _, c := range proofs(t, events, p.keys) {
		if c.tile != nil {
			err = s.Tree().SaveTiles(t.Context(), []audit.Tile{*c.tile})
		} else if c.Size >= from {
			p.notes = append(p.notes, c.Note)
			err = s.Tree().SaveCheckpoint(t.Context(), c.StoredCheckpoint)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// proof is a full tile or a checkpoint.
type proof struct {
	tile *audit.Tile
	audit.StoredCheckpoint
}

// proofs makes the tiles over events, a checkpoint for every 20 and the last.
func proofs(t *testing.T, events []*audit.Event, keys audit.Keys) []proof {
	t.Helper()
	var out []proof
	var tree audit.Tree
	for n, e := range events {
		encoded, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		for _, tile := range tree.Append(audit.LeafHash(encoded)) {
			out = append(out, proof{tile: &tile})
		}
		if e.Position%20 == 0 || n == len(events)-1 {
			c := audit.Checkpoint{Trail: e.Trail, Size: e.Position, Root: tree.Root()}
			signed, err := keys.Sign(c)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, proof{StoredCheckpoint: audit.StoredCheckpoint{Checkpoint: c, Note: signed, SignedAt: e.RecordedAt}})
		}
	}
	return out
}

// outside are the checkpoints as somebody kept them outside.
func (p *proven) outside(t *testing.T) []audit.Checkpoint {
	t.Helper()
	var out []audit.Checkpoint
	for _, n := range p.notes {
		c, err := p.keys.Open(n)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

// strip takes every trigger, key and check from the tables, as their owner can.
func strip(t *testing.T, raw *sql.DB, url string) {
	t.Helper()
	conn, err := raw.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	disarm(t.Context(), t, conn, url)
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	cascade := " CASCADE"
	if strings.HasPrefix(url, "sqlite:") {
		cascade = ""
	}
	for _, name := range []string{"webhook_attempts", "webhook_deliveries", "webhook_secrets", "api_key_uses", "api_keys"} { // which refer to others
		if _, err := raw.ExecContext(t.Context(), "DROP TABLE "+name); err != nil {
			t.Fatal(err)
		}
	}
	for name, key := range covered {
		for _, s := range []string{
			"CREATE TABLE stripped AS SELECT * FROM " + name, "DROP TABLE " + name + cascade, "ALTER TABLE stripped RENAME TO " + name,
			"CREATE INDEX stripped_" + name + " ON " + name + " (" + key + ")",
		} {
			if _, err := raw.ExecContext(t.Context(), s); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
		}
	}
	for _, s := range []string{"CREATE INDEX of_incident ON audit_events (incident_id, position)", "CREATE INDEX of_tasks ON tasks (incident_id)"} {
		if _, err := raw.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
}

func contentsOf(t *testing.T, raw *sql.DB) map[string]table {
	t.Helper()
	out, err := readContents(t.Context(), raw, " ORDER BY ")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// readContents reads the covered tables in the order of their keys, or in that
// in which they are stored, without looking at an index.
func readContents(ctx context.Context, raw *sql.DB, order string) (map[string]table, error) {
	out := map[string]table{}
	for name, key := range covered {
		query := "SELECT * FROM " + name + " NOT INDEXED"
		if order != "" {
			query = "SELECT * FROM " + name + order + key
		}
		content, err := readTable(ctx, raw, query)
		if err != nil {
			return nil, err
		}
		out[name] = content
	}
	return out, nil
}

func readTable(ctx context.Context, raw *sql.DB, query string) (table, error) {
	rows, err := raw.QueryContext(ctx, query)
	if err != nil {
		return table{}, err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return table{}, err
	}
	content := table{columns: slices.Clone(columns)} // the PostgreSQL driver uses them again
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for n := range values {
			into[n] = &values[n]
		}
		if err := rows.Scan(into...); err != nil {
			return table{}, err
		}
		content.rows = append(content.rows, values)
	}
	return content, rows.Err()
}

// forge returns the trail with another name for who made the event at a
// position, and everything behind it chained anew. The tables say nothing else.
func (p *proven) forge(t *testing.T, position int64) []*audit.Event {
	t.Helper()
	events, err := p.store.Log().Read(t.Context(), 0, len(p.now["audit_events"].rows))
	if err != nil {
		t.Fatal(err)
	}
	out, head := make([]*audit.Event, len(events)), audit.Head{Trail: events[0].Trail}
	for n, e := range events {
		forged := *e
		if e.Position == position {
			forged.Payload.ActorName = "Mallory"
		}
		if err := forged.Seal(head); err != nil {
			t.Fatal(err)
		}
		out[n], head = &forged, forged.Head()
	}
	return out
}
