package dbtest

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"modernc.org/sqlite"
)

// Backup is a way to copy a database.
type Backup struct {
	Name string
	// Copy copies a database, in use or not, and returns the URL of the copy.
	Copy func(t testing.TB, databaseURL string) string
}

// BackupsOf lists the ways for the engine of a database. That of copying all
// files of a server is [Cluster.BaseBackup].
func BackupsOf(databaseURL string) []Backup {
	if strings.HasPrefix(databaseURL, "sqlite:") {
		return []Backup{{"VACUUM INTO", vacuumInto}, {"backup API", backupAPI}, {"files with their log", copyFiles}}
	}
	return []Backup{
		{"pg_dump, plain", func(t testing.TB, u string) string {
			return dump(t, u, "plain", "psql", "-q", "-v", "ON_ERROR_STOP=1", "-f")
		}},
		{"pg_dump, custom", func(t testing.TB, u string) string { return dump(t, u, "custom", "pg_restore", "--exit-on-error") }},
	}
}

func vacuumInto(t testing.TB, databaseURL string) string {
	t.Helper()
	to := SQLite(t)
	if _, err := Raw(t, databaseURL).ExecContext(context.Background(), "VACUUM INTO ?", strings.TrimPrefix(to, "sqlite:")); err != nil {
		t.Fatal(err)
	}
	return to
}

func backupAPI(t testing.TB, databaseURL string) string {
	t.Helper()
	to := SQLite(t)
	conn, err := Raw(t, databaseURL).Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	err = conn.Raw(func(c any) error {
		b, err := c.(interface {
			NewBackup(file string) (*sqlite.Backup, error)
		}).NewBackup(strings.TrimPrefix(to, "sqlite:"))
		if err != nil {
			return err
		}
		for more := true; more && err == nil; {
			more, err = b.Step(16)
		}
		if err != nil {
			return err
		}
		return b.Finish()
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// copyFiles copies database and log while nobody writes.
func copyFiles(t testing.TB, databaseURL string) string {
	t.Helper()
	to := SQLite(t)
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(strings.TrimPrefix(databaseURL, "sqlite:") + suffix)
		if err == nil {
			err = os.WriteFile(strings.TrimPrefix(to, "sqlite:")+suffix, content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// dump copies a database of PostgreSQL into a new one of the same server.
func dump(t testing.TB, databaseURL, format, restore string, args ...string) string {
	t.Helper()
	to := Postgres(t)
	bin, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "dump")
	run := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.Command(filepath.Join(bin, name), args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	run("pg_dump", "--format", format, "--file", file, "--dbname", databaseURL)
	run(restore, append(args, file, "--dbname", to)...)
	return to
}

// BaseBackup copies all files of a running server. With standby the copy goes
// on to follow it once it is started.
func (c *Cluster) BaseBackup(t testing.TB, standby bool) *Cluster {
	t.Helper()
	to := filepath.Join(c.dir, "base backup")
	args := []string{"-h", c.dir, "-U", "postgres", "-D", to, "-X", "stream", "-c", "fast"}
	if standby {
		args = append(args, "-R")
	}
	c.Program(t, "pg_basebackup", args...)
	return c.Another(t, to)
}

// Swap lets two databases of one server of PostgreSQL change names, and ends
// all connections to them.
func Swap(t testing.TB, one, other string) {
	t.Helper()
	name := func(databaseURL string) string {
		u, err := url.Parse(databaseURL)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimPrefix(u.Path, "/")
	}
	u, err := url.Parse(one)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/postgres"
	a, b := name(one), name(other)
	// Nobody may connect meanwhile; a session ends a little after it was told to.
	admin := Raw(t, u.String())
	var statements []string
	for _, n := range []string{a, b} {
		statements = append(statements, "ALTER DATABASE "+n+" ALLOW_CONNECTIONS false",
			"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '"+n+"'")
	}
	statements = append(statements, "ALTER DATABASE "+a+" RENAME TO swapped", "ALTER DATABASE "+b+" RENAME TO "+a, "ALTER DATABASE swapped RENAME TO "+b,
		"ALTER DATABASE "+a+" ALLOW_CONNECTIONS true", "ALTER DATABASE "+b+" ALLOW_CONNECTIONS true")
	for _, s := range statements {
		if _, err := admin.ExecContext(context.Background(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}
