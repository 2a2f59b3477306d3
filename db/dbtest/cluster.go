package dbtest

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// install is what a test says when there is no PostgreSQL to run on.
const install = "PostgreSQL is needed: install its server (Debian: apt-get install postgresql) or set TASKTRAIL_TEST_POSTGRES to a server's URL"

var shared struct {
	once    sync.Once
	cluster *Cluster
	err     error
}

// throwaway returns the URL of this test binary's own cluster, started at the
// first call.
func throwaway(t testing.TB) string {
	t.Helper()
	shared.once.Do(func() { shared.cluster, shared.err = start() })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.cluster.url.String()
}

// Run runs the tests of a package and then takes down what they have started:
//
//	func TestMain(m *testing.M) { dbtest.Run(m) }
func Run(m *testing.M) {
	m.Run() // the test binary exits with its result by itself
	if shared.cluster != nil {
		shared.cluster.stop()
	}
}

// Cluster is a PostgreSQL server in a private directory, reachable only through
// a socket in it. fsync stays on: tests are about what survives.
type Cluster struct {
	bin, dir string
	who      *syscall.Credential
	url      *url.URL
	settings []string // of the server, NAME=VALUE

	server *exec.Cmd
	gone   chan struct{}
	log    bytes.Buffer
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// start makes a cluster and starts its server.
func start() (*Cluster, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tasktrail-pg-")
	if err != nil {
		return nil, err
	}
	who, err := unprivileged(dir)
	if err != nil {
		return nil, err
	}
	c := &Cluster{bin: bin, dir: dir, who: who, url: &url.URL{
		Scheme: "postgres", User: url.User("postgres"), Path: "/postgres", RawQuery: url.Values{"host": {dir}}.Encode(),
	}}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", c.data(), "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8")
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: who}
	initdb.Dir = dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	if err := c.launch(); err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

// launch starts the server and waits until it answers.
func (c *Cluster) launch() error {
	c.log.Reset()
	server := exec.Command(filepath.Join(c.bin, "postgres"), "-D", c.data(), "-k", c.dir, "-c", "listen_addresses=",
		"-c", "max_connections=200", "-c", "log_min_messages=fatal")
	for _, setting := range c.settings {
		server.Args = append(server.Args, "-c", setting)
	}
	server.Dir, server.Stderr = c.dir, &c.log
	// The server dies with this process, however that ends. The signal goes out
	// when the thread that started it ends, so that thread is kept.
	server.SysProcAttr = &syscall.SysProcAttr{Credential: c.who, Pdeathsig: syscall.SIGINT}
	started, gone := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		err := server.Start()
		started <- err
		if err == nil {
			_ = server.Wait()
		}
		close(gone)
	}()
	if err := <-started; err != nil {
		return err
	}
	c.server, c.gone = server, gone
	if err := await(c.url, c.data(), gone); err != nil {
		return fmt.Errorf("%w\n%s", err, c.log.String())
	}
	return nil
}

func (c *Cluster) stop() {
	if c.server != nil {
		_ = c.server.Process.Signal(syscall.SIGINT) // fast shutdown
		<-c.gone
	}
	_ = os.RemoveAll(c.dir)
}

// await waits until the server answers, and makes sure that it is ours.
func await(u *url.URL, data string, gone <-chan struct{}) error {
	db := connect(u)
	defer func() { _ = db.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		var dir string
		err := db.QueryRowContext(ctx, "SHOW data_directory").Scan(&dir)
		if err == nil && dir != data {
			return fmt.Errorf("another server answered, in %s", dir)
		}
		if err == nil {
			return nil
		}
		select {
		case <-gone:
			return fmt.Errorf("postgres ended while starting")
		case <-ctx.Done():
			return fmt.Errorf("postgres did not start: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// binaries finds the newest server programs on this machine.
func binaries() (string, error) {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(dirs, func(a, b string) int { return version(b) - version(a) })
	if path, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir, nil
		}
	}
	return "", fmt.Errorf("%s", install)
}

func version(bin string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	return n
}

// unprivileged gives dir to a user without rights when this process is root,
// as which PostgreSQL refuses to run.
func unprivileged(dir string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.ParseUint(u.Uid, 10, 32)
		gid, _ := strconv.ParseUint(u.Gid, 10, 32)
		if err := os.Chown(dir, int(uid), int(gid)); err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, fmt.Errorf("neither user postgres nor nobody exists to run PostgreSQL as")
}
