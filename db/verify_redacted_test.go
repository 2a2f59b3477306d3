package db_test

import (
	"encoding/json"
	"slices"
	"testing"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
)

// redact does what a redaction does to the tables: an event about the event, and
// its payload gone. It returns the steps and the new head.
func (p *proven) redact(t *testing.T, head audit.Head, e *audit.Event) ([]step, audit.Head) {
	t.Helper()
	fields, err := json.Marshal(e.Payload.Fields())
	if err != nil {
		t.Fatal(err)
	}
	r := &audit.Event{
		Header: audit.Header{
			RecordedAt: e.RecordedAt, Action: audit.Redacted, SubjectKind: audit.SubjectEvent, SubjectID: audit.EventID(e.Position), SubjectVersion: 1,
			IncidentID: e.IncidentID, ActorKind: "USER", ActorID: e.ActorID,
		},
		Payload: audit.Payload{ActorName: "admin", Reason: "asked for", Changes: []audit.Change{{Field: "payload", From: fields, To: json.RawMessage("null")}}},
	}
	if err := r.Seal(head); err != nil {
		t.Fatal(err)
	}
	row := make([]any, len(p.now["audit_events"].columns))
	values := map[string]any{
		"position": r.Position, "recorded_at": r.RecordedAt.UnixMicro(), "action": string(r.Action), "subject_kind": r.SubjectKind, "subject_id": r.SubjectID,
		"subject_version": r.SubjectVersion, "actor_kind": r.ActorKind, "actor_id": r.ActorID, "commitment": r.Commitment[:], "previous": r.Previous[:],
		"hash": r.Hash[:], "payload": string(r.PayloadText), "salt": r.Salt[:], "fields": ",payload,",
	}
	if r.IncidentID != "" {
		values["incident_id"] = r.IncidentID
	}
	for n, column := range p.now["audit_events"].columns {
		row[n] = values[column]
	}
	return []step{
		insertion("audit_events", p.now["audit_events"], row),
		{"UPDATE audit_events SET payload = NULL, salt = NULL, fields = '' WHERE position = $1", []any{e.Position}},
	}, r.Head()
}

// What redactions have removed is not compared and is counted, whichever event
// it was; everything else still is.
func TestVerifyRedacted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		p := prove(t, url)
		events, err := p.store.Log().Read(t.Context(), 0, len(p.now["audit_events"].rows))
		if err != nil {
			t.Fatal(err)
		}
		head := events[len(events)-1].Head()
		try := func(steps []step, want func(db.Verified, error)) {
			t.Helper()
			err := p.store.Attempt(t.Context(), func(exec func(string, ...any) error, verify func(db.VerifyOptions) (db.Verified, error)) error {
				for _, s := range steps {
					if err := exec(s.query, s.args...); err != nil {
						return err
					}
				}
				want(verify(db.VerifyOptions{Keys: &p.keys, Outside: p.outside(t)}))
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for n, e := range events {
			if n%12 != 0 && n < 240 {
				continue
			}
			steps, _ := p.redact(t, head, e)
			try(steps, func(got db.Verified, err error) {
				if err != nil || got.Redacted != 1 || got.Head.Position != head.Position+1 {
					t.Errorf("%s at position %d redacted: %v, %+v", e.Action, e.Position, err, got)
				}
			})
			try(steps[1:], func(_ db.Verified, err error) { // without an event that says so
				if layer(err) != "chain" {
					t.Errorf("position %d without payload: got %v", e.Position, err)
				}
			})
		}
		// All at once.
		var all []step
		at := head
		for _, e := range events {
			var steps []step
			steps, at = p.redact(t, at, e)
			all = append(all, steps...)
		}
		try(all, func(got db.Verified, err error) {
			if err != nil || got.Redacted != len(events) || got.Lost.Things < got.Tasks || got.Lost.Lists == 0 {
				t.Errorf("all redacted: %v, %+v", err, got)
			}
		})
		// What is still known is still compared.
		created := events[slices.IndexFunc(events, func(e *audit.Event) bool { return e.Action == "INCIDENT_CREATED" })]
		steps, _ := p.redact(t, head, created)
		for column, found := range map[string]bool{"title = 'x'": false, "version = 7": true, "created_by = 'x'": true} {
			more := append(slices.Clone(steps), step{"UPDATE incidents SET " + column + " WHERE id = $1", []any{created.SubjectID}})
			if column == "title = 'x'" {
				more = append(more, step{"UPDATE incidents SET search = 'x' WHERE id = $1", []any{created.SubjectID}})
			}
			try(more, func(_ db.Verified, err error) {
				if (layer(err) == "replay") != found {
					t.Errorf("creation redacted, %s: got %v, want found: %t", column, err, found)
				}
			})
		}
	})
}
