package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"tasktrail/db/dbtest"
)

// Each client completes and reopens a task of its own, as fast as the answers
// come; the clients share the machine with the server. The baseline is a
// request that changes nothing and reads nothing.
func BenchmarkHTTP(b *testing.B) {
	engines := []struct {
		name string
		url  func(testing.TB) string
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}}
	for _, engine := range engines {
		for _, clients := range []int{1, 64} {
			s := serve(b, engine.url(b), b.TempDir(), "--log-level=warn")
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
			tasks := s.tasks(b, client, clients)
			b.Run(fmt.Sprintf("baseline/%s/%d", engine.name, clients), func(b *testing.B) {
				body := document(b, "{ viewer { expiresAt } }", nil)
				load(b, clients, func(int, int) { s.send(b, client, body) })
			})
			b.Run(fmt.Sprintf("change/%s/%d", engine.name, clients), func(b *testing.B) {
				load(b, clients, func(c, n int) { s.send(b, client, tasks[c][n%2]) })
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
			})
			client.CloseIdleConnections()
			if err := s.stop(); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// load runs b.N requests, numbered from 0 for each client.
func load(b *testing.B, clients int, request func(client, n int)) {
	b.ResetTimer()
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for n := 0; left.Add(-1) >= 0; n++ {
				request(c, n)
			}
		})
	}
	wg.Wait()
}

// tasks makes an incident with a task for each client, and returns the requests
// that complete and reopen it. A run leaves a task completed or not, whichever:
// the first request of the next may change nothing.
func (s *server) tasks(b *testing.B, client *http.Client, clients int) [][2][]byte {
	b.Helper()
	out := make([][2][]byte, clients)
	for c := range out {
		created := s.post(b, client, `mutation { createIncident(input: { title: "Load", severity: LOW }) { incident { id } } }`)
		incident := created["createIncident"].(map[string]any)["incident"].(map[string]any)["id"]
		added := s.post(b, client, fmt.Sprintf(`mutation { addTask(input: { incidentId: %q, title: "Tick" }) { task { id } } }`, incident))
		id := map[string]any{"id": added["addTask"].(map[string]any)["task"].(map[string]any)["id"]}
		for n, name := range []string{"complete", "reopen"} {
			out[c][n] = document(b, fmt.Sprintf("mutation($id: ID!) { %sTask(input: { id: $id }) { task { status version } event { position } errors { code } } }", name), id)
		}
	}
	return out
}

func document(b *testing.B, query string, variables map[string]any) []byte {
	b.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		b.Fatal(err)
	}
	return body
}
