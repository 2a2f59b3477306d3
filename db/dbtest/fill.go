package dbtest

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tasktrail/audit"
)

// Copies of the example's incidents are open at the same time, and some of the
// incidents get their last event only at the very end.
const (
	openCopies   = 25
	fillPage     = 2_000 // events a transaction
	signInterval = 100   // events between checkpoints
)

// Filled is what [Fill] has put into a database.
type Filled struct {
	Events      int64
	Incidents   int
	Tasks       int
	Checkpoints []string   // signed, one for each hundred events
	Keys        audit.Keys // that they are signed with
}

// Fill puts a long history into a new, migrated database, at some 20,000 events
// a second: what the service made of a small example, again and again under
// other ids, sealed as one trail of at least as many events, with its tables,
// tiles and checkpoints. A thousand incidents are open at a time; one in forty
// gets its last event at the end.
func Fill(t testing.TB, databaseURL string, events int) Filled {
	t.Helper()
	f := &filler{t: t, to: newInserter(t, databaseURL), example: newExample(t), keys: newKeys(t)}
	if err := f.to.conn.QueryRowContext(context.Background(), "SELECT id FROM trail").Scan(&f.id); err != nil {
		t.Fatal(err)
	}
	f.head = audit.Head{Trail: audit.TrailID(f.id)}
	f.to.disarm(func() {
		f.to.insert("actors", f.example.columns["actors"], f.example.actors)
		for _, e := range f.example.prologue {
			f.add(e, 0)
		}
		f.to.insert("definitions", f.example.columns["definitions"], f.example.definitions)
		perCopy := len(f.example.events)
		copies := max((events-len(f.example.prologue)+perCopy-1)/perCopy, 0)
		for from := 0; from < copies; from += openCopies {
			f.copies(from, min(from+openCopies, copies))
		}
		for _, l := range f.late {
			f.add(f.example.events[l.event], l.copy)
		}
		f.flush()
	})
	f.out.Events, f.out.Keys = f.head.Position, f.keys
	return f.out
}

type filler struct {
	t       testing.TB
	to      *inserter
	example *example
	keys    audit.Keys
	id      []byte
	head    audit.Head
	tree    audit.Tree
	out     Filled
	late    []late

	at                        map[place]int64 // positions of events that set off others
	events, tiles, checkpoint [][]any
}

// late is an event that is held back to the end.
type late struct{ event, copy int }

// place is an event of the example in one of the copies.
type place struct {
	position int64
	copy     int
}

// copies writes the example's events once for each copy, side by side, and the
// rows that they lead to.
func (f *filler) copies(from, to int) {
	f.at = map[place]int64{}
	for n, e := range f.example.events {
		for c := from; c < to; c++ {
			if n == f.example.last {
				f.late = append(f.late, late{n, c})
				continue
			}
			f.add(e, c)
		}
	}
	for _, table := range []string{"incidents", "tasks"} {
		var rows [][]any
		for c := from; c < to; c++ {
			for _, row := range f.example.rows[table] {
				rows = append(rows, f.example.copied(table, row, c))
			}
		}
		f.to.insert(table, f.example.columns[table], rows)
	}
	f.out.Incidents += (to - from) * len(f.example.rows["incidents"])
	f.out.Tasks += (to - from) * len(f.example.rows["tasks"])
}

// add seals the copy of an event and everything that it completes.
func (f *filler) add(example *audit.Event, n int) {
	e := *example
	e.SubjectID, e.IncidentID = copiedID(e.SubjectID, n), copiedID(e.IncidentID, n)
	if e.SubjectKind != "incident" && e.SubjectKind != "task" {
		e.SubjectID = example.SubjectID
	}
	if e.MutationID != "" {
		e.MutationID = fmt.Sprint(e.MutationID, " ", n)
	}
	e.Payload.CausedBy = f.at[place{e.Payload.CausedBy, n}]
	e.Payload.Changes = slices.Clone(e.Payload.Changes)
	for m, c := range e.Payload.Changes {
		if c.Field == "number" {
			e.Payload.Changes[m].To = fmt.Append(nil, f.example.number(c.To, n))
		}
	}
	// Salts are random where it matters.
	copy(e.Salt[:], fmt.Sprintf("%016x", f.head.Position))
	if err := e.Seal(f.head); err != nil {
		f.t.Fatal(err)
	}
	f.head = e.Head()
	if f.at != nil {
		f.at[place{example.Position, n}] = e.Position
	}
	f.events = append(f.events, eventRow(&e))
	f.grow(&e)
	if len(f.events) == fillPage {
		f.flush()
	}
}

// grow adds an event to the tree, and signs it now and then.
func (f *filler) grow(e *audit.Event) {
	encoded, err := e.Encode()
	if err != nil {
		f.t.Fatal(err)
	}
	for _, tile := range f.tree.Append(audit.LeafHash(encoded)) {
		root := tile.Root()
		var hashes []byte
		for _, h := range tile.Hashes {
			hashes = append(hashes, h[:]...)
		}
		f.tiles = append(f.tiles, []any{tile.Level, tile.Number, root[:], hashes})
	}
	if e.Position%signInterval != 0 {
		return
	}
	root := f.tree.Root()
	note, err := f.keys.Sign(audit.Checkpoint{Trail: e.Trail, Size: e.Position, Root: root})
	if err != nil {
		f.t.Fatal(err)
	}
	f.out.Checkpoints = append(f.out.Checkpoints, note)
	f.checkpoint = append(f.checkpoint, []any{e.Position, root[:], note, e.RecordedAt.UnixMicro()})
}

func (f *filler) flush() {
	f.to.insert("audit_events", eventColumns, f.events)
	f.to.insert("tree_tiles", []string{"level", "number", "root", "hashes"}, f.tiles)
	f.to.insert("checkpoints", []string{"size", "root", "note", "signed_at"}, f.checkpoint)
	f.events, f.tiles, f.checkpoint = nil, nil, nil
}

var eventColumns = strings.Fields("position recorded_at action subject_kind subject_id subject_version incident_id actor_kind actor_id " +
	"request_id mutation_id fingerprint commitment previous hash payload salt fields")

func eventRow(e *audit.Event) []any {
	null := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	row := []any{
		e.Position, e.RecordedAt.UnixMicro(), string(e.Action), e.SubjectKind, e.SubjectID, e.SubjectVersion, null(e.IncidentID),
		e.ActorKind, e.ActorID, null(e.RequestID), null(e.MutationID), nil, e.Commitment[:], nil, e.Hash[:],
		string(e.PayloadText), e.Salt[:], "," + strings.Join(e.Payload.Fields(), ",") + ",",
	}
	if e.MutationID != "" {
		row[11] = e.Fingerprint[:]
	}
	if e.Position > 1 {
		row[13] = e.Previous[:]
	}
	return row
}

// newKeys returns keys with one new private key.
func newKeys(t testing.TB) audit.Keys {
	t.Helper()
	seed := [ed25519.SeedSize]byte{}
	copy(seed[:], time.Now().String())
	text, err := audit.MarshalKey(ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := audit.ParseKeys(text)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}
