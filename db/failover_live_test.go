package db_test

import (
	"errors"
	"fmt"
	"testing"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// A server that lives through a failover must not go on showing, from memory,
// what is lost, nor put what is written after it behind that: its followers are
// sent away with a name, and its cursors answer as those of a new server.
func TestFailoverUnderAServer(t *testing.T) {
	direct := dbtest.Postgres(t)
	s := open(t, direct, db.Options{NoHints: true})
	writes(t, s, commonEvents)
	old := dbtest.BackupsOf(direct)[0].Copy(t, direct)

	writes(t, s, lostEvents)
	all := cursors(t, s)
	last := all[len(all)-1]
	events, err := incident.New(s, nil).Follow(t.Context(), person("alice"), nil, &last, false)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		for e, err := range events {
			if err == nil {
				err = fmt.Errorf("was shown position %d", e.Position)
			}
			ended <- err
			return
		}
	}()

	promoted := open(t, old, db.Options{})
	for n := range lostEvents + 5 {
		goesOn(t, promoted, fmt.Sprint("new ", n))
	}
	dbtest.Swap(t, direct, old) // what the server knows by its name is now the other
	if err := <-ended; !errors.Is(err, audit.ErrTrailForked) && !errors.Is(err, audit.ErrCursorAhead) {
		t.Errorf("the follower of a lost event: %v", err)
	}
	resumesAll(t, s, all, commonEvents)
	e := goesOn(t, s, "on the old server")
	verify(t, s)
	if got, err := resume(t.Context(), s, e.Cursor().String()); err != nil || got != e.Position {
		t.Errorf("got to %d, %v", got, err)
	}
}
