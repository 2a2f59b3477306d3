package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tasktrail/audit"
	"tasktrail/db/dbtest"
)

// What verify says of checkpoints and keys, and how it exits.
func TestVerifyCheckpoints(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		flag, dir := "--database="+url, t.TempDir()
		mustSay(t, "applied", "migrate", flag)
		mustSay(t, "checkpoints: none; nothing shows", "verify", flag, "--key="+filepath.Join(dir, "none"))
		filled := dbtest.Fill(t, url, 300)
		write := func(name, text string) string {
			t.Helper()
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}
		first, err := filled.Keys.Open(filled.Checkpoints[0])
		if err != nil {
			t.Fatal(err)
		}
		vkeys, err := filled.Keys.VerifierKeys(first.Trail)
		if err != nil {
			t.Fatal(err)
		}
		key, missing := "--key="+write("key", strings.Join(vkeys, "\n")), "--key="+filepath.Join(dir, "missing")
		_, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		otherText, err := audit.MarshalKey(private)
		if err != nil {
			t.Fatal(err)
		}
		otherKeys, err := audit.ParseKeys(otherText)
		if err != nil {
			t.Fatal(err)
		}
		sign := func(c audit.Checkpoint) string {
			t.Helper()
			signed, err := otherKeys.Sign(c)
			if err != nil {
				t.Fatal(err)
			}
			return signed
		}
		both := "--key=" + write("both", strings.Join(vkeys, "\n")+"\n"+string(otherText))
		foreign, longer, forked := first, first, first
		foreign.Trail[0] ^= 1
		longer.Size = 1_000_000
		forked.Root[0] ^= 1
		files := 0
		outside := func(text string) string {
			files++
			return "--checkpoint=" + write(fmt.Sprint("outside ", files), text)
		}
		all := strings.Join(filled.Checkpoints, "\n")
		for _, test := range []struct {
			name string
			args []string
			code int
			says string
		}{
			{"stored ones", []string{key}, 0, "stored are true of the trail; only one kept outside"},
			{"and all kept outside", []string{key, outside(all)}, 0, "kept outside are true of the trail"},
			{"no key", []string{missing}, 3, "not everything could be checked: the signatures of"},
			{"no key, one kept outside", []string{missing, outside(all)}, 3, "does not exist"},
			{"another key", []string{"--key=" + write("other", string(otherText))}, 1, "signature of the checkpoint: expected one by a known key"},
			{"of another trail", []string{both, outside(sign(foreign))}, 1, "trail id, as the checkpoint kept outside states it: expected " + foreign.Trail.String()},
			{"larger than the trail", []string{both, outside(sign(longer))}, 1, "expected events up to position 1000000, as a checkpoint kept outside states"},
			{"of another history", []string{both, outside(sign(forked))}, 1, "position 100: root of the tree, as the checkpoint kept outside states it"},
			{"signed by a stranger", []string{key, outside(sign(first))}, 1, "no signature by a known key"},
			{"forged", []string{key, outside(strings.Replace(filled.Checkpoints[0], "\n100\n", "\n200\n", 1))}, 1, "a signature of the checkpoint is wrong"},
			{"cut", []string{key, outside(filled.Checkpoints[0][:60])}, 1, "not a checkpoint"},
			{"empty", []string{key, outside("")}, 1, "not a checkpoint"},
			{"not there", []string{key, "--checkpoint=" + filepath.Join(dir, "nothing")}, 2, "the checkpoints cannot be read"},
			{"a key that is none", []string{"--key=" + write("nokey", "x")}, 2, "holds no Ed25519 keys"},
		} {
			t.Run(test.name, func(t *testing.T) {
				args := append([]string{"verify", flag}, test.args...)
				out, errs, code := command(args...)
				if code != test.code || !strings.Contains(out+errs, test.says) || code != 0 && strings.HasPrefix(out, "ok") {
					t.Errorf("got %d, %s%s; want %d and %q", code, out, errs, test.code, test.says)
				}
				out, _, code = command(append(args, "--json")...)
				var v verdict
				if test.name != "not there" && code == test.code && out != "" {
					if err := json.Unmarshal([]byte(out), &v); err != nil || v.OK != (code == 0) || code == 3 && len(v.Unchecked) == 0 {
						t.Errorf("got %s, %v", out, err)
					}
				}
			})
		}
	})
}
