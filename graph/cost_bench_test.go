package graph_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/graph"
	"tasktrail/graph/generated"
	"tasktrail/graph/limit"
	"tasktrail/incident"
)

// priced are requests whose cost is held against the time they take. Most are
// what frontends ask for; the others are what is dear for what it shows.
func priced(t testing.TB) []struct{ name, document string } {
	introspection, err := os.ReadFile("testdata/introspection.graphql")
	if err != nil {
		t.Fatal(err)
	}
	list := []struct{ name, document string }{
		{"introspection", string(introspection)},
		{"list", `{ incidents { totalCount nodes { id number title status severity owner { name } progress { completed total overdue } } } }`},
		{"fifty by fifty", `{ incidents(first: 50) { nodes { id number title progress { completed total } tasks(first: 50) { nodes { id title status rank mandatory assignee { name } dueAt overdue } } } } }`},
		{"fifty by fifty edges", `{ incidents(first: 50) { pageInfo { endCursor hasNextPage } edges { cursor node { id number title progress { completed total } tasks(first: 50) { edges { cursor node { id title status rank mandatory assignee { name } dueAt overdue } } } } } } }`},
		{"tasks", `{ tasks(first: 200) { nodes { id title rank createdBy { name } incident { number progress { open } } history(last: 2) { nodes { position } } } } }`},
		{"counts", `{ incidents(first: 100) { nodes { tasks(first: 1) { totalCount } history(last: 1) { totalCount } } } }`},
		{"count", `{ tasks(first: 1) { totalCount } }`},
		{"count of a search", `{ incidents(first: 1, filter: {search: "zzzz"}) { totalCount } }`},
		{"events", `{ auditEvents(first: 200) { nodes { position action hash actor { name } incident { title } task { title rank } changes { field from to } } } }`},
		{"proof", `{ auditProof(position: 5) { hashes } }`},
		{"proofs", `{ a: auditProof(position: 5) { hashes } b: auditProof(position: 1005) { hashes } c: auditProof(position: 2005) { hashes } d: auditProof(position: 6005) { hashes } }`},
		{"consistency", `{ auditConsistency(from: 100, to: 1900) { hashes } }`},
		{"past", `query($id: ID!) { incidentAt(id: $id, position: 19000) { title tasks { nodes { title } } } }`},
		{"difference", `query($id: ID!) { incidentDiff(id: $id, from: {position: 100}) { changes { field } tasks { nodes { changes { field } } } } }`},
		{"rules of an incident", `query($id: ID!) { rulesFor(incidentId: $id) { rule { name } ran evaluations { outcome } } }`},
		{"preview", `{ previewRule(lastN: 50, rule: {name: "x", trigger: INCIDENT_CREATED, actions: [{addLabels: ["l"]}]}) { incidents { runs { matched tasks { title } changes { field } } } } }`},
		{"a change", `mutation { createIncident(input: {title: "x", severity: LOW}) { incident { id } errors { message } } }`},
		{"changes", `mutation($id: ID!) { addTasks(input: {incidentId: $id, tasks: [` + repeat(`{title: "x"}`, 50) + `]}) { results { task { id } } } }`},
	}
	for _, by := range []string{"NONE", "PLAYBOOK_STEP", "TITLE", "OWNER"} {
		list = append(list, struct{ name, document string }{"statistics " + by, "{ taskStatistics(groupBy: " + by + ") { incidents overall { total completionTime { medianSeconds } } groups { label figures { total } } } }"})
	}
	return list
}

func repeat(text string, n int) (out string) {
	for range n {
		out += text
	}
	return out
}

// What a request costs by the weights of the schema, beside what it costs in
// time: the weights are right when the last column is much the same.
func BenchmarkCost(b *testing.B) {
	for name, open := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		url := open(b)
		if _, err := db.Migrate(b.Context(), url); err != nil {
			b.Fatal(err)
		}
		filled := dbtest.Fill(b, url, dbtest.BenchEvents())
		s := startWith(b, url, nil, graph.Options{})
		alice := s.as("alice", incident.RoleContributor, incident.RoleAuditor)
		id := mustID(b, alice.must(b, `{ incidents(first: 1) { nodes { id } } }`, nil), "incidents", "nodes", 0, "id")
		for _, p := range priced(b) {
			b.Run(name+"/"+p.name, func(b *testing.B) {
				body, err := json.Marshal(object{"query": p.document, "variables": object{"id": id}, "extensions": object{"cost": true}})
				if err != nil {
					b.Fatal(err)
				}
				_, _, text := alice.send(b, string(body))
				var answer struct {
					Errors     []gqlError
					Extensions struct{ Cost struct{ Requested int } }
				}
				if err := json.Unmarshal([]byte(text), &answer); err != nil || len(answer.Errors) > 0 {
					b.Fatalf("%v: %.300s", err, text)
				}
				began := time.Now()
				for b.Loop() {
					alice.send(b, string(body))
				}
				took := float64(time.Since(began).Microseconds()) / float64(b.N)
				cost := float64(answer.Extensions.Cost.Requested)
				b.ReportMetric(cost, "cost")
				b.ReportMetric(took/cost, "µs/cost")
				b.ReportMetric(float64(len(text)), "bytes")
			})
		}
		b.Logf("%s: %d events, %d incidents, %d tasks", name, filled.Events, filled.Incidents, filled.Tasks)
		s.stop()
	}
}

// What the limits cost: a usual page with them and without, in turns, when the
// document is known already and when it is new each time. The ratio is of
// processor time, so that other programs on the machine do not count.
func BenchmarkLimits(b *testing.B) {
	s := start(b, dbtest.SQLite(b))
	alice := s.as("alice")
	for n := range 20 {
		id := alice.newIncident(b, fmt.Sprint("incident ", n))
		alice.newTask(b, id, "task")
	}
	known := strings.TrimSuffix(asked(pages[0].document), "}") + `,"variables":{"n":20}}`
	for _, document := range []string{"known", "new"} {
		b.Run(document, func(b *testing.B) {
			with, without := s.handler(graph.Options{}), s.handler(unlimited)
			var on, off time.Duration
			n := 0
			for b.Loop() {
				body := known
				if n++; document == "new" {
					body = strings.Replace(known, "query(", fmt.Sprintf("query q%d(", n), 1)
				}
				took, answer := s.measured(b, with, graph.Options{}, body, 1)
				on += took
				if strings.Contains(answer, `"errors":[`) {
					b.Fatal(answer)
				}
				took, _ = s.measured(b, without, unlimited, body, 1)
				off += took
			}
			b.ReportMetric(float64(on)/float64(off), "on/off")
		})
	}
}

// What the limits themselves take of a new document: all they look at, beside
// parsing and validating it, which no request is spared.
func BenchmarkGuard(b *testing.B) {
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	limits, costs := limit.Default(), limit.NewSchema(schema, incident.MaxPage)
	text := pages[0].document
	document := gqlparser.MustLoadQueryWithRules(schema, text, nil)
	b.Run("parse and validate", func(b *testing.B) {
		for b.Loop() {
			gqlparser.MustLoadQueryWithRules(schema, text, nil)
		}
	})
	b.Run("limits and cost", func(b *testing.B) {
		for b.Loop() {
			_ = limits.Text(text)
			_ = limits.Document(document)
			_ = costs.Cost(document.Operations[0], map[string]any{"n": 50})
		}
	})
	b.Run("cost", func(b *testing.B) {
		for b.Loop() {
			_ = costs.Cost(document.Operations[0], map[string]any{"n": 50})
		}
	})
}
