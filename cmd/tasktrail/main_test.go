package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"tasktrail/db/dbtest"
)

func TestMain(m *testing.M) {
	if args := os.Getenv(programArgs); args != "" {
		os.Args = append(os.Args[:1], strings.Split(args, "\n")...)
		main()
	}
	if on := os.Getenv(attackedServer); on != "" {
		attack(on)
		return
	}
	dbtest.Run(m)
}

// lines is an output that can be read while it is written, and waited for.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{} // closed and replaced with each write
}

func newLines() *lines { return &lines{more: make(chan struct{})} }

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.more)
	l.more = make(chan struct{})
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// find waits for a match and returns its groups.
func (l *lines) find(t testing.TB, pattern string) []string {
	t.Helper()
	timeout := time.After(time.Minute)
	for {
		l.mu.Lock()
		text, more := l.text.String(), l.more
		l.mu.Unlock()
		if m := regexp.MustCompile(pattern).FindStringSubmatch(text); m != nil {
			return m
		}
		select {
		case <-more:
		case <-timeout:
			t.Fatalf("no %s in:\n%s", pattern, text)
		}
	}
}

// server is a running tasktrail serve.
type server struct {
	url, token  string
	out, log    *lines
	stop        func() error // tells it to stop, and returns what it ended with
	dir, dbFlag string
}

// serve starts a server in the background and waits until it says it is ready.
func serve(t testing.TB, database, dir string, flags ...string) *server {
	t.Helper()
	s := &server{out: newLines(), log: newLines(), dir: dir, dbFlag: "--database=" + database}
	args := append([]string{"serve", s.dbFlag, s.keyFlag(), "--listen=127.0.0.1:0", "--checkpoint-key=" + filepath.Join(dir, "checkpoint.key")}, flags...)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx, args, s.out, s.log) }()
	s.stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() { _ = s.stop() })
	s.url = s.out.find(t, `ready at (\S+)`)[1]
	return s
}

func (s *server) keyFlag() string { return "--key=" + filepath.Join(s.dir, "tasktrail.key") }

// post sends a GraphQL document as the person the server made a token for.
func (s *server) post(t testing.TB, client *http.Client, document string) map[string]any {
	t.Helper()
	if s.token == "" {
		s.token = s.out.find(t, `export TOKEN=(\S+)`)[1]
	}
	body, err := json.Marshal(map[string]string{"query": document})
	if err != nil {
		t.Fatal(err)
	}
	return s.send(t, client, body)
}

func (s *server) send(t testing.TB, client *http.Client, body []byte) map[string]any {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Content-Type", "application/json")
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil || response.StatusCode != http.StatusOK || out["errors"] != nil {
		t.Fatalf("status %d, %s", response.StatusCode, text)
	}
	return out["data"].(map[string]any)
}

// command runs a command to its end.
func command(args ...string) (stdout, stderr string, code int) {
	var out, errs bytes.Buffer
	err := run(context.Background(), args, &out, &errs)
	if err != nil {
		errs.WriteString(err.Error())
	}
	return out.String(), errs.String(), exitCode(err)
}

// mustSay runs a command that must succeed and print text.
func mustSay(t testing.TB, text string, args ...string) {
	t.Helper()
	if out, errs, code := command(args...); code != 0 || !strings.Contains(out, text) {
		t.Errorf("%q: got %d, %s%s; want 0 and %q", args, code, out, errs, text)
	}
}
