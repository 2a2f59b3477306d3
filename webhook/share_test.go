package webhook

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// Two servers on one database share what is due: each attempt is made once.
func TestTwoSenders(t *testing.T) {
	const hooks, calls = 5, 20
	dbtest.Each(t, func(t *testing.T, url string) {
		r := newRig(t, url)
		// The second server reads through a store of its own and has its own
		// sender; both tell of their attempts in the same place.
		other := &outbox{Store: openStore(t, url), news: make(chan struct{}, 1)}
		second := New(other, Options{AllowedNetworks: loopback, Now: r.clock.Now, Log: zerolog.New(r.log), Observe: r.sender.observe})
		second.poll = time.Hour
		hook := newReceiver(t, false, 200)
		for n := range hooks {
			w := r.webhook(fmt.Sprint("whk_", n), hook.URL)
			r.deliver(w.ID, numbered(fmt.Sprintf("whd_%d_", n), calls)...)
		}
		r.run()
		twin := &rig{t: t, sender: second}
		twin.run()
		for range hooks * calls {
			if got := <-r.outcomes; got != "2xx" {
				t.Fatalf("an attempt came to %s", got)
			}
		}
		r.stop()
		twin.stop()
		times := map[string]int{}
		for _, c := range hook.got() {
			times[c.header.Get("Webhook-Id")]++
		}
		for id, n := range times {
			if n != 1 {
				t.Errorf("%s was sent %d times", id, n)
			}
		}
		if len(times) != hooks*calls || len(r.outcomes) != 0 {
			t.Errorf("%d of %d were sent, %d outcomes too many", len(times), hooks*calls, len(r.outcomes))
		}
		if text := r.log.String(); text != "" {
			t.Errorf("logged: %s", text)
		}
	})
}

func numbered(prefix string, n int) []string {
	out := make([]string, n)
	for k := range out {
		out[k] = fmt.Sprint(prefix, k)
	}
	return out
}

// gate holds requests until they are let through, and counts those it holds.
type gate struct {
	mu        sync.Mutex
	held, top map[string]int // by path
	arrived   chan string
	open      chan struct{}
	status    int
}

func newGate(status int) *gate {
	return &gate{held: map[string]int{}, top: map[string]int{}, arrived: make(chan string, 1000), open: make(chan struct{}), status: status}
}

func (g *gate) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	g.mu.Lock()
	g.held[req.URL.Path]++
	g.top[req.URL.Path] = max(g.top[req.URL.Path], g.held[req.URL.Path])
	g.mu.Unlock()
	g.arrived <- req.URL.Path
	<-g.open
	g.mu.Lock()
	g.held[req.URL.Path]--
	g.mu.Unlock()
	w.WriteHeader(g.status)
}

// A slow webhook with much to be sent leaves room for others, and so do
// failing ones, which get one attempt at a time.
func TestShares(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r, slow := newRig(t, url), newGate(200)
		hook := serve(t, false, slow.ServeHTTP)
		r.webhook("whk_slow", hook.URL+"/slow")
		r.deliver("whk_slow", numbered("whd_slow_", 3*duePage)...)
		other := newReceiver(t, false, 200)
		r.webhook("whk_other", other.URL)
		r.clock.advance(time.Second) // so it is behind all of the others in the queue
		r.deliver("whk_other", "whd_other")
		r.run()
		for range maxPerWebhook {
			<-slow.arrived
		}
		if got := <-r.outcomes; got != "2xx" || len(other.got()) != 1 {
			t.Errorf("the other came to %s", got)
		}
		close(slow.open)
		for range 3 * duePage {
			if got := <-r.outcomes; got != "2xx" {
				t.Fatalf("a slow one came to %s", got)
			}
		}
		if n := slow.top["/slow"]; n != maxPerWebhook {
			t.Errorf("%d attempts at a time to one webhook, want %d", n, maxPerWebhook)
		}
	})
}

func TestFailingOneAtATime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r := newRig(t, url)
		bad := newGate(500)
		close(bad.open)
		hook := serve(t, false, bad.ServeHTTP)
		r.webhook("whk_bad", hook.URL+"/bad")
		r.deliver("whk_bad", "whd_0")
		r.run()
		if got := <-r.outcomes; got != "5xx" {
			t.Fatalf("the first came to %s", got)
		}
		r.deliver("whk_bad", numbered("whd_more_", 20)...)
		r.look()
		for range 20 {
			<-r.outcomes
		}
		if n := bad.top["/bad"]; n != 1 {
			t.Errorf("%d attempts at a time to a failing webhook, want 1", n)
		}
	})
}

func TestSlots(t *testing.T) {
	s := newSlots()
	take := func(id string, want bool) {
		t.Helper()
		if got := s.take(id); got != want {
			t.Fatalf("take(%s) = %t, want %t", id, got, want)
		}
	}
	bad := answer{status: 500}
	for n := range maxFailing + 2 { // more webhooks fail than may be tried
		s.learn(fmt.Sprint("bad", n), bad)
	}
	for n := range maxFailing {
		take(fmt.Sprint("bad", n), true)
		take(fmt.Sprint("bad", n), false)
	}
	take(fmt.Sprint("bad", maxFailing), false)
	if n := len(s.full()); n != maxFailing+2 {
		t.Errorf("%d are full, want all %d that fail", n, maxFailing+2)
	}
	for n := range maxAttempts - maxFailing {
		take(fmt.Sprint("good", n/maxPerWebhook), true)
	}
	take("late", false)
	if s.free() {
		t.Error("there is room for more than all")
	}
	s.release("bad0")
	take("bad0", true)
	s.release("bad0")
	take(fmt.Sprint("bad", maxFailing), true) // another failing one gets the place
	s.release("bad1")
	s.learn("bad1", answer{status: 200}) // works again
	take("bad1", true)
	s.release("bad1")
	s.learn("bad2", answer{failure: incident.FailedDisabled})
	if s.failing["bad1"] || s.failing["bad2"] {
		t.Error("still taken for failing")
	}
}

// When the server is told to stop, what runs is finished and recorded, and
// nothing more is started.
func TestStops(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r, slow := newRig(t, url), newGate(200)
		hook := serve(t, false, slow.ServeHTTP)
		r.webhook("whk_1", hook.URL)
		r.deliver("whk_1", numbered("whd_", maxPerWebhook+1)...)
		r.run()
		for range maxPerWebhook {
			<-slow.arrived
		}
		r.cancel()
		close(slow.open)
		r.stop()
		states := map[incident.DeliveryState]int{}
		for n := range maxPerWebhook + 1 {
			d := r.delivery(fmt.Sprint("whd_", n))
			states[d.State]++
			if d.State == incident.DeliveryPending && d.NextAttemptAt.After(r.clock.Now()) {
				t.Errorf("%s is still claimed", d.ID)
			}
		}
		if states[incident.DeliveryDelivered] != maxPerWebhook || states[incident.DeliveryPending] != 1 || len(r.outcomes) != maxPerWebhook {
			t.Errorf("%d attempts made, stored: %v", len(r.outcomes), states)
		}
	})
}
