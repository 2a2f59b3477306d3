package graph_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// issue issues an API key and returns a client that uses it, and its id.
func (c client) issue(t testing.TB, accountID string) (keyed client, id string) {
	t.Helper()
	data := c.must(t, `mutation($id: ID!) { issueApiKey(input: {id: $id}) { key apiKey { id } errors { message } } }`, object{"id": accountID})
	return client{url: c.url, token: mustID(t, data, "issueApiKey", "key")}, mustID(t, data, "issueApiKey", "apiKey", "id")
}

// What is done with a key names its account, as SERVICE or as PLAYBOOK, in the
// trail, in the feed and as the origin of tasks.
func TestKeysNameTheirActor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		root := s.as("root", incident.RoleAdmin)
		feed := s.as("rob", incident.RoleReader)
		for _, kind := range []string{"SERVICE", "PLAYBOOK"} {
			name := "as " + kind
			account := root.mustDefine(t, "ServiceAccount", object{"name": name, "kind": kind, "roles": []string{"RESPONDER"}})
			bot, id := root.issue(t, account)
			actor := mustID(t, bot.must(t, "{ viewer { actor { id name kind } roles expiresAt } }", nil), "viewer", "actor", "id")
			i := bot.newIncident(t, "I")
			bot.newTask(t, i, "T")
			data := feed.must(t, `query($i: ID!, $a: ID!) { incident(id: $i) { createdBy { id name kind } tasks { nodes { origin { kind name id } } } history(last: 1) { nodes { actor { id name kind } } } }
				serviceAccount(id: $a) { actor { id name kind } keys { id lastUsedAt } } actors(search: "as") { nodes { id kind } } }`, object{"i": i, "a": account})
			want := fmt.Sprint(object{"id": actor, "name": name, "kind": kind})
			for _, got := range []any{
				at(data, "incident", "createdBy"), at(data, "incident", "tasks", "nodes", 0, "origin"),
				at(data, "incident", "history", "nodes", 0, "actor"), at(data, "serviceAccount", "actor"),
			} {
				if fmt.Sprint(got) != want {
					t.Errorf("%s: got %v, want %s", kind, got, want)
				}
			}
			if at(data, "serviceAccount", "keys", 0, "id") != id || at(data, "serviceAccount", "keys", 0, "lastUsedAt") != nil {
				t.Errorf("the key: %v", at(data, "serviceAccount", "keys"))
			}
			if err := s.service.NoteKeyUses(t.Context()); err != nil {
				t.Fatal(err)
			}
			if data := feed.must(t, `query($a: ID!) { node(id: $a) { ... on ServiceAccount { keys { lastUsedAt } } } }`, object{"a": account}); at(data, "node", "keys", 0, "lastUsedAt") == nil {
				t.Errorf("%s: when the key was used is not told", kind)
			}
			if _, errs := bot.do(t, `mutation { createServiceAccount(input: {serviceAccount: {name: "x", roles: [ADMIN]}}) { errors { code } } }`, nil); len(errs) != 1 || errs[0].Extensions.Code != "FORBIDDEN" {
				t.Errorf("a responder gives rights: %v", errs)
			}
			root.must(t, `mutation($id: ID!) { revokeApiKey(input: {id: $id}) { event { action actor { name } } errors { message } } }`, object{"id": id})
			if status, head, text := bot.send(t, `{"query":"{ viewer { roles } }"}`); status != http.StatusUnauthorized || !strings.Contains(text, "UNAUTHENTICATED") ||
				head.Get("WWW-Authenticate") != `Bearer error="invalid_token"` || strings.Contains(text, bot.token[4:]) {
				t.Errorf("revoked: got %d, %s", status, text)
			}
		}
	})
}

// A key is told once, and by nothing else; and what looks one up costs one
// statement, then none for a while.
func TestKeyIsToldOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		root := s.as("root", incident.RoleAdmin)
		account := root.mustDefine(t, "ServiceAccount", kinds[3].input("bot"))
		document := `mutation($id: ID!) { issueApiKey(input: {id: $id, clientMutationId: "k"}) { key replayed apiKey { id fingerprint } serviceAccount { version keys { id } } event { changes { field from to } } errors { message } } }`
		first := root.must(t, document, object{"id": account})["issueApiKey"].(object)
		again := root.must(t, document, object{"id": account})["issueApiKey"].(object)
		key := mustID(t, first, "key")
		if again["key"] != nil || again["replayed"] != true || fmt.Sprint(again["apiKey"], again["serviceAccount"]) != fmt.Sprint(first["apiKey"], first["serviceAccount"]) {
			t.Errorf("the same call again: %v, want %v", again, first)
		}
		bot := client{url: s.URL, token: key}
		bot.must(t, "{ viewer { roles } }", nil)
		before := s.statements.Load()
		bot.must(t, "{ viewer { roles } }", nil)
		if n := s.statements.Load() - before; n != 0 {
			t.Errorf("a key that is known costs %d statements", n)
		}
		root.must(t, `mutation($id: ID!) { updateServiceAccount(input: {id: $id, description: "x"}) { errors { message } } }`, object{"id": account})
		before = s.statements.Load()
		bot.must(t, "{ viewer { roles } }", nil)
		if n := s.statements.Load() - before; n != 1 {
			t.Errorf("looking a key up costs %d statements, want 1", n)
		}
		bot.token += "0"
		_, _ = bot.do(t, "{ viewer { roles } }", nil)
		bot.token = key[:len(key)-1] + "x"
		before = s.statements.Load()
		_, _ = bot.do(t, "{ viewer { roles } }", nil)
		if n := s.statements.Load() - before; n != 0 {
			t.Errorf("a mistyped key costs %d statements", n)
		}
		all := fmt.Sprint(first["event"], again, root.must(t, `query($id: ID!) { auditEvents { nodes { changes { field from to } } } node(id: $id) { ... on ServiceAccount { name keys { id fingerprint } history { nodes { changes { field from to } } } } } }`, object{"id": account}))
		if !strings.Contains(all, key[:24]) { // the control
			t.Error("the id of the key is not told")
		}
		if secret := key[25:]; strings.Contains(all, secret) || strings.Contains(logged.String(), secret) {
			t.Error("a key is told again")
		}
	})
}
