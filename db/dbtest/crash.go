package dbtest

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"testing"
)

// NewCluster starts a PostgreSQL server that is the test's alone, to be crashed.
func NewCluster(t testing.TB) *Cluster {
	t.Helper()
	c, err := start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.stop)
	return c
}

// URL is that of the server's only database.
func (c *Cluster) URL() string { return c.url.String() }

// Data is the directory of the server's files.
func (c *Cluster) Data() string { return c.data() }

// Kill kills the server and all its processes at once, with no time to write
// anything down.
func (c *Cluster) Kill() {
	server := c.server.Process.Pid
	_ = syscall.Kill(server, syscall.SIGSTOP) // so that no child is born meanwhile
	for !stopped(server) {
		runtime.Gosched()
	}
	workers := children(server)
	for _, pid := range append(workers, server) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	<-c.gone
	for _, pid := range workers {
		for state(pid) != "" {
			runtime.Gosched()
		}
	}
}

// Start starts the server after [Cluster.Kill].
func (c *Cluster) Start(t testing.TB) {
	t.Helper()
	if err := c.launch(); err != nil {
		t.Fatal(err)
	}
}

func stopped(pid int) bool { s := state(pid); return s == "T" || s == "" }

// state is the letter that Linux gives the state of a process, "" when it is
// gone or only waits to be collected.
func state(pid int) string {
	s, _ := stat(pid)
	if s == "Z" || s == "X" {
		return ""
	}
	return s
}

// stat reads the state and the parent of a process.
func stat(pid int) (state string, parent int) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", 0
	}
	_, rest, _ := bytes.Cut(text, []byte(") ")) // behind the name, which may hold spaces
	_, _ = fmt.Sscan(string(rest), &state, &parent)
	return state, parent
}

// children lists the processes that a process has started.
func children(of int) []int {
	var out []int
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if _, parent := stat(pid); parent == of {
			out = append(out, pid)
		}
	}
	return out
}
