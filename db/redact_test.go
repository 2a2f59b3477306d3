package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// tryRedact redacts one event.
func tryRedact(t *testing.T, s *db.Store, position int64, key string) *incident.RedactEventPayload {
	t.Helper()
	reason := "r"
	in := incident.RedactEventInput{Common: incident.Common{Reason: &reason}, Position: position}
	if key != "" {
		in.ClientMutationID = &key
	}
	p, err := incident.New(s, nil).RedactEvent(context.Background(), admin("root"), in)
	if err != nil || len(p.Errors) > 0 {
		t.Errorf("redact position %d: %v, %+v", position, err, p)
		return &incident.RedactEventPayload{}
	}
	return p
}

// eventAt reads one event from the trail as followers get it.
func eventAt(t *testing.T, s *db.Store, position int64) *audit.Event {
	t.Helper()
	events, err := s.Log().Read(t.Context(), position-1, 1)
	if err != nil || len(events) != 1 || events[0].Position != position {
		t.Fatalf("position %d: %v, %v", position, events, err)
	}
	return events[0]
}

// The first, the newest and any event in between, those of redactions included,
// lose what they said and nothing else, for everybody who reads; what somebody
// has read before stays as it was in his hands.
func TestRedact(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		many(t, s, 20)
		other := open(t, url, db.Options{NoHints: true}) // has only the table of what came before
		head := verify(t, s).Head.Position
		held, err := s.Log().Read(t.Context(), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		whole := make([]audit.Event, len(held))
		for n, e := range held {
			whole[n] = *e
		}
		for n, position := range []int64{head, 1, 7, head + 1} {
			p := tryRedact(t, s, position, "")
			if p.Event == nil || p.Event.Position != head+int64(n)+1 || p.Event.Redacts() != position || !p.RedactedEvent.Redacted {
				t.Fatalf("redact position %d: got %+v", position, p)
			}
			for _, from := range []*db.Store{s, other} {
				for changed := from.Log().Changed(); !from.Log().Redacted(position); changed = from.Log().Changed() {
					<-changed
				}
				byID, err := from.EventsByPosition(t.Context(), []int64{position})
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range []*audit.Event{eventAt(t, from, position), byID[position]} {
					if !e.Redacted || e.PayloadText != nil || e.Payload.ActorName != "" || e.Salt != [16]byte{} {
						t.Errorf("position %d still says %+v", position, e)
					}
					if position <= head && (e.Header != whole[position-1].Header || e.Hash != whole[position-1].Hash) {
						t.Errorf("position %d has another header", position)
					}
				}
				by, err := from.Redactions(t.Context(), []int64{position, 2})
				if err != nil || len(by) != 1 || by[position].Position != p.Event.Position {
					t.Errorf("who redacted position %d: got %v, %v", position, by, err)
				}
			}
			if again := tryRedact(t, s, position, ""); again.Event != nil || !again.RedactedEvent.Redacted {
				t.Errorf("again: got %+v, want that nothing changes", again)
			}
		}
		for n, e := range held {
			if string(e.PayloadText) != string(whole[n].PayloadText) || e.Redacted {
				t.Errorf("position %d was changed in a reader's hands", e.Position)
			}
		}
		if got := verify(t, s); got.Head.Position != head+4 {
			t.Errorf("the trail ends at %d, want %d", got.Head.Position, head+4)
		}
		if p, err := incident.New(s, nil).RedactEvent(t.Context(), admin("root"), incident.RedactEventInput{Common: incident.Common{Reason: new("r")}, Position: 10_000}); err != nil || len(p.Errors) != 1 || p.Errors[0].Code() != incident.CodeNotFound {
			t.Errorf("nothing is there: got %+v, %v", p, err)
		}
	})
}

// However many redact the same events at once, on two servers and beside
// others who write, each is redacted once, and no statement fails.
func TestRedactAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		var failed atomic.Int64
		observe := func(_ context.Context, _ string, _ time.Duration, fails bool) {
			if fails {
				failed.Add(1)
			}
		}
		stores := []*db.Store{open(t, url, db.Options{Observe: observe}), open(t, url, db.Options{Observe: observe})}
		many(t, stores[0], 30)
		if err := incident.New(stores[0], nil).Admit(t.Context(), admin("root")); err != nil {
			t.Fatal(err)
		}
		failed.Store(0)
		var work sync.WaitGroup
		var redacted atomic.Int64
		for n := range 60 {
			work.Go(func() {
				if p := tryRedact(t, stores[n%2], int64(n/4%10+1), ""); p.Event != nil {
					redacted.Add(1)
				}
			})
			if n%6 == 0 {
				work.Go(func() { many(t, stores[n%2], 3) })
			}
		}
		work.Wait()
		if got := redacted.Load(); got != 10 {
			t.Errorf("%d redactions of 10 events", got)
		}
		if got := failed.Load(); got != 0 {
			t.Errorf("%d statements failed", got)
		}
		verify(t, stores[1])
	})
}

