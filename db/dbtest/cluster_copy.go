package dbtest

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// segment is the length of a file of PostgreSQL's write-ahead log.
const segment = 16 << 20

// Program runs one of PostgreSQL's programs, as the user of the server.
func (c *Cluster) Program(t testing.TB, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(c.bin, name), args...)
	cmd.Dir, cmd.SysProcAttr = c.dir, &syscall.SysProcAttr{Credential: c.who}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// Dir is the directory of the server; its user may write there.
func (c *Cluster) Dir() string { return c.dir }

// CopyData copies the server's files, as they are, to a place in its directory.
func (c *Cluster) CopyData(t testing.TB, to string) {
	t.Helper()
	c.CopyDir(t, c.data(), to)
	_ = os.Remove(filepath.Join(to, "postmaster.pid"))
}

// CopyDir copies a directory with its owners.
func (c *Cluster) CopyDir(t testing.TB, from, to string) {
	t.Helper()
	if out, err := exec.Command("cp", "-a", from, to).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v\n%s", err, out)
	}
}

// Another returns a server for files that were copied with [Cluster.CopyData]
// or by a program of PostgreSQL. It is not started, and stopped when the test
// ends.
func (c *Cluster) Another(t testing.TB, data string, settings ...string) *Cluster {
	t.Helper()
	dir, err := os.MkdirTemp("", "tasktrail-pg-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	who, err := unprivileged(dir)
	if err != nil {
		t.Fatal(err)
	}
	u := *c.url
	u.RawQuery = "host=" + dir
	other := &Cluster{bin: c.bin, dir: dir, who: who, url: &u, settings: settings}
	if err := os.Rename(data, other.data()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.stop)
	return other
}

// LSN is a place in PostgreSQL's write-ahead log, in bytes.
type LSN uint64

// ParseLSN reads what PostgreSQL writes, such as 0/16B3748.
func ParseLSN(text string) (LSN, error) {
	var high, low uint64
	_, err := fmt.Sscanf(text, "%X/%X", &high, &low)
	return LSN(high<<32 | low), err
}

// Log returns the write-ahead log of timeline 1 in a directory of files, by
// segment.
func Log(t testing.TB, data string) map[LSN][]byte {
	t.Helper()
	paths, _ := filepath.Glob(filepath.Join(data, "pg_wal", "00000001*"))
	out := map[LSN][]byte{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		// Segments that wait to be used again hold an older part of the log.
		if at := LSN(binary.NativeEndian.Uint64(content[8:])); len(content) == segment && walName(at) == filepath.Base(path) {
			out[at] = content
		}
	}
	return out
}

func walName(at LSN) string {
	n := uint64(at) / segment
	return fmt.Sprintf("00000001%08X%08X", n/256, n%256)
}

// PutLog puts a log in the place of the one in a directory of files.
func (c *Cluster) PutLog(t testing.TB, data string, log map[LSN][]byte) {
	t.Helper()
	old, _ := filepath.Glob(filepath.Join(data, "pg_wal", "00000001*"))
	for _, path := range old {
		if !strings.HasSuffix(path, ".history") {
			_ = os.Remove(path)
		}
	}
	for at, content := range log {
		path := filepath.Join(data, "pg_wal", walName(at))
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if c.who != nil {
			if err := os.Chown(path, int(c.who.Uid), int(c.who.Gid)); err != nil {
				t.Fatal(err)
			}
		}
	}
}
