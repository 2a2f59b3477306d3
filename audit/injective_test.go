package audit

import (
	"bytes"
	"errors"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// drawPair returns two headers that are alike in most fields, so that what one
// field loses another could make up for.
func drawPair(t *rapid.T) (a, b Header) {
	a = drawHeader(t)
	b = a
	from := drawHeader(t)
	for range rapid.IntRange(0, 3).Draw(t, "fields that differ") {
		rapid.SampledFrom(headerFields).Draw(t, "field").copy(&b, &from)
	}
	// Let text wander over the border between two fields.
	neighbours := rapid.SampledFrom([]struct{ left, right *string }{
		{(*string)(&b.Action), &b.SubjectKind},
		{&b.SubjectKind, &b.SubjectID},
		{&b.ActorKind, &b.ActorID},
		{&b.SubjectID, &b.IncidentID},
		{&b.RequestID, &b.MutationID},
		{&b.IncidentID, &b.RequestID},
	}).Draw(t, "neighbours")
	if rapid.Bool().Draw(t, "wander") {
		_, n := utf8.DecodeLastRuneInString(*neighbours.left)
		cut := len(*neighbours.left) - n
		*neighbours.left, *neighbours.right = (*neighbours.left)[:cut], (*neighbours.left)[cut:]+*neighbours.right
	}
	return a, b
}

func TestEncodingIsInjective(t *testing.T) {
	pairs, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		for range 100 {
			a, b := drawPair(t)
			encodedA, err := a.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if got, err := DecodeHeader(encodedA); err != nil || got != a {
				t.Fatalf("decoded: got %+v, %v\nwant %+v", got, err, a)
			}
			encodedB, err := b.Encode()
			if err != nil {
				refused++ // a fingerprint without its id, or the like
				continue
			}
			if got, want := bytes.Equal(encodedA, encodedB), a == b; got != want {
				t.Fatalf("got encodings alike %v, want %v:\n%+v\n%+v", got, want, a, b)
			}
			pairs++
		}
	})
	t.Logf("%d pairs compared, %d more had a second header without encoding", pairs, refused)
}

// What has no encoding, each time in one field of a header that has one.
func TestEncodeRefuses(t *testing.T) {
	tests := []struct {
		name string
		edit func(h *Header)
	}{
		{"position 0", func(h *Header) { h.Position = 0 }},
		{"negative position", func(h *Header) { h.Position = -1 }},
		{"position 1 with a previous hash", func(h *Header) { h.Position = 1 }},
		{"subject version 0", func(h *Header) { h.SubjectVersion = 0 }},
		{"fingerprint without client mutation id", func(h *Header) { h.MutationID = "" }},
		{"empty action", func(h *Header) { h.Action = "" }},
		{"empty subject kind", func(h *Header) { h.SubjectKind = "" }},
		{"empty subject id", func(h *Header) { h.SubjectID = "" }},
		{"empty actor kind", func(h *Header) { h.ActorKind = "" }},
		{"empty actor id", func(h *Header) { h.ActorID = "" }},
		{"NUL in the incident id", func(h *Header) { h.IncidentID = "a\x00" }},
		{"broken UTF-8 in the request id", func(h *Header) { h.RequestID = "\xc3" }},
		{"a surrogate in the action", func(h *Header) { h.Action = "\xed\xa0\x80" }},
		// Two of these would otherwise share an encoding.
		{"a part of a microsecond", func(h *Header) { h.RecordedAt = h.RecordedAt.Add(time.Nanosecond) }},
		{"a time after what 64 bits hold", func(h *Header) { h.RecordedAt = time.Date(300000, 1, 1, 0, 0, 0, 0, time.UTC) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := sample()
			test.edit(&h)
			if b, err := h.Encode(); !errors.Is(err, ErrEncoding) {
				t.Errorf("got %x, %v, want ErrEncoding", b, err)
			}
		})
	}
}

func TestSealRefuses(t *testing.T) {
	head := Head{Position: 1, Hash: Hash{1}}
	tests := []struct {
		name string
		edit func(e *Event)
	}{
		{"a part of a microsecond", func(e *Event) { e.RecordedAt = e.RecordedAt.Add(time.Nanosecond) }},
		{"another zone", func(e *Event) { e.RecordedAt = e.RecordedAt.In(time.FixedZone("x", 3600)) }},
		{"no action", func(e *Event) { e.Action = "" }},
		{"a change that is not JSON", func(e *Event) { e.Payload.Changes = []Change{{From: []byte("{")}} }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := &Event{Header: sample()}
			if err := e.Seal(head); err != nil {
				t.Fatal(err)
			}
			test.edit(e)
			if err := e.Seal(head); err == nil {
				t.Errorf("got %+v sealed, want an error", e)
			}
		})
	}
}
