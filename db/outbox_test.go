package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 123_000, time.UTC)

// withHooks opens a store with one event and the webhooks named.
func withHooks(t *testing.T, url string, o db.Options, hooks ...string) *db.Store {
	t.Helper()
	s := open(t, url, o)
	in := incident.CreateIncidentInput{Title: "one", Severity: incident.SeverityLow}
	if _, err := incident.New(s, nil).CreateIncident(t.Context(), person("alice"), in); err != nil {
		t.Fatal(err)
	}
	for _, id := range hooks {
		dbtest.PutWebhook(t, url, dbtest.Webhook{ID: id, URL: "https://example.com/" + id, Enabled: true, Secret: "whsec_" + id})
	}
	return s
}

func due(t *testing.T, s *db.Store, now time.Time, limit int, except ...string) []incident.DueDelivery {
	t.Helper()
	all, err := s.DueDeliveries(t.Context(), now, except, limit)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func ids(all []incident.DueDelivery) string {
	out := []string{}
	for _, d := range all {
		out = append(out, d.ID)
	}
	return strings.Join(out, " ")
}

// outcome is one of attempt number of d.
func outcome(number int, state incident.DeliveryState, next *time.Time) incident.DeliveryOutcome {
	status := 500
	return incident.DeliveryOutcome{
		Attempt: incident.DeliveryAttempt{Number: number, At: noon, TookMillis: 12, StatusCode: &status}, State: state, NextAttemptAt: next,
	}
}

func TestDueDeliveries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := withHooks(t, url, db.Options{}, "whk_a", "whk_b", "whk_off", "whk_gone")
		dbtest.PutWebhook(t, url, dbtest.Webhook{ID: "whk_mute", URL: "https://example.com", Enabled: true})
		dbtest.ChangeWebhook(t, url, dbtest.Webhook{ID: "whk_off", URL: "https://example.com", Enabled: false})
		dbtest.DeleteWebhook(t, url, "whk_gone")
		for n, hook := range []string{"whk_b", "whk_a", "whk_a", "whk_off", "whk_gone", "whk_mute"} {
			dbtest.PutDeliveries(t, url, hook, "body of {id}", noon.Add(time.Duration(n)*time.Microsecond), fmt.Sprint("whd_", n))
		}
		at := noon.Add(time.Second)
		for _, test := range []struct{ name, got, want string }{
			{"all, the longest waiting first", ids(due(t, s, at, 10)), "whd_0 whd_1 whd_2 whd_3 whd_4 whd_5"},
			{"limited", ids(due(t, s, at, 2)), "whd_0 whd_1"},
			{"but for a webhook", ids(due(t, s, at, 2, "whk_a", "whk_off")), "whd_0 whd_4"},
			{"at the moment", ids(due(t, s, noon.Add(time.Microsecond), 10)), "whd_0 whd_1"},
			{"before it", ids(due(t, s, noon.Add(-time.Microsecond), 10)), ""},
		} {
			if test.got != test.want {
				t.Errorf("%s: got %s, want %s", test.name, test.got, test.want)
			}
		}
		all := due(t, s, at, 10)
		enabled := []bool{}
		for _, d := range all {
			enabled = append(enabled, d.Enabled)
		}
		if want := []bool{true, true, true, false, false, false}; !slices.Equal(enabled, want) {
			t.Errorf("enabled: %v, want %v", enabled, want)
		}
		d := all[0]
		if d.WebhookID != "whk_b" || d.URL != "https://example.com/whk_b" || d.Secret != "whsec_whk_b" || string(d.Body) != "body of whd_0" ||
			d.Position != 1 || d.State != incident.DeliveryPending || !d.CreatedAt.Equal(noon) || !d.NextAttemptAt.Equal(noon) || d.Attempted != 0 {
			t.Errorf("got %+v", d)
		}
	})
}

