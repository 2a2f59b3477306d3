package graph_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// soak multiplies the load of the long tests.
func soak(factor int) int {
	if os.Getenv("TASKTRAIL_SOAK") == "" {
		return 1
	}
	return factor
}

// Eight writers, and twenty subscribers that are cut off at random and come
// back with the last cursor they saw: each gets every event of its part once
// and in order. On PostgreSQL all of them go to two servers in turn.
func TestNothingMissedNothingTwice(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { testSeam(t, start(t, dbtest.SQLite(t))) })
	t.Run("postgres", func(t *testing.T) {
		url := dbtest.Postgres(t)
		testSeam(t, start(t, url), start(t, url))
	})
	// The servers believe that they tell each other, and never hear anything.
	t.Run("postgres, hints lost", func(t *testing.T) {
		url := dbtest.Postgres(t)
		database := url[strings.LastIndex(url, "/")+1 : strings.Index(url, "?")]
		for _, statement := range []string{
			"CREATE FUNCTION public.pg_notify(text, text) RETURNS void LANGUAGE sql AS 'SELECT'",
			"ALTER DATABASE " + database + " SET search_path = public, pg_catalog",
		} {
			if _, err := dbtest.Raw(t, url).ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		testSeam(t, start(t, url), start(t, url))
	})
}

func testSeam(t *testing.T, servers ...*server) {
	const writers, subscribers = 8, 20
	each := 250 * soak(10)
	setup := servers[0].as("writer")
	var tasks []string
	for n := range writers {
		tasks = append(tasks, setup.newTask(t, setup.newIncident(t, fmt.Sprint(n)), fmt.Sprint(n)))
	}
	before := setup.trail(t)

	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute*time.Duration(soak(10)))
	defer cancel()
	documents := []string{
		"mutation($id: ID!) { change: completeTask(input: {id: $id}) { event { position } } }",
		"mutation($id: ID!) { change: reopenTask(input: {id: $id}) { event { position } } }",
	}
	var work sync.WaitGroup
	all := make([]*subscriber, subscribers)
	for n := range all {
		s := &subscriber{rng: rand.New(rand.NewPCG(uint64(n), 7)), servers: servers, sse: n%2 == 0, want: len(before) + writers*each}
		switch n / 2 % 5 { // of each kind two on each transport
		case 1:
			s.from = s.rng.IntN(len(before))
			s.cursor = before[s.from].cursor
			s.from++ // is a position now
			s.want -= s.from
		case 2:
			s.task = tasks[n%writers]
			s.want = 1 + each
		case 3:
			s.action = "TASK_COMPLETED"
			s.want = writers * each / 2
		}
		all[n] = s
		work.Go(func() { s.run(ctx) })
	}
	for n, id := range tasks {
		work.Go(func() {
			c := servers[n%len(servers)].as(fmt.Sprint("writer ", n))
			for m := range each {
				data := c.must(t, documents[m%2], object{"id": id})
				if at(data, "change", "event") == nil {
					t.Errorf("writer %d: %v", n, data)
				}
			}
		})
	}
	work.Wait()
	if ctx.Err() != nil {
		t.Error("out of time: some subscribers wait for more, or the machine is too busy")
	}

	trail := setup.trail(t)
	seen, connections, missed, doubled := 0, 0, 0, 0
	for n, s := range all {
		m, d, ordered := s.compare(trail)
		seen, connections, missed, doubled = seen+len(s.seen), connections+int(s.connections.Load()), missed+m, doubled+d
		if m > 0 || d > 0 || !ordered {
			t.Errorf("subscriber %d: got %d events, missed %d, doubled or foreign %d, in order %v", n, len(s.seen), m, d, ordered)
		}
	}
	t.Logf("%d servers, %d events, %d subscribers saw %d, %d reconnects, %d missed, %d doubled",
		len(servers), len(trail), subscribers, seen, connections-subscribers, missed, doubled)
}

// entry is an event of the trail as far as subscribers differ in it.
type entry struct{ cursor, action, task string }

// trail reads all of it, page by page.
func (c client) trail(t testing.TB) (all []entry) {
	t.Helper()
	var after any
	for {
		page := c.must(t, `query($after: String) { auditEvents(first: 200, after: $after) {
			nodes { position cursor action subjectId } pageInfo { endCursor hasNextPage } } }`, object{"after": after})["auditEvents"]
		for _, node := range at(page, "nodes").([]any) {
			all = append(all, entry{at(node, "cursor").(string), at(node, "action").(string), at(node, "subjectId").(string)})
			if at(node, "position") != float64(len(all)) {
				t.Fatalf("place %d of the trail holds position %v", len(all), at(node, "position"))
			}
		}
		if at(page, "pageInfo", "hasNextPage") == false {
			return all
		}
		after = at(page, "pageInfo", "endCursor")
	}
}

// subscriber collects positions until it has as many as its part of the trail
// will have.
type subscriber struct {
	rng          *rand.Rand
	servers      []*server
	sse          bool
	from         int    // the position behind which its part begins
	task, action string // of which alone, "" for all
	want         int

	seen        []int
	cursor      string
	connections atomic.Int64
}

func (s *subscriber) run(ctx context.Context) {
	for len(s.seen) < s.want && ctx.Err() == nil {
		s.connections.Add(1)
		s.connect(ctx)
	}
}

// connect subscribes until some event, until some moment, whatever is first,
// or until it has all.
func (s *subscriber) connect(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer time.AfterFunc(time.Duration(50+s.rng.IntN(3000))*time.Millisecond, cancel).Stop()
	left := 1 + s.rng.IntN(400)
	each := func(event object) error {
		s.seen = append(s.seen, int(event["position"].(float64)))
		s.cursor = event["cursor"].(string)
		if left--; left == 0 || len(s.seen) >= s.want {
			return errStop
		}
		return nil
	}
	variables, filter := object{"start": s.cursor == "", "filter": nil}, object{}
	if s.task != "" {
		filter["taskId"] = s.task
	}
	if s.action != "" {
		filter["actions"] = []string{s.action}
	}
	if len(filter) > 0 {
		variables["filter"] = filter
	}
	lastEventID := ""
	switch {
	case s.cursor == "":
	case s.sse && s.rng.IntN(2) == 0:
		lastEventID = s.cursor
	default:
		variables["after"] = s.cursor
	}
	c := s.servers[s.rng.IntN(len(s.servers))].as("watcher", incident.RoleReader)
	if s.sse {
		c.overSSE(ctx, feed, variables, lastEventID, each)
	} else {
		c.overWebSocket(ctx, feed, variables, each)
	}
}

// compare holds what a subscriber has seen against its part of the trail.
func (s *subscriber) compare(trail []entry) (missed, doubled int, ordered bool) {
	times, ordered := map[int]int{}, true
	for n, position := range s.seen {
		times[position]++
		ordered = ordered && (n == 0 || s.seen[n-1] < position)
	}
	for n, e := range trail {
		switch mine := n >= s.from && (s.task == "" || s.task == e.task) && (s.action == "" || s.action == e.action); {
		case mine && times[n+1] == 0:
			missed++
		case mine:
			doubled += times[n+1] - 1
		default:
			doubled += times[n+1]
		}
	}
	return missed, doubled, ordered
}
