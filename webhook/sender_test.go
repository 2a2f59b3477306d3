package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// A receiver can check a call with the library of Standard Webhooks, and by
// hand.
func TestSigned(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r, hook := newRig(t, url), newReceiver(t, true, 200)
		r.trust(hook.Server)
		w := r.webhook("whk_1", hook.URL+"/in?key=1")
		r.deliver(w.ID, "whd_1")
		r.run()
		if got := <-r.outcomes; got != "2xx" {
			t.Fatalf("outcome %s, want 2xx", got)
		}
		calls := hook.got()
		if len(calls) != 1 {
			t.Fatalf("%d calls, want 1", len(calls))
		}
		c := calls[0]
		if c.body != bodyOf("whd_1") || c.header.Get("Content-Type") != "application/json" || c.header.Get("Webhook-Id") != "whd_1" {
			t.Errorf("got body %q, headers %v", c.body, c.header)
		}
		verifier, err := standardwebhooks.NewWebhook(w.Secret)
		if err != nil {
			t.Fatal(err)
		}
		if err := verifier.Verify([]byte(c.body), c.header); err != nil {
			t.Errorf("the library refuses the call: %v", err)
		}
		key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(w.Secret, "whsec_"))
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%d.%s", "whd_1", r.clock.Now().Unix(), bodyOf("whd_1"))
		if got, want := c.header.Get("Webhook-Signature"), "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)); got != want {
			t.Errorf("signature %s, want %s", got, want)
		}
		d := r.delivery("whd_1")
		if got := statuses(d); d.State != incident.DeliveryDelivered || d.NextAttemptAt != nil || !slices.Equal(got, []string{"200"}) {
			t.Errorf("stored as %s, next %v, attempts %q", d.State, d.NextAttemptAt, got)
		}
		if a := d.Attempts[0]; !a.At.Equal(r.clock.Now()) || a.TookMillis < 0 {
			t.Errorf("the attempt is stored as %+v", a)
		}
	})
}

// A call that fails is repeated under the same id at the times that Standard
// Webhooks suggests, and given up after ten attempts.
func TestRetries(t *testing.T) {
	suggested := []time.Duration{
		5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
		10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	}
	for _, last := range []int{204, 500} {
		t.Run(fmt.Sprint(last), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, url string) {
				answers := slices.Repeat([]int{500}, len(suggested))
				r, hook := newRig(t, url), newReceiver(t, false, append(answers, last)...)
				r.webhook("whk_1", hook.URL)
				r.deliver("whk_1", "whd_1")
				r.run()
				for n, wait := range suggested {
					if got := <-r.outcomes; got != "5xx" {
						t.Fatalf("attempt %d came to %s", n+1, got)
					}
					d := r.delivery("whd_1")
					if d.State != incident.DeliveryPending || d.NextAttemptAt == nil {
						t.Fatalf("after attempt %d: %s, next %v", n+1, d.State, d.NextAttemptAt)
					}
					after := d.NextAttemptAt.Sub(r.clock.Now())
					if after < wait || after > wait+wait/5 {
						t.Errorf("attempt %d comes after %s, want %s and up to a fifth more", n+2, after, wait)
					}
					// A moment before, nothing is due; the look in which it is must
					// be the one that sends.
					r.clock.advance(after - time.Microsecond)
					if due, err := r.outbox.DueDeliveries(t.Context(), r.clock.Now(), nil, 10); err != nil || len(due) != 0 {
						t.Errorf("due too early: %v, %v", due, err)
					}
					r.clock.advance(time.Microsecond)
					r.look()
				}
				<-r.outcomes
				d, calls := r.delivery("whd_1"), hook.got()
				want := map[int]incident.DeliveryState{204: incident.DeliveryDelivered, 500: incident.DeliveryFailed}[last]
				if d.State != want || d.NextAttemptAt != nil || len(d.Attempts) != 10 || len(calls) != 10 {
					t.Errorf("%s, next %v, %d attempts stored, %d made; want %s, none, 10, 10", d.State, d.NextAttemptAt, len(d.Attempts), len(calls), want)
				}
				stamps := map[string]bool{}
				for _, c := range calls {
					if c.header.Get("Webhook-Id") != "whd_1" || c.body != bodyOf("whd_1") {
						t.Errorf("an attempt came with id %q and body %q", c.header.Get("Webhook-Id"), c.body)
					}
					stamps[c.header.Get("Webhook-Timestamp")] = true
				}
				if len(stamps) != 10 {
					t.Errorf("%d different times in the headers, want that of each attempt", len(stamps))
				}
			})
		})
	}
}

// What is disabled, deleted or without a secret is not called any more.
func TestSwitchedOff(t *testing.T) {
	off := map[string]func(t *testing.T, url string, w dbtest.Webhook){
		"disabled": func(t *testing.T, url string, w dbtest.Webhook) {
			w.Enabled = false
			dbtest.ChangeWebhook(t, url, w)
		},
		"deleted": func(t *testing.T, url string, w dbtest.Webhook) { dbtest.DeleteWebhook(t, url, w.ID) },
		"no secret": func(t *testing.T, url string, _ dbtest.Webhook) {
			if _, err := dbtest.Raw(t, url).ExecContext(t.Context(), "DELETE FROM webhook_secrets"); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, switchOff := range off {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, url string) {
				r, hook := newRig(t, url), newReceiver(t, false, 500)
				w := r.webhook("whk_1", hook.URL)
				r.deliver(w.ID, "whd_1")
				r.run()
				<-r.outcomes
				switchOff(t, url, w)
				r.clock.advance(time.Minute)
				r.look()
				if got := <-r.outcomes; got != "DISABLED" {
					t.Errorf("outcome %s, want DISABLED", got)
				}
				d := r.delivery("whd_1")
				if got := statuses(d); d.State != incident.DeliveryFailed || !slices.Equal(got, []string{"500", "DISABLED"}) {
					t.Errorf("stored as %s with attempts %q", d.State, got)
				}
				if n := len(hook.got()); n != 1 {
					t.Errorf("it was called %d times, want once", n)
				}
			})
		})
	}
}

// The URL and the secret are those of the moment, not those of when the call
// was stored.
func TestCurrentURL(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r, old, hook := newRig(t, url), newReceiver(t, false, 500), newReceiver(t, false, 200)
		w := r.webhook("whk_1", old.URL)
		r.deliver(w.ID, "whd_1")
		r.run()
		<-r.outcomes
		w.URL = hook.URL
		dbtest.ChangeWebhook(t, url, w)
		r.clock.advance(time.Minute)
		r.look()
		if got := <-r.outcomes; got != "2xx" || len(old.got()) != 1 || len(hook.got()) != 1 {
			t.Errorf("outcome %s, %d calls to the old URL, %d to the new", got, len(old.got()), len(hook.got()))
		}
	})
}
