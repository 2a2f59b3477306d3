package db_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// With those grants a server works, and may not even try to get round the
// triggers.
func TestPlainRole(t *testing.T) {
	owner := dbtest.Postgres(t)
	s := open(t, owner, db.Options{})
	fill, raw := defined(t, s, owner), dbtest.Raw(t, owner)
	role := "tasktrail_" + strings.ToLower(rand.Text())
	asRole := strings.NewReplacer("{role}", role)
	exec := func(statements string) {
		t.Helper()
		for _, s := range strings.Split(asRole.Replace(statements), ";;") {
			if _, err := raw.ExecContext(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
	}
	exec("CREATE ROLE {role} LOGIN PASSWORD '{role}';; GRANT UPDATE, DELETE, TRUNCATE ON audit_events, trail TO {role}, PUBLIC;; GRANT CREATE ON SCHEMA public TO {role}, PUBLIC")
	for range 2 { // it may be run again
		if err := db.Grant(t.Context(), owner, role); err != nil {
			t.Fatal(err)
		}
	}
	defer exec("DROP OWNED BY {role};; DROP ROLE {role}")
	u, err := url.Parse(owner)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, role)
	plain := dbtest.Raw(t, u.String())
	defer func() { _ = plain.Close() }() // before the role goes

	before := contents(t, raw)
	for _, test := range []struct{ name, sql, says string }{
		{"update an event", `UPDATE audit_events SET action = 'X'`, "42501"},
		{"delete an event", `DELETE FROM audit_events`, "42501"},
		{"redact an event by hand", `UPDATE audit_events SET payload = NULL, salt = NULL, fields = '' WHERE position = 2`, "42501"},
		{"redact an event in silence", `SELECT tasktrail_redact(2)`, "tasktrail: no event records this redaction"},
		{"replace what redacts", `CREATE OR REPLACE FUNCTION public.tasktrail_redact(redacted BIGINT) RETURNS VOID LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM audit_events'`, "42501"},
		{"truncate the trail", `TRUNCATE audit_events CASCADE`, "42501"},
		{"upsert an event", forge("2", "{hash}", "{version} + 1") + ` ON CONFLICT (position) DO UPDATE SET action = 'X'`, "42501"},
		{"merge into the trail", `MERGE INTO audit_events e USING tasks t ON t.id = e.subject_id WHEN MATCHED THEN UPDATE SET action = 'X'`, "42501"},
		{"delete a task", `DELETE FROM tasks`, "42501"},
		{"truncate the tasks", `TRUNCATE tasks`, "42501"},
		{"change who made an incident", `UPDATE incidents SET created_by = 'act_x'`, "42501"},
		{"change where a task came from", `UPDATE tasks SET origin_name = 'x'`, "42501"},
		{"change what a call is for", `UPDATE webhook_deliveries SET position = 1`, "42501"},
		{"change a checkpoint", `UPDATE checkpoints SET root = {32}`, "42501"},
		{"change a tile", `UPDATE tree_tiles SET root = {32}`, "42501"},
		{"forget a tile", `DELETE FROM tree_tiles`, "42501"},
		{"change the kind of an actor", `UPDATE actors SET kind = 'SYSTEM'`, "42501"},
		{"forget an actor", `DELETE FROM actors`, "42501"},
		{"make a table", `CREATE TABLE public.x (y TEXT)`, "42501"},
		{"redact in silence", `SELECT tasktrail_redact({last})`, "tasktrail: no event records this redaction"},
		{"rename the trail", `UPDATE trail SET id = {16}`, "42501"},
		{"a second trail", `INSERT INTO trail VALUES (2, {16}, 1)`, "42501"},
		{"pretend a migration", `UPDATE migration_sums SET sum = 'x'`, "42501"},
		{"be a replica", `SET session_replication_role = replica`, "42501"},
		{"disable a trigger", `ALTER TABLE audit_events DISABLE TRIGGER audit_events_fixed`, "42501"},
		{"disable all triggers", `ALTER TABLE tasks DISABLE TRIGGER ALL`, "42501"},
		{"drop a trigger", `DROP TRIGGER audit_events_fixed ON audit_events`, "42501"},
		{"replace a guard", `CREATE OR REPLACE FUNCTION public.tasktrail_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`, "42501"},
		{"give a guard another search path", `ALTER FUNCTION tasktrail_event_insert() SET search_path = pg_temp`, "42501"},
		{"rewrite a column", `ALTER TABLE tasks ALTER COLUMN title TYPE TEXT USING 'other'`, "42501"},
		{"drop the trail", `DROP TABLE audit_events CASCADE`, "42501"},
		{"a trigger of its own", `CREATE TRIGGER x BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION tasktrail_refuse()`, "42501"},
		{"a rule of its own", `CREATE RULE x AS ON INSERT TO audit_events DO INSTEAD NOTHING`, "42501"},
		{"become the owner", `SET ROLE pg_database_owner`, "42501"},
		{"an event from a file", `COPY audit_events FROM '/dev/null'`, "42501"},
		{"change a task in silence", `UPDATE tasks SET title = 'other'`, "tasktrail: a task changes by one version"},
		{"merge into the tasks", `MERGE INTO tasks t USING incidents i ON i.id = t.incident_id WHEN MATCHED THEN UPDATE SET title = 'other'`, "tasktrail: a task changes by one version"},
		{"a version without its event", `UPDATE tasks SET title = 'other', version = version + 1`, "tasktrail: no event records this version"},
		{"an event without its change", forge("{last} + 1", "{hash}", "{version} + 1"), "tasktrail: an event without its change"},
		{"delete a rule", `DELETE FROM definitions`, "42501"},
		{"another hash for a key", `UPDATE api_keys SET hash = {32}`, "42501"},
		{"forget a key", `DELETE FROM api_keys`, "42501"},
		{"truncate the keys", `TRUNCATE api_keys CASCADE`, "42501"},
		{"a key that no account lists", `INSERT INTO api_keys VALUES ('ttk_x', '{rule}', {32})`, "tasktrail: no service account lists"},
		{"forget when keys were used", `DELETE FROM api_key_uses`, "42501"},
		{"truncate the rules", `TRUNCATE definitions CASCADE`, "42501"},
		{"disable the guards of rules", `ALTER TABLE definitions DISABLE TRIGGER ALL`, "42501"},
		{"take a guard of rules away", `DROP TRIGGER definitions_write ON definitions`, "42501"},
		{"forget a call", `DELETE FROM webhook_deliveries`, "42501"},
		{"rewrite an attempt", `UPDATE webhook_attempts SET status_code = 200`, "42501"},
		{"rewrite a checkpoint", `UPDATE checkpoints SET note = 'x'`, "42501"},
		{"forget a checkpoint", `DELETE FROM checkpoints`, "42501"},
		{"truncate the checkpoints", `TRUNCATE checkpoints`, "42501"},
		{"rewrite the access log", `UPDATE access_log SET count = 9`, "42501"},
		{"forget an access", `DELETE FROM access_log`, "42501"},
		{"truncate the access log", `TRUNCATE access_log`, "42501"},
		{"disable the guard of the access log", `ALTER TABLE access_log DISABLE TRIGGER access_log_fixed`, "42501"},
		{"an access with a number of its own", entry("77"), "tasktrail: the number of a new entry"},
		{"rewrite the tree", `UPDATE tree_tiles SET root = hashes`, "42501"},
		{"change a rule in silence", `UPDATE definitions SET body = '{}'`, "tasktrail: a definition changes by one version"},
		{"a version of a rule without its event", `UPDATE definitions SET body = '{}', version = version + 1 WHERE id = '{rule}'`, "tasktrail: no event records this version"},
		{"an event of a rule without its change", ruleEvent, "tasktrail: an event without its change"},
		{"a fork", forge("{last} + 1", "{32}", "{version} + 1"), "tasktrail: the previous hash"},
		{"a temporary trail in front", `CREATE TEMP TABLE audit_events (LIKE public.audit_events);;
			INSERT INTO pg_temp.audit_events ` + strings.TrimPrefix(forge("1", "NULL", "{version} + 1"), "INSERT INTO audit_events ") + `;;
			UPDATE public.tasks SET title = 'other', version = version + 1 WHERE id = '{task}'`, "tasktrail: no event records this version"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := attempt(t, plain, nil, strings.Split(fill.Replace(test.sql), ";;"))
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want %q", err, test.says)
			}
			if contents(t, raw) != before {
				t.Fatal("it changed the database")
			}
		})
	}

	// The control: a server does its work as this role, with nothing to find.
	server, err := db.Open(t.Context(), u.String(), db.Options{Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	stop := running(t, server)
	defer stop()
	if d, err := server.Check(t.Context(), true); err != nil || len(d.Findings) > 0 {
		t.Errorf("with the rights that were granted: got %v, %v", d.Findings, err)
	}
	service := incident.New(server, nil)
	if _, err := service.CreateIncident(t.Context(), person("carol"), incident.CreateIncidentInput{Title: "I", Severity: incident.SeverityLow}); err != nil {
		t.Errorf("a server with these grants: %v", err)
	}
	hook, err := service.CreateWebhook(t.Context(), author("carol"), incident.CreateWebhookInput{Webhook: incident.WebhookInput{Name: "H", URL: "https://example.com"}})
	if err != nil || len(hook.Errors) > 0 {
		t.Fatalf("a webhook: %v, %+v", err, hook)
	}
	if _, err := service.RotateWebhookSecret(t.Context(), author("carol"), incident.RotateWebhookSecretInput{ID: hook.Definition.ID}); err != nil {
		t.Errorf("another secret: %v", err)
	}
	account, err := service.CreateServiceAccount(t.Context(), admin("root"), incident.CreateServiceAccountInput{ServiceAccount: incident.ServiceAccountInput{Name: "A", Roles: incident.Roles}})
	if err != nil || len(account.Errors) > 0 {
		t.Fatalf("a service account: %v, %+v", err, account)
	}
	key, err := service.IssueAPIKey(t.Context(), admin("root"), incident.IssueAPIKeyInput{ID: account.Definition.ID})
	if err != nil || key.Key == nil {
		t.Fatalf("a key: %v, %+v", err, key)
	}
	for range 2 {
		if _, err := service.ViewerOfKey(t.Context(), *key.Key); err != nil {
			t.Errorf("its use: %v", err)
		}
		if err := service.NoteKeyUses(t.Context()); err != nil {
			t.Errorf("noting its use: %v", err)
		}
	}
	calling := marking("calling")
	calling.Actions = append(calling.Actions, incident.RuleAction{CallWebhook: &incident.CallWebhookAction{WebhookID: hook.Definition.ID}})
	rule := createRule(t, server, calling)
	if err := createIncident(t.Context(), server); err != nil {
		t.Errorf("an incident that a rule waits for: %v", err)
	}
	enableRule(t, server, rule.ID, false)
	deliver(t, server)
	many(t, server, audit.TileWidth)
	finish(t, server, newKeys(t))
	redactAll(t, server, []int64{2})
	if err := server.Scrub(t.Context()); !errors.Is(err, db.ErrLeftInFiles) || !strings.Contains(err.Error(), "until a role that owns the tables runs VACUUM (FULL)") {
		t.Errorf("clearing up as a role that may not: got %v", err)
	}
	note(t, server, "192.0.2.1")
	work(t, server)
	verify(t, server)
}

// work does what a server does besides: every kind of change, the clock, the
// figures, the tree with its checkpoints.
func work(t *testing.T, s *db.Store) {
	t.Helper()
	ctx, service, v := t.Context(), incident.New(s, nil), author("dora")
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	must("a new actor", service.Admit(ctx, v))
	v.Actor.Email = "dora@example.com"
	must("a renamed actor", service.Admit(ctx, v))
	i, err := service.CreateIncident(ctx, v, incident.CreateIncidentInput{Title: "work", Severity: incident.SeverityLow, Common: incident.Common{ClientMutationID: new("work-1")}})
	must("create an incident", err)
	past := time.Now().Add(-time.Hour).UTC().Truncate(time.Microsecond)
	task, err := service.AddTask(ctx, v, incident.AddTaskInput{IncidentID: i.Incident.ID, Title: "late", DueAt: &past})
	must("add a task", err)
	_, err = service.StartTask(ctx, v, incident.StartTaskInput{ID: task.Task.ID})
	must("start a task", err)
	noted, err := service.NoteOverdue(ctx)
	if must("note what is overdue", err); noted == 0 {
		t.Error("nothing was overdue")
	}
	_, err = service.CompleteTask(ctx, v, incident.CompleteTaskInput{ID: task.Task.ID})
	must("complete a task", err)
	_, err = service.ReopenTask(ctx, v, incident.ReopenTaskInput{ID: task.Task.ID})
	must("reopen a task", err)
	_, err = service.DeleteTask(ctx, v, incident.DeleteTaskInput{ID: task.Task.ID})
	must("delete a task", err)
	_, err = service.RestoreTask(ctx, v, incident.RestoreTaskInput{ID: task.Task.ID})
	must("restore a task", err)
	_, err = service.SkipTask(ctx, v, incident.SkipTaskInput{ID: task.Task.ID, Common: incident.Common{Reason: new("no")}})
	must("skip a task", err)
	_, err = service.CloseIncident(ctx, v, incident.CloseIncidentInput{ID: i.Incident.ID, Classification: "UNDETERMINED"})
	must("close an incident", err)
	_, err = s.TaskStatistics(ctx, incident.TaskStatisticsQuery{})
	must("statistics", err)
	finish(t, s, newKeys(t))
}

// running runs a store until stop is called, which also closes it.
func running(t *testing.T, s *db.Store) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	return func() {
		cancel()
		if err := errors.Join(<-ended, s.Close()); err != nil {
			t.Error(err)
		}
	}
}

// deliver records an attempt of the one delivery that waits, as the sender
// does.
func deliver(t *testing.T, s *db.Store) {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Microsecond)
	due, err := s.DueDeliveries(t.Context(), now.Add(time.Minute), nil, 10)
	if err != nil || len(due) != 1 {
		t.Fatalf("%d deliveries are due, %v, want 1", len(due), err)
	}
	until := now.Add(time.Hour)
	if ok, err := s.ClaimDelivery(t.Context(), due[0], until); err != nil || !ok {
		t.Fatal(ok, err)
	}
	status := 200
	due[0].NextAttemptAt = &until
	outcome := incident.DeliveryOutcome{Attempt: incident.DeliveryAttempt{Number: 1, At: now, StatusCode: &status}, State: incident.DeliveryDelivered}
	if err := s.RecordAttempt(t.Context(), due[0], outcome); err != nil {
		t.Error(err)
	}
}
