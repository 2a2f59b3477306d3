package db_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// What tree and checkpoints cost those who write: 64 clients, each with an
// incident of its own, write as fast as they are answered, in turns of a second
// with a checkpointer and without, on the same store.
func BenchmarkWriteWithCheckpoints(b *testing.B) {
	for _, engine := range []struct {
		name string
		url  func(testing.TB) string
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}} {
		b.Run(engine.name, func(b *testing.B) {
			s := open(b, engine.url(b), db.Options{})
			keys := newKeys(b)
			var ids []string
			for range 64 {
				ids = append(ids, newIncident(b, s))
			}
			var events [2]float64 // without, with
			var took [2]float64
			made := 0
			turn := func(with int) {
				ctx, stop := context.WithCancel(b.Context())
				var signing sync.WaitGroup
				if with == 1 {
					c := audit.NewCheckpointer(s.Tree(), keys, audit.CheckpointerOptions{Sink: func(string) error { made++; return nil }})
					if err := c.Start(ctx); err != nil {
						b.Fatal(err)
					}
					signing.Go(func() { _ = c.Run(ctx) })
				}
				start := time.Now()
				events[with] += float64(write(b, s, ids, time.Second))
				took[with] += time.Since(start).Seconds()
				stop()
				signing.Wait()
			}
			turn(0) // to warm up
			events, took = [2]float64{}, [2]float64{}
			b.ResetTimer()
			for range b.N {
				turn(0)
				turn(1)
			}
			b.ReportMetric(events[0]/took[0], "events/s-without")
			b.ReportMetric(events[1]/took[1], "events/s-with")
			b.ReportMetric(events[1]/took[1]/(events[0]/took[0]), "ratio")
			b.ReportMetric(float64(made)/took[1], "checkpoints/s")
		})
	}
}

// write changes the incidents, each by a client, for a time, and returns how
// many events that made.
func write(b *testing.B, s *db.Store, ids []string, d time.Duration) (events int) {
	b.Helper()
	var mu sync.Mutex
	var clients sync.WaitGroup
	until := time.Now().Add(d)
	for _, id := range ids {
		clients.Go(func() {
			service, n := incident.New(s, nil), 0
			for ; time.Now().Before(until); n++ {
				title := fmt.Sprint(time.Now().UnixNano())
				p, err := service.UpdateIncident(b.Context(), person("alice"), incident.UpdateIncidentInput{ID: id, Title: incident.Optional[*string]{Set: true, Value: &title}})
				if err != nil || p.Event == nil {
					b.Error(err)
					return
				}
			}
			mu.Lock()
			defer mu.Unlock()
			events += n
		})
	}
	clients.Wait()
	return events
}
