package dbtest

import (
	"context"
	"database/sql/driver"
)

// faultyConn is a connection whose calls may fail.
type faultyConn struct {
	driver.Conn
	faults *Faults
}

func (c *faultyConn) full() fullConn { return c.Conn.(fullConn) }

// fail fails instead of a call, or after it when the fault is of that kind.
func (c *faultyConn) fail(ctx context.Context, f *Fault, call func() error) error {
	if f.after {
		if err := call(); err != nil {
			return err
		}
	}
	err := f.err
	if f.says != "" {
		_, err = c.full().ExecContext(ctx, f.says, nil)
	}
	if f.breaks {
		_ = c.Close()
	}
	return err
}

func (c *faultyConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (result driver.Result, err error) {
	call := func() error { result, err = c.full().ExecContext(ctx, query, args); return err }
	if f := c.faults.due(ctx); f != nil {
		if *f == Swallowed {
			return driver.RowsAffected(1), nil
		}
		return nil, c.fail(ctx, f, call)
	}
	return result, call()
}

func (c *faultyConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (rows driver.Rows, err error) {
	call := func() error { rows, err = c.full().QueryContext(ctx, query, args); return err }
	if f := c.faults.due(ctx); f != nil && *f != Swallowed {
		return nil, c.fail(ctx, f, func() error {
			if err := call(); err != nil {
				return err
			}
			return rows.Close()
		})
	}
	err = call()
	return rows, err
}

func (c *faultyConn) BeginTx(ctx context.Context, o driver.TxOptions) (tx driver.Tx, err error) {
	call := func() error { tx, err = c.full().BeginTx(ctx, o); return err }
	if f := c.faults.due(ctx); f != nil && *f != Swallowed {
		// Without the transaction: a BEGIN that fails has begun none.
		return nil, c.fail(ctx, f, func() error { return nil })
	}
	if err := call(); err != nil {
		return nil, err
	}
	return &faultyTx{tx, c, ctx}, nil
}

func (c *faultyConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	return c.full().PrepareContext(ctx, query)
}
func (c *faultyConn) Ping(ctx context.Context) error         { return c.full().Ping(ctx) }
func (c *faultyConn) ResetSession(ctx context.Context) error { return c.full().ResetSession(ctx) }
func (c *faultyConn) IsValid() bool                          { return c.full().IsValid() }

type faultyTx struct {
	driver.Tx
	conn *faultyConn
	ctx  context.Context //nolint:containedctx // Commit has none
}

// Commit fails with the transaction rolled back, as databases do it, or
// committed, or with nobody knowing.
func (t *faultyTx) Commit() error {
	f := t.conn.faults.due(t.ctx)
	if f == nil || *f == Swallowed {
		return t.Tx.Commit()
	}
	err := t.conn.fail(t.ctx, f, t.Tx.Commit)
	if !f.after && !f.breaks {
		_ = t.Rollback()
	}
	return err
}
