package db_test

import (
	"testing"

	"tasktrail/db"
	"tasktrail/db/dbtest"
)

// What dbtest fills a database with is a trail that verifies, and on which the
// writer goes on.
func TestFill(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		f := dbtest.Fill(t, url, 2_000)
		if got := verify(t, s); got.Head.Position != f.Events || got.Incidents != f.Incidents || got.Tasks != f.Tasks || f.Events < 2_000 {
			t.Errorf("got %+v, want %d events, %d incidents, %d tasks", got, f.Events, f.Incidents, f.Tasks)
		}
		many(t, s, 10)
		verify(t, s)
	})
}
