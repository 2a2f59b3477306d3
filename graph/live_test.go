package graph_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// take returns an each that collects n events and then stops.
func take(n int, into *[]object) func(object) error {
	return func(event object) error {
		*into = append(*into, event)
		if len(*into) >= n {
			return errStop
		}
		return nil
	}
}

func positions(events []object) []int {
	var list []int
	for _, e := range events {
		list = append(list, int(e["position"].(float64)))
	}
	return list
}

// From the start, behind a cursor, and through a filter.
func TestSubscribe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		alice, reader := s.as("alice"), s.as("rob", incident.RoleReader)
		i := alice.newIncident(t, "I")
		id := alice.newTask(t, i, "T")
		started := alice.taskMutation(t, "startTask", id, "")
		alice.taskMutation(t, "completeTask", id, "")
		eachTransport(t, func(t *testing.T, subscribe func(client, context.Context, string, object, func(object) error) stream) {
			for name, test := range map[string]struct {
				variables object
				want      []int
			}{
				"from the start":       {object{"start": true}, []int{1, 2, 3, 4}},
				"behind a receipt":     {object{"after": at(started, "event", "cursor")}, []int{4}},
				"of a task":            {object{"start": true, "filter": object{"taskId": id}}, []int{2, 3, 4}},
				"by action":            {object{"start": true, "filter": object{"actions": []string{"TASK_STARTED", "INCIDENT_CREATED"}}}, []int{1, 3}},
				"by field":             {object{"start": true, "filter": object{"fields": []string{"completedAt"}}}, []int{4}},
				"by incident and kind": {object{"start": true, "filter": object{"incidentId": i, "actorKind": []string{"USER"}}}, []int{1, 2, 3, 4}},
			} {
				var got []object
				end := subscribe(reader, t.Context(), feed, test.variables, take(len(test.want), &got))
				if !errors.Is(end.err, errStop) || !slices.Equal(positions(got), test.want) {
					t.Errorf("%s: got %v and the end %+v, want %v", name, positions(got), end, test.want)
				}
			}
		})
	})
}

// From now on means: nothing that was there, everything that comes.
func TestSubscribeFromNow(t *testing.T) {
	s := start(t, dbtest.SQLite(t))
	alice := s.as("alice")
	alice.newIncident(t, "before")
	eachTransport(t, func(t *testing.T, subscribe func(client, context.Context, string, object, func(object) error) stream) {
		var got []object
		done := make(chan stream)
		go func() { done <- subscribe(alice, t.Context(), feed, nil, take(1, &got)) }()
		// Whether it has begun cannot be seen from outside, so changes are made
		// until one arrives.
		for n := 0; ; n++ {
			head := int(at(alice.must(t, `{ auditHead { position } }`, nil), "auditHead", "position").(float64))
			alice.newIncident(t, "after")
			select {
			case end := <-done:
				if !errors.Is(end.err, errStop) || positions(got)[0] < 2 || positions(got)[0] > head+1 {
					t.Errorf("got %v, %+v", got, end)
				}
				return
			default:
			}
		}
	})
}

// soak multiplies the load of the long tests.
func soak(factor int) int {
	if os.Getenv("TASKTRAIL_SOAK") == "" {
		return 1
	}
	return factor
}

// Eight writers on two servers, twenty subscribers that are cut off at random
// and come back with the last cursor they saw: each gets every event of its
// part once and in order.
func TestNothingMissedNothingTwice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		servers := []*server{start(t, url)}
		if strings.HasPrefix(url, "postgres") {
			servers = append(servers, start(t, url)) // two processes' worth
		}
		events, subscribers := 1000*soak(20), 20
		setup := servers[0].as("writer")
		var tasks []string
		for n := range 8 {
			tasks = append(tasks, setup.newTask(t, setup.newIncident(t, fmt.Sprint(n)), fmt.Sprint(n)))
		}
		head := events + 16

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute*time.Duration(soak(10)))
		defer cancel()
		var work sync.WaitGroup
		var reconnects atomic.Int64
		for n := range subscribers {
			work.Go(func() {
				s := &subscriber{rng: rand.New(rand.NewPCG(uint64(n), 7)), servers: servers, head: head, sse: n%2 == 0}
				if n%5 == 4 {
					s.task = tasks[n%len(tasks)] // through a filter
				}
				reconnects.Add(int64(s.run(ctx)))
				if err := s.check(ctx, setup); err != nil {
					t.Errorf("subscriber %d: %v", n, err)
				}
			})
		}
		for n, id := range tasks {
			work.Go(func() {
				c := servers[n%len(servers)].as(fmt.Sprint("writer ", n))
				for m := range events / len(tasks) {
					if errs := c.taskMutation(t, []string{"completeTask", "reopenTask"}[m%2], id, "")["errors"].([]any); len(errs) > 0 {
						t.Errorf("writer %d: %v", n, errs)
					}
				}
			})
		}
		work.Wait()
		t.Logf("%d events, %d subscribers on %d servers, %d reconnects", head, subscribers, len(servers), reconnects.Load())
	})
}

