package db_test

import (
	"context"
	"testing"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
)

// A checkpoint by one server is proved by another at once, which has not seen
// its events yet: this one never looks.
func TestTreeOfEventsOfAnotherServer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		writer := open(t, url, db.Options{})
		many(t, writer, 10)
		behind, err := db.Open(context.Background(), url, db.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = behind.Close() }()
		many(t, writer, 300)
		c := dbtest.Checkpoint(t, writer.Tree(), dbtest.NewKeys(t), 312)
		for _, position := range []int64{1, 11, 12, 256, 300, 312} {
			if _, err := audit.Include(t.Context(), behind.Tree(), c, position); err != nil {
				t.Errorf("%d: %v", position, err)
			}
		}
		// The page of a log ends where the trail does.
		if events, err := behind.Tree().Read(t.Context(), 310, 100); err != nil || len(events) != 2 || events[1].Position != 312 {
			t.Errorf("got %d events, %v; want 2", len(events), err)
		}
	})
}
