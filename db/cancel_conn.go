package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"syscall"

	"github.com/uptrace/bun/driver/pgdriver"
)

// cancelConn is a connection of [cancelling]. The driver gets contexts that do not
// end: of their end it knows only the time, at which it would stop listening
// while the server works on.
type cancelConn struct {
	*pgdriver.Conn
	cancel func(ctx context.Context) error
	inTx   bool // then a statement cannot be given to another connection
}

// ExecContext implements [driver.ExecerContext].
func (c *cancelConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	stop := c.watch(ctx)
	result, err := c.Conn.ExecContext(context.WithoutCancel(ctx), query, args)
	return result, c.outcome(ctx, stop(), err)
}

// QueryContext implements [driver.QueryerContext].
func (c *cancelConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	stop := c.watch(ctx)
	rows, err := c.Conn.QueryContext(context.WithoutCancel(ctx), query, args)
	if err != nil {
		return nil, c.outcome(ctx, stop(), err)
	}
	return &cancelRows{Rows: rows, ctx: ctx, stop: stop}, nil
}

// BeginTx implements [driver.ConnBeginTx].
func (c *cancelConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	stop := c.watch(ctx)
	tx, err := c.Conn.BeginTx(context.WithoutCancel(ctx), o)
	if err = c.outcome(ctx, stop(), err); err != nil {
		return nil, err
	}
	c.inTx = true
	return &cancelTx{tx, c}, nil
}

// Ping implements [driver.Pinger].
func (c *cancelConn) Ping(ctx context.Context) error {
	_, err := c.ExecContext(ctx, "SELECT 1", nil)
	return err
}

// outcome is what a call that has returned err answers. A connection that broke
// by itself is for the pool to exchange, which it does on ErrBadConn.
func (c *cancelConn) outcome(ctx context.Context, cancelled bool, err error) error {
	switch {
	case cancelled:
		return ctx.Err()
	case err != nil && !c.inTx && !c.IsValid() && broken(err):
		return driver.ErrBadConn
	}
	return err
}

// broken reports whether the connection was lost, and not the statement at fault.
func broken(err error) bool {
	var pg pgdriver.Error
	if errors.As(err, &pg) {
		switch pg.Field('C') {
		case "57P01", "57P02", "57P03": // the server, or an administrator, ended it
			return true
		}
		return false
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// cancelRows are rows that can still be cancelled.
type cancelRows struct {
	driver.Rows
	ctx  context.Context //nolint:containedctx // that of the statement
	stop func() bool
}

// Next implements [driver.Rows].
func (r *cancelRows) Next(dest []driver.Value) error {
	err := r.Rows.Next(dest)
	if err != nil && r.stop() {
		return r.ctx.Err()
	}
	return err
}

// Close implements [driver.Rows]. What was not read yet the driver reads to its
// end, so it can be cancelled until then.
func (r *cancelRows) Close() error {
	err := r.Rows.Close()
	if r.stop() {
		return r.ctx.Err()
	}
	return err
}

type cancelTx struct {
	driver.Tx
	conn *cancelConn
}

func (t *cancelTx) Commit() error   { t.conn.inTx = false; return t.Tx.Commit() }
func (t *cancelTx) Rollback() error { t.conn.inTx = false; return t.Tx.Rollback() }
