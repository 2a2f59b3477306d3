package db_test

import (
	"context"
	"errors"
	"testing"
	"time"

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

// A server that says nothing any more, not even to who wants to cancel, keeps
// nobody for as long as an answer may take, which is 20 s.
func TestLeavingASilentServer(t *testing.T) {
	p := newProxy(t, dbtest.Postgres(t))
	reader, err := open(t, p.url, db.Options{}).OneReader().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	defer p.silence()()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begun := time.Now()
	_, err = reader.ExecContext(ctx, `SELECT 1`)
	if took := time.Since(begun); !errors.Is(err, context.DeadlineExceeded) || took > 10*time.Second {
		t.Errorf("got %v after %s", err, took)
	}
}