// subscriber collects positions until it has seen the head.
type subscriber struct {
	rng     *rand.Rand
	servers []*server
	head    int
	sse     bool
	task    string // only the events of this task

	seen   []int
	cursor string
}

func (s *subscriber) run(ctx context.Context) (connections int) {
	for ; ctx.Err() == nil; connections++ {
		variables := object{"start": s.cursor == ""}
		if s.cursor != "" {
			variables = object{"after": s.cursor}
		}
		if s.task != "" {
			variables["filter"] = object{"taskId": s.task}
		}
		left := 1 + s.rng.IntN(200)
		each := func(event object) error {
			s.seen = append(s.seen, int(event["position"].(float64)))
			s.cursor = event["cursor"].(string)
			left--
			if s.complete() || left == 0 {
				return errStop
			}
			return nil
		}
		c := s.servers[s.rng.IntN(len(s.servers))].as("watcher", incident.RoleReader)
		switch {
		case s.sse && s.cursor != "" && s.rng.IntN(2) == 0: // as EventSource resumes
			delete(variables, "after")
			c.overSSE(ctx, feed, variables, s.cursor, each)
		case s.sse:
			c.overSSE(ctx, feed, variables, "", each)
		default:
			c.overWebSocket(ctx, feed, variables, each)
		}
		if s.complete() {
			return connections
		}
	}
	return connections
}

// complete: a subscriber of one task stops at that task's last event, which is
// one of the last; which one, check finds out.
func (s *subscriber) complete() bool {
	if s.task != "" {
		return len(s.seen) >= 1+(s.head-16)/8
	}
	return len(s.seen) > 0 && s.seen[len(s.seen)-1] >= s.head
}

// check compares with the history query.
func (s *subscriber) check(ctx context.Context, c client) error {
	if ctx.Err() != nil {
		return fmt.Errorf("saw only %d events in time", len(s.seen))
	}
	if s.task == "" {
		for n, position := range s.seen {
			if position != n+1 {
				return fmt.Errorf("place %d holds position %d", n+1, position)
			}
		}
		return nil
	}
	if !slices.IsSorted(s.seen) || len(slices.Compact(slices.Clone(s.seen))) != len(s.seen) {
		return errors.New("the events of a task came twice or out of order")
	}
	return nil
}

// A new server on the same database goes on where the old one ended.
func TestResumeAfterRestart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		for n := range 5 {
			s.as("alice").newIncident(t, fmt.Sprint(n))
		}
		var before, after []object
		s.as("alice").overSSE(t.Context(), feed, object{"start": true}, "", take(3, &before))
		s.stop()
		s = start(t, url)
		s.as("alice").newIncident(t, "after the restart")
		end := s.as("alice").overWebSocket(t.Context(), feed, object{"after": before[2]["cursor"]}, take(3, &after))
		if got := positions(append(before, after...)); !slices.Equal(got, []int{1, 2, 3, 4, 5, 6}) {
			t.Errorf("got %v, %+v", got, end)
		}
	})
}

// When the token runs out, sockets are closed with 4403 and streams end with
// UNAUTHENTICATED.
func TestExpiry(t *testing.T) {
	s := start(t, dbtest.SQLite(t))
	soon := client{url: s.URL, token: "alice:READER:" + time.Now().Add(300*time.Millisecond).UTC().Format(time.RFC3339Nano)}
	done := make(chan stream)
	go func() { done <- soon.overSSE(t.Context(), feed, nil, "", nil) }()
	if end := soon.overWebSocket(t.Context(), feed, nil, nil); websocket.CloseStatus(end.err) != 4403 {
		t.Errorf("the socket ended with %+v, want 4403", end)
	}
	if end := <-done; end.code != "UNAUTHENTICATED" {
		t.Errorf("the stream ended with %+v, want UNAUTHENTICATED", end)
	}
}

// Two hundred who watch the same cost as much as one: what an event shows is
// read once.
func TestRenderedOnce(t *testing.T) {
	s := start(t, dbtest.SQLite(t))
	alice := s.as("alice")
	var work sync.WaitGroup
	const document = `subscription { auditEvents(fromStart: true) { position cursor incident { title } } }`
	for n := range 200 {
		work.Go(func() {
			c := s.as(fmt.Sprint("watcher ", n), incident.RoleReader)
			var got []object
			if end := c.overSSE(t.Context(), document, nil, "", take(21, &got)); !errors.Is(end.err, errStop) {
				t.Errorf("watcher %d: %+v", n, end)
			}
		})
	}
	alice.newIncident(t, "first")
	before := s.statements.Load()
	for n := range 20 {
		alice.newIncident(t, fmt.Sprint(n))
	}
	work.Wait()
	// 20 changes of 6 statements, 20 renderings of one, and the watchers' own
	// first requests (who they are); one by one it would be 200 × 21 renderings.
	if got := s.statements.Load() - before; got > 1200 {
		t.Errorf("got %d statements", got)
	} else {
		t.Logf("%d statements for 21 events × 200 watchers", got)
	}
}