// However many want an attempt, one gets it; once it is recorded the next is
// another one.
func TestClaim(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := withHooks(t, url, db.Options{}, "whk_a")
		dbtest.PutDeliveries(t, url, "whk_a", "x", noon, "whd_1")
		d := due(t, s, noon, 1)[0]
		stores := []*db.Store{s, open(t, url, db.Options{}), open(t, url, db.Options{})}
		var claims sync.WaitGroup
		var won atomic.Int32
		until := noon.Add(time.Minute)
		for n := range 30 {
			claims.Go(func() {
				mine, err := stores[n%3].ClaimDelivery(t.Context(), d, until)
				if err != nil {
					t.Error(err)
				}
				if mine {
					won.Add(1)
				}
			})
		}
		claims.Wait()
		if n := won.Load(); n != 1 {
			t.Errorf("%d claims of one attempt, want 1", n)
		}
		if got := ids(due(t, s, until.Add(-time.Microsecond), 1)); got != "" {
			t.Errorf("%s is due although it is claimed", got)
		}
		old := d
		d.NextAttemptAt = &until
		next := noon.Add(time.Hour)
		if err := s.RecordAttempt(t.Context(), d, outcome(1, incident.DeliveryPending, &next)); err != nil {
			t.Fatal(err)
		}
		if mine, err := s.ClaimDelivery(t.Context(), old, until); mine || err != nil {
			t.Errorf("an attempt that is over was claimed: %t, %v", mine, err)
		}
		if again := due(t, s, next, 1); ids(again) != "whd_1" || again[0].Attempted != 1 {
			t.Errorf("due after the record: %+v", again)
		}
	})
}

// A record whose claim has run out changes nothing; nor does one of which a
// part cannot be stored.
func TestRecordIsWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := withHooks(t, url, db.Options{}, "whk_a")
		dbtest.PutDeliveries(t, url, "whk_a", "x", noon, "whd_1")
		d, until := due(t, s, noon, 1)[0], noon.Add(time.Minute)
		stored := func() string {
			all, err := s.DeliveriesByID(t.Context(), []string{"whd_1"})
			if err != nil {
				t.Fatal(err)
			}
			got := all["whd_1"]
			return fmt.Sprint(got.State, " ", got.NextAttemptAt, " ", len(got.Attempts))
		}
		before := stored()
		late := d
		late.NextAttemptAt = &until
		if err := s.RecordAttempt(t.Context(), late, outcome(1, incident.DeliveryDelivered, nil)); !errors.Is(err, incident.ErrLeaseLost) {
			t.Errorf("a record without a claim: got %v, want ErrLeaseLost", err)
		}
		neither := outcome(1, incident.DeliveryDelivered, nil)
		neither.Attempt.StatusCode = nil
		if err := s.RecordAttempt(t.Context(), d, neither); err == nil || !strings.Contains(err.Error(), ": SQLSTATE 23514") && !strings.Contains(err.Error(), ": SQLite code 275") {
			t.Errorf("an attempt with neither status nor failure: got %v, want the code of the database alone", err)
		}
		if after := stored(); after != before {
			t.Errorf("stored is %s, was %s", after, before)
		}
		if err := s.RecordAttempt(t.Context(), d, outcome(1, incident.DeliveryFailed, nil)); err != nil {
			t.Error(err)
		}
		if after := stored(); after != "FAILED <nil> 1" {
			t.Errorf("stored is %s", after)
		}
		if err := s.RecordAttempt(t.Context(), d, outcome(2, incident.DeliveryDelivered, nil)); !errors.Is(err, incident.ErrLeaseLost) {
			t.Errorf("a record after the end: got %v, want ErrLeaseLost", err)
		}
	})
}

