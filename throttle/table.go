package throttle

import (
	"math"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
)

// remembered is how many clients with nothing running are remembered.
const remembered = 10_000

// What a client can have at a time.
const (
	running = iota // and waiting for their turn
	streams
	greeting
	kinds
)

// client is what is known of one.
type client struct {
	bucket *rate.Limiter // nil: no limit
	has    [kinds]int
	all    int // the sum of has
	turns  *semaphore.Weighted
}

// table holds what is known of clients. Those who have something running are
// kept; of the others the ones who were here last. Whoever is forgotten begins
// with a full bucket, so it takes that many addresses to gain one.
type table struct {
	rate       rate.Limit
	burst      int
	concurrent int64 // operations of a client that run at a time
	now        func() time.Time

	mu   sync.Mutex
	busy map[string]*client
	idle *simplelru.LRU[string, *client]
}

func newTable(perSecond float64, burst, concurrent int, now func() time.Time) *table {
	idle, _ := simplelru.NewLRU[string, *client](remembered, nil) // fails for sizes below 1
	return &table{rate: rate.Limit(perSecond), burst: burst, concurrent: int64(concurrent), now: now, busy: map[string]*client{}, idle: idle}
}

// of returns the client, a new one if need be; mu must be held.
func (t *table) of(name string) *client {
	if c := t.busy[name]; c != nil {
		return c
	}
	if c, ok := t.idle.Get(name); ok {
		return c
	}
	t.forget()
	c := &client{turns: semaphore.NewWeighted(t.concurrent)}
	if t.rate > 0 {
		c.bucket = rate.NewLimiter(t.rate, t.burst)
	}
	t.idle.Add(name, c)
	return c
}

// forget drops the one who was here longest ago, if it is as good as new.
func (t *table) forget() {
	if name, c, ok := t.idle.GetOldest(); ok && (c.bucket == nil || c.bucket.TokensAt(t.now()) >= float64(t.burst)) {
		t.idle.Remove(name)
	}
}

// take takes one from the client's bucket, or says how long to wait for one.
func (t *table) take(name string) (wait time.Duration, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.of(name)
	if c.bucket == nil || c.bucket.AllowN(t.now(), 1) {
		return 0, true
	}
	return t.wait(c), false
}

// peek says whether the client's bucket has one, without taking it.
func (t *table) peek(name string) (wait time.Duration, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.of(name)
	if c.bucket == nil || c.bucket.TokensAt(t.now()) >= 1 {
		return 0, true
	}
	return t.wait(c), false
}

func (t *table) wait(c *client) time.Duration {
	missing := 1 - c.bucket.TokensAt(t.now())
	return time.Duration(math.Ceil(missing / float64(t.rate) * float64(time.Second)))
}

// turns lets so many operations of a client run as may at a time, the others one
// after the other. It is the same one for as long as the client has entered.
func (t *table) turns(name string) *semaphore.Weighted {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.of(name).turns
}

// enter counts one more of a kind, unless there are limit of them. leave counts
// it back, once.
func (t *table) enter(name string, kind, limit int) (leave func(), ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.of(name)
	if limit > 0 && c.has[kind] >= limit {
		return nil, false
	}
	c.has[kind]++
	if c.all++; c.all == 1 {
		t.idle.Remove(name)
		t.busy[name] = c
	}
	return sync.OnceFunc(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		c.has[kind]--
		if c.all--; c.all == 0 {
			delete(t.busy, name)
			t.idle.Add(name, c)
		}
	}), true
}
