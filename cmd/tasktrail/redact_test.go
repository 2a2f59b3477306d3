package main

import (
	"strings"
	"testing"

	"tasktrail/db/dbtest"
)

// The command redacts once, says so the second time, and tells what it cannot
// do; the trail stays whole.
func TestRedact(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		flag := "--database=" + url
		file := mustWrite(t, strings.ReplaceAll(definitions, "NAME", "tell-tale"))
		mustSay(t, "applied 0003_proof", "migrate", flag)
		mustSay(t, "imported", "import", flag, file)
		out, errs, code := command("redact", flag, "--position=1", "--reason=a customer's name")
		if code != 0 || !strings.HasPrefix(out, "redacted position 1; recorded at position 3 (") || !strings.Contains(out, ", request redact-") {
			t.Errorf("got %d, %s%s", code, out, errs)
		}
		note := "note: what was removed may still be in files of PostgreSQL: former rows until this role runs VACUUM (FULL) audit_events, "
		if postgres := strings.HasPrefix(url, "postgres"); strings.Contains(out, note) != postgres || strings.Contains(out, "note:") != postgres {
			t.Errorf("got %s", out)
		}
		mustSay(t, "position 1 was redacted already; recorded at position 3 (", "redact", flag, "--position=1", "--reason=again")
		mustSay(t, `"ok":true,"trail"`, "verify", flag, "--json")
		for _, test := range []struct {
			code int
			says string
			args []string
		}{
			{1, "there is no entry at position 77", []string{flag, "--position=77", "--reason=r"}},
			{2, "position must be at least 1", []string{flag, "--position=0", "--reason=r"}},
			{2, "reason must have from 1 to 2000 characters", []string{flag, "--position=1", "--reason= "}},
			{2, "reason must have at most 2000 characters, this one has 2001", []string{flag, "--position=1", "--reason=" + strings.Repeat("x", 2001)}},
			{2, "missing flags: --reason=TEXT", []string{flag, "--position=1"}},
			{2, "--position: expected", []string{flag, "--position=one", "--reason=r"}},
			{3, "there is no file", []string{"--database=sqlite:" + t.TempDir() + "/none.db", "--position=1", "--reason=r"}},
		} {
			if out, errs, code := command(append([]string{"redact"}, test.args...)...); code != test.code || !strings.Contains(errs, test.says) || out != "" {
				t.Errorf("%q: got %d, %s%s; want %d and %q", test.args, code, out, errs, test.code, test.says)
			}
		}
	})
}