// A webhook's deliveries are read newest first, in two statements a page.
func TestDeliveries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		var statements atomic.Int32
		s := withHooks(t, url, db.Options{NoHints: true, Observe: func(ctx context.Context, _ string, _ time.Duration, _ bool) {
			if ctx.Value(outboxCounted{}) != nil {
				statements.Add(1)
			}
		}}, "whk_a", "whk_b")
		service, v := incident.New(s, nil), person("alice")
		for n := range 3 { // events 2, 3 and 4
			if _, err := service.CreateIncident(t.Context(), v, incident.CreateIncidentInput{Title: fmt.Sprint(n), Severity: incident.SeverityLow}); err != nil {
				t.Fatal(err)
			}
		}
		dbtest.PutDeliveries(t, url, "whk_a", "x", noon, "whd_1a", "whd_1b", "whd_2", "whd_3", "whd_4")
		dbtest.PutDeliveries(t, url, "whk_b", "x", noon, "whd_other")
		for n := range 3 {
			place := fmt.Sprintf("UPDATE webhook_deliveries SET position = %d WHERE id = 'whd_%[1]d'", n+2)
			if _, err := dbtest.Raw(t, url).ExecContext(t.Context(), place); err != nil {
				t.Fatal(err)
			}
		}
		d := due(t, s, noon, 10)[0]
		for number := 1; number <= 3; number++ {
			next := noon.Add(time.Duration(number) * time.Minute)
			if err := s.RecordAttempt(t.Context(), d, outcome(number, incident.DeliveryPending, &next)); err != nil {
				t.Fatal(err)
			}
			d.NextAttemptAt = &next
		}

		read := func(p incident.PageQuery) (incident.Page[incident.Delivery], string) {
			t.Helper()
			statements.Store(0)
			got, err := s.Deliveries(context.WithValue(t.Context(), outboxCounted{}, true), "whk_a", p)
			if err != nil {
				t.Fatal(err)
			}
			if n := statements.Load(); n != 2 {
				t.Errorf("%d statements, want 2", n)
			}
			names := []string{}
			for _, d := range got.Items {
				names = append(names, fmt.Sprintf("%s/%d", d.ID, len(d.Attempts)))
			}
			return got, fmt.Sprint(strings.Join(names, " "), " ", got.HasPrevious, got.HasNext)
		}
		first, got := read(incident.PageQuery{Limit: 2})
		if want := "whd_4/0 whd_3/0 false true"; got != want {
			t.Errorf("first page: %s, want %s", got, want)
		}
		second, got := read(incident.PageQuery{Limit: 3, After: first.Cursors[1]})
		if want := "whd_2/0 whd_1b/0 whd_1a/3 true false"; got != want {
			t.Errorf("second page: %s, want %s", got, want)
		}
		if _, got := read(incident.PageQuery{Limit: 2, Backward: true, Before: second.Cursors[2]}); got != "whd_2/0 whd_1b/0 true true" {
			t.Errorf("backward: %s", got)
		}
		for n, a := range second.Items[2].Attempts {
			if a.Number != n+1 || !a.At.Equal(noon) || a.TookMillis != 12 || a.StatusCode == nil || *a.StatusCode != 500 || a.Failure != nil {
				t.Errorf("attempt %d: %+v", n+1, a)
			}
		}
		if n, err := s.CountDeliveries(t.Context(), "whk_a"); n != 5 || err != nil {
			t.Errorf("count %d, %v, want 5", n, err)
		}
		var refused *incident.InputError
		if _, err := s.Deliveries(t.Context(), "whk_a", incident.PageQuery{Limit: 2, After: "x"}); !errors.As(err, &refused) {
			t.Errorf("a cursor of nothing: got %v, want an InputError", err)
		}
		if some, err := s.DeliveriesByID(t.Context(), []string{"whd_1a", "whd_other", "whd_9"}); err != nil || len(some) != 2 || len(some["whd_1a"].Attempts) != 3 {
			t.Errorf("by id: %v, %v", some, err)
		}
	})
}

// outboxCounted marks the statements to be counted.
type outboxCounted struct{}
