package main

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"tasktrail/db/dbtest"
)

func TestTrustedDocumentsFlags(t *testing.T) {
	good := mustWrite(t, `{"roles": "{ viewer { roles } }", "head": "{ auditHead { position } }"}`)
	s := serve(t, dbtest.SQLite(t), t.TempDir(), "--trusted-documents="+good, "--trusted-documents-only")
	s.token = s.out.find(t, `export TOKEN=(\S+)`)[1]
	s.log.find(t, `"documents":2,"only":true`)
	if got := s.send(t, http.DefaultClient, []byte(`{"documentId":"roles"}`)); got["viewer"] == nil {
		t.Errorf("got %v", got)
	}
	bad := mustWrite(t, `{"a": "{ missing }", "b": "{ viewer { roles } }", "c": "{"}`)
	large := mustWrite(t, strings.Repeat(" ", maxManifest+1))
	for _, c := range []struct {
		flags []string
		says  []string
	}{
		{[]string{"--trusted-documents=" + bad}, []string{bad + " cannot be served", "\"a\": ", "missing", "\n\"c\": "}},
		{[]string{"--trusted-documents=" + large}, []string{"larger than 16 MiB"}},
		{[]string{"--trusted-documents=" + t.TempDir() + "/none"}, []string{"check --trusted-documents"}},
		{[]string{"--trusted-documents-only"}, []string{"name it with --trusted-documents"}},
		{[]string{"--persisted-queries=-1"}, []string{"--persisted-queries must be 0 or more"}},
	} {
		dir := t.TempDir()
		_, errs, code := command(append([]string{"serve", "--database=sqlite:" + dir + "/none.db", "--key=" + dir + "/none.key", "--listen=127.0.0.1:0"}, c.flags...)...)
		if code != 2 {
			t.Errorf("%v: got %d, %s", c.flags, code, errs)
		}
		for _, says := range c.says {
			if !strings.Contains(errs, says) {
				t.Errorf("%v: says %q, want %q", c.flags, errs, says)
			}
		}
		if _, err := os.Stat(dir + "/none.db"); err == nil {
			t.Errorf("%v: a database was made", c.flags)
		}
	}
}
