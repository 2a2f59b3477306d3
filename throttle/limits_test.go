package throttle

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

type whoKey struct{}

// as is a request of somebody, from an address when the name is one.
func as(who string) context.Context { return context.WithValue(context.Background(), whoKey{}, who) }

// limits returns some, the clock they go by, and what was refused.
func limits(o Options) (l *Limits, clock *time.Time, refused map[string]int) {
	now := time.Unix(1_800_000_000, 0)
	refused = map[string]int{}
	o.Now = func() time.Time { return now }
	o.Client = func(ctx context.Context) string { return ctx.Value(whoKey{}).(string) }
	o.Address = func(ctx context.Context) netip.Addr { return netip.MustParseAddr(ctx.Value(whoKey{}).(string)) }
	var mu sync.Mutex
	o.Refused = func(limit string) {
		mu.Lock()
		defer mu.Unlock()
		refused[limit]++
	}
	return New(o), &now, refused
}

// refusedBy returns the refusal in err.
func refusedBy(t *testing.T, err error, limit string) *Refusal {
	t.Helper()
	r, ok := errors.AsType[*Refusal](err)
	if !ok || r.Limit != limit || r.RetryAfter < time.Second || r.Message == "" {
		t.Fatalf("got %v (%+v), want a refusal by %s", err, r, limit)
	}
	return r
}

func TestRate(t *testing.T) {
	l, now, refused := limits(Options{Rate: 0.5, Burst: 3})
	begin := func(who string) error {
		return l.Begin(as(who))
	}
	for range 3 {
		if err := begin("alice"); err != nil {
			t.Fatal(err)
		}
	}
	if r := refusedBy(t, begin("alice"), Rate); r.Seconds() != 2 {
		t.Errorf("to be tried again after %d s, want 2", r.Seconds())
	}
	if err := begin("bob"); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	*now = now.Add(1900 * time.Millisecond)
	refusedBy(t, begin("alice"), Rate)
	*now = now.Add(100 * time.Millisecond)
	if err := begin("alice"); err != nil {
		t.Errorf("when it said: %v", err)
	}
	if refused[Rate] != 2 {
		t.Errorf("counted %v", refused)
	}
}

// Each count has its limit, and what ends makes room, once.
func TestCounts(t *testing.T) {
	l, _, refused := limits(Options{Concurrent: 2, Streams: 2, AllStreams: 2, Greeting: 2})
	for _, c := range []struct {
		limit string
		one   func(who string) (func(), error)
		alone bool // whoever asks, it is full
	}{
		{Concurrency, func(who string) (func(), error) { return l.Run(as(who)) }, false},
		{Streams, func(who string) (func(), error) { return l.Stream(as(who)) }, false},
		{Greetings, func(who string) (func(), error) { return l.Greeting(as(who)) }, false},
		{AllStreams, func(string) (func(), error) { return l.Server() }, true},
	} {
		first, err := c.one("10.0.0.1")
		if err != nil {
			t.Fatal(c.limit, err)
		}
		if _, err := c.one("10.0.0.1"); err != nil {
			t.Fatal(c.limit, err)
		}
		_, err = c.one("10.0.0.1")
		if r := refusedBy(t, err, c.limit); r.Everybody != c.alone {
			t.Errorf("%s: refuses everybody: %t", c.limit, r.Everybody)
		}
		if _, err := c.one("10.0.0.2"); (err != nil) != c.alone {
			t.Errorf("%s, somebody else: %v", c.limit, err)
		}
		first()
		first() // does no harm
		if _, err := c.one("10.0.0.1"); err != nil && !c.alone {
			t.Errorf("%s, after one has ended: %v", c.limit, err)
		}
		if _, err := c.one("10.0.0.1"); err == nil {
			t.Errorf("%s: ended twice, it made room for two", c.limit)
		}
		if refused[c.limit] < 2 {
			t.Errorf("%s: counted %v", c.limit, refused)
		}
	}
}

