package db_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// A redaction takes what it removed out of every moment at which it held, also
// out of those before the redaction, and says so.
func TestRedactionsReachThePast(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		ctx, s := t.Context(), open(t, url, db.Options{})
		service, v := incident.New(s, nil), person("alice")
		created, err := service.CreateIncident(ctx, v, incident.CreateIncidentInput{Title: "I", Severity: incident.SeverityLow})
		if err != nil {
			t.Fatal(err)
		}
		id, at := created.Incident.ID, []int64{created.Event.Position}
		for _, text := range []string{"secret", "fine"} {
			p, err := service.UpdateIncident(ctx, v, incident.UpdateIncidentInput{ID: id, Description: incident.Optional[*string]{Set: true, Value: &text}})
			if err != nil {
				t.Fatal(err)
			}
			at = append(at, p.Event.Position)
		}
		redactRaw(t, s, url, id, at[1], "description")
		head, err := s.Log().Head(ctx)
		if err != nil {
			t.Fatal(err)
		}
		at = append(at, head.Position)
		for n, want := range []string{"null []", "null [description]", `"fine" []`, `"fine" []`} {
			past, err := service.Past(v)
			if err != nil {
				t.Fatal(err)
			}
			i, err := past.IncidentAt(ctx, id, incident.TrailPoint{Position: &at[n]})
			if err != nil {
				t.Fatal(err)
			}
			text, _ := json.Marshal(i.Description)
			if got := fmt.Sprintf("%s %v", text, i.UnknownFields); got != want || i.AsOf.Position != at[n] {
				t.Errorf("position %d: got %s as of %d, want %s", at[n], got, i.AsOf.Position, want)
			}
		}
		// Only its own redactions are read.
		for incidentID, want := range map[string]int{id: 1, "inc_none": 0} {
			if got, err := s.RedactionsOf(ctx, incidentID); err != nil || len(got) != want {
				t.Errorf("%s: got %d redactions, %v, want %d", incidentID, len(got), err, want)
			}
		}
	})
}

// redactRaw redacts an event by SQL, as the database's owner could.
func redactRaw(t *testing.T, s *db.Store, url, incidentID string, position int64, fields ...string) {
	t.Helper()
	ctx := context.Background()
	head, err := s.Log().Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	names, _ := json.Marshal(fields)
	alice := person("alice").Actor
	e := &audit.Event{
		Header: audit.Header{
			RecordedAt: time.Now().UTC().Truncate(time.Microsecond), Action: audit.Redacted, SubjectKind: audit.SubjectEvent, SubjectID: audit.EventID(position),
			SubjectVersion: 1, IncidentID: incidentID, ActorKind: string(alice.Kind), ActorID: alice.ID,
		},
		Payload: audit.Payload{ActorName: alice.Name, Changes: []audit.Change{{Field: "payload", From: names, To: json.RawMessage("null")}}},
	}
	if err := e.Seal(head); err != nil {
		t.Fatal(err)
	}
	blob := func(b []byte) string { return blobOf(url, fmt.Sprintf("%x", b)) }
	insert := fmt.Sprintf(`INSERT INTO audit_events (position, recorded_at, action, subject_kind, subject_id, subject_version, incident_id, actor_kind, actor_id, commitment, previous, hash, payload, salt, fields)
		VALUES (%d, %d, '%s', '%s', '%s', 1, '%s', '%s', '%s', %s, %s, %s, '%s', %s, ',payload,')`,
		e.Position, e.RecordedAt.UnixMicro(), e.Action, e.SubjectKind, e.SubjectID, e.IncidentID, e.ActorKind, e.ActorID,
		blob(e.Commitment[:]), blob(e.Previous[:]), blob(e.Hash[:]), strings.ReplaceAll(string(e.PayloadText), "'", "''"), blob(e.Salt[:]))
	remove := fmt.Sprintf("UPDATE audit_events SET payload = NULL, salt = NULL, fields = '' WHERE position = %d", position)
	raw := dbtest.Raw(t, url)
	if err := attempt(t, raw, nil, []string{insert, remove}); err != nil {
		t.Fatal(err)
	}
}
