package dbtest

import (
	"context"
	"database/sql/driver"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"unsafe"

	"modernc.org/sqlite"
)

// Inner is in the text of every error that is made up; no client may see it.
const Inner = "inner text"

// Fault is a way in which a call of a database fails.
type Fault struct {
	Name   string
	after  bool   // done first: the caller cannot know
	breaks bool   // the connection is gone
	says   string // what PostgreSQL is given in the place of the call, to fail by itself
	err    error
}

func raises(name, code string) Fault {
	return Fault{Name: name, says: "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '" + code + "', MESSAGE = '" + Inner + "'; END $$"}
}

func reset(err error) error { return &net.OpError{Op: Inner, Net: "tcp", Err: err} }

// fails makes an error of the driver of SQLite, which gives no other way to.
func fails(name string, code int) Fault {
	e := &sqlite.Error{}
	type fields struct {
		text string
		code int
	}
	*(*fields)(unsafe.Pointer(e)) = fields{Inner, code}
	return Fault{Name: name, err: e}
}

func done(f Fault) Fault { f.after = true; return f }

// FaultsOf lists the faults that the engine of a database can have.
func FaultsOf(databaseURL string) []Fault {
	if strings.HasPrefix(databaseURL, "sqlite:") {
		return []Fault{
			fails("busy", 5), fails("locked", 6), fails("read-only", 8), fails("full", 13), fails("cannot write", 778),
			done(fails("done, but not synced", 1034)), fails("unique", 2067),
			{Name: "no time left", err: context.DeadlineExceeded},
		}
	}
	return []Fault{
		raises("serialization failure", "40001"), raises("deadlock", "40P01"), raises("lock timeout", "55P03"),
		raises("unique violation", "23505"), raises("disk full", "53100"),
		{Name: "reset before", breaks: true, err: reset(syscall.ECONNRESET)},
		{Name: "reset after", breaks: true, after: true, err: reset(syscall.ECONNRESET)},
		{Name: "no answer in time", breaks: true, after: true, err: reset(os.ErrDeadlineExceeded)},
	}
}

// Swallowed is no fault of a database: a statement is not carried out and
// nothing says so. It is for tests of tests.
var Swallowed = Fault{Name: "swallowed"}

// Faults makes the calls of a pool of connections fail.
type Faults struct {
	Counts func(ctx context.Context) bool // the calls made for this; set before use

	mu      sync.Mutex
	fault   *Fault
	at      int // the call that fails, from 1
	forever bool
	calls   int
}

// Arm makes the n-th call from now fail, from 1; forever: and all after it.
func (f *Faults) Arm(fault Fault, n int, forever bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault, f.at, f.forever, f.calls = &fault, n, forever, 0
}

// Disarm returns the number of calls since Arm.
func (f *Faults) Disarm() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = nil
	return f.calls
}

// due counts a call and returns how it is to fail, nil if it is not.
func (f *Faults) due(ctx context.Context) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fault == nil || !f.Counts(ctx) {
		return nil
	}
	f.calls++
	if f.calls == f.at || (f.forever && f.calls > f.at) {
		return f.fault
	}
	return nil
}

// Wrap is what a store opens its connections with.
func (f *Faults) Wrap(c driver.Connector) driver.Connector { return faultyConnector{c, f} }

type faultyConnector struct {
	driver.Connector
	faults *Faults
}

func (c faultyConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &faultyConn{conn, c.faults}, nil
}

// fullConn is what the connections of both drivers can do.
type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}
