package db_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// issued makes a service account with n keys.
func issued(t *testing.T, s *db.Store, n int) (account incident.ServiceAccount, keys []string) {
	t.Helper()
	service := incident.New(s, nil)
	made, err := service.CreateServiceAccount(t.Context(), admin("root"), incident.CreateServiceAccountInput{
		ServiceAccount: incident.ServiceAccountInput{Name: "enrichment", Roles: []incident.Role{incident.RoleResponder}},
	})
	if err != nil || len(made.Errors) > 0 {
		t.Fatal(err, made)
	}
	for range n {
		p, err := service.IssueAPIKey(t.Context(), admin("root"), incident.IssueAPIKeyInput{ID: made.Definition.ID})
		if err != nil || p.Key == nil {
			t.Fatal(err, p)
		}
		account, keys = *p.Definition, append(keys, *p.Key)
	}
	return account, keys
}

var accountEvent = record("service_account", "{account}", "{account version} + 1", "NULL")

// None of these gives, changes or takes access without an event; and what is
// stored of a key never changes.
var keyBypasses = []bypass{
	{name: "more rights in silence", sql: `UPDATE definitions SET body = replace(body, 'RESPONDER', 'ADMIN') WHERE id = '{account}'`},
	{name: "more rights without an event", sql: `UPDATE definitions SET body = replace(body, 'RESPONDER', 'ADMIN'), version = version + 1 WHERE id = '{account}'`, key: true},
	{name: "enable in silence", sql: `UPDATE definitions SET body = replace(body, '"enabled":true', '"enabled":false') WHERE id = '{account}'`},
	{name: "revive a revoked key in silence", sql: `UPDATE definitions SET body = replace(body, '"revokedAt":null', '"revokedAt":"x"') WHERE id = '{account}'`},
	{name: "delete an account", sql: `DELETE FROM api_keys;; DELETE FROM definitions WHERE id = '{account}'`},
	{name: "an account of another kind", sql: accountEvent + `;; UPDATE definitions SET kind = 'rule', version = version + 1 WHERE id = '{account}'`},
	{name: "an account without an event", sql: strings.ReplaceAll(strings.ReplaceAll(fmt.Sprintf(newRule, "new", 1), "'rule'", "'service_account'"), "rul_new", "sva_new"), key: true},
	{name: "another hash for a key", sql: `UPDATE api_keys SET hash = {32} WHERE id = '{key}'`},
	{name: "a key for another account", sql: `UPDATE api_keys SET account_id = '{rule}' WHERE id = '{key}'`},
	{name: "another id for a key", sql: `UPDATE api_keys SET id = 'ttk_x' WHERE id = '{key}'`},
	{name: "delete a key", sql: `DELETE FROM api_keys WHERE id = '{key}'`},
	{name: "a second hash for a key", sql: `INSERT INTO api_keys VALUES ('{key}', '{account}', {32})`, key: true},
	{name: "a key that no account lists", sql: `INSERT INTO api_keys VALUES ('ttk_00000000000000000000', '{account}', {32})`},
	{name: "a key named like a part of a listed one", sql: `INSERT INTO api_keys VALUES ('ttk_', '{account}', {32})`},
	{name: "a key of a rule", sql: `INSERT INTO api_keys VALUES ('enabled', '{rule}', {32})`},
	{name: "a key of nobody", sql: `INSERT INTO api_keys VALUES ('ttk_00000000000000000000', 'sva_none', {32})`, key: true},
}

var sqliteKeyBypasses = []bypass{
	{name: "replace a key", sql: `INSERT OR REPLACE INTO api_keys VALUES ('{key}', '{account}', {32})`},
	{name: "update or replace a key", sql: `UPDATE OR REPLACE api_keys SET hash = {32} WHERE id = '{key}'`},
	{name: "upsert a key", sql: `INSERT INTO api_keys VALUES ('{key}', '{account}', {32}) ON CONFLICT (id) DO UPDATE SET hash = excluded.hash`},
}

