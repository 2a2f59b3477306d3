package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/export"
	"tasktrail/incident"
)

// BenchmarkExport writes a trail and verifies it, beside reading the same rows
// and doing nothing with them. TASKTRAIL_BENCH_EVENTS sets how many events.
func BenchmarkExport(b *testing.B) {
	events := dbtest.BenchEvents()
	for _, engine := range []struct {
		name string
		url  func(testing.TB) string
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}} {
		b.Run(engine.name, func(b *testing.B) {
			url, keys := engine.url(b), mustKey(b, 1)
			mustGrow(b, url, events)
			store, err := db.Open(b.Context(), url, db.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = store.Close() }()
			key, err := readKeys(keys)
			if err != nil {
				b.Fatal(err)
			}
			c, err := export.Fresh(b.Context(), store.Tree(), key)
			if err != nil {
				b.Fatal(err)
			}
			rate := func(b *testing.B, do func() error) {
				for b.Loop() {
					if err := do(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(c.Size)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
			}
			run := export.Run{Trail: store, UpTo: c.Size}
			b.Run("read", func(b *testing.B) {
				rate(b, func() error {
					return store.Stream(b.Context(), incident.TrailQuery{UpTo: c.Size}, func([]*audit.Event, int64) error { return nil })
				})
			})
			b.Run("jsonl", func(b *testing.B) {
				rate(b, func() error {
					_, err := run.JSONLines(b.Context(), io.Discard, incident.FilterText{}, c)
					return err
				})
			})
			b.Run("proofs", func(b *testing.B) {
				f, text, err := incident.FilterText{ActorKind: []string{"USER"}}.Filter()
				if err != nil {
					b.Fatal(err)
				}
				run := run
				run.Filter = f
				rate(b, func() error {
					_, err := run.JSONLines(b.Context(), io.Discard, text, c)
					return err
				})
			})
			b.Run("csv", func(b *testing.B) {
				rate(b, func() error {
					_, err := run.CSV(b.Context(), io.Discard)
					return err
				})
			})
			path := filepath.Join(b.TempDir(), "export.jsonl")
			mustSay(b, "events", "export", "--database="+url, "--checkpoint-key="+keys, "--output="+path)
			b.Run("verify", func(b *testing.B) {
				rate(b, func() error {
					file, err := os.Open(path)
					if err != nil {
						return err
					}
					defer func() { _ = file.Close() }()
					_, err = audit.VerifyExport(file, audit.ExportCheck{Keys: key})
					return err
				})
			})
		})
	}
}

// mustGrow fills the trail with changes of a few incidents, past the rules.
func mustGrow(b *testing.B, url string, events int) {
	b.Helper()
	mustFill(b, url, min(events, 900))
	grown := min(events, 900) * 3 / 2
	for grown < events { // the same tasks again, in another incident
		mustFill(b, url, 900)
		grown += 1350
	}
}
