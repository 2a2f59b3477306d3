package db_test

import (
	"flag"
	"os"
	"testing"

	"tasktrail/db"
	"tasktrail/db/dbtest"
)

var update = flag.Bool("update", false, "write what is expected anew from a database that was just migrated")

// What a server on PostgreSQL compares itself with is what the migrations make.
func TestExpectedSchema(t *testing.T) {
	const file = "schema/postgres.txt"
	s := open(t, dbtest.Postgres(t), db.Options{})
	got, err := s.PostgresFacts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what the migrations make: run go test ./db -run TestExpectedSchema -update", file)
	}
}
