package dbtest

import (
	"strings"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// shim is SQLite's usual VFS with some methods of the files replaced. There is
// one for the process, because SQLite is Go code that was C: it knows functions
// and files by addresses.
var shim shimmed

type shimmed struct {
	mu      sync.Mutex
	disk    *Disk // nil: not installed
	tls     *libc.TLS
	vfs     uintptr             // ours, a *sqlite3.Tsqlite3_vfs
	usual   uintptr             // the one it replaces
	methods map[uintptr]uintptr // the usual ones of a file → ours
	files   map[uintptr]watched // open ones
}

type watched struct {
	disk  *Disk
	path  string
	usual uintptr // its methods, a *sqlite3.Tsqlite3_io_methods
}

// at turns an address of SQLite's memory, which Go's collector does not know,
// into a pointer.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// addressOf gives a function, which must not be a closure, as SQLite calls it.
func addressOf[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

// function is the reverse.
func function[F any](address uintptr) F { return *(*F)(unsafe.Pointer(&address)) }

// install makes the shim what databases are opened with from now on; mu is
// held.
func (s *shimmed) install() {
	if s.tls == nil {
		s.tls, s.methods, s.files = libc.NewTLS(), map[uintptr]uintptr{}, map[uintptr]watched{}
		s.usual = sqlite3.Xsqlite3_vfs_find(s.tls, 0)
		name, err := libc.CString("tasktrail-test")
		if err != nil {
			panic(err)
		}
		s.vfs = libc.Xmalloc(s.tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
		vfs := at[sqlite3.Tsqlite3_vfs](s.vfs)
		*vfs = *at[sqlite3.Tsqlite3_vfs](s.usual)
		vfs.FpNext, vfs.FzName, vfs.FxOpen = 0, name, addressOf(xOpen)
	}
	sqlite3.Xsqlite3_vfs_register(s.tls, s.vfs, 1)
}

func (s *shimmed) remove() {
	sqlite3.Xsqlite3_vfs_unregister(s.tls, s.vfs)
	sqlite3.Xsqlite3_vfs_register(s.tls, s.usual, 1)
}

func (s *shimmed) file(address uintptr) watched {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.files[address]
}

func xOpen(tls *libc.TLS, _, name, file uintptr, flags int32, outFlags uintptr) int32 {
	usual := at[sqlite3.Tsqlite3_vfs](shim.usual)
	code := function[func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32](usual.FxOpen)(tls, shim.usual, name, file, flags, outFlags)
	if code != sqlite3.SQLITE_OK || name == 0 {
		return code
	}
	shim.mu.Lock()
	defer shim.mu.Unlock()
	path := libc.GoString(name)
	if shim.disk == nil || !strings.HasPrefix(path, shim.disk.dir) {
		return code
	}
	methods := &at[sqlite3.Tsqlite3_file](file).FpMethods
	shim.files[file] = watched{disk: shim.disk, path: path, usual: *methods}
	*methods = shim.ours(*methods)
	return code
}

// ours returns a copy of a file's methods with those replaced that matter; mu
// is held.
func (s *shimmed) ours(usual uintptr) uintptr {
	if ours, ok := s.methods[usual]; ok {
		return ours
	}
	address := libc.Xmalloc(s.tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_io_methods{})))
	ours := at[sqlite3.Tsqlite3_io_methods](address)
	*ours = *at[sqlite3.Tsqlite3_io_methods](usual)
	ours.FxClose, ours.FxWrite = addressOf(xClose), addressOf(xWrite)
	ours.FxTruncate, ours.FxSync = addressOf(xTruncate), addressOf(xSync)
	s.methods[usual] = address
	return address
}

func (w watched) methods() *sqlite3.Tsqlite3_io_methods {
	return at[sqlite3.Tsqlite3_io_methods](w.usual)
}

func xClose(tls *libc.TLS, file uintptr) int32 {
	w := shim.file(file)
	shim.mu.Lock()
	delete(shim.files, file)
	shim.mu.Unlock()
	return function[func(*libc.TLS, uintptr) int32](w.methods().FxClose)(tls, file)
}

func xWrite(tls *libc.TLS, file, data uintptr, n int32, offset int64) int32 {
	w := shim.file(file)
	op := Op{Kind: OpWrite, File: w.path, At: offset, Data: append([]byte(nil), unsafe.Slice(at[byte](data), n)...)}
	if code := w.disk.note(op); code != sqlite3.SQLITE_OK {
		return code
	}
	return function[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](w.methods().FxWrite)(tls, file, data, n, offset)
}

func xTruncate(tls *libc.TLS, file uintptr, size int64) int32 {
	w := shim.file(file)
	if code := w.disk.note(Op{Kind: OpTruncate, File: w.path, At: size}); code != sqlite3.SQLITE_OK {
		return code
	}
	return function[func(*libc.TLS, uintptr, int64) int32](w.methods().FxTruncate)(tls, file, size)
}

func xSync(tls *libc.TLS, file uintptr, flags int32) int32 {
	w := shim.file(file)
	if w.disk.syncs() {
		if code := function[func(*libc.TLS, uintptr, int32) int32](w.methods().FxSync)(tls, file, flags); code != sqlite3.SQLITE_OK {
			return code
		}
	}
	return w.disk.note(Op{Kind: OpSync, File: w.path})
}
