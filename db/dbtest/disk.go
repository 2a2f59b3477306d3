package dbtest

import (
	"sync"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"
)

// Disk stands between SQLite and the files below a directory. It writes down
// what is written and when it is made durable, so that a loss of power can be
// played at any moment, and it can fail.
type Disk struct {
	dir string

	mu   sync.Mutex
	ops  []Op
	lies bool
	idle bool
	fail func(op Op) int
}

// Op is what SQLite did to one file, or a mark of the test's own.
type Op struct {
	Kind OpKind
	File string // path
	At   int64  // offset of a write, length after a truncation, value of a mark
	Data []byte // of a write
}

// OpKind is what an [Op] did.
type OpKind int

// Writes and truncations last for certain once a later sync of their file has
// come back.
const (
	OpWrite OpKind = iota
	OpTruncate
	OpSync
	OpMark
)

// NewDisk watches the files below dir until the test ends. One test at a time
// can have one, and opens and closes its databases in between.
func NewDisk(t testing.TB, dir string) *Disk {
	t.Helper()
	d := &Disk{dir: dir}
	shim.mu.Lock()
	defer shim.mu.Unlock()
	if shim.disk != nil {
		t.Fatal("there is a disk already")
	}
	shim.disk = d
	shim.install()
	t.Cleanup(func() {
		shim.mu.Lock()
		defer shim.mu.Unlock()
		shim.remove()
		shim.disk = nil
	})
	return d
}

// Lie makes the disk say that all is durable when nothing is, as SQLite is
// content with under synchronous(OFF).
func (d *Disk) Lie() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lies = true
}

// Idle makes the disk write nothing down any more and sync nothing either, which
// is for files that are thrown away.
func (d *Disk) Idle() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.idle = true
}

// Fail asks f before everything that is done; anything but 0 is the code of
// SQLite's with which it fails, undone. A nil f: nothing fails.
func (d *Disk) Fail(f func(op Op) int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = f
}

// Mark writes down a moment.
func (d *Disk) Mark(value int64) { d.note(Op{Kind: OpMark, At: value}) }

// Ops returns what was done so far, in order.
func (d *Disk) Ops() []Op {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ops[:len(d.ops):len(d.ops)]
}

// note writes an operation down, unless it is to fail.
func (d *Disk) note(op Op) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail != nil && op.Kind != OpMark {
		if code := d.fail(op); code != 0 {
			return int32(code)
		}
	}
	if !d.idle && (!d.lies || op.Kind != OpSync) {
		d.ops = append(d.ops, op)
	}
	return sqlite3.SQLITE_OK
}

// syncs reports whether files are to be synced in truth.
func (d *Disk) syncs() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.idle
}
