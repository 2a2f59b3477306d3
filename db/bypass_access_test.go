package db_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// entry makes an entry of the access log with a number.
func entry(number string) string {
	return "INSERT INTO access_log (number, recorded_at, action, outcome, subjects, count) VALUES (" + number + ", 1, 'EXPORT', 'ALLOWED', '', 1)"
}

// Attempts to change the access log. It has the entries 1 to 3.
var accessBypasses = []bypass{
	{name: "rewrite who it was", sql: `UPDATE access_log SET actor_id = 'act_x', actor_name = 'x', actor_kind = 'USER' WHERE number = 2`},
	{name: "rewrite when it was", sql: `UPDATE access_log SET recorded_at = recorded_at + 1`},
	{name: "turn a refusal into none", sql: `UPDATE access_log SET outcome = 'ALLOWED', reason = NULL`},
	{name: "renumber an entry", sql: `UPDATE access_log SET number = 77 WHERE number = 3`},
	{name: "forget an entry", sql: `DELETE FROM access_log WHERE number = 2`},
	{name: "forget the newest entry", sql: `DELETE FROM access_log WHERE number = 3`},
	{name: "forget all", sql: `DELETE FROM access_log`},
	{name: "leave a gap", sql: entry("5")},
	{name: "the same number twice", sql: entry("3"), key: true},
	{name: "an entry before the first", sql: entry("0"), key: true},
	{name: "several at once with a gap", sql: entry("4") + ", (6, 1, 'EXPORT', 'ALLOWED', '', 1)"},
	{name: "an unknown outcome", sql: strings.Replace(entry("4"), "ALLOWED", "PERHAPS", 1), key: true},
	{name: "an entry for nothing", sql: strings.Replace(entry("4"), "'', 1)", "'', 0)", 1), key: true},
}

var sqliteAccessBypasses = []bypass{
	{name: "replace an entry", sql: strings.Replace(entry("2"), "INSERT", "INSERT OR REPLACE", 1)},
	{name: "replace an entry, with deleting triggers off", sql: "PRAGMA recursive_triggers = OFF;; " + strings.Replace(entry("3"), "INSERT", "REPLACE", 1)},
	{name: "update or ignore an entry", sql: `UPDATE OR IGNORE access_log SET count = 9`},
	{name: "upsert an entry", sql: entry("3") + ` ON CONFLICT (number) DO UPDATE SET count = 9`},
	{name: "an entry without a number", sql: entry("NULL") + ";; DELETE FROM access_log WHERE number = 1"},
}

var postgresAccessBypasses = []bypass{
	{name: "truncate the access log", sql: `TRUNCATE access_log`},
	{name: "as a replica: forget an entry", sql: `SET LOCAL session_replication_role = replica;; DELETE FROM access_log WHERE number = 2`},
	{name: "as a replica: rewrite an entry", sql: `SET LOCAL session_replication_role = replica;; UPDATE access_log SET count = 9`},
	{name: "as a replica: leave a gap", sql: `SET LOCAL session_replication_role = replica;; ` + entry("5")},
	{name: "upsert an entry", sql: entry("3") + ` ON CONFLICT (number) DO UPDATE SET count = 9`},
	{name: "merge into the access log", sql: `MERGE INTO access_log x USING trail a ON x.number = 1 WHEN MATCHED THEN UPDATE SET count = 9`},
}

// Nothing of the access log can be changed in SQL while its triggers are there.
func TestAccessLogBypasses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		fill := filled(t, s, url)
		for n := range 3 {
			note(t, s, fmt.Sprint("192.0.2.", n))
		}
		all := append([]bypass{}, accessBypasses...)
		if strings.HasPrefix(url, "sqlite:") {
			all = append(all, sqliteAccessBypasses...)
		} else {
			all = append(all, postgresAccessBypasses...)
		}
		refusedAll(t, dbtest.Raw(t, url), url, fill, all)
		note(t, s, "192.0.2.9")
		if got := accessLog(t, s); len(got) != 4 || got[0].Number != 4 {
			t.Errorf("got %d entries, the last %+v", len(got), got[0])
		}
	})
}

// The way to prune that docs/access-log.md gives leaves an installation with
// nothing to find, and the numbers go on.
func TestAccessLogPruned(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		for n := range 5 {
			note(t, s, fmt.Sprint("192.0.2.", n))
		}
		var statements []string
		for _, s := range documented(t, strings.HasPrefix(url, "sqlite:")) {
			statements = append(statements, strings.Replace(s, "1000", "4", 1))
		}
		if err := attempt(t, dbtest.Raw(t, url), nil, statements); err != nil {
			t.Fatal(err)
		}
		if d, err := s.Check(t.Context(), false); err != nil || !d.Sound(false) {
			t.Errorf("afterwards: %+v, %v", d.Findings, err)
		}
		note(t, s, "192.0.2.9")
		got := accessLog(t, s)
		if len(got) != 3 || got[0].Number != 6 || got[2].Number != 4 {
			t.Errorf("got %+v", got)
		}
		if err := attempt(t, dbtest.Raw(t, url), nil, []string{`DELETE FROM access_log`}); err == nil {
			t.Error("the guard is not back")
		}
	})
}

// note adds an entry.
func note(t testing.TB, s *db.Store, address string) {
	t.Helper()
	err := s.RecordAccess(t.Context(), []incident.AccessEntry{{
		RecordedAt: time.Now(), Action: incident.AccessAuthentication, Outcome: incident.AccessRefused,
		Reason: new(incident.ReasonInvalidToken), Address: &address, Count: 1,
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// accessLog reads the newest entries.
func accessLog(t testing.TB, s *db.Store) []incident.AccessEntry {
	t.Helper()
	page, err := s.AccessLog(t.Context(), incident.AccessLogQuery{Page: incident.PageQuery{Limit: incident.MaxPage}})
	if err != nil {
		t.Fatal(err)
	}
	return page.Items
}
