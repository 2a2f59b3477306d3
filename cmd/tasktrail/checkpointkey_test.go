package main

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"tasktrail/audit"
	"tasktrail/db/dbtest"
)

// A key is replaced while auditors hold the old one: every checkpoint can be
// checked with what they have.
func TestRotateCheckpointKey(t *testing.T) {
	url, dir := dbtest.SQLite(t), t.TempDir()
	key := filepath.Join(dir, "checkpoint.key")
	rotate := func(flags ...string) (vkeys []string, next string) {
		t.Helper()
		out, errs, code := command(append([]string{"checkpoint-key", "--database=" + url, "--checkpoint-key=" + key}, flags...)...)
		if code != 0 {
			t.Fatalf("%v: %d, %s", flags, code, errs)
		}
		if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v: mode %v", flags, info.Mode())
		}
		return strings.Fields(out), errs
	}
	signed := func() string {
		t.Helper()
		s := serve(t, url, dir)
		s.post(t, http.DefaultClient, newIncident)
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
		return newestOf(t, url).Note
	}
	opens := func(vkey, note string) bool {
		t.Helper()
		k, err := audit.ParseKeys([]byte(vkey))
		if err != nil {
			t.Fatal(err)
		}
		_, err = k.Open(note)
		if err != nil && !errors.Is(err, audit.ErrCheckpointUnsigned) {
			t.Error(err)
		}
		return err == nil
	}
	first := signed()
	one, _ := rotate()
	if len(one) != 1 || !opens(one[0], first) {
		t.Fatalf("got %q", one)
	}
	if _, errs, code := command("checkpoint-key", "--database="+url, "--checkpoint-key="+key, "--retire"); code != 1 || !strings.Contains(errs, "only one private key") {
		t.Errorf("retire the only one: got %d, %s", code, errs)
	}
	two, next := rotate("--add")
	second := signed()
	if len(two) != 2 || two[0] != one[0] || !opens(two[0], second) || !opens(two[1], second) || !strings.Contains(next, "restart each server") {
		t.Fatalf("got %q, %s", two, next)
	}
	after, next := rotate("--retire")
	third := signed()
	if !slices.Equal(after, two) || opens(two[0], third) || !opens(two[1], third) || !strings.Contains(next, "restart each server") {
		t.Errorf("got %q, %s", after, next)
	}
	keys, err := readKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	for n, note := range []string{first, second, third} {
		if _, err := keys.Open(note); err != nil {
			t.Errorf("checkpoint %d with the key file: %v", n, err)
		}
	}
}

func TestCheckpointKeyFaults(t *testing.T) {
	url, dir := dbtest.SQLite(t), t.TempDir()
	mustSay(t, "applied", "migrate", "--database="+url)
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(path, []byte(text), mode), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if _, err := (checkpointKey{filepath.Join(dir, "good")}).loadOrCreate(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(dir, "good"))
	if err != nil {
		t.Fatal(err)
	}
	vkeys, errs, code := command("checkpoint-key", "--database="+url, "--checkpoint-key="+filepath.Join(dir, "good"))
	if code != 0 {
		t.Fatal(errs)
	}
	for _, test := range []struct {
		name, path string
		serve, key int // exit codes
		says       string
	}{
		{"garbage", write("garbage", "hello", 0o600), 2, 2, "holds no Ed25519 keys"},
		{"empty", write("empty", "", 0o600), 2, 2, "holds no Ed25519 keys"},
		{"readable by others", write("open", string(good), 0o644), 3, 3, "chmod 600"},
		{"public only", write("public", vkeys, 0o644), 2, 0, "no private key"},
		{"no directory", filepath.Join(dir, "none", "k"), 3, 3, "directory's rights"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, errs, code := command("serve", "--database="+url, "--key="+filepath.Join(dir, "t"), "--listen=127.0.0.1:0", "--checkpoint-key="+test.path)
			if code != test.serve || !strings.Contains(errs, test.says) || strings.Contains(errs, "MC4CAQ") {
				t.Errorf("serve: got %d, %s", code, errs)
			}
			if _, errs, code := command("checkpoint-key", "--database="+url, "--checkpoint-key="+test.path); code != test.key {
				t.Errorf("checkpoint-key: got %d, %s", code, errs)
			}
		})
	}
	if _, errs, code := command("checkpoint-key", "--add", "--retire"); code != 2 {
		t.Errorf("both at once: got %d, %s", code, errs)
	}
}

// Servers that start at once have one key.
func TestCheckpointKeyIsMadeOnce(t *testing.T) {
	k := checkpointKey{filepath.Join(t.TempDir(), "k")}
	var work sync.WaitGroup
	got := make([]string, 16)
	for n := range got {
		work.Go(func() {
			keys, err := k.loadOrCreate()
			if err != nil {
				t.Error(err)
				return
			}
			lines, err := keys.VerifierKeys(audit.TrailID{1})
			if err != nil {
				t.Error(err)
			}
			got[n] = strings.Join(lines, "\n")
		})
	}
	work.Wait()
	if slices.Sort(got); got[0] != got[15] || got[0] == "" {
		t.Errorf("got %q", slices.Compact(got))
	}
}
