package webhook

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

func TestMain(m *testing.M) {
	if os.Getenv(childURL) != "" {
		child()
		return
	}
	dbtest.Run(m)
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// outbox is a store whose news the test brings itself.
type outbox struct {
	*db.Store
	news chan struct{}
}

func (o *outbox) DeliveryStored() <-chan struct{} { return o.news }

// refusing is an outbox that fails at first.
type refusing struct {
	*outbox
	record error // what the first record gets
	reads  int   // how many reads fail
}

func (o *refusing) DueDeliveries(ctx context.Context, now time.Time, except []string, limit int) ([]incident.DueDelivery, error) {
	if o.reads > 0 {
		o.reads--
		return nil, errors.New("away")
	}
	return o.outbox.DueDeliveries(ctx, now, except, limit)
}

func (o *refusing) RecordAttempt(ctx context.Context, d incident.DueDelivery, out incident.DeliveryOutcome) error {
	if err := o.record; err != nil {
		o.record = nil
		return err
	}
	return o.outbox.RecordAttempt(ctx, d, out)
}

// clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Now().UTC().Truncate(time.Microsecond)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

// rig is a sender on a database of its own.
type rig struct {
	t        *testing.T
	url      string
	clock    *clock
	outbox   *outbox
	sender   *Sender
	outcomes chan string // of each attempt, once it is recorded
	log      *safeBuffer
	cancel   func() // tells the sender to stop
	stop     func() // and waits for it
}

// newRig opens a store whose trail has one event. The sender is not running
// yet. goleak looks when all is stopped.
func newRig(t *testing.T, url string) *rig {
	t.Helper()
	here := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, here) })
	r := &rig{t: t, url: url, clock: newClock(), outcomes: make(chan string, 1000), log: &safeBuffer{}, stop: func() {}}
	r.outbox = &outbox{Store: openStore(t, url), news: make(chan struct{}, 1)}
	r.sender = New(r.outbox, Options{
		AllowedNetworks: loopback, Now: r.clock.Now, Log: zerolog.New(r.log),
		Observe: func(outcome string, _ time.Duration) { r.outcomes <- outcome },
	})
	r.sender.poll = time.Hour // the test says when to look
	return r
}

func openStore(t *testing.T, url string) *db.Store {
	t.Helper()
	if _, err := db.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	s, err := db.Open(t.Context(), url, db.Options{NoHints: true, Log: zerolog.New(zerolog.NewTestWriter(t))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if head, err := s.Log().Head(t.Context()); err != nil || head.Position > 0 {
		return s
	}
	viewer := incident.Viewer{
		Actor: incident.Actor{ID: incident.ActorID("test", "alice"), Name: "alice", Kind: incident.KindUser},
		Roles: []incident.Role{incident.RoleResponder},
	}
	if _, err := incident.New(s, nil).CreateIncident(t.Context(), viewer, incident.CreateIncidentInput{Title: "one", Severity: incident.SeverityLow}); err != nil {
		t.Fatal(err)
	}
	return s
}

// run starts the sender.
func (r *rig) run() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.sender.Run(ctx) }()
	r.cancel = cancel
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			r.t.Error(err)
		}
	})
	r.t.Cleanup(r.stop)
}

// look tells the sender that there is something new.
func (r *rig) look() { r.outbox.news <- struct{}{} }

// webhook stores an enabled webhook.
func (r *rig) webhook(id, url string) dbtest.Webhook {
	r.t.Helper()
	w := dbtest.Webhook{ID: id, URL: url, Enabled: true, Secret: newSecret()}
	dbtest.PutWebhook(r.t, r.url, w)
	return w
}

// deliver stores deliveries that are due now.
func (r *rig) deliver(webhookID string, ids ...string) {
	r.t.Helper()
	dbtest.PutDeliveries(r.t, r.url, webhookID, bodyOf("{id}"), r.clock.Now(), ids...)
}

// delivery reads one as it is stored.
func (r *rig) delivery(id string) incident.Delivery {
	r.t.Helper()
	all, err := r.outbox.DeliveriesByID(r.t.Context(), []string{id})
	if err != nil {
		r.t.Fatal(err)
	}
	return all[id]
}

func bodyOf(id string) string { return `{"for":"` + id + `","text":"body-text ✓"}` }

func newSecret() string {
	var key [32]byte
	_, _ = rand.Read(key[:])
	return "whsec_" + base64.StdEncoding.EncodeToString(key[:])
}

// statuses shows how the attempts of a delivery went.
func statuses(d incident.Delivery) []string {
	out := []string{}
	for n, a := range d.Attempts {
		text := "neither or both"
		switch {
		case a.StatusCode != nil && a.Failure == nil:
			text = fmt.Sprint(*a.StatusCode)
		case a.StatusCode == nil && a.Failure != nil:
			text = string(*a.Failure)
		}
		if n+1 != a.Number {
			text += fmt.Sprintf(" as number %d", a.Number)
		}
		out = append(out, text)
	}
	return out
}

type safeBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
