package db

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// What a redaction has removed from the tables is still in files. On SQLite a
// server overwrites it by itself: deleted content in the database file at once,
// and the write-ahead log, which holds pages as they were, as soon as nobody
// reads from it.
const (
	scrubPatience = 100 * time.Millisecond // for readers; writers wait as long
	scrubPause    = 250 * time.Millisecond
	scrubWarning  = time.Minute
)

// ErrLeftInFiles is wrapped when bytes that a redaction removed may still be in
// files. The text says where, and what to do about it.
var ErrLeftInFiles = errors.New("what was removed may still be in files")

// vacuumed are the tables with text that people write, of which PostgreSQL
// keeps former rows.
const vacuumed = "audit_events, incidents, tasks, actors, definitions, webhook_deliveries"

// Scrub takes what redactions have removed out of the files of the database, as
// far as a program can that others work beside. It tries until ctx ends. The
// error is [ErrLeftInFiles] when something is left, which on PostgreSQL is
// always so: it keeps former rows in its files until their tables are rewritten.
func (s *Store) Scrub(ctx context.Context) error {
	if s.url.postgres() {
		return s.vacuum(ctx)
	}
	for {
		done, err := s.truncateLog(ctx)
		switch {
		case err == nil && done:
			return nil
		case err != nil && ctx.Err() == nil && !retryable(err):
			return fmt.Errorf("db: truncate the write-ahead log: %w", err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %s-wal is still being read; it is emptied when a running server next can, or by the same command again",
				ErrLeftInFiles, s.url.file)
		case <-time.After(scrubPause):
		}
	}
}

// truncateLog writes the pages of the log into the database file and empties
// it. It reports false when readers still need the log.
func (s *Store) truncateLog(ctx context.Context) (done bool, err error) {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, fmt.Sprintf("PRAGMA busy_timeout(%d)", scrubPatience.Milliseconds())); err != nil {
		return false, err
	}
	var busy, pages, moved int
	err = conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved)
	_, restored := conn.ExecContext(context.WithoutCancel(ctx), fmt.Sprintf("PRAGMA busy_timeout(%d)", busyTimeout.Milliseconds()))
	return busy == 0, errors.Join(err, restored)
}

// runScrubs empties the log at once, as a server that crashed may have left it,
// and behind every redaction, by whichever process, until ctx ends.
func (s *Store) runScrubs(ctx context.Context) error {
	poke(s.scrubs)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.scrubs:
		}
		for done := false; !done && ctx.Err() == nil; {
			patience, cancel := context.WithTimeout(ctx, scrubWarning)
			err := s.Scrub(patience)
			cancel()
			if done = err == nil; !done && ctx.Err() == nil {
				s.log.Warn().Err(err).Msg("the write-ahead log with what was redacted cannot be emptied yet: something reads from it; trying on")
			}
		}
	}
}

// vacuum clears former rows away where the role may, and says what is left.
func (s *Store) vacuum(ctx context.Context) error {
	var owner bool
	err := s.read.NewSelect().TableExpr("pg_class AS c").ColumnExpr("bool_and(pg_has_role(c.relowner, 'USAGE'))").
		Where("c.oid IN (SELECT unnest(string_to_array(?, ', '))::regclass)", vacuumed).Scan(ctx, &owner)
	if err != nil {
		return fmt.Errorf("db: who owns the tables: %w", err)
	}
	by := "a role that owns the tables"
	if owner {
		conn, err := openPostgres(s.url.pg, 1, map[string]any{"statement_timeout": "0"}, nil)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }()
		for table := range strings.SplitSeq(vacuumed, ", ") {
			if _, err := conn.ExecContext(ctx, "VACUUM "+table); err != nil {
				return fmt.Errorf("db: vacuum: %w", err)
			}
		}
		by = "this role"
	}
	return fmt.Errorf("%w of PostgreSQL: former rows until %s runs VACUUM (FULL) %s; the write-ahead log and backups as long as they are kept, see docs/redaction.md",
		ErrLeftInFiles, by, vacuumed)
}