var postgresKeyBypasses = []bypass{
	{name: "an event without its change", sql: accountEvent},
	{name: "truncate the keys", sql: `TRUNCATE api_keys CASCADE`},
	{name: "upsert a key", sql: `INSERT INTO api_keys VALUES ('{key}', '{account}', {32}) ON CONFLICT (id) DO UPDATE SET hash = EXCLUDED.hash`},
	{name: "as a replica: another hash for a key", sql: `SET LOCAL session_replication_role = replica;; UPDATE api_keys SET hash = {32}`},
	{name: "as a replica: a key that no account lists", sql: `SET LOCAL session_replication_role = replica;; INSERT INTO api_keys VALUES ('ttk_00000000000000000000', '{account}', {32})`},
	{name: "as a replica: truncate the keys", sql: `SET LOCAL session_replication_role = replica;; TRUNCATE api_keys CASCADE`},
	{name: "hide the accounts behind a temporary table", sql: `CREATE TEMP TABLE definitions (id TEXT, kind TEXT, body TEXT);;
		INSERT INTO pg_temp.definitions VALUES ('{account}', 'service_account', '"ttk_00000000000000000000"');;
		INSERT INTO public.api_keys VALUES ('ttk_00000000000000000000', '{account}', {32})`},
}

func TestKeyBypasses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		fill := defined(t, s, url)
		account, keys := issued(t, s, 1)
		raw := dbtest.Raw(t, url)
		more := postgresKeyBypasses
		if strings.HasPrefix(url, "sqlite:") {
			more = sqliteKeyBypasses
		}
		fill = append(replacers{strings.NewReplacer("{account}", account.ID, "{key}", keys[0][:24], "{account version}", fmt.Sprint(account.Version)), newestEvent(t, raw, url)}, fill...)
		refusedAll(t, raw, url, fill, append(append([]bypass{}, keyBypasses...), more...))
		verify(t, s)
	})
}

// No key, and no secret part of one, is in any file of the database or in what
// it answers later; its hash is.
func TestKeysAreStoredNowhere(t *testing.T) {
	search := func(t *testing.T, files []string, want string) int {
		t.Helper()
		n := 0
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			n += bytes.Count(text, []byte(want))
		}
		return n
	}
	look := func(t *testing.T, s *db.Store, files func() []string) {
		t.Helper()
		account, keys := issued(t, s, 3)
		service := incident.New(s, nil)
		if p, err := service.RevokeAPIKey(t.Context(), admin("root"), incident.RevokeAPIKeyInput{ID: keys[0][:24]}); err != nil || p.Event == nil {
			t.Fatal(err, p)
		}
		for _, key := range keys {
			_, _ = service.ViewerOfKey(t.Context(), key)
			_, err := service.ViewerOfKey(t.Context(), key+"x")
			hash := sha256.Sum256([]byte(key))
			secret := key[25:68]
			for _, text := range []string{key, secret, secret[:16], secret[14:30], secret[27:], hex.EncodeToString([]byte(secret[:16])), hex.EncodeToString([]byte(secret[27:]))} {
				if n := search(t, files(), text); n > 0 || strings.Contains(err.Error()+fmt.Sprint(account), text) {
					t.Errorf("a key is in the files %d times, or told", n)
				}
			}
			if id, h := search(t, files(), key[:24]), search(t, files(), string(hash[:])); id == 0 || h == 0 { // the control
				t.Errorf("the id is in the files %d times, the hash %d times", id, h)
			}
		}
		if err := service.NoteKeyUses(t.Context()); err != nil {
			t.Fatal(err)
		}
		uses, err := s.KeyUses(t.Context(), []string{keys[0][:24], keys[1][:24], "ttk_none"})
		if err != nil || len(uses) != 1 || time.Since(uses[keys[1][:24]]) > time.Hour {
			t.Errorf("uses: %v, %v", uses, err)
		}
		// Of two servers, the later use counts, whoever writes first.
		now := time.Now().UTC().Truncate(time.Microsecond)
		for _, at := range []time.Time{now.Add(time.Minute), now} {
			if err := s.SaveKeyUses(t.Context(), map[string]time.Time{keys[1][:24]: at, keys[2][:24]: at}); err != nil {
				t.Fatal(err)
			}
		}
		if uses, err := s.KeyUses(t.Context(), []string{keys[1][:24]}); err != nil || !uses[keys[1][:24]].Equal(now.Add(time.Minute)) {
			t.Errorf("uses: %v, %v", uses, err)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		url := dbtest.SQLite(t)
		path := strings.TrimPrefix(url, "sqlite:")
		look(t, open(t, url, db.Options{}), func() []string { return []string{path, path + "-wal", path + "-shm"} })
	})
	t.Run("postgres", func(t *testing.T) {
		cluster := dbtest.NewCluster(t)
		raw := dbtest.Raw(t, cluster.URL())
		look(t, open(t, cluster.URL(), db.Options{}), func() []string {
			if _, err := raw.ExecContext(t.Context(), "CHECKPOINT"); err != nil {
				t.Fatal(err)
			}
			return append(under(t, filepath.Join(cluster.Data(), "base")), under(t, filepath.Join(cluster.Data(), "pg_wal"))...)
		})
	})
}