// A redaction that is sent again because its answer was lost has one effect,
// wherever the connection broke.
func TestRedactAgainAfterACut(t *testing.T) {
	p := newProxy(t, dbtest.Postgres(t))
	s := open(t, p.url, db.Options{NoHints: true})
	many(t, s, 30)
	cuts := 0
	for n := int64(1); n <= 20; n++ {
		key := fmt.Sprint("key ", n)
		cut := p.arm(n * 150)
		first := tryRedactAnyway(s, n, key)
		select {
		case <-cut:
			cuts++
		default:
		}
		p.arm(-1)
		again := tryRedact(t, s, n, key)
		if !again.Replayed || again.Event == nil || again.Event.Redacts() != n || !again.RedactedEvent.Redacted {
			if first != nil || again.Event == nil { // else the first had no effect, and this one has
				t.Errorf("position %d: got %+v after %v", n, again, first)
			}
		}
	}
	if cuts == 0 {
		t.Error("nothing was ever cut")
	}
	redacted, err := s.CountEvents(t.Context(), incident.AuditEventFilter{Actions: []audit.Action{incident.EventRedacted}})
	if err != nil || redacted != 20 {
		t.Errorf("%d redactions of 20 events, %v", redacted, err)
	}
	t.Logf("%d connections were cut", cuts)
	verify(t, s)
}

// tryRedactAnyway redacts and returns what it was told, nil for an error.
func tryRedactAnyway(s *db.Store, position int64, key string) *incident.RedactEventPayload {
	reason := "r"
	p, err := incident.New(s, nil).RedactEvent(context.Background(), admin("root"), incident.RedactEventInput{
		Common: incident.Common{Reason: &reason, ClientMutationID: &key}, Position: position,
	})
	if err != nil {
		return nil
	}
	return p
}

// A follower that was busy while events behind were redacted gets them as they
// are by then, from memory and from the table.
func TestRedactUnderAFollower(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		many(t, open(t, url, db.Options{}), 40)
		s := open(t, url, db.Options{}) // these events are in its table only
		many(t, s, 40)                  // and these in its memory
		var seen []int64
		for e, err := range audit.Follow(t.Context(), s.Log(), 0) {
			if err != nil {
				t.Fatal(err)
			}
			if e.Position == 3 {
				for _, position := range []int64{2, 4, 30, 60, 80} {
					tryRedact(t, s, position, "")
				}
			}
			if e.Redacted {
				seen = append(seen, e.Position)
			}
			if e.Redacts() == 80 {
				break
			}
		}
		if want := []int64{4, 30, 60, 80}; !slices.Equal(seen, want) {
			t.Errorf("redacted were %v, want %v", seen, want)
		}
	})
}

// With the event that recorded a call goes its body: a call that waits is given
// up, and an attempt on its way finds that it has nothing to record.
func TestRedactDeliveries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := withHooks(t, url, db.Options{}, "whk_a")
		dbtest.PutDeliveries(t, url, "whk_a", "body", noon, "whd_waiting", "whd_sent", "whd_tried", "whd_claimed")
		byID := map[string]incident.DueDelivery{}
		for _, d := range due(t, s, noon, 10) {
			byID[d.ID] = d
		}
		until := noon.Add(time.Hour)
		claim := func(id string) incident.DueDelivery {
			d := byID[id]
			if ok, err := s.ClaimDelivery(t.Context(), d, until); err != nil || !ok {
				t.Fatal(ok, err)
			}
			d.NextAttemptAt = &until
			return d
		}
		if err := s.RecordAttempt(t.Context(), claim("whd_sent"), outcome(1, incident.DeliveryDelivered, nil)); err != nil {
			t.Fatal(err)
		}
		if err := s.RecordAttempt(t.Context(), claim("whd_tried"), outcome(1, incident.DeliveryPending, &until)); err != nil {
			t.Fatal(err)
		}
		onItsWay := claim("whd_claimed")
		tryRedact(t, s, 1, "")
		if err := s.RecordAttempt(t.Context(), onItsWay, outcome(1, incident.DeliveryDelivered, nil)); !errors.Is(err, incident.ErrLeaseLost) {
			t.Errorf("an attempt that was on its way: got %v, want %v", err, incident.ErrLeaseLost)
		}
		if left := due(t, s, noon.AddDate(1, 0, 0), 10); len(left) != 0 {
			t.Errorf("%d are still to be sent", len(left))
		}
		all, err := s.DeliveriesByID(t.Context(), []string{"whd_waiting", "whd_sent", "whd_tried", "whd_claimed"})
		if err != nil {
			t.Fatal(err)
		}
		for id, want := range map[string]string{
			"whd_waiting": "FAILED 1:REDACTED", "whd_sent": "DELIVERED 1:500", "whd_tried": "FAILED 1:500 2:REDACTED", "whd_claimed": "FAILED 1:REDACTED",
		} {
			d := all[id]
			got := string(d.State)
			for _, a := range d.Attempts {
				got += fmt.Sprintf(" %d:", a.Number)
				if a.Failure != nil {
					got += string(*a.Failure)
				} else {
					got += fmt.Sprint(*a.StatusCode)
				}
			}
			if got != want || len(d.Body) != 0 || d.NextAttemptAt != nil {
				t.Errorf("%s: got %s with the body %q, want %s and none", id, got, d.Body, want)
			}
		}
	})
}
