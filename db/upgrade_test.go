package db_test

import (
	"database/sql"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// restore makes a database that an older program has filled: a dump of its
// tables, rows, keys and triggers. Version 1 is that before automation, version
// 3 the one before service accounts.
func restore(t *testing.T, url string, version int) {
	t.Helper()
	file := fmt.Sprintf("testdata/v%d.postgres.sql", version)
	if strings.HasPrefix(url, "sqlite:") {
		file = fmt.Sprintf("testdata/v%d.sqlite.sql", version)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := dbtest.Raw(t, url).Conn(t.Context()) // a dump sets things of its session
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for statement := range strings.SplitSeq(string(text), "--bun:split") {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%v in %.200s", err, statement)
		}
	}
}

// A database of the program before automation is brought up to date with all
// that is in it, and is then like a new one.
func TestUpgrade(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		restore(t, url, 1)
		raw := dbtest.Raw(t, url)
		trail := "SELECT position, recorded_at, action, subject_kind, subject_id, subject_version, incident_id, actor_kind, actor_id, request_id, " +
			"mutation_id, fingerprint, commitment, previous, hash, payload, salt, fields FROM audit_events ORDER BY position"
		tables := func() string {
			var b strings.Builder
			b.WriteString("\n")
			for _, query := range []string{
				trail, "SELECT * FROM incidents ORDER BY id", "SELECT * FROM actors ORDER BY id", "SELECT * FROM trail",
				"SELECT id, incident_id, order_key, title, description, status, mandatory, assignee_id, due_at, origin_kind, origin_name, origin_id, origin_step, " +
					"created_at, created_by, updated_at, updated_by, completed_at, completed_by, reopen_count, deleted_at, version, search FROM tasks ORDER BY id",
			} {
				writeRows(t, &b, raw, query)
			}
			return b.String()
		}
		before := tables()
		if s, err := db.Open(t.Context(), url, db.Options{}); err == nil {
			_ = s.Close()
			t.Error("a database of an older version was opened")
		}
		names, err := db.Migrate(t.Context(), url)
		if want := len(migrationsOf(t, url)) - 1; err != nil || len(names) != want {
			t.Fatalf("got %v, %v, want %d migrations", names, err, want)
		}
		if tables() != before {
			t.Error("the upgrade changed what was there")
		}
		s := open(t, url, db.Options{})
		got, events := verify(t, s), int64(strings.Count(before, "\n"+trail+" ["))
		if got.Incidents != 3 || got.Tasks != 12 || got.Definitions != 0 || got.Head.Position != events {
			t.Errorf("got %+v, want 3 incidents, 12 tasks and %d events", got, events)
		}
		fill := defined(t, s, url) // new things go behind the old ones
		if after := verify(t, s); after.Head.Position <= got.Head.Position || after.Incidents != 4 || after.Definitions != 5 {
			t.Errorf("got %+v", after)
		}
		useOldOnes(t, s, raw)
		verify(t, s)
		if again, err := db.Migrate(t.Context(), url); err != nil || len(again) != 0 {
			t.Errorf("again: %v, %v", again, err)
		}

		fresh := another(t, url)
		open(t, fresh, db.Options{})
		if old, new := schemaOf(t, raw, url), schemaOf(t, dbtest.Raw(t, fresh), fresh); !slices.Equal(old, new) {
			t.Errorf("an upgraded database is unlike a new one:\n%s\n\n%s", strings.Join(without(old, new), "\n"), strings.Join(without(new, old), "\n"))
		}
		if strings.HasPrefix(url, "sqlite:") {
			for _, check := range []string{"PRAGMA integrity_check", "PRAGMA quick_check"} {
				var b strings.Builder
				if writeRows(t, &b, raw, check); !strings.HasSuffix(b.String(), "[ok]\n") {
					t.Errorf("%s: %s", check, &b)
				}
			}
			var b strings.Builder
			if writeRows(t, &b, raw, "PRAGMA foreign_key_check"); strings.Contains(b.String(), "[") {
				t.Errorf("foreign keys: %s", &b)
			}
		}
		// The table itself takes events of the new kinds now, and of no others.
		for _, kind := range []string{"rule", "playbook", "webhook", "service_account", "nonsense", "Rule"} {
			newest := newestEvent(t, raw, url)
			event := newest.Replace(record(kind, "x_"+kind, "1", "NULL"))
			row := strings.Replace(strings.Replace(fmt.Sprintf(newRule, kind, 1), "'rule'", "'"+kind+"'", 1), "rul_new", "x_"+kind, 1)
			err := attempt(t, raw, nil, []string{fill.Replace(event), fill.Replace(row)})
			if allowed := kind != "nonsense" && kind != "Rule"; allowed && err != nil || !allowed && (err == nil || !strings.Contains(err.Error(), "subject_kind")) {
				t.Errorf("an event of kind %q: got %v", kind, err)
			}
		}
	})
}

