package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tasktrail/auth"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// patience bounds whatever a client of these tests waits for.
const patience = 2 * time.Minute

// siege is a server with clients good and bad, each from an address and as a
// user of its own unless it says otherwise.
type siege struct {
	*server
	t       testing.TB
	address string // host and port
	key     auth.Key
	client  *http.Client
	again   atomic.Int64 // sockets that were opened again
}

func besiege(t testing.TB, flags ...string) *siege {
	t.Helper()
	s := &siege{t: t, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}}
	s.server = serve(t, dbtest.SQLite(t), t.TempDir(), append([]string{"--log-level=error", "--trusted-proxy=127.0.0.0/8"}, flags...)...)
	s.address = strings.TrimSuffix(strings.TrimPrefix(s.url, "http://"), "/graphql")
	var err error
	if s.key, err = auth.LoadKey(filepath.Join(s.dir, "tasktrail.key")); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *siege) sign(name string, ttl time.Duration) string {
	token, err := s.key.Sign(name, incident.KindUser, []incident.Role{incident.RoleResponder}, ttl, time.Now())
	if err != nil {
		panic(err)
	}
	return token
}

// from is the header that says which address client n has.
func from(n int) string { return fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255) }

const watching = `subscription($after: String) { auditEvents(after: $after) { position } }`

// post sends a document as a user and returns the answer.
func (s *siege) query(user, document string, variables map[string]any) (map[string]any, error) {
	body, _ := json.Marshal(map[string]any{"query": document, "variables": variables})
	r, err := http.NewRequest(http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+s.sign(user, time.Hour))
	r.Header.Set("Content-Type", "application/json")
	response, err := s.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		Data   map[string]any
		Errors []any
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, err
	}
	if len(answer.Errors) > 0 {
		return nil, fmt.Errorf("%v", answer.Errors)
	}
	return answer.Data, nil
}

