// Package dbtest gives tests fresh, empty databases of both engines. Tests of
// storage run on both, always: where PostgreSQL is missing they fail and say
// what to install.
package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/uptrace/bun/driver/pgdriver"
)

// Each runs f as the subtests "sqlite" and "postgres", each on a new database.
func Each(t *testing.T, f func(t *testing.T, databaseURL string)) {
	t.Run("sqlite", func(t *testing.T) { f(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, Postgres(t)) })
}

// SQLite returns the URL of a new database, gone when the test ends.
func SQLite(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "tasktrail.db")
}

// Postgres returns the URL of a new database, gone when the test ends. It is
// made on the server that TASKTRAIL_TEST_POSTGRES names, whose user must be
// allowed to create databases; else on a throwaway cluster of this test binary.
func Postgres(t testing.TB) string {
	t.Helper()
	server := os.Getenv("TASKTRAIL_TEST_POSTGRES")
	if server == "" {
		server = throwaway(t)
	}
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal("TASKTRAIL_TEST_POSTGRES is not a URL")
	}
	return create(t, u, "")
}

// create makes a database on the server of u.
func create(t testing.TB, u *url.URL, options string) string {
	t.Helper()
	var random [6]byte
	_, _ = rand.Read(random[:])
	name := "tasktrail_test_" + hex.EncodeToString(random[:])
	server := *u
	server.Path = ""
	admin := connect(&server)
	if _, err := admin.ExecContext(context.Background(), "CREATE DATABASE "+name+options); err != nil {
		t.Fatalf("create a test database: %v", err)
	}
	t.Cleanup(func() {
		if _, err := admin.ExecContext(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the test database: %v", err)
		}
		_ = admin.Close()
	})
	server.Path = "/" + name
	return server.String()
}

// connect opens a connection to a test server, over a socket or TCP.
func connect(u *url.URL) *sql.DB {
	password, _ := u.User.Password()
	database := u.Path
	if len(database) > 1 {
		database = database[1:]
	} else {
		database = "postgres"
	}
	options := []pgdriver.Option{
		pgdriver.WithUser(u.User.Username()), pgdriver.WithPassword(password),
		pgdriver.WithDatabase(database), pgdriver.WithInsecure(true),
	}
	if dir := u.Query().Get("host"); dir != "" {
		options = append(options, pgdriver.WithNetwork("unix"), pgdriver.WithAddr(filepath.Join(dir, ".s.PGSQL.5432")))
	} else {
		options = append(options, pgdriver.WithNetwork("tcp"), pgdriver.WithAddr(u.Host))
	}
	return sql.OpenDB(pgdriver.NewConnector(options...))
}
