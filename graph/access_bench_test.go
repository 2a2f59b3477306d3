package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// What it costs an AUDITOR that its reads are recorded: the same query, in turn
// by a READER, whose is not, and by an AUDITOR; and what it costs to fetch a
// checkpoint, which waits for its entry, beside reading one thing.
func BenchmarkAuditorReads(b *testing.B) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		s := start(b, url(b))
		ctx, cancel := context.WithCancel(b.Context())
		done := make(chan error, 1)
		go func() { done <- s.service.RunAccessLog(ctx, func(err error) { b.Log(err) }) }()
		for n := range 50 {
			s.as("alice").newIncident(b, fmt.Sprint("I", n))
		}
		dbtest.Checkpoint(b, s.store.Tree(), dbtest.NewKeys(b), 5)
		compare := func(what, plain, recorded string, reader, auditor client) {
			b.Run(name+"/"+what, func(b *testing.B) {
				bodies := [2]string{}
				for n, document := range []string{plain, recorded} {
					text, err := json.Marshal(object{"query": document})
					if err != nil {
						b.Fatal(err)
					}
					bodies[n] = string(text)
				}
				var took [2]time.Duration
				for b.Loop() {
					for n, c := range []client{reader, auditor} {
						begun := time.Now()
						if status, _, text := c.send(b, bodies[n]); status != 200 {
							b.Fatal(text)
						}
						took[n] += time.Since(begun)
					}
				}
				b.ReportMetric(float64(took[1])/float64(took[0]), "ratio")
			})
		}
		list := `{ incidents(first: 20) { nodes { title severity tasks { totalCount } } } }`
		reader, auditor := s.as("rita", incident.RoleReader), s.as("eve", incident.RoleAuditor)
		compare("list", list, list, reader, auditor)
		compare("checkpoint", `{ auditHead { position } }`, `{ auditCheckpoint { size } }`, reader, auditor)
		cancel()
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
}
