package graph_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tasktrail/auth"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

const accessFields = `number action outcome reason actor { name } address requestId subjects firstPosition events count`

// written returns the access log, oldest first, each entry as a line.
func (s *server) written(t testing.TB, arguments string) []string {
	t.Helper()
	if err := s.service.FlushAccessLog(t.Context()); err != nil {
		t.Fatal(err)
	}
	data := s.as("root", incident.RoleAdmin).must(t, "{ accessLog"+arguments+" { nodes { "+accessFields+" } } }", nil)
	var lines []string
	for n := range at(data, "accessLog", "nodes").([]any) {
		e := at(data, "accessLog", "nodes", n)
		lines = append(lines, fmt.Sprint(at(e, "action"), " ", at(e, "outcome"), " ", at(e, "reason"), " ", at(e, "actor", "name"), " ", at(e, "subjects"), " ", at(e, "count")))
		if at(e, "address") != "127.0.0.1" || at(e, "requestId") == nil {
			t.Errorf("from %v, request %v", at(e, "address"), at(e, "requestId"))
		}
	}
	slices.Reverse(lines)
	return lines
}

// What an auditor does, and what others are refused, is in the log by the names
// of the schema: nothing of the document is, and nothing of a token.
func TestAccessLog(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		s.as("alice").newIncident(t, "I")
		eve := s.as("eve", incident.RoleAuditor)
		eve.must(t, `query PAYLOAD($v: Int) { PAYLOAD: incident(number: $v) { id } ...F viewer @skip(if: true) { roles } } fragment F on Query { b: auditHead { position } auditHead { hash } }`, object{"v": 1})
		eve.must(t, `{ auditCheckpoint { size } accessLog { totalCount } }`, nil)
		s.as("alice").must(t, `{ viewer { roles } }`, nil)
		refused := func(c client, document, code string) {
			t.Helper()
			if _, errs := c.do(t, document, nil); len(errs) == 0 || errs[0].Extensions.Code != code {
				t.Errorf("%s: got %+v, want %s", document, errs, code)
			}
		}
		refused(s.as("alice"), `{ PAYLOAD: accessLog { totalCount } }`, "FORBIDDEN")
		refused(s.as("alice"), `{ PAYLOAD: auditProof(position: 1) { leafHash } }`, "FORBIDDEN")
		refused(s.as("bob", "BOSS"), `query PAYLOAD { viewer { roles } }`, "FORBIDDEN")
		refused(client{url: s.URL}, `mutation { PAYLOAD: redactEvent(input: {position: 1, reason: "PAYLOAD"}) { replayed } }`, "UNAUTHENTICATED")
		refused(client{url: s.URL, token: "PAYLOAD"}, `{ viewer { roles } }`, "UNAUTHENTICATED")
		if status, _, _ := (client{url: s.URL}).send(t, `{"query":"{ viewer { roles } }"}`, "Authorization", "Basic PAYLOAD"); status != http.StatusUnauthorized {
			t.Errorf("another scheme: got %d", status)
		}
		got := s.written(t, "")
		want := []string{
			"CHECKPOINT ALLOWED <nil> eve [checkpoint] 1",
			"OPERATION ALLOWED <nil> eve [Query.incident Query.auditHead] 1",
			"OPERATION ALLOWED <nil> eve [Query.auditCheckpoint Query.accessLog] 1",
			"OPERATION REFUSED FORBIDDEN alice [Query.accessLog] 1",
			"PROOF REFUSED FORBIDDEN alice [proof] 1",
			"OPERATION REFUSED FORBIDDEN bob [] 1",
			"OPERATION REFUSED NO_TOKEN <nil> [] 1",
			"AUTHENTICATION REFUSED INVALID_TOKEN <nil> [] 1",
			"AUTHENTICATION REFUSED INVALID_TOKEN <nil> [] 1",
		}
		if !slices.Equal(got, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		var table string
		raw := dbtest.Raw(t, url)
		rows, err := raw.QueryContext(t.Context(), "SELECT COALESCE(actor_name, '') || subjects || COALESCE(request_id, '') FROM access_log")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			table += line
		}
		if rows.Err() != nil || strings.Contains(table, "PAYLOAD") {
			t.Errorf("the log holds what a client wrote: %s", table)
		}
		s.chosen(t)
	})
}

