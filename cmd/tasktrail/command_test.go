package main

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tasktrail/db/dbtest"
)

const file = `{"incidents":[{"title":"Odd logon","severity":"LOW","tasks":[{"title":"Ask"},{"title":"Close","mandatory":true}]}]}`

func mustWrite(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "import.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExitCodes(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = busy.Close() }()
	fresh := "--database=" + dbtest.SQLite(t)
	there := "--database=" + dbtest.SQLite(t)
	mustSay(t, "applied", "migrate", there)
	key := "--key=" + filepath.Join(t.TempDir(), "k")
	tests := []struct {
		name string
		args []string
		code int
		says string // on stdout or as the error
	}{
		{"nothing", nil, 0, "Usage: tasktrail <command>"},
		{"help", []string{"serve", "--help"}, 0, "$TASKTRAIL_LISTEN"},
		{"version", []string{"version"}, 0, "tasktrail "},
		{"unknown command", []string{"bogus"}, 2, "see tasktrail --help"},
		{"unknown flag", []string{"serve", "--bogus"}, 2, "see tasktrail --help"},
		{"unknown database", []string{"verify", "--database=mysql://u:pa55word@h/d"}, 2, "want sqlite:PATH or postgres://"},
		{"no database there", []string{"verify", fresh}, 3, "run tasktrail migrate"},
		{"database away", []string{"verify", "--database=postgres://u:pa55word@127.0.0.1:1/d?sslmode=disable"}, 3, "cannot be reached"},
		{"no such directory", []string{"migrate", "--database=sqlite:/nonexistent/x.db"}, 3, "make it first"},
		{"port in use", []string{"serve", fresh, key, "--listen=" + busy.Addr().String()}, 3, "choose another address"},
		{"certificate without key", []string{"serve", fresh, key, "--tls-cert=x"}, 2, "--tls-cert and --tls-key"},
		{"providers not there", []string{"serve", fresh, "--listen=127.0.0.1:0", "--oidc=/nonexistent"}, 2, "named by --oidc, cannot be read"},
		{"providers with faults", []string{"serve", fresh, "--listen=127.0.0.1:0", "--oidc=" + mustWrite(t, "issuers:\n- issuer: http://example.com\n")}, 2, "line 2: issuers[0].issuer must be"},
		{"no key for a token", []string{"token", "--name=a", "--role=reader", key}, 3, "start the server once"},
		{"unknown role", []string{"token", "--name=a", "--role=king", key}, 2, `"responder"`},
		{"unknown log level", []string{"serve", "--log-level=loud"}, 2, `"warn"`},
		{"no such file", []string{"import", fresh, "/nonexistent"}, 2, "cannot be read"},
		{"file with faults", []string{"import", fresh, mustWrite(t, `{"incidents":[{"title":""}]}`)}, 1, "incidents[0].title"},
		{"definitions with faults", []string{"import", fresh, "--dry-run", mustWrite(t, "rules:\n- name: 1\n")}, 1, "line 2, rules[0].name: it must be a text"},
		{"definitions, no database there", []string{"import", fresh, "--dry-run", mustWrite(t, "playbooks: []\n")}, 3, "run tasktrail migrate"},
		{"incidents as playbooks", []string{"import", fresh, "--as=playbooks", mustWrite(t, file)}, 2, "it cannot be read as playbooks"},
		{"unknown kind", []string{"import", fresh, "--as=rules", mustWrite(t, file)}, 2, "see tasktrail --help"},
		{"unknown import format", []string{"import", fresh, "--format=excel", mustWrite(t, file)}, 2, "see tasktrail --help"},
		{"unknown export format", []string{"export", fresh, "--format=excel"}, 2, "see tasktrail --help"},
		{"nothing to export", []string{"export", fresh}, 3, "run tasktrail migrate"},
		{"output that cannot be written", []string{"export", there, "--format=yaml", "--output=/nonexistent/x"}, 3, "the file cannot be written"},
		{"file of unknown format", []string{"import", fresh, mustWrite(t, `{}`)}, 2, "no format known"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, errs, code := command(test.args...)
			if code != test.code || !strings.Contains(out+errs, test.says) {
				t.Errorf("got %d, %s%s; want %d and %q", code, out, errs, test.code, test.says)
			}
			if strings.Contains(out+errs, "pa55word") {
				t.Errorf("the answer holds the password: %s", errs)
			}
		})
	}
}

func TestMigrateImportVerify(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		flag, path := "--database="+url, mustWrite(t, file)
		mustSay(t, "applied 0001_trail", "migrate", flag)
		mustSay(t, "up to date", "migrate", flag)
		mustSay(t, "would create 1 incidents with 2 tasks", "import", flag, "--dry-run", path)
		mustSay(t, "ok: 0 events", "verify", flag)
		mustSay(t, "3 events written, 0 changes found done already", "import", flag, path)
		mustSay(t, "0 events written, 3 changes found done already", "import", flag, path)
		mustSay(t, `"ok":true`, "verify", flag, "--json")
	})
}

// A task row that somebody edits past the program, as the owner of a database
// can, is found.
func TestVerifySaysNo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		flag := "--database=" + url
		mustSay(t, "3 events written", "import", flag, mustWrite(t, file))
		dbtest.Tamper(t, url, "tasks", "UPDATE tasks SET title = 'Nothing' WHERE title = 'Ask'")
		out, errs, code := command("verify", flag, "--json")
		if code != 1 || !strings.Contains(errs, "Title differs from what the trail gives") || !strings.Contains(out, `"ok":false`) {
			t.Errorf("got %d, %s%s", code, out, errs)
		}
	})
}

func TestTokenWorks(t *testing.T) {
	s := serve(t, dbtest.SQLite(t), t.TempDir())
	token, errs, code := command("token", s.keyFlag(), "--name=Zoë", "--role=reader,auditor", "--ttl=1m")
	if code != 0 {
		t.Fatal(errs)
	}
	s.token = strings.TrimSpace(token)
	viewer := s.post(t, http.DefaultClient, "{ viewer { actor { name kind } roles } }")["viewer"].(map[string]any)
	actor := viewer["actor"].(map[string]any)
	if actor["name"] != "Zoë" || actor["kind"] != "USER" || len(viewer["roles"].([]any)) != 2 {
		t.Errorf("got %v", viewer)
	}
}

// An import beside a running server shows up on that server.
func TestImportBesideServer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := serve(t, url, t.TempDir())
		s.post(t, http.DefaultClient, "{ viewer { roles } }")
		events := s.stream(t, `{"query":"subscription { auditEvents(fromStart: true) { position actor { kind } } }"}`)
		mustSay(t, "3 events written", "import", s.dbFlag, mustWrite(t, file))
		for range 3 {
			if got := <-events; !strings.Contains(got, `"kind":"SYSTEM"`) {
				t.Errorf("got %s", got)
			}
		}
	})
}
