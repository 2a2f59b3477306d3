package db_test

import (
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
)

// A verification beside a plain loop that reads the same rows over the same
// driver, encodes and hashes them, in turns on the same database: ratio is
// verified events a second, over read and hashed ones. TASKTRAIL_BENCH_EVENTS
// chooses the size.
func BenchmarkVerify(b *testing.B) {
	events := dbtest.BenchEvents()
	for _, engine := range []struct {
		name string
		url  func(testing.TB) string
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}} {
		b.Run(engine.name, func(b *testing.B) {
			url := engine.url(b)
			s := idle(b, url)
			start := time.Now()
			f := dbtest.Fill(b, url, events)
			b.Logf("%d events, %d incidents, %d tasks, filled in %v", f.Events, f.Incidents, f.Tasks, time.Since(start))
			rest := &resident{}
			b.ReportAllocs()
			var read, verified, readCPU, verifiedCPU time.Duration
			for b.Loop() {
				start, cpu := time.Now(), processorTime(b)
				hashEvents(b, url, f.Events)
				read, readCPU = read+time.Since(start), readCPU+processorTime(b)-cpu
				start, cpu = time.Now(), processorTime(b)
				got, err := s.Verify(b.Context(), db.VerifyOptions{Keys: &f.Keys, Progress: rest.look})
				verified, verifiedCPU = verified+time.Since(start), verifiedCPU+processorTime(b)-cpu
				if err != nil || got.Head.Position != f.Events || got.Checkpoints != len(f.Checkpoints) || got.Incidents != f.Incidents {
					b.Fatal(got, err)
				}
			}
			total := float64(f.Events) * float64(b.N)
			b.ReportMetric(total/read.Seconds(), "read-events/s")
			b.ReportMetric(total/verified.Seconds(), "verified-events/s")
			b.ReportMetric(read.Seconds()/verified.Seconds(), "ratio")
			b.ReportMetric(readCPU.Seconds()/verifiedCPU.Seconds(), "cpu-ratio")
			b.ReportMetric(rest.most, "MB-in-use")
		})
	}
}

// idle opens a store that does nothing by itself.
func idle(t testing.TB, url string) *db.Store {
	t.Helper()
	if _, err := db.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	s, err := db.Open(t.Context(), url, db.Options{Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// processorTime is what this process has used so far; on a busy machine it says
// more than the clock.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// resident watches the memory that the heap uses.
type resident struct{ most float64 }

func (r *resident) look(int64, int64) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	r.most = max(r.most, float64(m.HeapInuse+m.StackInuse)/1e6)
}

// hashEvents reads all events and hashes them.
func hashEvents(b *testing.B, url string, want int64) {
	b.Helper()
	rows, err := dbtest.Raw(b, url).QueryContext(b.Context(), "SELECT position, recorded_at, action, subject_kind, subject_id, subject_version, incident_id, "+
		"actor_kind, actor_id, request_id, mutation_id, fingerprint, commitment, previous, hash, payload, salt, fields FROM audit_events ORDER BY position")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	n := int64(0)
	for rows.Next() {
		var h audit.Header
		var at int64
		var action, fields string
		var incidentID, requestID, mutationID, payload *string
		var fingerprint, commitment, previous, hash, salt []byte
		if err := rows.Scan(&h.Position, &at, &action, &h.SubjectKind, &h.SubjectID, &h.SubjectVersion, &incidentID, &h.ActorKind, &h.ActorID,
			&requestID, &mutationID, &fingerprint, &commitment, &previous, &hash, &payload, &salt, &fields); err != nil {
			b.Fatal(err)
		}
		h.RecordedAt, h.Action = time.UnixMicro(at), audit.Action(action)
		for _, t := range []struct {
			from *string
			to   *string
		}{{incidentID, &h.IncidentID}, {requestID, &h.RequestID}, {mutationID, &h.MutationID}} {
			if t.from != nil {
				*t.to = *t.from
			}
		}
		copy(h.Fingerprint[:], fingerprint)
		copy(h.Commitment[:], commitment)
		copy(h.Previous[:], previous)
		encoded, err := h.Encode()
		if err != nil {
			b.Fatal(err)
		}
		_ = audit.HashOf(encoded)
		n++
	}
	if err := rows.Err(); err != nil || n != want {
		b.Fatal(n, err)
	}
}
