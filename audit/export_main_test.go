package audit

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"testing"
)

// exportTree is a trail with tiles that are made anew each time.
type exportTree struct{ *memLog }

func (exportTree) Tile(context.Context, int, int64) ([]Hash, bool, error) { return nil, false, nil }
func (exportTree) TileRoots(context.Context, int, int64, int) ([]Hash, error) {
	return nil, nil
}
func (exportTree) SaveTiles(context.Context, []Tile) error { return nil }
func (exportTree) Checkpoint(context.Context, int64) (StoredCheckpoint, bool, error) {
	return StoredCheckpoint{}, false, nil
}
func (exportTree) SaveCheckpoint(context.Context, StoredCheckpoint) error { return nil }

// exportTrail is a trail to be exported, and the key that its checkpoints are
// signed with. Event 3 was redacted at position 7.
type exportTrail struct {
	events []*Event
	keys   Keys
	tree   exportTree
}

func newExportTrail(t testing.TB, id byte, n int) *exportTrail {
	t.Helper()
	x := &exportTrail{keys: testKeys(t, id)}
	head := Head{Trail: TrailID{id}}
	for i, e := range mustTrail(t, head.Trail, n) {
		if i == 6 {
			e.Action, e.SubjectKind, e.SubjectID, e.SubjectVersion = Redacted, SubjectEvent, EventID(3), 1
		}
		if i%3 == 0 {
			e.MutationID, e.Fingerprint, e.RequestID, e.IncidentID = "", Hash{}, "", ""
			e.Payload.Reason = "=\"\\\b\t\n\f\r\x01\u2028<é🔥\u202e"
		}
		if err := e.Seal(head); err != nil {
			t.Fatal(err)
		}
		head = e.Head()
		x.events = append(x.events, e)
	}
	if n >= 7 {
		x.events[2] = x.events[2].WithoutPayload()
	}
	x.tree = exportTree{newMemLog(head.Trail, x.events)}
	return x
}

func testKeys(t testing.TB, seed byte) Keys {
	t.Helper()
	text, err := MarshalKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ParseKeys(text)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// checkpoint signs the trail as it was with size events.
func (x *exportTrail) checkpoint(t testing.TB, size int) StoredCheckpoint {
	t.Helper()
	var tree Tree
	for _, e := range x.events[:size] {
		encoded, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		tree.Append(LeafHash(encoded))
	}
	c := StoredCheckpoint{Checkpoint: Checkpoint{Trail: x.tree.id, Size: int64(size), Root: tree.Root()}}
	var err error
	if c.Note, err = x.keys.Sign(c.Checkpoint); err != nil {
		t.Fatal(err)
	}
	return c
}

// export writes the events that choose keeps; nil keeps all.
func (x *exportTrail) export(t testing.TB, filter string, after int64, choose func(*Event) bool) string {
	t.Helper()
	c := x.checkpoint(t, len(x.events))
	var out bytes.Buffer
	w, err := NewExportWriter(&out, ExportHead{Filter: json.RawMessage(filter), After: after, Checkpoint: c.Checkpoint, Note: c.Note}, x.tree)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range x.events[after:] {
		if choose != nil && !choose(e) {
			continue
		}
		if err := w.Write(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

const onlyOdd = `{"fields":["odd"]}`

func odd(e *Event) bool { return e.Position%2 == 1 }

func (x *exportTrail) check(outside ...string) ExportCheck {
	return ExportCheck{Keys: x.keys, Outside: outside, Matches: func(filter []byte) (func(*Event) bool, error) {
		if string(filter) != onlyOdd {
			return nil, errors.New("unknown")
		}
		return odd, nil
	}}
}
