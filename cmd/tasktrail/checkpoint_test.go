package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
)

// A test binary that finds this in its environment is the program.
const programArgs = "TASKTRAIL_TEST_ARGS"

// program starts the server as a process of its own, to be killed.
func program(t *testing.T, args ...string) (*exec.Cmd, *lines) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), programArgs+"="+strings.Join(args, "\n"))
	out := newLines()
	c.Stdout, c.Stderr = out, os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	return c, out
}

// notesOf reads a checkpoint log with the keys of a server.
func notesOf(t *testing.T, log, key string) []audit.Checkpoint {
	t.Helper()
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := readKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	notes, err := audit.SplitNotes(string(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	var out []audit.Checkpoint
	for _, n := range notes {
		c, err := keys.Open(n)
		if err != nil {
			t.Fatalf("%v: %s", err, n)
		}
		out = append(out, c)
	}
	return out
}

// newestOf is the newest checkpoint in a database.
func newestOf(t *testing.T, url string) audit.StoredCheckpoint {
	t.Helper()
	s, err := db.Open(t.Context(), url, db.Options{Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	c, _, err := s.Tree().Checkpoint(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const newIncident = `mutation { createIncident(input: { title: "I", severity: LOW }) { event { position } } }`

// A server told to stop makes a last checkpoint; one that was killed, even in
// the middle of an entry of its log, makes it when it is started again.
func TestCheckpointsOfServe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		dir := t.TempDir()
		log, key := filepath.Join(dir, "cp.txt"), filepath.Join(dir, "checkpoint.key")
		s := serve(t, url, dir, "--checkpoint-log="+log)
		for range 3 {
			s.post(t, http.DefaultClient, newIncident)
		}
		vkey := s.out.find(t, `can be checked with the key (\S+)`)[1]
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
		got := notesOf(t, log, key)
		if last := got[len(got)-1]; last.Size != 3 || newestOf(t, url).Checkpoint != last {
			t.Errorf("stopped: got %+v", got)
		}
		mustSay(t, vkey, "checkpoint-key", "--database="+url, "--checkpoint-key="+key)

		c, out := program(t, "serve", s.dbFlag, s.keyFlag(), "--listen=127.0.0.1:0", "--checkpoint-key="+key, "--checkpoint-log="+log)
		killed := &server{out: out, url: out.find(t, `ready at (\S+)`)[1]}
		for range 3 {
			killed.post(t, http.DefaultClient, newIncident)
		}
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = c.Wait()
		f, err := os.OpenFile(log, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(got[0].Trail.Origin() + "\n6\nAAAA"); err != nil {
			t.Fatal(err)
		}
		_ = f.Close()

		s = serve(t, url, dir, "--checkpoint-log="+log)
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
		got = notesOf(t, log, key)
		if last := got[len(got)-1]; last.Size != 6 || newestOf(t, url).Checkpoint != last {
			t.Errorf("killed and started again: got %+v", got)
		}
		if info, err := os.Stat(log); err != nil || info.Mode().Perm() != 0o644 {
			t.Errorf("the log: %v", info.Mode())
		}
		if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the key: %v", info.Mode())
		}
	})
}

func TestCheckpointMetrics(t *testing.T) {
	s := serve(t, dbtest.SQLite(t), t.TempDir())
	show := func() string {
		response, err := http.Get(strings.TrimSuffix(s.url, "/graphql") + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for _, line := range []string{"tasktrail_checkpoint_size 0", "tasktrail_checkpoint_timestamp_seconds 0", "tasktrail_checkpoint_refused 0"} {
		if !strings.Contains(show(), line+"\n") {
			t.Errorf("no %s", line)
		}
	}
	s.post(t, http.DefaultClient, newIncident)
	for until := time.Now().Add(20 * time.Second); !strings.Contains(show(), "tasktrail_checkpoint_size 1\n"); {
		if time.Now().After(until) {
			t.Fatal("the checkpoint does not show")
		}
	}
	if !regexp.MustCompile(`tasktrail_checkpoint_timestamp_seconds 1\.[0-9]+e\+09`).MatchString(show()) {
		t.Error("no time of the checkpoint")
	}
}

// With "-", standard output holds checkpoints and nothing else.
func TestCheckpointsOnStdout(t *testing.T) {
	dir := t.TempDir()
	url := dbtest.SQLite(t)
	mustSay(t, "3 events", "import", "--database="+url, mustWrite(t, file))
	c, out := program(t, "serve", "--database="+url, "--key="+filepath.Join(dir, "k"), "--checkpoint-key="+filepath.Join(dir, "c"), "--listen=127.0.0.1:0", "--checkpoint-log=-")
	out.find(t, `\n— \S+ \S+\n\n`)
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
	if notes, err := audit.SplitNotes(out.String()); err != nil || len(notes) != 1 {
		t.Errorf("%v, standard output: %s", err, out)
	}
}

// An import puts what it wrote under a checkpoint when there is a key.
func TestCheckpointOfImport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		dir := t.TempDir()
		flag, key := "--database="+url, "--checkpoint-key="+filepath.Join(dir, "checkpoint.key")
		mustSay(t, "3 events", "import", flag, key, mustWrite(t, file))
		if got := newestOf(t, url); got.Size != 0 {
			t.Errorf("without a key: one of %d", got.Size)
		}
		s := serve(t, url, dir)
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
		mustSay(t, "3 events", "import", flag, key, mustWrite(t, strings.Replace(file, "Odd", "Even", 1)))
		if got := newestOf(t, url); got.Size != 6 {
			t.Errorf("with a key: one of %d", got.Size)
		}
	})
}

// When the trail does not contain the last checkpoint kept outside, the server
// does not start, and says why; a new file is how one goes on.
func TestTrailContradictsLog(t *testing.T) {
	url, dir := dbtest.SQLite(t), t.TempDir()
	log, key := filepath.Join(dir, "cp.txt"), filepath.Join(dir, "checkpoint.key")
	path := strings.TrimPrefix(url, "sqlite:")
	run := func() {
		t.Helper()
		s := serve(t, url, dir, "--checkpoint-log="+log)
		s.post(t, http.DefaultClient, newIncident)
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
	}
	run()
	backup, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	run()
	kept, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	foreign := foreignLog(t)
	restore := func(text string) {
		t.Helper()
		for _, suffix := range []string{"-wal", "-shm"} {
			_ = os.Remove(path + suffix)
		}
		if err := os.WriteFile(path, backup, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(log, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name, log string
		then      func()
		says      string // nothing: it starts
	}{
		{"the trail of the backup and its log", strings.SplitAfter(string(kept), "=\n\n")[0], nil, ""},
		{"an old backup", string(kept), nil, "the trail is shorter than its checkpoint: it was cut or restored from an older backup (the checkpoint is of 2 events, the trail has 1)"},
		{"an old backup, log cut short", string(kept) + "tasktrail/", nil, "the trail is shorter than its checkpoint"},
		{"an old backup that went on", string(kept), func() { mustSay(t, "3 events", "import", "--database="+url, mustWrite(t, file)) }, "the trail is not the one that was signed"},
		{"the log of another trail", foreign, nil, "the checkpoint is of another trail"},
		{"a forged log", strings.Replace(string(kept), "\n2\n", "\n1\n", 1), nil, "a signature of the checkpoint is wrong"},
		{"no log", "hello\n", nil, "it holds something else than checkpoints"},
		{"a long text", strings.Repeat("hello\n\n", 20_000), nil, "it holds something else than checkpoints"},
		{"a fault within the log", strings.Replace(string(kept), "— ", "- ", 1), nil, "it holds something else than checkpoints"},
	} {
		t.Run(test.name, func(t *testing.T) {
			restore(test.log)
			if test.then != nil {
				test.then()
			}
			args := []string{"serve", "--database=" + url, "--key=" + filepath.Join(dir, "tasktrail.key"), "--checkpoint-key=" + key, "--listen=127.0.0.1:0"}
			if test.says == "" {
				s := serve(t, url, dir, "--checkpoint-log="+log)
				if err := s.stop(); err != nil {
					t.Error(err)
				}
				return
			}
			_, errs, code := command(append(args, "--checkpoint-log="+log)...)
			if code != 3 || !strings.Contains(errs, test.says) || !strings.Contains(errs, "start a new file with --checkpoint-log") {
				t.Errorf("got %d, %s", code, errs)
			}
			if after, err := os.ReadFile(log); err != nil || string(after) != test.log {
				t.Errorf("%v, the log has changed to\n%s", err, after)
			}
			s := serve(t, url, dir, "--checkpoint-log="+log+test.name)
			if err := s.stop(); err != nil {
				t.Error(err)
			}
		})
	}
}

// foreignLog is the log of another trail.
func foreignLog(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s := serve(t, dbtest.SQLite(t), dir, "--checkpoint-log="+dir+"/cp.txt")
	s.post(t, http.DefaultClient, newIncident)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(dir + "/cp.txt")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The log goes on rightly wherever a crash or a full disk has cut its last
// entry, also when that is far behind its beginning.
func TestCheckpointLogCutShort(t *testing.T) {
	keys, trail := mustKeys(t), audit.TrailID{1}
	note := func(size int64) string {
		n, err := keys.Sign(audit.Checkpoint{Trail: trail, Size: size, Root: audit.Hash{1}})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	var long strings.Builder
	for n := range int64(400) {
		long.WriteString(note(n+1) + "\n")
	}
	for _, before := range []string{"", note(400) + "\n", long.String()} {
		step := 1 + len(before)/100
		for cut := 0; cut < len(note(401))+2; cut += min(step, max(1, len(note(401))-3-cut)) { // at its end everywhere
			path := filepath.Join(t.TempDir(), "cp.txt")
			if err := os.WriteFile(path, []byte(before+(note(401) + "\n")[:cut]), 0o644); err != nil {
				t.Fatal(err)
			}
			l, err := openCheckpointLog(path, nil, trail)
			if err != nil {
				t.Fatalf("cut at %d: %v", cut, err)
			}
			want := before
			if cut >= len(note(401)) {
				want += note(401) + "\n"
			}
			if c, _ := audit.ReadCheckpoint(l.last); c.Size != 401 && (cut >= len(note(401)) || (before != "" && c.Size != 400)) {
				t.Errorf("cut at %d: the last is of %d", cut, c.Size)
			}
			if err := l.mend(); err != nil {
				t.Fatal(err)
			}
			if err := l.append(note(402)); err != nil {
				t.Fatal(err)
			}
			_ = l.close()
			if got, err := os.ReadFile(path); err != nil || string(got) != want+note(402)+"\n" {
				t.Fatalf("cut at %d: %v, got\n%s", cut, err, got)
			}
		}
	}
}

// choked is a disk that is full after so many bytes.
type choked struct {
	strings.Builder
	room int
}

func (c *choked) Write(p []byte) (int, error) {
	n := min(len(p), c.room)
	c.room -= n
	_, _ = c.Builder.Write(p[:n])
	if n < len(p) {
		return n, fmt.Errorf("no space left")
	}
	return n, nil
}

func TestCheckpointLogOnFullDisk(t *testing.T) {
	keys := mustKeys(t)
	to := &choked{}
	l := &checkpointLog{path: "x", to: to}
	var want strings.Builder
	for n := range int64(40) {
		note, err := keys.Sign(audit.Checkpoint{Trail: audit.TrailID{1}, Size: n + 1})
		if err != nil {
			t.Fatal(err)
		}
		want.WriteString(note + "\n")
		for to.room = int(n) * 9; l.append(note) != nil; to.room = 100 {
		}
	}
	if to.String() != want.String() {
		t.Errorf("got\n%s", to)
	}
}

func mustKeys(t *testing.T) audit.Keys {
	t.Helper()
	keys, err := checkpointKey{filepath.Join(t.TempDir(), "k")}.loadOrCreate()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}