// One too many waits for its turn, in order, and not for ever; those who leave
// meanwhile count for nothing.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _, refused := limits(Options{Concurrent: 1, Wait: 5 * time.Second})
		var mu sync.Mutex
		var order []string
		ask := func(ctx context.Context, name string, then func(error)) {
			go func() {
				done, err := l.Run(ctx)
				mu.Lock()
				order = append(order, name)
				mu.Unlock()
				if then(err); err == nil {
					<-time.After(time.Second) // its work, by the clock of the bubble
					done()
				}
			}()
			synctest.Wait()
		}
		ok := func(err error) {
			if err != nil {
				t.Error(err)
			}
		}
		leaver, leave := context.WithCancel(as("alice"))
		ask(as("alice"), "first", ok)
		ask(as("alice"), "second", ok)
		ask(leaver, "leaver", func(err error) {
			if err == nil {
				t.Error("who has left got a turn")
			}
		})
		ask(as("alice"), "third", ok)
		ask(as("alice"), "fourth", ok)
		if _, err := l.Run(as("alice")); err == nil || refused[Concurrency] != 1 {
			t.Errorf("with four that wait for one place: %v", err)
		}
		ask(as("bob"), "bob", ok)
		leave()
		synctest.Wait()
		<-time.After(10 * time.Second)
		if want := "[first bob leaver second third fourth]"; fmt.Sprint(order) != want {
			t.Errorf("they came in the order %v, want %s", order, want)
		}
		if refused[Concurrency] != 1 {
			t.Errorf("refused %v", refused)
		}

		forever, err := l.Run(as("alice"))
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		_, err = l.Run(as("alice"))
		refusedBy(t, err, Concurrency)
		if took := time.Since(begun); took != 5*time.Second {
			t.Errorf("it waited %s", took)
		}
		forever()
		if len(l.clients.busy) != 0 {
			t.Errorf("%d are busy after all has ended", len(l.clients.busy))
		}
	})
}

func TestBadTokens(t *testing.T) {
	l, now, _ := limits(Options{Failures: 2})
	here, neighbour, elsewhere := as("2001:db8::1"), as("2001:db8::ffff"), as("2001:db8:0:1::1")
	for range 2 {
		if err := l.Attempt(here); err != nil {
			t.Fatal(err)
		}
		l.Failed(here)
	}
	refusedBy(t, l.Attempt(here), Authentication)
	refusedBy(t, l.Attempt(neighbour), Authentication) // the same /64 is the same machine
	if err := l.Attempt(elsewhere); err != nil {
		t.Error(err)
	}
	*now = now.Add(time.Second)
	if err := l.Attempt(here); err != nil {
		t.Errorf("after a second: %v", err)
	}
}

func TestNoLimits(t *testing.T) {
	off, _, _ := limits(Options{})
	for name, l := range map[string]*Limits{"nil": nil, "all off": off} {
		for range 300 {
			for what, ask := range map[string]func() (func(), error){
				"operation": func() (func(), error) { return l.Run(as("10.0.0.1")) }, "stream": func() (func(), error) { return l.Stream(as("10.0.0.1")) },
				"server": l.Server, "begin": func() (func(), error) { return nil, l.Begin(as("10.0.0.1")) }, "greeting": func() (func(), error) { return l.Greeting(as("10.0.0.1")) },
			} {
				if _, err := ask(); err != nil {
					t.Fatalf("%s: %s: %v", name, what, err)
				}
			}
			if l.Failed(as("10.0.0.1")); l.Attempt(as("10.0.0.1")) != nil {
				t.Fatal(name, "attempt")
			}
		}
	}
}

// However many come, few are remembered, and never one who is busy forgotten.
func TestMemoryIsBounded(t *testing.T) {
	l, now, _ := limits(Options{Rate: 1, Burst: 1, Concurrent: 1})
	if _, err := l.Run(as("busy")); err != nil {
		t.Fatal(err)
	}
	for n := range 3 * remembered {
		if err := l.Begin(as(fmt.Sprint("client", n))); err != nil {
			t.Fatal(err)
		}
	}
	if got := l.clients.idle.Len(); got != remembered {
		t.Errorf("%d are remembered, want %d", got, remembered)
	}
	if len(l.clients.busy) != 1 {
		t.Errorf("%d are busy, want 1", len(l.clients.busy))
	}
	*now = now.Add(time.Hour)
	_, err := l.Run(as("busy"))
	refusedBy(t, err, Concurrency)
	for n := range 2 * remembered { // who is as good as new makes room before the table is full
		_ = l.Begin(as(fmt.Sprint("later", n%10)))
	}
	if got := l.clients.idle.Len(); got > remembered {
		t.Errorf("%d are remembered", got)
	}
}

func TestManyAtOnce(t *testing.T) {
	l, _, _ := limits(Options{Concurrent: 2, Wait: time.Microsecond, Streams: 5})
	var work sync.WaitGroup
	for n := range 32 {
		work.Go(func() {
			for range 500 {
				if done, err := l.Run(as(fmt.Sprint(n % 4))); err == nil {
					done()
				}
				if closed, err := l.Stream(as(fmt.Sprint(n % 4))); err == nil {
					closed()
				}
			}
		})
	}
	work.Wait()
	if len(l.clients.busy) != 0 {
		t.Errorf("%d are busy after all has ended", len(l.clients.busy))
	}
}

func BenchmarkOperation(b *testing.B) {
	l, _, _ := limits(Options{Rate: 1e12, Burst: 1e9, Concurrent: 1e9})
	ctx := as("alice")
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			done, err := l.Run(ctx)
			if err = errors.Join(err, l.Begin(ctx)); err != nil {
				b.Fatal(err)
			}
			done()
		}
	})
}
