package db_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// What databases answer to a value in the wrong place, they often repeat it.
// None of that is shown, and what names the cause is.
func TestErrorsShowNoValues(t *testing.T) {
	const secret = "S3cret text"
	quoting := 0
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		if err := s.SaveActor(t.Context(), incident.Actor{ID: "act_" + secret, Name: secret, Kind: incident.KindUser}); err != nil {
			t.Fatal(err)
		}
		lite := strings.HasPrefix(url, "sqlite:")
		raw := bun.NewDB(dbtest.Raw(t, url), pgdialect.New())
		if lite {
			raw = bun.NewDB(dbtest.Raw(t, url), sqlitedialect.New())
		}
		for _, test := range []struct {
			sql, sqlite, postgres string // what is shown
			args                  []any
		}{
			{`INSERT INTO actors (id, kind, name, search) VALUES (?, 'USER', ?, '')`, "SQLite code 1555", `SQLSTATE 23505, constraint "actors_pkey", table "actors"`, []any{"act_" + secret, secret}},
			{`INSERT INTO actors (id, kind, name, search) VALUES ('x', ?, '', '')`, "SQLite code 275", `SQLSTATE 23514, constraint "actors_kind_check"`, []any{secret}},
			{`INSERT INTO checkpoints (size, root, note, signed_at) VALUES (?, 'x', ?, 1)`, "SQLite code 20 ", "SQLSTATE 22P02", []any{secret, secret}},
			{`SELECT ? FROM ` + secret, "SQLite code 1", "SQLSTATE 42P01", []any{secret}},
			{`SELECT 1 WHERE ? ~~`, "SQLite code 1", "SQLSTATE 42601", []any{secret}},
			{`SELECT * FROM "` + secret + `"`, "SQLite code 1", "SQLSTATE 42P01", nil},
			{`INSERT INTO access_log (number, recorded_at, action, outcome, subjects, count) VALUES (7, 1, ?, 'ALLOWED', '', 1)`, "tasktrail: the number of a new entry", "tasktrail: the number of a new entry", []any{secret}},
		} {
			_, err := raw.NewRaw(test.sql, test.args...).Exec(t.Context())
			if err == nil {
				t.Errorf("%s: no error", test.sql)
				continue
			}
			if strings.Contains(err.Error(), secret) {
				quoting++
			}
			want := test.postgres
			if lite {
				want = test.sqlite
			}
			wrapped := fmt.Errorf("db: save: %w", fmt.Errorf("insert: %w", err))
			if got := db.Text(wrapped); strings.Contains(got, "S3cret") || !strings.HasPrefix(got, "db: save: insert: SQL") || !strings.Contains(got, want) {
				t.Errorf("%s: shown as %q, want %q", test.sql, got, want)
			}
		}
		var number int
		err := raw.NewRaw("SELECT name FROM actors WHERE name = ?", secret).Scan(t.Context(), &number)
		plain := raw.QueryRowContext(t.Context(), "SELECT name FROM actors").Scan(&number)
		var model struct {
			bun.BaseModel `bun:"table:actors"`
			Name          time.Time
		}
		for _, err := range []error{err, plain, raw.NewSelect().Model(&model).Where("name = ?", secret).Scan(t.Context())} {
			if err == nil || !strings.Contains(err.Error(), secret) {
				t.Errorf("the control quotes no value: %v", err)
			}
			if got := db.Text(fmt.Errorf("db: read: %w", err)); strings.Contains(got, "S3cret") || !strings.HasPrefix(got, "db: read: ") {
				t.Errorf("shown as %q", got)
			}
		}
	})
	t.Logf("%d answers of databases repeated a value", quoting)
	if quoting < 3 {
		t.Error("the databases repeat no values: nothing was tested")
	}
}

// What on-call needs is shown as it is.
func TestErrorsShowTheirCause(t *testing.T) {
	op := &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 5432}, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	_, number := strconv.Atoi("S3cret")
	_, moment := time.Parse(time.RFC3339, "S3cret")
	for want, err := range map[string]error{
		"":                      nil,
		"db: read: x: no table": fmt.Errorf("db: read: %w", fmt.Errorf("x: %w", errors.New("no table"))),
		"dial tcp 192.0.2.1:5432: connect: connection refused": op,
		"a: context deadline exceeded":                         fmt.Errorf("a: %w", context.DeadlineExceeded),
		"a: EOF":                                               fmt.Errorf("a: %w", io.EOF),
		"open x: permission denied":                            &fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES},
		"sql: no rows in result set":                           sql.ErrNoRows,
		"a (b), c: d":                                          fmt.Errorf("a (%w), %w", errors.New("b"), fmt.Errorf("c: %w", errors.New("d"))),
		"a\nb":                                                 errors.Join(errors.New("a"), errors.New("b")),
		"n: *strconv.NumError: invalid syntax":                 fmt.Errorf("n: %w", number),
		"t: *time.ParseError":                                  fmt.Errorf("t: %w", moment),
		"*json.UnmarshalTypeError":                             json.Unmarshal([]byte(`"S3cret"`), new(int)),
	} {
		if got := db.Text(err); got != want {
			t.Errorf("%v: shown as %q, want %q", err, got, want)
		}
	}
	var line bytes.Buffer
	log := zerolog.New(&line)
	log.Error().Err(fmt.Errorf("t: %w", moment)).Msg("m")
	if strings.Contains(line.String(), "S3cret") || !strings.Contains(line.String(), `"error":"t: *time.ParseError"`) {
		t.Errorf("logged as %s", &line)
	}
}
