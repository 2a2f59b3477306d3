package db_test

import (
	"net"
	"testing"

	"tasktrail/db"
	"tasktrail/db/dbtest"
)

// What passes by itself is told from what somebody must mend, by what a real
// PostgreSQL answers.
func TestTransient(t *testing.T) {
	raw := dbtest.Raw(t, dbtest.Postgres(t))
	raw.SetMaxOpenConns(1)
	for _, test := range []struct {
		statement string
		want      bool
	}{
		{"SET statement_timeout = '10ms'", false},
		{"SELECT pg_sleep(60)", true},
		{"RESET statement_timeout", false},
		{"SET default_transaction_read_only = on", false},
		{"CREATE TABLE x (y int)", true}, // as a standby answers
		{"RESET default_transaction_read_only", false},
		{"SELECT 1/0", false},
		{"SELECT * FROM there_is_none", false},
		{"SELECT pg_terminate_backend(pg_backend_pid())", true},
	} {
		_, err := raw.ExecContext(t.Context(), test.statement)
		if got := db.Transient(err); got != test.want {
			t.Errorf("%s: %v is transient: %t", test.statement, err, got)
		}
	}

	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := nobody.Addr().String()
	_ = nobody.Close()
	if _, err := db.Open(t.Context(), "postgres://u:p@"+address+"/d?sslmode=disable", db.Options{}); !db.Transient(err) {
		t.Errorf("where nobody listens: %v", err)
	}
	if _, err := db.Open(t.Context(), "sqlite:"+t.TempDir(), db.Options{}); err == nil || db.Transient(err) {
		t.Errorf("a directory in the place of the file: %v", err)
	}
}
