package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/driver/pgdriver"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrUnreachable is wrapped when the database does not answer.
var ErrUnreachable = errors.New("the database cannot be reached")

// unreachable marks what a connection attempt failed with.
func unreachable(err error) error {
	var network net.Error
	switch {
	case errors.As(err, &network):
		return fmt.Errorf("%w: check that it runs and that its URL is right (%w)", ErrUnreachable, network)
	case isCut(err):
		return fmt.Errorf("%w: check that it runs and that its URL is right (%w)", ErrUnreachable, err)
	}
	return err
}

// connecting explains what a first connection failed with when it was neither
// the network nor the database's own answer: then it was TLS.
func connecting(err error) error {
	var network net.Error
	var pg pgdriver.Error
	var lite *sqlite.Error
	if errors.As(err, &network) || errors.As(err, &pg) || errors.As(err, &lite) || isCut(err) || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("no verified TLS connection to the database: give its server a certificate, name who signed it with sslrootcert=FILE, "+
		"or set sslmode=disable where the network is trusted (%w)", err)
}

// unknownOutcome is an error of the COMMIT itself: it may have happened.
type unknownOutcome struct{ error }

func (e unknownOutcome) Unwrap() error { return e.error }

// inTx runs f in a transaction. An error of any statement must be returned by
// f: the driver of PostgreSQL reports success when a transaction that failed
// earlier is committed.
func (s *Store) inTx(ctx context.Context, f func(tx bun.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback() // the first error says more
		return err
	}
	if err := tx.Commit(); err != nil {
		return unknownOutcome{fmt.Errorf("commit: %w", err)}
	}
	return nil
}

// retryable reports whether the same change may succeed when tried again.
func retryable(err error) bool {
	var pg pgdriver.Error
	if errors.As(err, &pg) {
		switch code := pg.Field('C'); code {
		case "40001", "40P01", "55P03", "57P01", "57P02", "57P03":
			return true
		case "23505": // another server took the position, version, number or mutation id
			return true
		default:
			return strings.HasPrefix(code, "08")
		}
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return true
		}
		return false
	}
	return isCut(err) || errors.Is(err, errRedefined)
}

// Transient reports whether err says that the database is away, starting, failing
// over or too busy: the same request may succeed later, without anybody mending
// anything.
func Transient(err error) bool {
	var pg pgdriver.Error
	if errors.As(err, &pg) {
		switch pg.Field('C') {
		case "23505": // not even after all tries
			return false
		case "57014", "53300", "25006": // statement_timeout, no connection left, a standby
			return true
		}
	}
	return errors.Is(err, ErrUnreachable) || retryable(err)
}

// isForbidden reports whether the role lacked a right.
func isForbidden(err error) bool {
	var pg pgdriver.Error
	return errors.As(err, &pg) && pg.Field('C') == "42501"
}

// isCut reports whether the connection broke. The driver hands on what the
// socket said: an end of the stream as often as an error of the network.
func isCut(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn)
}

// isNoSuchTable reports whether a query failed for lack of a table.
func isNoSuchTable(err error) bool {
	var pg pgdriver.Error
	if errors.As(err, &pg) {
		return pg.Field('C') == "42P01"
	}
	// SQLite has one code for every error in SQL text; asked right after a
	// successful ping, with a fixed query, it can only be this.
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code() == sqlite3.SQLITE_ERROR
}

// pause waits before try n, a little longer each time and never the same.
func pause(ctx context.Context, n int) {
	wait := time.Duration(n) * time.Duration(5+rand.IntN(20)) * time.Millisecond //nolint:gosec // jitter
	select {
	case <-time.After(wait):
	case <-ctx.Done():
	}
}
