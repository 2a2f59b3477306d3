package webhook

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// An attempt that cannot be recorded is made again under its id when the claim
// has run out.
func TestNotRecorded(t *testing.T) {
	for name, lost := range map[string]error{"lease lost": incident.ErrLeaseLost, "database away": errors.New("away")} {
		t.Run(name, func(t *testing.T) {
			r, hook := newRig(t, dbtest.SQLite(t)), newReceiver(t, false, 200)
			r.sender.outbox = &refusing{outbox: r.outbox, record: lost}
			r.webhook("whk_1", hook.URL)
			r.deliver("whk_1", "whd_1")
			r.run()
			<-r.outcomes
			if d := r.delivery("whd_1"); d.State != incident.DeliveryPending || !d.NextAttemptAt.Equal(r.clock.Now().Add(lease)) {
				t.Errorf("stored as %s until %v", d.State, d.NextAttemptAt)
			}
			r.clock.advance(lease)
			r.look()
			<-r.outcomes
			ids := []string{}
			for _, c := range hook.got() {
				ids = append(ids, c.header.Get("Webhook-Id"))
			}
			if d := r.delivery("whd_1"); d.State != incident.DeliveryDelivered || !slices.Equal(ids, []string{"whd_1", "whd_1"}) {
				t.Errorf("stored as %s, sent as %q", d.State, ids)
			}
			if text := r.log.String(); strings.Count(text, "made again") != 1 {
				t.Errorf("logged: %s", text)
			}
		})
	}
}

// What becomes due is found by looking alone, and also after the database was
// away, which is said once.
func TestLooksByItself(t *testing.T) {
	r, hook := newRig(t, dbtest.SQLite(t)), newReceiver(t, false, 500)
	r.webhook("whk_1", hook.URL)
	r.deliver("whk_1", "whd_1")
	r.sender.outbox = &refusing{outbox: r.outbox, reads: 5}
	r.sender.poll = time.Millisecond
	r.run()
	<-r.outcomes
	r.clock.advance(time.Minute)
	<-r.outcomes
	r.stop()
	text := r.log.String()
	if strings.Count(text, "cannot read the outbox") != 1 || strings.Count(text, "reading the outbox of webhook calls again") != 1 {
		t.Errorf("logged: %s", text)
	}
	if n := len(hook.got()); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
}

// Nothing of a call is logged but ids, numbers and words of ours.
func TestLogs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r, hook := newRig(t, url), newReceiver(t, false, 500)
		closed := newReceiver(t, true, 200)
		closed.Close()
		r.sender.caller.resolver = resolver(t, "10.0.0.1")
		secrets := []string{"body-text", "query-text", "path-text", "host-text", "127.0.0.1", "10.0.0.1", "whsec_", "v1,"}
		const tail = "/path-text?token=query-text"
		for id, to := range map[string]string{
			"whk_status": hook.URL, "whk_refused": closed.URL, "whk_inner": "https://host-text.example.com",
			"whk_tls": strings.Replace(hook.URL, "http:", "https:", 1),
		} {
			w := r.webhook(id, to+tail)
			secrets = append(secrets, w.Secret, strings.TrimPrefix(w.Secret, "whsec_"))
			r.deliver(id, strings.Replace(id, "whk", "whd", 1))
		}
		r.run()
		got := []string{}
		for range 4 {
			got = append(got, <-r.outcomes)
		}
		slices.Sort(got)
		if want := []string{"5xx", "CONNECTION", "FORBIDDEN_ADDRESS", "TLS"}; !slices.Equal(got, want) {
			t.Errorf("outcomes %q, want %q", got, want)
		}
		r.stop()
		text := r.log.String()
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%q is in the log", secret)
			}
		}
		for _, want := range []string{
			`"webhook":"whk_status","delivery":"whd_status","attempt":1,"status":500,"given_up":false`,
			`"webhook":"whk_inner","delivery":"whd_inner","attempt":1,"failure":"FORBIDDEN_ADDRESS","given_up":false`,
		} {
			if !strings.Contains(text, want) {
				t.Errorf("no line with %s in the log:\n%s", want, text)
			}
		}
		if n := strings.Count(text, "\n"); n != 4 {
			t.Errorf("%d lines, want one for each failed attempt:\n%s", n, text)
		}
	})
}
