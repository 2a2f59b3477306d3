package db_test

import (
	"context"
	"testing"

	"tasktrail/db"
	"tasktrail/db/dbtest"
)

// Who has read as much as it wanted, and leaves, cancels nothing: its connection
// works for somebody else by then.
func TestLeavingLate(t *testing.T) {
	reader := open(t, dbtest.Postgres(t), db.Options{}).OneReader()
	for range 3 {
		ctx, leave := context.WithCancel(t.Context())
		var n int
		err := reader.QueryRowContext(ctx, `SELECT generate_series(1, 3)`).Scan(&n) // one of three rows
		leave()
		if err != nil || n != 1 {
			t.Fatalf("got %d, %v", n, err)
		}
		if _, err := reader.ExecContext(t.Context(), `SELECT pg_sleep(0.2)`); err != nil {
			t.Fatalf("whoever came next: %v", err)
		}
	}
}
