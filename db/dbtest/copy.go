package dbtest

import (
	"context"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

// Copy returns the URL of a copy of a database, gone when the test ends. On
// PostgreSQL nobody may be connected to the original.
func Copy(t testing.TB, databaseURL string) string {
	t.Helper()
	if strings.HasPrefix(databaseURL, "sqlite:") {
		copied := SQLite(t)
		if _, err := Raw(t, databaseURL).ExecContext(context.Background(), "VACUUM INTO '"+strings.TrimPrefix(copied, "sqlite:")+"'"); err != nil {
			t.Fatalf("copy the database: %v", err)
		}
		return copied
	}
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	return create(t, u, " TEMPLATE "+strings.Trim(u.Path, "/"))
}

// Program returns the path of one of PostgreSQL's programs, such as pg_dump.
func Program(t testing.TB, name string) string {
	t.Helper()
	bin, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(bin, name)
}
