package db_test

import (
	"strings"
	"testing"

	"tasktrail/db"
	"tasktrail/db/dbtest"
)

// An examination, as a server makes at start and every hour.
func BenchmarkDiagnose(b *testing.B) {
	for _, url := range []string{dbtest.SQLite(b), dbtest.Postgres(b)} {
		engine, _, _ := strings.Cut(url, ":")
		b.Run(engine, func(b *testing.B) {
			s := open(b, url, db.Options{})
			checks := 0
			for b.Loop() {
				d, err := s.Diagnose(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				checks = d.Checks
			}
			b.ReportMetric(float64(checks), "checks")
		})
	}
}