// good runs the good: some watch, some write, and each who watches must see what
// each who writes did, once and in order. It returns how long the changes took.
func (s *siege) good(watchers, events int, ready func()) []time.Duration {
	s.t.Helper()
	head, err := s.query("writer", `{ auditHead { cursor position } }`, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	cursor := head["auditHead"].(map[string]any)["cursor"].(string)
	first := int(head["auditHead"].(map[string]any)["position"].(float64)) + 1
	var began, work sync.WaitGroup
	began.Add(watchers)
	for n := range watchers {
		work.Go(func() {
			arrived := sync.OnceFunc(began.Done)
			defer arrived()
			got, err := s.watch(n, events, cursor, arrived)
			if err != nil {
				s.t.Errorf("watcher %d, after %d of %d events: %v", n, len(got), events, err)
				return
			}
			for i, position := range got {
				if position != first+i {
					s.t.Errorf("watcher %d: event %d has position %d, want %d", n, i, position, first+i)
					return
				}
			}
		})
	}
	began.Wait()
	ready()
	var mu sync.Mutex
	var took []time.Duration
	var left atomic.Int64
	left.Store(int64(events))
	for n := range 4 {
		work.Go(func() {
			for left.Add(-1) >= 0 {
				begun := time.Now()
				if _, err := s.query(fmt.Sprint("writer", n), `mutation { createIncident(input: {title: "T", severity: LOW}) { event { position } } }`, nil); err != nil {
					s.t.Errorf("writer %d: %v", n, err)
				}
				mu.Lock()
				took = append(took, time.Since(begun))
				mu.Unlock()
				<-time.After(time.Duration(rand.IntN(20)) * time.Millisecond) // a pace, not a wait
			}
		})
	}
	work.Wait()
	slices.Sort(took)
	return took
}

// level is what the server, and this test, have running.
func level() (goroutines int, heap uint64) {
	runtime.GC()
	runtime.GC() // what finalizers let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return runtime.NumGoroutine(), m.HeapAlloc
}

// observe counts the goroutines that are in a write to a client, now and then
// until ctx ends, and then says how many there were at most.
func (s *siege) observe(ctx context.Context) <-chan int {
	most := make(chan int, 1)
	go func() {
		n, stacks := 0, make([]byte, 16<<20)
		for ctx.Err() == nil {
			text := stacks[:runtime.Stack(stacks, true)]
			n = max(n, bytes.Count(text, []byte("transport.(*eventStream).write("))+bytes.Count(text, []byte("transport.(*socket).write(")))
			select {
			case <-time.After(50 * time.Millisecond):
			case <-ctx.Done():
			}
		}
		most <- n
	}()
	return most
}

// open returns how many sockets and streams the server has, as it says itself.
func (s *siege) open() (n int) {
	response, err := s.client.Get(strings.TrimSuffix(s.url, "/graphql") + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if _, err := fmt.Sscanf(lines.Text(), "tasktrail_streams %d", &n); err == nil {
			return n
		}
	}
	s.t.Fatal("/metrics does not say how many streams are open")
	return 0
}

// Clients that stop reading, and clients that break every rule, cost nobody else
// an event, and nothing of them stays.
func TestHostileClients(t *testing.T) {
	stalled, hostile, watchers, events, linger, writeTimeout := 30, 42, 20, 40, time.Duration(0), "1s"
	if os.Getenv("TASKTRAIL_SOAK") != "" {
		stalled, hostile, watchers, events, linger, writeTimeout = 500, 500, 50, 500, 12*time.Second, "10s"
	}
	s := besiege(t, "--write-timeout="+writeTimeout)
	s.bulk()
	quiet := s.good(watchers, events, func() {})
	s.client.CloseIdleConnections()
	http.DefaultClient.CloseIdleConnections()
	here := goleak.IgnoreCurrent()
	goroutines, heap := level()

	attack, end := context.WithCancel(t.Context())
	var attackers sync.WaitGroup
	var refused atomic.Int64 // connections that the server ended
	var conns []net.Conn
	blocked := s.observe(attack)
	for n := range stalled {
		conn, err := s.stall(1000+n, n%2 == 0)
		if err != nil {
			t.Fatalf("stalled client %d: %v", n, err)
		}
		conns = append(conns, conn)
	}
	for n := range hostile {
		attackers.Go(func() {
			if hostilities[n%len(hostilities)].act(s, attack, 2000+n) && attack.Err() == nil {
				refused.Add(1)
			}
		})
	}
	peak, _ := level()
	under := s.good(watchers, events, func() {})

	select {
	case <-time.After(linger): // for the server to throw out whom it will
	case <-t.Context().Done():
	}
	thrown := refused.Load()
	end()
	attackers.Wait()
	over := time.Now()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for s.open() > 0 { // those that do not read are thrown out though they stay
		if time.Since(over) > 15*time.Second {
			t.Fatalf("15 s after the end %d sockets and streams are open", s.open())
		}
		<-look.C
	}
	stalling := <-blocked
	if stalling == 0 {
		t.Error("no client has stalled the server in a write, so this shows nothing")
	}
	cutOff := time.Since(over)
	for _, conn := range conns {
		_ = conn.Close()
	}
	var leaked error
	var after uint64
	for {
		s.client.CloseIdleConnections()
		leaked = goleak.Find(here)
		_, after = level()
		if leaked == nil && after < heap+heap/4+8<<20 {
			break
		}
		if time.Since(over) > 15*time.Second {
			t.Fatalf("15 s after the end there are %d MB in use, %d before; %v", after>>20, heap>>20, leaked)
		}
		<-look.C
	}
	at := func(took []time.Duration, p int) time.Duration { return took[(len(took)-1)*p/100] }
	t.Logf("%d stalled (%d seen blocking a write at a time) and %d hostile clients: %d watchers got %d events each, once and in order; %d sockets were opened again", stalled, stalling, hostile, watchers, events, s.again.Load())
	t.Logf("goroutines %d before, %d at the beginning of the attack; the last socket closed %s after its end, all back after %s; heap %d MB before, %d MB after; %d of the hostile were thrown out before",
		goroutines, peak, cutOff.Round(time.Millisecond), time.Since(over).Round(time.Millisecond), heap>>20, after>>20, thrown)
	t.Logf("p99 of a change %s under attack, %s without: %.1f times", at(under, 99), at(quiet, 99), float64(at(under, 99))/float64(at(quiet, 99)))
}
