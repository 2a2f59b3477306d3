package db

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// ErrURL is wrapped by every refusal of a database URL.
var ErrURL = errors.New("not a usable database URL")

// location is a parsed database URL.
type location struct {
	file string   // of SQLite
	pg   *url.URL // of PostgreSQL
}

func (l location) postgres() bool { return l.pg != nil }

// engine names the folder of its migrations.
func (l location) engine() string {
	if l.postgres() {
		return "postgres"
	}
	return "sqlite"
}

// parseURL reads sqlite:PATH or postgres://…; its errors never repeat a
// password.
func parseURL(raw string) (location, error) {
	scheme, rest, _ := strings.Cut(raw, ":")
	switch scheme {
	case "sqlite":
		file := strings.TrimPrefix(rest, "//")
		switch {
		case file == "":
			return location{}, fmt.Errorf("%w: want sqlite:PATH", ErrURL)
		case strings.ContainsAny(file, "?#"):
			return location{}, fmt.Errorf("%w: want sqlite:PATH, without parameters, and no ? or # in the path", ErrURL)
		case file == ":memory:":
			return location{}, fmt.Errorf("%w: SQLite in memory would lose the trail; name a file", ErrURL)
		}
		return location{file: file}, nil
	case "postgres", "postgresql":
		u, err := url.Parse(raw)
		if err != nil || u.User.Username() == "" || (u.Host == "" && u.Query().Get("host") == "") || strings.Trim(u.Path, "/") == "" {
			return location{}, fmt.Errorf("%w: want postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full", ErrURL)
		}
		return location{pg: u}, nil
	}
	return location{}, fmt.Errorf("%w: want sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE", ErrURL)
}

// checkFile tells early, and better than SQLite would, why a file cannot be
// used. It makes one only when told to.
func checkFile(path string, create bool) error {
	dir := filepath.Dir(path)
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return fmt.Errorf("the directory %s of the database does not exist: make it first", dir)
	case !info.IsDir():
		return fmt.Errorf("%s is not a directory: name another place for the database", dir)
	}
	flags := os.O_RDWR
	if create {
		flags |= os.O_CREATE
	}
	f, err := os.OpenFile(path, flags, 0o600) //nolint:gosec // the path is the operator's
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no file %s: %w", path, ErrNotMigrated)
	}
	if err != nil {
		return fmt.Errorf("the database file %s cannot be written: check its owner and rights", path)
	}
	return f.Close()
}
