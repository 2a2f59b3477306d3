package throttle

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// Options are the limits. A zero number switches its limit off.
type Options struct {
	Rate       float64       // operations that a client may begin each second, on average
	Burst      int           // and at once after a quiet time
	Concurrent int           // queries and mutations of a client at a time
	Wait       time.Duration // how long one more waits for its turn; 0: not at all
	Streams    int           // sockets and event streams of a client at a time
	AllStreams int           // of all clients
	Greeting   int           // sockets of an address that are not logged in yet
	Failures   int           // bad tokens from an address at once; one more each second

	// Client names who makes a request, Address where it comes from.
	Client  func(ctx context.Context) string
	Address func(ctx context.Context) netip.Addr

	// Refused, when not nil, hears of every refusal, by the name of the limit. It
	// must not block.
	Refused func(limit string)

	Now func() time.Time // nil: the real clock
}

// queue is how many operations of a client may wait, for each that may run.
const queue = 4

// Names of limits, in [Refusal.Limit].
const (
	Rate           = "rate"
	Concurrency    = "concurrency"
	Streams        = "streams"
	AllStreams     = "all-streams"
	Greetings      = "unidentified-sockets"
	Authentication = "authentication"
	OnSocket       = "operations-per-socket"
	Messages       = "messages-per-socket"
	Time           = "time"
)

// Refusal is the error of everything here. Its text is fit for clients.
type Refusal struct {
	Limit      string // one of few names
	Message    string
	RetryAfter time.Duration // at least a second
	Everybody  bool          // the server is full, whoever asks
}

func (r *Refusal) Error() string { return r.Message }

// Seconds is RetryAfter in whole seconds, rounded up, for the header of that name.
func (r *Refusal) Seconds() int { return int((r.RetryAfter + time.Second - 1) / time.Second) }

// Limits counts what clients do. A nil *Limits lets everybody do everything.
type Limits struct {
	o       Options
	clients *table
	places  *table // addresses
	all     *table // one entry: everybody
}

// New returns limits that nobody has used yet.
func New(o Options) *Limits {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Burst < 1 {
		o.Burst = 1
	}
	return &Limits{
		o:       o,
		clients: newTable(o.Rate, o.Burst, o.Concurrent, o.Now),
		places:  newTable(1, max(o.Failures, 1), 0, o.Now),
		all:     newTable(0, 1, 0, o.Now),
	}
}

// Begin asks to begin an operation of any kind, before it is even read.
func (l *Limits) Begin(ctx context.Context) error {
	if l == nil {
		return nil
	}
	if wait, ok := l.clients.take(l.o.Client(ctx)); !ok {
		return l.Refuse(&Refusal{Limit: Rate, RetryAfter: wait, Message: fmt.Sprintf(
			"you have begun too many operations: the limit is %g a second, %d at once after a pause", l.o.Rate, l.o.Burst)})
	}
	return nil
}

// Run asks to carry out a query or mutation. If too many of the client are running,
// it waits for its turn: a page that has many parts asks for all of them at once. A
// subscription lasts, so its stream is counted in its place. done must be called
// when it has ended.
func (l *Limits) Run(ctx context.Context) (done func(), err error) {
	if l == nil || l.o.Concurrent == 0 {
		return func() {}, nil
	}
	places := l.o.Concurrent
	if l.o.Wait > 0 {
		places += queue * l.o.Concurrent
	}
	name := l.o.Client(ctx)
	leave, ok := l.clients.enter(name, running, places)
	if ok {
		turns := l.clients.turns(name)
		if turns.TryAcquire(1) || l.wait(ctx, turns) {
			return sync.OnceFunc(func() { turns.Release(1); leave() }), nil
		}
		leave()
	}
	r := &Refusal{Limit: Concurrency, RetryAfter: time.Second, Message: fmt.Sprintf(
		"you have %d operations running, which is the limit", l.o.Concurrent)}
	if ctx.Err() != nil {
		return nil, r // whoever has left is not refused
	}
	return nil, l.Refuse(r)
}

// wait waits for a turn as long as an operation may.
func (l *Limits) wait(ctx context.Context, turns *semaphore.Weighted) bool {
	ctx, stop := context.WithTimeout(ctx, l.o.Wait)
	defer stop()
	return turns.Acquire(ctx, 1) == nil
}

// Stream asks to open an event stream, or to keep a socket that has logged in.
// closed must be called at its end.
func (l *Limits) Stream(ctx context.Context) (closed func(), err error) {
	if l == nil {
		return func() {}, nil
	}
	closed, ok := l.clients.enter(l.o.Client(ctx), streams, l.o.Streams)
	if !ok {
		return nil, l.Refuse(&Refusal{Limit: Streams, RetryAfter: 10 * time.Second, Message: fmt.Sprintf(
			"you have %d sockets and streams open, which is the limit", l.o.Streams)})
	}
	return closed, nil
}

// Server asks for one of the places for sockets and streams that the server has
// for all clients. closed must be called at its end.
func (l *Limits) Server() (closed func(), err error) {
	if l == nil {
		return func() {}, nil
	}
	closed, ok := l.all.enter("", streams, l.o.AllStreams)
	if !ok {
		return nil, l.Refuse(&Refusal{Limit: AllStreams, RetryAfter: 10 * time.Second, Everybody: true, Message: fmt.Sprintf(
			"the server has %d sockets and streams open, which is the limit", l.o.AllStreams)})
	}
	return closed, nil
}

// Greeting asks to open a socket of which nobody knows yet whose it is. done must
// be called when that is known, or the socket has ended; again does no harm.
func (l *Limits) Greeting(ctx context.Context) (done func(), err error) {
	if l == nil {
		return func() {}, nil
	}
	done, ok := l.places.enter(network(l.o.Address(ctx)), greeting, l.o.Greeting)
	if !ok {
		return nil, l.Refuse(&Refusal{Limit: Greetings, Message: fmt.Sprintf(
			"%d sockets from your address have not sent connection_init yet, which is the limit", l.o.Greeting)})
	}
	return done, nil
}

// Attempt asks to check a token that nobody has seen before.
func (l *Limits) Attempt(ctx context.Context) error {
	if l == nil || l.o.Failures == 0 {
		return nil
	}
	if wait, ok := l.places.peek(network(l.o.Address(ctx))); !ok {
		return l.Refuse(&Refusal{Limit: Authentication, RetryAfter: wait, Message: fmt.Sprintf(
			"too many bad tokens came from your address: the limit is %d, and one more each second", l.o.Failures)})
	}
	return nil
}

// Failed counts a bad token.
func (l *Limits) Failed(ctx context.Context) {
	if l != nil && l.o.Failures > 0 {
		l.places.take(network(l.o.Address(ctx)))
	}
}

// Refuse counts a refusal, also by a limit that somebody else keeps, and returns
// it.
func (l *Limits) Refuse(r *Refusal) *Refusal {
	r.RetryAfter = max(r.RetryAfter, time.Second)
	if l != nil && l.o.Refused != nil {
		l.o.Refused(r.Limit)
	}
	return r
}

// network is what an address counts as.
func network(a netip.Addr) string {
	if a.Is6() {
		p, _ := a.WithZone("").Prefix(64)
		return p.String()
	}
	return a.String()
}

// Network returns a name for the client at an address, for who has no token.
func Network(a netip.Addr) string { return "address " + network(a) }
