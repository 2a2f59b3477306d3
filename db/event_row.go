package db

import (
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"tasktrail/audit"
)

type eventRow struct {
	bun.BaseModel `bun:"table:audit_events,alias:e"`

	Position       int64  `bun:"position,pk,type:bigint"`
	RecordedAt     int64  `bun:"recorded_at,type:bigint"`
	Action         string `bun:"action,type:text"`
	SubjectKind    string `bun:"subject_kind,type:text"`
	SubjectID      string `bun:"subject_id,type:text"`
	SubjectVersion int64  `bun:"subject_version,type:bigint"`
	IncidentID     string `bun:"incident_id,type:text,nullzero"`
	ActorKind      string `bun:"actor_kind,type:text"`
	ActorID        string `bun:"actor_id,type:text"`
	RequestID      string `bun:"request_id,type:text,nullzero"`
	MutationID     string `bun:"mutation_id,type:text,nullzero"`
	Fingerprint    []byte `bun:"fingerprint"`
	Commitment     []byte `bun:"commitment"`
	Previous       []byte `bun:"previous"`
	Hash           []byte `bun:"hash"`
	Payload        string `bun:"payload,type:text,nullzero"` // null when it was redacted, like the salt
	Salt           []byte `bun:"salt"`
	Fields         string `bun:"fields,type:text"` // ",title,status," for filters
}

func eventRowOf(e *audit.Event) *eventRow {
	r := &eventRow{
		Position: e.Position, RecordedAt: micros(e.RecordedAt), Action: string(e.Action),
		SubjectKind: e.SubjectKind, SubjectID: e.SubjectID, SubjectVersion: e.SubjectVersion,
		IncidentID: e.IncidentID, ActorKind: e.ActorKind, ActorID: e.ActorID,
		RequestID: e.RequestID, MutationID: e.MutationID,
		Commitment: e.Commitment[:], Hash: e.Hash[:],
	}
	if !e.Redacted {
		r.Payload, r.Salt = string(e.PayloadText), e.Salt[:]
		r.Fields = fieldsColumn(e.Payload)
	}
	if e.MutationID != "" {
		r.Fingerprint = e.Fingerprint[:]
	}
	if e.Position > 1 {
		r.Previous = e.Previous[:]
	}
	return r
}

// fieldsColumn is the column in which filters look for changed fields.
func fieldsColumn(p audit.Payload) string { return "," + strings.Join(p.Fields(), ",") + "," }

// isFieldsColumn reports whether column is the [fieldsColumn] of a payload that
// has changes, without making it.
func isFieldsColumn(column string, p audit.Payload) bool {
	rest, ok := column, len(p.Changes) > 0
	for _, c := range p.Changes {
		if ok {
			rest, ok = strings.CutPrefix(rest, ",")
		}
		if ok {
			rest, ok = strings.CutPrefix(rest, c.Field)
		}
	}
	return ok && rest == ","
}

// event gives the event back as it is stored. Whether it is genuine is for
// [audit.Verifier] to say; only what cannot be an event at all is an error.
func (r *eventRow) event(trail audit.TrailID) (*audit.Event, error) {
	e, err := r.undecoded(trail)
	if err != nil || e.Redacted {
		return e, err
	}
	if e.Payload, err = audit.DecodePayload(e.PayloadText); err != nil {
		return nil, fmt.Errorf("position %d: %w", r.Position, err)
	}
	return e, nil
}

// undecoded gives the event back with the text of its payload alone.
func (r *eventRow) undecoded(trail audit.TrailID) (*audit.Event, error) {
	for _, b := range [][]byte{r.Hash, r.Commitment} {
		if len(b) != len(audit.Hash{}) {
			return nil, fmt.Errorf("position %d: a hash has %d bytes", r.Position, len(b))
		}
	}
	redacted := r.Payload == "" && len(r.Salt) == 0
	if (!redacted && len(r.Salt) != 16) || (len(r.Previous) != 0 && len(r.Previous) != 32) || (len(r.Fingerprint) != 0 && len(r.Fingerprint) != 32) {
		return nil, fmt.Errorf("position %d: salt, previous hash or fingerprint has a wrong length", r.Position)
	}
	e := &audit.Event{
		Header: audit.Header{
			Trail: trail, Position: r.Position, RecordedAt: fromMicros(r.RecordedAt), Action: audit.Action(r.Action),
			SubjectKind: r.SubjectKind, SubjectID: r.SubjectID, SubjectVersion: r.SubjectVersion,
			IncidentID: r.IncidentID, ActorKind: r.ActorKind, ActorID: r.ActorID,
			RequestID: r.RequestID, MutationID: r.MutationID, Commitment: audit.Hash(r.Commitment),
		},
		Hash: audit.Hash(r.Hash), Redacted: redacted,
	}
	if len(r.Previous) != 0 {
		e.Previous = audit.Hash(r.Previous)
	}
	if len(r.Fingerprint) != 0 {
		e.Fingerprint = audit.Hash(r.Fingerprint)
	}
	if !redacted {
		e.PayloadText, e.Salt = []byte(r.Payload), [16]byte(r.Salt)
	}
	return e, nil
}