// A database from before service accounts keeps all it has, definitions and
// redactions included, and takes accounts then.
func TestUpgradeToServiceAccounts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		restore(t, url, 3)
		raw := dbtest.Raw(t, url)
		tables := func() string {
			var b strings.Builder
			for _, table := range []string{"trail", "actors", "audit_events", "incidents", "tasks", "definitions", "webhook_secrets", "tree_tiles", "checkpoints"} {
				writeRows(t, &b, raw, "SELECT * FROM "+table+" ORDER BY 1")
			}
			return b.String()
		}
		before := tables()
		names, err := db.Migrate(t.Context(), url)
		if want := len(migrationsOf(t, url)) - 3; err != nil || len(names) != want {
			t.Fatalf("got %v, %v, want %d migrations", names, err, want)
		}
		if tables() != before {
			t.Error("the upgrade changed what was there")
		}
		s := open(t, url, db.Options{})
		if got := verify(t, s); got.Definitions != 5 || got.Incidents != 1 || got.Head.Position != 11 || got.Checkpoints != 1 {
			t.Errorf("got %+v", got)
		}
		_, keys := issued(t, s, 1)
		if _, err := incident.New(s, nil).ViewerOfKey(t.Context(), keys[0]); err != nil {
			t.Errorf("a key: %v", err)
		}
		if got := verify(t, s); got.Definitions != 6 {
			t.Errorf("got %+v", got)
		}
		fresh := another(t, url)
		open(t, fresh, db.Options{})
		if old, new := schemaOf(t, raw, url), schemaOf(t, dbtest.Raw(t, fresh), fresh); !slices.Equal(old, new) {
			t.Errorf("an upgraded database is unlike a new one:\n%s\n\n%s", strings.Join(without(old, new), "\n"), strings.Join(without(new, old), "\n"))
		}
	})
}

// An upgrade that fails in its middle leaves the older database as it was.
func TestUpgradeFailsHalfWay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		restore(t, url, 1)
		raw := dbtest.Raw(t, url)
		if _, err := raw.ExecContext(t.Context(), "CREATE TABLE webhook_attempts (x INTEGER)"); err != nil {
			t.Fatal(err)
		}
		before := schemaOf(t, raw, url)
		if _, err := db.Migrate(t.Context(), url); err == nil || !strings.Contains(err.Error(), "webhook_attempts") {
			t.Fatalf("got %v", err)
		}
		if after := schemaOf(t, raw, url); !slices.Equal(before, after) {
			t.Errorf("half of it was left: %v", without(after, before))
		}
		if _, err := raw.ExecContext(t.Context(), "DROP TABLE webhook_attempts"); err != nil {
			t.Fatal(err)
		}
		s := open(t, url, db.Options{})
		defined(t, s, url)
		verify(t, s)
	})
}

// useOldOnes changes an incident and a task from before the upgrade, which a
// rule of today is set off by.
func useOldOnes(t *testing.T, s *db.Store, raw *sql.DB) {
	t.Helper()
	ctx, service, v := t.Context(), incident.New(s, nil), author("bob")
	r, err := service.CreateRule(ctx, v, incident.CreateRuleInput{Rule: incident.RuleInput{
		Name: "upgraded", Trigger: incident.OnTaskReopened, Actions: []incident.RuleAction{{AddTask: &incident.AddTaskAction{TaskTemplate: incident.TaskTemplate{Title: "again"}}}},
	}})
	if err != nil || len(r.Errors) > 0 {
		t.Fatal(err, r)
	}
	var id string
	const oldest = "SELECT id FROM tasks WHERE status = 'COMPLETED' AND deleted_at IS NULL ORDER BY created_at LIMIT 1"
	if err := raw.QueryRowContext(ctx, oldest).Scan(&id); err != nil {
		t.Fatal(err)
	}
	reopened, err := service.ReopenTask(ctx, v, incident.ReopenTaskInput{ID: id})
	if err != nil || reopened.Event == nil {
		t.Fatal(err, reopened)
	}
	history, err := s.IncidentEvents(ctx, reopened.Task.IncidentID, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	acted := slices.ContainsFunc(history, func(e *audit.Event) bool {
		return e.Action == incident.TaskAdded && e.Payload.CausedBy == reopened.Event.Position && e.Payload.Automation.ID == r.Definition.ID
	})
	if !acted {
		t.Error("a new rule did not act on an old incident")
	}
}

// newestEvent gives a forged event its place behind the last one.
func newestEvent(t *testing.T, raw *sql.DB, url string) *strings.Replacer {
	t.Helper()
	var position int64
	var hash []byte
	if err := raw.QueryRowContext(t.Context(), "SELECT position, hash FROM audit_events ORDER BY position DESC LIMIT 1").Scan(&position, &hash); err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("{last}", fmt.Sprint(position), "{hash}", blobOf(url, hex.EncodeToString(hash)))
}

// schemaOf lists what a database is made of, in its own words.
func schemaOf(t *testing.T, from querier, url string) []string {
	t.Helper()
	queries := []string{
		"SELECT table_name, column_name, data_type, collation_name, is_nullable, column_default FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2",
		"SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2",
		"SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
		"SELECT pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
		"SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
	}
	if strings.HasPrefix(url, "sqlite:") {
		queries = []string{"SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY 1, 2"}
	}
	var b strings.Builder
	for _, query := range queries {
		writeRows(t, &b, from, query)
	}
	lines := strings.Split(b.String(), "\n")
	slices.Sort(lines)
	return lines
}

// without lists what is in a only.
func without(a, b []string) (only []string) {
	for _, line := range a {
		if !slices.Contains(b, line) {
			only = append(only, line)
		}
	}
	return only
}
