package db

import (
	"database/sql"
	"fmt"
	"strings"

	"tasktrail/audit"
)

// rawEvent is a row of the trail exactly as it is stored: what is null, and
// what has a wrong type, is seen. It is read without bun, which takes longer
// than the rest of a verification.
type rawEvent struct {
	ints  [3]intColumn
	texts [10]textColumn
	blobs [5]blobColumn
}

const rawEventColumns = "position, recorded_at, subject_version, " +
	"action, subject_kind, subject_id, actor_kind, actor_id, fields, incident_id, request_id, mutation_id, payload, " +
	"hash, commitment, previous, fingerprint, salt"

// rawEventNames are the columns as faults call them.
var rawEventNames = strings.Split(strings.ReplaceAll(rawEventColumns, "_", " "), ", ")

// The first so many columns of a kind are never null.
const (
	textsRequired = 6
	blobsRequired = 2
)

func (r *rawEvent) scan(rows *sql.Rows) error {
	i, t, b := &r.ints, &r.texts, &r.blobs
	return rows.Scan(&i[0], &i[1], &i[2], &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7], &t[8], &t[9], &b[0], &b[1], &b[2], &b[3], &b[4])
}

// position is that of the event; false when the column holds none.
func (r *rawEvent) position() (int64, bool) { return r.ints[0].n, r.ints[0].kind == columnValue }

// event makes e the event, its payload not decoded yet, or says what of the row
// cannot be one. Only what the encoding of an event does not cover is looked at:
// the rest is for [audit.Examine]. The room of e's payload is used again.
func (r *rawEvent) event(trail audit.TrailID, e *audit.Event) *audit.Fault {
	if f := r.fault(); f != nil {
		return f
	}
	t, b, text, changes := &r.texts, &r.blobs, e.PayloadText, e.Payload.Changes
	*e = audit.Event{
		Header: audit.Header{
			Trail: trail, Position: r.ints[0].n, RecordedAt: fromMicros(r.ints[1].n), SubjectVersion: r.ints[2].n,
			Action: audit.Action(t[0].s), SubjectKind: t[1].s, SubjectID: t[2].s, ActorKind: t[3].s, ActorID: t[4].s,
			IncidentID: t[6].s, RequestID: t[7].s, MutationID: t[8].s,
			Commitment: b[1].b, Previous: b[2].b, Fingerprint: b[3].b,
		},
		Hash: b[0].b, Redacted: t[9].kind == columnNull,
	}
	if !e.Redacted {
		e.PayloadText, e.Salt = append(text[:0], t[9].s...), [16]byte(b[4].b[:16])
		e.Payload.Changes = changes[:0]
	}
	return nil
}

// checkFields compares the column in which filters look with the payload.
func (r *rawEvent) checkFields(e *audit.Event) *audit.Fault {
	got, want := r.texts[5].s, ""
	if !e.Redacted {
		if isFieldsColumn(got, e.Payload) {
			return nil
		}
		want = fieldsColumn(e.Payload)
	}
	if got != want {
		return &audit.Fault{Field: "fields", Expected: want, Found: got}
	}
	return nil
}

// fault names the first column whose value no event could have.
func (r *rawEvent) fault() *audit.Fault {
	name := func(n int) string { return rawEventNames[n] }
	for n := range r.ints {
		if r.ints[n].kind != columnValue {
			return &audit.Fault{Field: name(n), Expected: "an integer", Found: r.ints[n].kind.String()}
		}
	}
	for n := range r.texts {
		c := &r.texts[n]
		if c.kind == columnOther || c.kind == columnNull && n < textsRequired {
			return &audit.Fault{Field: name(len(r.ints) + n), Expected: "a text", Found: c.kind.String()}
		}
		if c.kind == columnValue && c.s == "" && n >= textsRequired {
			return &audit.Fault{Field: name(len(r.ints) + n), Expected: "a text or null", Found: "an empty text"}
		}
	}
	present := [len(r.blobs)]bool{true, true, r.ints[0].n != 1, r.texts[8].kind != columnNull, r.texts[9].kind != columnNull}
	for n := range r.blobs {
		c, size := &r.blobs[n], len(audit.Hash{})
		if n == len(r.blobs)-1 {
			size = len(audit.Event{}.Salt)
		}
		field := name(len(r.ints) + len(r.texts) + n)
		switch {
		case c.kind == columnOther:
			return &audit.Fault{Field: field, Expected: fmt.Sprint(size, " bytes"), Found: c.kind.String()}
		case present[n] && (c.kind == columnNull || c.size != size):
			return &audit.Fault{Field: field, Expected: fmt.Sprint(size, " bytes"), Found: fmt.Sprint(c.size, " bytes")}
		case !present[n] && c.kind != columnNull:
			return &audit.Fault{Field: field, Expected: "null", Found: fmt.Sprint(c.size, " bytes")}
		}
	}
	return nil
}
