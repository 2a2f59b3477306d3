package db

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"

	"tasktrail/audit"
	"tasktrail/incident"
)

// Attempt runs f in a transaction that is rolled back: exec changes the
// database, and verify looks at it as it is by then.
func (s *Store) Attempt(ctx context.Context, f func(exec func(query string, args ...any) error, verify func(VerifyOptions) (Verified, error)) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	return errors.Join(f(
		func(query string, args ...any) error { _, err := tx.Tx.ExecContext(ctx, query, args...); return err },
		func(o VerifyOptions) (Verified, error) {
			return verifyIn(ctx, tx, o, func() error { return checkIndexes(ctx, tx) })
		},
	), tx.Rollback())
}

// StreamBy is [Store.Stream] with other limits.
func (s *Store) StreamBy(
	ctx context.Context, q incident.TrailQuery, limit int, window int64, page func([]*audit.Event, int64) error,
) error {
	return s.stream(ctx, q, limit, window, page)
}

// PostgresFacts describes a database as schema/postgres.txt does. All tables but
// those of the migrator count as ours.
func (s *Store) PostgresFacts(ctx context.Context) (string, error) {
	var h schemaID
	err := s.write.NewRaw("SELECT n.oid::bigint AS oid, n.nspname AS name FROM pg_namespace n WHERE n.nspname = current_schema()").Scan(ctx, &h)
	if err != nil {
		return "", err
	}
	var tables []string
	const ours = `SELECT relname FROM pg_class WHERE relnamespace = ? AND relkind = 'r' AND relname NOT LIKE 'bun\_%'`
	if err := s.write.NewRaw(ours, h.OID).Scan(ctx, &tables); err != nil {
		return "", err
	}
	found, err := postgresFacts(ctx, s.write, h, tables)
	return found.String(), err
}

// CheckAfter checks within a transaction that has run statements before, and is
// then rolled back.
func (s *Store) CheckAfter(ctx context.Context, statements []string) (d Diagnosis, err error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return d, err
	}
	defer func() { _ = tx.Rollback() }()
	for _, statement := range statements {
		if _, err := tx.NewRaw("?", bun.Safe(statement)).Exec(ctx); err != nil {
			return d, err
		}
	}
	if err := s.examinePostgres(ctx, tx, &d); err != nil {
		return d, err
	}
	s.readOnly.Store(!d.Sound(false))
	return d, nil
}

// OnWriter runs a statement on a connection of the writer.
func (s *Store) OnWriter(ctx context.Context, statement string) error {
	_, err := s.write.NewRaw("?", bun.Safe(statement)).Exec(ctx)
	return err
}

// KeepNoReaders closes connections that only read as soon as they are idle.
func (s *Store) KeepNoReaders() { s.read.SetMaxIdleConns(0) }

// OneReader is the connection that reads from here on.
func (s *Store) OneReader() *sql.DB {
	s.read.SetMaxOpenConns(1)
	return s.read.DB
}
