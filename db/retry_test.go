package db_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"testing"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// commitBytes is how long a COMMIT and its answer are, and a little.
const commitBytes = 40

// cutting makes a change again and again over a connection that is cut once
// during each, at another byte every time. change must come back from it.
func cutting(t *testing.T, p *proxy, change func(name string)) (cuts, length int64) {
	t.Helper()
	cuts, length = 150, math.MaxInt64
	if os.Getenv("TASKTRAIL_SOAK") != "" {
		cuts = 5000
	}
	change("first")
	for n := range 5 { // now and then a look at the trail adds to the traffic
		p.arm(-1)
		change(fmt.Sprint("measured ", n))
		length = min(length, p.passed())
	}
	for n := range cuts {
		// Every second one within the COMMIT and its answer: there it hurts.
		at := n * length / cuts
		if n%2 == 0 {
			at = length - n/2%commitBytes
		}
		cut := p.arm(at)
		change(fmt.Sprint("cut ", n))
		<-cut // by the next look at the trail, if the change was shorter
	}
	return cuts, length
}

// With a clientMutationId the store finds out by itself what became of a change
// whose connection broke: every caller gets its answer, and there is one event.
func TestCutWithMutationID(t *testing.T) {
	direct := dbtest.Postgres(t)
	p := newProxy(t, direct)
	s := open(t, p.url, db.Options{NoHints: true})
	service, v := incident.New(s, nil), person("alice")
	told, replays := map[string]string{}, 0
	cuts, length := cutting(t, p, func(name string) {
		got, err := service.CreateIncident(context.Background(), v, incident.CreateIncidentInput{
			Common: incident.Common{ClientMutationID: &name}, Title: name, Severity: incident.SeverityLow,
		})
		if err != nil || got.Incident == nil {
			t.Fatalf("%s: got %v, %v", name, got, err)
		}
		told[got.Incident.ID] = name
		if got.Replayed {
			replays++
		}
	})
	again := open(t, direct, db.Options{})
	head := verify(t, again).Head
	if want := cuts + 6; head.Position != want || int64(len(told)) != want {
		t.Errorf("got %d events and %d incidents, want %d", head.Position, len(told), want)
	}
	events, err := again.Log().Read(t.Context(), 0, int(head.Position))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if told[e.SubjectID] != e.MutationID {
			t.Errorf("position %d is of mutation %q, its caller was told %q", e.Position, e.MutationID, told[e.SubjectID])
		}
	}
	if replays == 0 {
		t.Error("no cut fell between a commit and its answer")
	}
	t.Logf("%d cuts in %d bytes: %d events, %d of them found by trying again", cuts, length, head.Position, replays)
}

// Without one, an error may mean either; but an answer means done once, and
// nothing is ever done twice.
func TestCutWithoutMutationID(t *testing.T) {
	direct := dbtest.Postgres(t)
	p := newProxy(t, direct)
	s, again := open(t, p.url, db.Options{NoHints: true}), open(t, direct, db.Options{})
	service, v := incident.New(again, nil), person("alice")
	made, err := service.CreateIncident(t.Context(), v, incident.CreateIncidentInput{Title: "0", Severity: incident.SeverityLow})
	if err != nil {
		t.Fatal(err)
	}
	raw, id := dbtest.Raw(t, direct), made.Incident.ID
	count, errs, hidden := 0, 0, 0
	cuts, length := cutting(t, p, func(name string) {
		err := s.Update(context.Background(), incident.Needs{Incidents: []string{id}}, func(tx incident.Tx) error {
			return countUp(tx, id)
		})
		// The server may still be at the COMMIT of a connection that is gone: the
		// row's lock tells when it is done.
		var title string
		if err := raw.QueryRowContext(t.Context(), "SELECT title FROM incidents FOR UPDATE").Scan(&title); err != nil {
			t.Fatal(err)
		}
		now, _ := strconv.Atoi(title)
		if now-count > 1 || (err == nil && now-count != 1) {
			t.Errorf("%s: counted from %d to %d, and the answer was %v", name, count, now, err)
		}
		if err != nil {
			errs++
			hidden += now - count
		}
		count = now
	})
	verify(t, again)
	if hidden == 0 || hidden == errs {
		t.Errorf("%d errors, %d of them of a change that was made: no cut fell on both sides of a commit", errs, hidden)
	}
	t.Logf("%d cuts in %d bytes: %d errors, %d of them of a change that was made, none made twice", cuts, length, errs, hidden)
}

// countUp is a change that shows when it is made twice, as those of the service
// do not.
func countUp(tx incident.Tx, id string) error {
	i, ok := tx.Incident(id)
	if !ok {
		return fmt.Errorf("no incident %s", id)
	}
	from := i.Title
	n, err := strconv.Atoi(from)
	if err != nil {
		return err
	}
	i.Title, i.Version, i.UpdatedAt = strconv.Itoa(n+1), i.Version+1, tx.Now()
	e := event(tx, i)
	e.Action, e.SubjectVersion = incident.IncidentUpdated, int64(i.Version)
	e.Payload.Changes = []audit.Change{{Field: "title", From: quoted(from), To: quoted(i.Title)}}
	tx.SaveIncident(i, e)
	return nil
}

func quoted(s string) json.RawMessage { return json.RawMessage(strconv.Quote(s)) }
