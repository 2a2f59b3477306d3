package db

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"
)

//go:embed migrations
var migrations embed.FS

// Why a database cannot be used as it is.
var (
	ErrNotMigrated   = errors.New("the database is empty or of an older version: run tasktrail migrate, or tasktrail serve once")
	ErrNewerDatabase = errors.New("the database was made by a newer version of tasktrail: run that version or a newer one")
	ErrEdited        = errors.New("a migration of this database differs from the one in this program: the database was made by a build that is not a release")
)

// Migrate brings the database up to date and returns the names of what it did.
// Two programs that start at once do it once. A database that is up to date is
// only read.
func Migrate(ctx context.Context, rawURL string) ([]string, error) {
	u, err := parseURL(rawURL)
	if err != nil {
		return nil, err
	}
	var db *bun.DB
	if u.postgres() {
		db, err = openPostgres(u.pg, 1, map[string]any{"statement_timeout": "0", "lock_timeout": "60s"}, nil)
	} else if err = checkFile(u.file, true); err == nil {
		db, err = openSQLite(u.file, false, nil)
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()

	m, err := newMigrator(db, u.engine())
	if err != nil {
		return nil, err
	}
	if done, err := m.upToDate(ctx); done || err != nil {
		return nil, unreachable(err)
	}
	if u.postgres() {
		names, err := m.lockedPostgres(ctx)
		if isForbidden(err) {
			err = fmt.Errorf("%w, which this role may not do: run tasktrail migrate as the owner of the database, with --app-role for this one", ErrNotMigrated)
		}
		return names, err
	}
	return m.lockedSQLite(ctx)
}

// migrator applies the files of one engine, and keeps their checksums.
type migrator struct {
	*migrate.Migrator
	db   *bun.DB
	sums map[string]string // by the number in front of the file's name
}

func newMigrator(db *bun.DB, engine string) (*migrator, error) {
	sub, err := fs.Sub(migrations, path.Join("migrations", engine))
	if err != nil {
		return nil, err
	}
	files := migrate.NewMigrations()
	if err := files.Discover(sub); err != nil {
		return nil, err
	}
	m := &migrator{Migrator: migrate.NewMigrator(db, files, migrate.WithMarkAppliedOnSuccess(true)), db: db, sums: map[string]string{}}
	entries, err := fs.ReadDir(sub, ".")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		text, err := fs.ReadFile(sub, e.Name())
		if err != nil {
			return nil, err
		}
		number, _, _ := strings.Cut(e.Name(), "_")
		sum := sha256.Sum256(text)
		m.sums[number] = hex.EncodeToString(sum[:])
	}
	return m, nil
}

// upToDate reports whether there is nothing to do; it only reads.
func (m *migrator) upToDate(ctx context.Context) (bool, error) {
	if err := m.db.PingContext(ctx); err != nil {
		return false, connecting(err)
	}
	var applied []struct{ Name, Sum string }
	err := m.db.NewSelect().TableExpr("migration_sums").Column("name", "sum").OrderExpr("name").Scan(ctx, &applied)
	if isNoSuchTable(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("db: read what was migrated: %w", err)
	}
	for _, a := range applied {
		switch sum, known := m.sums[a.Name]; {
		case !known:
			return false, ErrNewerDatabase
		case sum != a.Sum:
			return false, ErrEdited
		}
	}
	return len(applied) == len(m.sums), nil
}

// lockedPostgres migrates under a lock held by the pool's only connection, which
// also does the work: of a program that was killed the server may still be at
// it, and another must wait for that.
func (m *migrator) lockedPostgres(ctx context.Context) ([]string, error) {
	if _, err := m.db.ExecContext(ctx, "SELECT pg_advisory_lock(?)", lockMigrate); err != nil {
		return nil, fmt.Errorf("db: wait for another migration: %w", err)
	}
	defer func() {
		_, _ = m.db.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock(?)", lockMigrate)
	}()
	return m.apply(ctx)
}

// lockedSQLite migrates in one transaction on the only connection of the pool.
func (m *migrator) lockedSQLite(ctx context.Context) (names []string, err error) {
	if _, err := m.db.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return nil, fmt.Errorf("db: wait for another migration: %w", err)
	}
	if names, err = m.apply(ctx); err != nil {
		_, _ = m.db.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		return nil, err
	}
	if _, err := m.db.ExecContext(ctx, "COMMIT"); err != nil {
		return nil, fmt.Errorf("db: migrate: %w", err)
	}
	return names, nil
}

// apply runs what is missing. The lock is held; another program may have done
// the work while this one waited for it.
func (m *migrator) apply(ctx context.Context) ([]string, error) {
	if done, err := m.upToDate(ctx); done || err != nil {
		return nil, err
	}
	if err := m.Init(ctx); err != nil {
		return nil, fmt.Errorf("db: migrate: %w", err)
	}
	group, err := m.Migrate(ctx)
	if err != nil {
		return nil, fmt.Errorf("db: migrate: %w", err)
	}
	const sums = `CREATE TABLE IF NOT EXISTS migration_sums (name TEXT NOT NULL PRIMARY KEY, sum TEXT NOT NULL)`
	if _, err := m.db.ExecContext(ctx, sums); err != nil {
		return nil, fmt.Errorf("db: migrate: %w", err)
	}
	for name, sum := range m.sums {
		const insert = "INSERT INTO migration_sums (name, sum) VALUES (?, ?) ON CONFLICT (name) DO NOTHING"
		if _, err := m.db.ExecContext(ctx, insert, name, sum); err != nil {
			return nil, fmt.Errorf("db: migrate: %w", err)
		}
	}
	if err := m.nameTrail(ctx); err != nil {
		return nil, err
	}
	names := []string{}
	for _, one := range group.Migrations {
		names = append(names, one.Name+"_"+one.Comment)
	}
	return names, nil
}

// nameTrail gives a new trail its random id.
func (m *migrator) nameTrail(ctx context.Context) error {
	n, err := m.db.NewSelect().Table("trail").Count(ctx)
	if err == nil && n == 0 {
		id := make([]byte, 16)
		_, _ = rand.Read(id) // never fails
		_, err = m.db.ExecContext(ctx, "INSERT INTO trail (one, id, created_at) VALUES (1, ?, ?)", id, micros(time.Now()))
	}
	if err != nil {
		return fmt.Errorf("db: name the trail: %w", err)
	}
	return nil
}
