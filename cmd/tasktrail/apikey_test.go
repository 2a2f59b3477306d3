package main

import (
	"net/http"
	"strings"
	"testing"

	"tasktrail/db/dbtest"
)

// A service and an external playbook get keys from the command line, beside a
// running server; a key that is revoked there stops working on the server.
func TestAPIKeysOfTheCommandLine(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := serve(t, url, t.TempDir())
		cp := "--checkpoint-key=" + s.dir + "/checkpoint.key"
		token := func(args ...string) (string, string, int) {
			out, errs, code := command(append([]string{"token", s.dbFlag, cp}, args...)...)
			return strings.TrimSuffix(out, "\n"), errs, code
		}
		for kind, want := range map[string]string{"service": "SERVICE", "playbook": "PLAYBOOK"} {
			key, errs, code := token("--kind="+kind, "--name=Zoë "+kind, "--role=reader,auditor", "--ttl=1h")
			if code != 0 || !strings.HasPrefix(key, "ttk_") || len(key) != 74 || errs != "" {
				t.Fatalf("got %q, %s", key[:min(len(key), 24)], errs)
			}
			s.token = key
			viewer := s.post(t, http.DefaultClient, "{ viewer { actor { name kind } roles expiresAt } }")["viewer"].(map[string]any)
			if actor := viewer["actor"].(map[string]any); actor["name"] != "Zoë "+kind || actor["kind"] != want || len(viewer["roles"].([]any)) != 2 || viewer["expiresAt"] == nil {
				t.Errorf("got %v", viewer)
			}
		}
		second, _, code := token("--kind=service", "--name=Zoë service", "--role=auditor,reader")
		if code != 0 || second[:24] == s.token[:24] {
			t.Errorf("a second key: got %d", code)
		}
		s.token = second
		if viewer := s.post(t, http.DefaultClient, "{ viewer { expiresAt } }")["viewer"].(map[string]any); viewer["expiresAt"] != nil {
			t.Errorf("a key without an end: %v", viewer)
		}
		for name, test := range map[string]struct {
			args []string
			code int
			says string
		}{
			"other roles":     {[]string{"--kind=service", "--name=Zoë service", "--role=admin"}, 1, "is there already, of kind SERVICE with the roles reader,auditor"},
			"another kind":    {[]string{"--kind=playbook", "--name=Zoë service", "--role=reader,auditor"}, 1, "is there already, of kind SERVICE"},
			"no name":         {[]string{"--kind=service", "--role=reader"}, 2, "--name must say"},
			"a bad name":      {[]string{"--kind=service", "--role=reader", "--name= "}, 2, "name must have from 1 to 200 characters"},
			"too short":       {[]string{"--kind=service", "--name=x", "--role=reader", "--ttl=1ms"}, 2, "--ttl of an API key must be at least 1s"},
			"neither":         {nil, 2, "--role=ROLE,... or --revoke=ID"},
			"both":            {[]string{"--role=reader", "--revoke=ttk_x"}, 2, "can't be used together"},
			"no such key":     {[]string{"--revoke=ttk_x"}, 1, "there is no API key with this id"},
			"a key, not a id": {[]string{"--revoke=" + second}, 1, "there is no API key with this id"},
		} {
			if test.code == 1 && strings.HasPrefix(url, "postgres:") {
				continue // a second each, and the same on both
			}
			if out, errs, code := token(test.args...); code != test.code || out != "" || !strings.Contains(errs, test.says) || strings.Contains(errs, second[25:]) {
				t.Errorf("%s: got %d, %s%s, want %d, %q", name, code, out, errs, test.code, test.says)
			}
		}
		for _, says := range []string{`of the service account "Zoë service" revoked`, "was revoked already"} {
			if out, errs, code := token("--revoke=" + second[:24]); code != 0 || !strings.Contains(out, says) {
				t.Errorf("got %d, %s%s", code, out, errs)
			}
		}
		s.token = s.as(t, "admin")
		for _, account := range s.post(t, http.DefaultClient, "{ serviceAccounts { nodes { id name } } }")["serviceAccounts"].(map[string]any)["nodes"].([]any) {
			if account := account.(map[string]any); account["name"] == "Zoë service" {
				s.post(t, http.DefaultClient, `mutation { updateServiceAccount(input: {id: "`+account["id"].(string)+`", enabled: false}) { errors { message } } }`)
			}
		}
		if key, errs, code := token("--kind=service", "--name=Zoë service", "--role=reader,auditor"); code != 0 || !strings.HasPrefix(key, "ttk_") || !strings.Contains(errs, `"Zoë service" is disabled`) || strings.Contains(errs, key[25:]) {
			t.Errorf("a key of a disabled account: got %d, %s", code, errs)
		}
		mustSay(t, "ok: ", "verify", s.dbFlag, "--key="+s.dir+"/checkpoint.key")
		if out, errs, code := command("export", "--format=yaml", s.dbFlag); code != 0 || strings.Contains(out, "Zoë") {
			t.Errorf("export: %d, %s%s", code, out, errs)
		}
		for _, text := range []string{s.log.String(), s.out.String()} {
			if strings.Contains(text, second[25:]) {
				t.Error("a key is in the log")
			}
		}
	})
}
