package webhook

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"tasktrail/incident"
)

const (
	// lease is how long a claim keeps others off: much longer than an attempt
	// and its record take. It is also how late a call comes whose server was
	// killed.
	lease = 2 * time.Minute
	// poll is how often the outbox is looked at for what has become due.
	poll = time.Second
	// recordTimeout bounds what is asked of the database for one attempt.
	recordTimeout = 15 * time.Second
	// duePage is how many due deliveries are read at once.
	duePage = 2 * maxAttempts
)

// Outbox is where deliveries wait. Its errors can be logged.
type Outbox interface {
	// DeliveryStored is ready when there may be something new.
	DeliveryStored() <-chan struct{}
	// DueDeliveries returns what was due at now, the longest waiting first, but
	// nothing of the webhooks in except.
	DueDeliveries(ctx context.Context, now time.Time, except []string, limit int) ([]incident.DueDelivery, error)
	// ClaimDelivery reserves the next attempt until then, unless d has been
	// claimed since it was read.
	ClaimDelivery(ctx context.Context, d incident.DueDelivery, until time.Time) (bool, error)
	// RecordAttempt stores an attempt and what follows from it. It answers
	// [incident.ErrLeaseLost] unless d is claimed until d.NextAttemptAt.
	RecordAttempt(ctx context.Context, d incident.DueDelivery, o incident.DeliveryOutcome) error
}

// Options of a sender. The zero value is what a server uses.
type Options struct {
	// AllowedNetworks may be called though they are not public, on any port and
	// without TLS.
	AllowedNetworks []netip.Prefix
	Now             func() time.Time // nil: the real clock; receivers refuse what is minutes off
	Log             zerolog.Logger

	// Observe, when not nil, hears of every attempt once it is recorded: 2xx to
	// 5xx or a [incident.DeliveryFailure], and how long it took. It must not
	// block.
	Observe func(outcome string, took time.Duration)
}

// Sender sends what is due.
type Sender struct {
	outbox  Outbox
	now     func() time.Time
	log     zerolog.Logger
	observe func(outcome string, took time.Duration)
	caller  *caller
	poll    time.Duration

	slots   *slots
	results chan result // room for all: an attempt never waits to tell its result
	failing bool        // the outbox could not be read last time
}

// New makes a sender, which sends nothing until [Sender.Run].
func New(outbox Outbox, o Options) *Sender {
	s := &Sender{
		outbox: outbox, now: o.Now, log: o.Log, observe: o.Observe, poll: poll,
		slots: newSlots(), results: make(chan result, maxAttempts),
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.caller = newCaller(o.AllowedNetworks, s.now)
	return s
}

// result is an attempt that has been made.
type result struct {
	delivery incident.DueDelivery
	answer   answer
}

// Run sends until ctx ends; then it starts nothing more, lets the attempts that
// run end within their time, records them and returns. The error is always nil.
// This goroutine alone talks to the outbox.
func (s *Sender) Run(ctx context.Context) error {
	var running errgroup.Group
	tick := time.NewTicker(s.poll)
	defer tick.Stop()
	for ctx.Err() == nil {
		left := s.look(ctx, &running)
		for again := false; !again; {
			select {
			case <-ctx.Done():
				again = true
			case <-tick.C:
				again = true
			case <-s.outbox.DeliveryStored():
				again = true
			case r := <-s.results:
				s.record(context.WithoutCancel(ctx), r)
				again = left
			}
		}
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout+recordTimeout)
	defer cancel()
	for s.slots.running > 0 {
		s.record(ending, <-s.results)
	}
	return running.Wait()
}

// look starts the attempts that are due and for which there is room, and
// reports whether some may have been left for lack of it. When the outbox
// cannot be read, the next look tries again.
func (s *Sender) look(ctx context.Context, running *errgroup.Group) (left bool) {
	for s.slots.free() {
		full := s.slots.full()
		due, err := s.outbox.DueDeliveries(ctx, s.now(), full, duePage)
		if err == nil {
			left, err = s.start(ctx, running, due)
		}
		if ctx.Err() != nil {
			return false
		}
		switch {
		case err != nil && !s.failing: // said once, not every second
			s.log.Warn().Err(err).Msg("cannot read the outbox of webhook calls, trying again until it works")
		case err == nil && s.failing:
			s.log.Info().Msg("reading the outbox of webhook calls again")
		}
		s.failing = err != nil
		if err != nil {
			return false
		}
		if len(due) < duePage {
			return left || len(full) > 0
		}
	}
	return true
}

// start claims deliveries and starts their attempts, and reports whether there
// was no room for some.
func (s *Sender) start(ctx context.Context, running *errgroup.Group, due []incident.DueDelivery) (left bool, err error) {
	for _, d := range due {
		if ctx.Err() != nil {
			return false, nil
		}
		if !s.slots.take(d.WebhookID) {
			left = true
			continue
		}
		until := s.now().Add(lease)
		won, err := s.claim(ctx, d, until)
		if !won {
			s.slots.release(d.WebhookID)
			if err != nil {
				return false, err
			}
			continue
		}
		d.NextAttemptAt = &until
		running.Go(func() error {
			s.results <- result{d, s.caller.call(context.WithoutCancel(ctx), d)}
			return nil
		})
	}
	return left, nil
}

// claim does not stop when ctx ends: a claim that was made unnoticed would keep
// the delivery waiting.
func (s *Sender) claim(ctx context.Context, d incident.DueDelivery, until time.Time) (bool, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	return s.outbox.ClaimDelivery(ctx, d, until)
}

// record stores what an attempt came to. When that fails the attempt will be
// made again, once the claim has run out.
func (s *Sender) record(ctx context.Context, r result) {
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	d, a := r.delivery, r.answer
	s.slots.release(d.WebhookID)
	s.slots.learn(d.WebhookID, a)
	o := outcome(d.Attempted+1, a, s.now())
	err := s.outbox.RecordAttempt(ctx, d, o)

	log := s.log.With().Str("webhook", d.WebhookID).Str("delivery", d.ID).Int("attempt", o.Attempt.Number).Logger()
	if o.State != incident.DeliveryDelivered {
		line := log.Warn()
		if a.status != 0 {
			line = line.Int("status", a.status)
		} else {
			line = line.Str("failure", string(a.failure))
		}
		line.Bool("given_up", o.State == incident.DeliveryFailed).Msg("a webhook call failed")
	}
	switch {
	case errors.Is(err, incident.ErrLeaseLost):
		log.Warn().Msg("an attempt was not recorded: it took longer than its claim and may be made again, or its event was redacted meanwhile")
	case err != nil:
		log.Warn().Err(err).Msg("an attempt could not be recorded, so it will be made again")
	}
	if s.observe != nil {
		s.observe(a.class(), a.took)
	}
}