// chosen filters and pages the log that TestAccessLog has left.
func (s *server) chosen(t *testing.T) {
	t.Helper()
	c := s.as("root", incident.RoleAdmin)
	alice := incident.ActorID("test", "alice")
	for filter, want := range map[string]int{
		`{}`: 9, `{outcome: ALLOWED}`: 3, `{outcome: REFUSED}`: 6, `{actorId: "` + alice + `"}`: 2, `{actions: []}`: 0,
		`{actions: [CHECKPOINT, PROOF]}`: 2, `{actions: AUTHENTICATION, outcome: ALLOWED}`: 0, `{address: "127.0.0.1"}`: 9, `{address: "127.0.0"}`: 0,
		`{since: "2020-01-01T00:00:00Z"}`: 9, `{since: "2999-01-01T00:00:00Z"}`: 0, `{until: "2999-01-01T00:00:00Z"}`: 9, `{until: "2020-01-01T00:00:00Z"}`: 0,
	} {
		data := c.must(t, `{ accessLog(filter: `+filter+`) { totalCount nodes { number } } }`, nil)
		if n := len(at(data, "accessLog", "nodes").([]any)); n != want || at(data, "accessLog", "totalCount") != float64(want) {
			t.Errorf("%s: got %d of %v, want %d", filter, n, at(data, "accessLog", "totalCount"), want)
		}
	}
	for _, way := range []string{"first: 2, after", "last: 2, before"} {
		var numbers []any
		cursor := "null"
		for more := true; more; {
			data := at(c.must(t, `{ accessLog(`+way+`: `+cursor+`) { edges { cursor node { number } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`, nil), "accessLog")
			var page []any
			for n := range at(data, "edges").([]any) {
				page = append(page, at(data, "edges", n, "node", "number"))
			}
			if strings.HasPrefix(way, "first") {
				numbers, more, cursor = append(numbers, page...), at(data, "pageInfo", "hasNextPage").(bool), fmt.Sprintf("%q", at(data, "pageInfo", "endCursor"))
			} else {
				numbers, more, cursor = append(page, numbers...), at(data, "pageInfo", "hasPreviousPage").(bool), fmt.Sprintf("%q", at(data, "pageInfo", "startCursor"))
			}
		}
		if fmt.Sprint(numbers) != "[9 8 7 6 5 4 3 2 1]" {
			t.Errorf("%s: got %v", way, numbers)
		}
	}
	for _, bad := range []string{`after: "x"`, `after: "WyJhY3RvcnMiLCJhIiwiYiJd"`, `before: "WyJhY2Nlc3MiLCJ4IiwiIl0"`, `after: "WyJhY2Nlc3MiLCIxIiwieCJd"`, `filter: {address: "\u0000"}`, `first: 201`} {
		if _, errs := c.do(t, `{ accessLog(`+bad+`) { totalCount } }`, nil); len(errs) != 1 || errs[0].Extensions.Code != "BAD_USER_INPUT" {
			t.Errorf("%s: got %+v", bad, errs)
		}
	}
}

// While the database refuses the entry, so does the API what must have one, with
// a clean error; the rest is answered.
func TestAccessLogAway(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		f := &dbtest.Faults{Counts: func(ctx context.Context) bool { return auth.RequestID(ctx) != "" }}
		s := startOn(t, url, f.Wrap)
		s.as("alice").newIncident(t, "I")
		eve := s.as("eve", incident.RoleAuditor)
		eve.must(t, "{ viewer { roles } }", nil)
		dbtest.Checkpoint(t, s.store.Tree(), dbtest.NewKeys(t), 1)
		for _, fault := range dbtest.FaultsOf(url) {
			f.Arm(fault, 1, true)
			_, errs := eve.do(t, "{ auditCheckpoint { size } }", nil)
			f.Disarm()
			if len(errs) != 1 || errs[0].Extensions.Code != "UNAVAILABLE" || errs[0].Message != incident.ErrNotRecorded.Error() {
				t.Errorf("%s: got %+v", fault.Name, errs)
			}
		}
		eve.must(t, "{ auditCheckpoint { size } }", nil)
		if log := logged.String(); !strings.Contains(log, "the access log cannot be written, so what must be recorded was refused") || strings.Contains(log, `"error":"`+dbtest.Inner) {
			t.Errorf("logged: %s", log)
		}
	})
}
