package graph_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tasktrail/db/dbtest"
	"tasktrail/graph"
	"tasktrail/graph/transport"
)

// endless makes every query of incidents take for ever, and gives what it
// returns to undo that.
func endless(t *testing.T, url string) (undo func()) {
	t.Helper()
	raw := dbtest.Raw(t, url)
	do := func(statements ...string) {
		for _, statement := range statements {
			if _, err := raw.ExecContext(context.Background(), statement); err != nil {
				t.Fatal(err)
			}
		}
	}
	do(`ALTER TABLE incidents RENAME TO incidents_kept`, `CREATE VIEW incidents AS SELECT k.* FROM incidents_kept AS k,
		(WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x FROM c) SELECT count(*) AS n FROM c) AS endless`)
	return func() { do(`DROP VIEW incidents`, `ALTER TABLE incidents_kept RENAME TO incidents`) }
}

// An operation that takes too long ends, on every transport, with an error that
// says so and the limit, and so does its SQL: else the pool would soon be used up.
func TestTimeout(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := startWith(t, url, nil, graph.Options{Edge: transport.Edge{Timeout: 200 * time.Millisecond}})
		alice := s.as("alice")
		alice.newIncident(t, "one")
		undo := endless(t, url)
		const document, want = `{ incidents { nodes { title } } }`, "the operation was stopped after 200ms, the longest that one may take"
		for range 10 { // more than the pool has connections
			_, errs := alice.do(t, document, nil)
			if len(errs) != 1 || errs[0].Extensions.Code != "TIMEOUT" || errs[0].Message != want || errs[0].Extensions.RequestID == "" {
				t.Fatalf("got %+v", errs)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if end := alice.overWebSocket(ctx, document, nil, nothing); end.code != "TIMEOUT" {
			t.Errorf("websocket: %+v", end)
		}
		if end := alice.overSSE(ctx, document, nil, "", nothing); end.code != "TIMEOUT" {
			t.Errorf("server-sent events: %+v", end)
		}

		// Whoever leaves takes the statement along: a hundred of them leave room.
		for range 12 {
			ctx, leave := context.WithTimeout(t.Context(), 20*time.Millisecond)
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, strings.NewReader(`{"query":"{ incidents { nodes { title } } }"}`))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+alice.token)
			r.Header.Set("Content-Type", "application/json")
			if response, err := http.DefaultClient.Do(r); err == nil {
				_ = response.Body.Close()
				t.Error("an answer came")
			}
			leave()
		}
		if data := alice.must(t, `{ actors { nodes { name } } }`, nil); at(data, "actors", "nodes", 0, "name") != "alice" {
			t.Errorf("got %v", data)
		}
		undo()
		if data := alice.must(t, document, nil); at(data, "incidents", "nodes", 0, "title") != "one" {
			t.Errorf("afterwards: got %v", data)
		}
	})
}

// A change that met the limit may have been made, and the error says what to do.
func TestTimeoutOfAChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		var hold atomic.Bool
		slow := &dbtest.Faults{Counts: func(ctx context.Context) bool { // sees every statement before the database
			if end, ok := ctx.Deadline(); ok && hold.Load() && time.Until(end) < time.Second { // of the request, not of the writer
				<-ctx.Done()
			}
			return false
		}}
		slow.Arm(dbtest.Swallowed, 1, false)
		s := startWith(t, url, slow.Wrap, graph.Options{Edge: transport.Edge{Timeout: 200 * time.Millisecond}})
		id := s.as("alice").newIncident(t, "one")
		hold.Store(true)
		_, errs := s.as("alice").do(t, `mutation($i: ID!) { addTask(input: {incidentId: $i, title: "T", clientMutationId: "2"}) { task { incident { tasks { nodes { title } } } } } }`, object{"i": id})
		hold.Store(false)
		if len(errs) == 0 || errs[0].Extensions.Code != "TIMEOUT" || !strings.Contains(errs[0].Message, "send it again with the same clientMutationId") {
			t.Errorf("got %+v", errs)
		}
		data := s.as("alice").must(t, `mutation($i: ID!) { addTask(input: {incidentId: $i, title: "T", clientMutationId: "2"}) { replayed } }`, object{"i": id})
		if at(data, "addTask", "replayed") != true {
			t.Errorf("got %v", data)
		}
	})
}
