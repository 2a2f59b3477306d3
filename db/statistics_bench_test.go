package db_test

import (
	"fmt"
	"testing"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// Statistics of some 200,000 tasks (a tenth of them deleted) of 20,000 incidents,
// and of those of one of the two weeks' days.
func BenchmarkTaskStatistics(b *testing.B) {
	engines := []struct {
		name string
		url  func(testing.TB) string
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}}
	titles := make([]string, 3000)
	for n := range titles {
		titles[n] = fmt.Sprint("Look at sign-in ", n)
	}
	for _, engine := range engines {
		s := open(b, engine.url(b), db.Options{})
		c := newCrowd(b, s, titles)
		for range 200 {
			c.write(b, 100, c.list(20))
		}
		now := c.from.AddDate(0, 0, 14)
		since, until := now.AddDate(0, 0, -2), now.AddDate(0, 0, -1)
		for _, by := range []incident.TaskStatisticsGroup{incident.GroupByNone, incident.GroupByTitle, incident.GroupByPlaybookStep, incident.GroupByAssignee} {
			b.Run(fmt.Sprintf("%s/all/%s", engine.name, by), func(b *testing.B) {
				ask(b, s, incident.TaskStatisticsQuery{GroupBy: by, Now: now})
			})
		}
		b.Run(engine.name+"/day/TITLE", func(b *testing.B) {
			f := incident.TaskStatisticsFilter{CreatedSince: &since, CreatedUntil: &until}
			ask(b, s, incident.TaskStatisticsQuery{Filter: f, GroupBy: incident.GroupByTitle, Now: now})
		})
	}
}

func ask(b *testing.B, s *db.Store, q incident.TaskStatisticsQuery) {
	b.ReportAllocs()
	var got *incident.TaskStatistics
	for b.Loop() {
		var err error
		if got, err = s.TaskStatistics(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(got.Overall.Total), "tasks")
	b.ReportMetric(float64(len(got.Groups)), "groups")
}
