package webhook

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// What a receiver says about being called again.
func TestOutcome(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name   string
		number int
		status int
		header string
		after  time.Duration // -1: not again
		state  incident.DeliveryState
	}{
		{"delivered", 1, 200, "", -1, "DELIVERED"},
		{"delivered late", 10, 299, "", -1, "DELIVERED"},
		{"300 is a failure", 1, 300, "", 5 * time.Second, "PENDING"},
		{"gone", 1, 410, "", -1, "FAILED"},
		{"gone, whatever it asks", 2, 410, "60", -1, "FAILED"},
		{"busy", 1, 429, "60", time.Minute, "PENDING"},
		{"busy until", 1, 503, "Wed, 25 Nov 2026 12:30:00 GMT", 30 * time.Minute, "PENDING"},
		{"busy until a time gone by", 1, 503, "Wed, 25 Nov 2026 11:30:00 GMT", 5 * time.Second, "PENDING"},
		{"busy for less than we wait anyhow", 2, 503, "60", 5 * time.Minute, "PENDING"},
		{"busy for ever", 1, 429, "2000000000", 24 * time.Hour, "PENDING"},
		{"busy for longer than a number", 1, 429, "99999999999999999999", 5 * time.Second, "PENDING"},
		{"busy until the end of time", 1, 429, "Fri, 31 Dec 9999 23:59:59 GMT", 24 * time.Hour, "PENDING"},
		{"busy for a negative time", 1, 429, "-60", 5 * time.Second, "PENDING"},
		{"busy for words", 1, 429, "soon", 5 * time.Second, "PENDING"},
		{"only 429 and 503 may ask", 1, 500, "3600", 5 * time.Second, "PENDING"},
		{"the last one, busy", 10, 429, "60", -1, "FAILED"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			res := &http.Response{StatusCode: test.status, Header: http.Header{"Retry-After": {test.header}}}
			o := outcome(test.number, answer{status: test.status, retryAfter: retryAfter(res, now)}, now)
			if o.State != test.state || (o.NextAttemptAt == nil) != (test.after < 0) {
				t.Fatalf("%s, next %v; want %s", o.State, o.NextAttemptAt, test.state)
			}
			if o.NextAttemptAt == nil {
				return
			}
			after := o.NextAttemptAt.Sub(now)
			if after < test.after || after > test.after+test.after/5 {
				t.Errorf("again after %s, want %s", after, test.after)
			}
		})
	}
}

// 410 ends a delivery, through the database.
func TestGone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r, hook := newRig(t, url), newReceiver(t, false, 410)
		r.webhook("whk_1", hook.URL)
		r.deliver("whk_1", "whd_1")
		r.run()
		<-r.outcomes
		if d := r.delivery("whd_1"); d.State != incident.DeliveryFailed || d.NextAttemptAt != nil || !slices.Equal(statuses(d), []string{"410"}) {
			t.Errorf("stored as %s, next %v, attempts %q", d.State, d.NextAttemptAt, statuses(d))
		}
	})
}
