package graph_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/99designs/gqlgen/complexity"
	"github.com/vektah/gqlparser/v2"

	"tasktrail/auth"
	"tasktrail/db/dbtest"
	"tasktrail/graph"
	"tasktrail/graph/generated"
)

// maxCPU is what a hostile request may take of a processor; the race detector
// makes everything several times as slow.
const maxCPU = 100 * time.Millisecond * slowdown

// tools may ask for the whole schema, once; that is no hostile request, and the
// dearest that is let through on an empty database.
func allowed(kind string) time.Duration {
	if strings.HasPrefix(kind, "introspection of tools") {
		return 2 * maxCPU
	}
	return maxCPU
}

// cpu is what this process has used of processors so far. Other processes on the
// machine do not count, as they would with a clock.
func cpu(t testing.TB) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// measured sends a request through a handler, without a network, and returns
// what it took. What took longer than maxCPU is tried again, with a handler that
// knows no document: garbage of others may have been collected meanwhile.
func (s *server) measured(t testing.TB, api http.Handler, o graph.Options, body string, tries int) (took time.Duration, answer string) {
	t.Helper()
	took = time.Hour
	for try := 0; try < tries && took > maxCPU; try++ {
		if try > 0 {
			api = s.handler(o)
		}
		r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer mallory:CONTRIBUTOR,AUDITOR")
		w := httptest.NewRecorder()
		before := cpu(t)
		api.ServeHTTP(w, r)
		took = min(took, cpu(t)-before)
		answer = w.Body.String()
	}
	return took, answer
}

// handler is the API of a running server, without its network.
func (s *server) handler(o graph.Options) http.Handler {
	o.Verify, o.Drain = verifyTest, s.drain
	return auth.RequestIDs(auth.Middleware(verifyTest)(graph.New(s.service, o)))
}

// Hostile documents cost little, whatever they are made of.
func TestHostileDocuments(t *testing.T) {
	documents := 300
	if os.Getenv("TASKTRAIL_SOAK") != "" {
		documents = 5000
	}
	s := start(t, dbtest.SQLite(t))
	alice := s.as("alice")
	id := alice.newIncident(t, "I")
	for n := range 20 {
		alice.newTask(t, id, fmt.Sprint("task ", n))
	}
	api := s.handler(graph.Options{})
	h := hostile{rand.New(rand.NewPCG(13, uint64(documents)))}
	names := slices.Sorted(maps.Keys(hostileKinds))
	var worst time.Duration
	var of string
	byKind := map[string]time.Duration{}
	refused := 0
	for n := range documents {
		name := names[n%len(names)]
		size := []int{1, 4, 10, 19, 30, 100, 400, 1200}[h.IntN(8)] + h.IntN(3)
		body := hostileKinds[name](h, size)
		body = body[:min(len(body), 130<<10)] // beyond the limit there is nothing new
		took, answer := s.measured(t, api, graph.Options{}, body, 3)
		byKind[name] = max(byKind[name], took)
		if took > worst && allowed(name) == maxCPU {
			worst, of = took, fmt.Sprintf("%s of size %d, %d bytes", name, size, len(body))
		}
		if took > allowed(name) {
			t.Errorf("%s of size %d, %d bytes: took %v of a processor: %.200s … answered with %.300s", name, size, len(body), took, body, answer)
		}
		if strings.Contains(answer, `"code":"INTERNAL"`) {
			t.Errorf("%s of size %d: %.200s answered with %.300s", name, size, body, answer)
		}
		if strings.Contains(answer, "TOO_COMPLEX") {
			refused++
		}
		if len(answer) > 400<<10 {
			t.Errorf("%s of size %d: an answer of %d bytes", name, size, len(answer))
		}
	}
	t.Logf("%d hostile documents of %d kinds, %d of them too complex; the worst took %v of a processor: %s", documents, len(names), refused, worst, of)
	t.Run("streams", func(t *testing.T) { hostileStreams(t, s, h, documents/5) })
	for name, took := range byKind {
		if took > maxCPU/4 {
			t.Logf("up to %v: %s", took, name)
		}
	}
	if refused < documents/10 {
		t.Errorf("only %d of %d were over a limit: these are not hostile", refused, documents)
	}
}

// hostileStreams sends some of them over WebSockets and as server-sent events,
// through the network. The client of the test takes its share of the processor.
func hostileStreams(t *testing.T, s *server, h hostile, documents int) {
	names := slices.Sorted(maps.Keys(hostileKinds))
	var worst time.Duration
	sent := 0
	for n := range documents {
		name := names[n%len(names)]
		var request object
		if json.Unmarshal([]byte(hostileKinds[name](h, 1+h.IntN(100))), &request) != nil {
			continue // a batch, or deeper than any decoder takes
		}
		for _, way := range []string{"WebSocket", "server-sent events"} {
			before := cpu(t)
			answer := ways[way](t, s.as("mallory"), request)
			took := cpu(t) - before
			sent++
			if answer["errors"] == nil && answer["data"] == nil {
				t.Errorf("%s by %s: got %v", name, way, answer)
			}
			if took > 2*allowed(name) {
				t.Errorf("%s by %s took %v of a processor", name, way, took)
			}
			if allowed(name) == maxCPU {
				worst = max(worst, took)
			}
		}
	}
	t.Logf("%d of them over WebSocket and server-sent events; the worst took %v of a processor, its client's part included", sent, worst)
}

// Without the limits, some of the same documents are found to take too long.
func TestHostileDocumentsControl(t *testing.T) {
	s := start(t, dbtest.SQLite(t))
	h := hostile{rand.New(rand.NewPCG(1, 1))}
	for name, size := range map[string]int{"overlapping fields": 2000, "overlapping, nested": 1200, "introspection aliases": 10} {
		body := hostileKinds[name](h, size)
		took, _ := s.measured(t, s.handler(unlimited), unlimited, body, 1)
		t.Logf("%s of size %d, %d bytes: %v of a processor without limits", name, size, len(body), took)
		if took <= maxCPU/slowdown {
			t.Errorf("%s without limits took only %v: the test could not tell", name, took)
		}
	}

	// Nested fragments are nothing to these limits; to the walk of gqlgen they are.
	schema := generated.NewExecutableSchema(generated.Config{})
	var request struct{ Query string }
	if err := json.Unmarshal([]byte(hostileKinds["fragment bomb"](h, 18)), &request); err != nil {
		t.Fatal(err)
	}
	document, err := gqlparser.LoadQueryWithRules(schema.Schema(), request.Query, nil)
	if err != nil {
		t.Fatal(err)
	}
	before := cpu(t)
	complexity.Calculate(t.Context(), schema, document.Operations[0], nil)
	took := cpu(t) - before
	t.Logf("fragment bomb of size 18, %d bytes: %v of a processor with gqlgen's own walk", len(request.Query), took)
	if took <= maxCPU/slowdown {
		t.Errorf("the fragment bomb took only %v with gqlgen's own walk: it is none", took)
	}
}
