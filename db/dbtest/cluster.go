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

var cluster struct {
	once sync.Once
	url  string
	err  error
	stop func()
}

// throwaway returns the URL of this test binary's own cluster, started at the
// first call.
func throwaway(t testing.TB) string {
	t.Helper()
	cluster.once.Do(func() { cluster.url, cluster.stop, cluster.err = start() })
	if cluster.err != nil {
		t.Fatal(cluster.err)
	}
	return cluster.url
}

// Run runs the tests of a package and then takes down what they have started:
//
//	func TestMain(m *testing.M) { dbtest.Run(m) }
func Run(m *testing.M) {
	m.Run() // the test binary exits with its result by itself
	if cluster.stop != nil {
		cluster.stop()
	}
}

// start makes a cluster in a private directory, reachable only through a socket
// in it. fsync stays on: tests are about what survives.
func start() (string, func(), error) {
	bin, err := binaries()
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", "tasktrail-pg-")
	if err != nil {
		return "", nil, err
	}
	who, err := unprivileged(dir)
	if err != nil {
		return "", nil, err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8")
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: who}
	initdb.Dir = dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	var log bytes.Buffer
	server := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-c", "listen_addresses=",
		"-c", "max_connections=200", "-c", "log_min_messages=fatal")
	server.Dir, server.Stderr = dir, &log
	// The server dies with this process, however that ends. The signal goes out
	// when the thread that started it ends, so that thread is kept.
	server.SysProcAttr = &syscall.SysProcAttr{Credential: who, Pdeathsig: syscall.SIGINT}
	started, gone := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		started <- server.Start()
		_ = server.Wait()
		close(gone)
	}()
	if err := <-started; err != nil {
		return "", nil, err
	}
	stop := func() {
		_ = server.Process.Signal(syscall.SIGINT) // fast shutdown
		<-gone
		_ = os.RemoveAll(dir)
	}
	u := &url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/postgres", RawQuery: url.Values{"host": {dir}}.Encode()}
	if err := await(u, data, gone); err != nil {
		stop()
		return "", nil, fmt.Errorf("%w\n%s", err, log.String())
	}
	return u.String(), stop, nil
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
