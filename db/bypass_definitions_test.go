package db_test

import (
	"fmt"
	"strings"
	"testing"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// record makes an event of version {…} + step of a definition that nothing
// changes, behind the last one.
func record(kind, id, version, incidentID string) string {
	return "INSERT INTO audit_events " + eventColumns + fmt.Sprintf(
		" VALUES ({last} + 1, 1, 'X', '%s', '%s', %s, %s, 'USER', '{actor}', {32}, {hash}, {32}, '{}', {16}, ',')", kind, id, version, incidentID)
}

// ruleEvent records the next version of the rule.
var ruleEvent = record("rule", "{rule}", "{rule version} + 1", "NULL")

const newRule = `INSERT INTO definitions (id, kind, name, body, created_at, created_by, updated_at, updated_by, version)
	VALUES ('rul_new', 'rule', '%s', '{}', 1, '{actor}', 1, '{actor}', %d)`

// Each of these is refused on both engines, and with the triggers gone would
// change something.
var definitionBypasses = []bypass{
	{name: "change a rule in silence", sql: `UPDATE definitions SET body = '{}' WHERE id = '{rule}'`},
	{name: "rename a playbook in silence", sql: `UPDATE definitions SET name = 'other' WHERE id = '{playbook}'`},
	{name: "point a webhook elsewhere in silence", sql: `UPDATE definitions SET body = replace(body, 'example', 'evil') WHERE id = '{webhook}'`},
	{name: "mark a rule as deleted in silence", sql: `UPDATE definitions SET deleted_at = 1 WHERE id = '{rule}'`},
	{name: "a version without its event", sql: `UPDATE definitions SET body = '{}', version = version + 1 WHERE id = '{rule}'`, key: true},
	{name: "back to an older version", sql: `UPDATE definitions SET version = 1 WHERE id = '{rule}'`},
	{name: "skip a version", sql: record("rule", "{rule}", "{rule version} + 2", "NULL") + `;; UPDATE definitions SET version = version + 2 WHERE id = '{rule}'`},
	{name: "an event of another kind", sql: record("playbook", "{rule}", "{rule version} + 1", "NULL") + `;; UPDATE definitions SET version = version + 1 WHERE id = '{rule}'`},
	{name: "an event of an incident", sql: record("rule", "{rule}", "{rule version} + 1", "'{incident}'") + `;; UPDATE definitions SET version = version + 1 WHERE id = '{rule}'`},
	{name: "another kind", sql: record("playbook", "{rule}", "{rule version} + 1", "NULL") + `;; UPDATE definitions SET kind = 'playbook', version = version + 1 WHERE id = '{rule}'`},
	{name: "no kind", sql: ruleEvent + `;; UPDATE definitions SET kind = 'nonsense', version = version + 1 WHERE id = '{rule}'`, key: true},
	{name: "another id", sql: `UPDATE definitions SET id = 'rul_x' WHERE id = '{rule}'`, key: true},
	{name: "another creator", sql: ruleEvent + `;; UPDATE definitions SET created_by = '{other}', version = version + 1 WHERE id = '{rule}'`},
	{name: "another creation", sql: ruleEvent + `;; UPDATE definitions SET created_at = 1, version = version + 1 WHERE id = '{rule}'`},
	{name: "change a deleted rule", sql: record("rule", "{gone}", "{gone version} + 1", "NULL") + `;; UPDATE definitions SET body = '{}', version = version + 1 WHERE id = '{gone}'`},
	{name: "bring a deleted rule back", sql: record("rule", "{gone}", "{gone version} + 1", "NULL") + `;; UPDATE definitions SET deleted_at = NULL, version = version + 1 WHERE id = '{gone}'`},
	{name: "delete a rule", sql: `DELETE FROM definitions WHERE id = '{rule}'`},
	{name: "delete all", sql: `DELETE FROM webhook_secrets;; DELETE FROM definitions`},
	{name: "a rule without an event", sql: fmt.Sprintf(newRule, "new", 1), key: true},
	{name: "a rule with the event of a playbook", sql: record("playbook", "rul_new", "1", "NULL") + ";; " + fmt.Sprintf(newRule, "new", 1)},
	{name: "a rule that begins at version 2", sql: record("rule", "rul_new", "2", "NULL") + ";; " + fmt.Sprintf(newRule, "new", 2)},
	{name: "a name twice", sql: record("rule", "rul_new", "1", "NULL") + ";; " + fmt.Sprintf(newRule, "R", 1), key: true},
	{name: "a name twice by renaming", sql: ruleEvent + `;; UPDATE definitions SET name = 'R2', version = version + 1 WHERE id = '{rule}'`, key: true},
	{name: "an event of nothing known", sql: record("nonsense", "{rule}", "{rule version} + 1", "NULL"), key: true},
	{name: "an event of a task without its incident", sql: record("task", "{task}", "{version} + 1", "NULL") + `;; UPDATE tasks SET title = 'other', version = version + 1 WHERE id = '{task}'`},
}

var sqliteDefinitionBypasses = []bypass{
	{name: "replace a rule", sql: `CREATE TEMP TABLE other AS SELECT * FROM definitions WHERE id = '{rule}';; UPDATE other SET body = '{}';;
		INSERT OR REPLACE INTO definitions SELECT * FROM other`},
	{name: "replace a rule by its name", sql: record("rule", "rul_new", "1", "NULL") + ";; " + strings.Replace(fmt.Sprintf(newRule, "R", 1), "INSERT", "INSERT OR REPLACE", 1)},
	{name: "rename over another", sql: ruleEvent + `;; UPDATE OR REPLACE definitions SET name = 'R2', version = version + 1 WHERE id = '{rule}'`},
	{name: "update or ignore", sql: `UPDATE OR IGNORE definitions SET body = '{}'`},
	{name: "upsert", sql: `INSERT INTO definitions SELECT * FROM definitions WHERE id = '{rule}' ON CONFLICT (id) DO UPDATE SET body = '{}'`},
	{name: "without foreign keys", sql: `PRAGMA foreign_keys = OFF;; UPDATE definitions SET body = '{}', version = version + 1`},
}

var postgresDefinitionBypasses = []bypass{
	{name: "truncate", sql: `TRUNCATE definitions CASCADE`},
	{name: "an event without its change", sql: ruleEvent},
	{name: "an event of a rule that is not there", sql: record("rule", "rul_none", "1", "NULL")},
	{name: "an event of a rule as a playbook", sql: record("playbook", "{rule}", "{rule version} + 1", "NULL")},
	{name: "as a replica: change", sql: `SET LOCAL session_replication_role = replica;; UPDATE definitions SET body = '{}'`},
	{name: "as a replica: delete", sql: `SET LOCAL session_replication_role = replica;; DELETE FROM definitions WHERE id = '{rule}'`},
	{name: "as a replica: a version without its event", sql: `SET LOCAL session_replication_role = replica;; UPDATE definitions SET body = '{}', version = version + 1 WHERE id = '{rule}'`},
	{name: "as a replica: a rule without an event", sql: `SET LOCAL session_replication_role = replica;; ` + fmt.Sprintf(newRule, "new", 1)},
	{name: "as a replica: truncate", sql: `SET LOCAL session_replication_role = replica;; TRUNCATE definitions CASCADE`},
	{name: "upsert", sql: `INSERT INTO definitions SELECT * FROM definitions WHERE id = '{rule}' ON CONFLICT (id) DO UPDATE SET body = '{}'`},
	{name: "hide the trail behind a temporary table", sql: `CREATE TEMP TABLE audit_events (LIKE public.audit_events);;
		INSERT INTO pg_temp.audit_events ` + strings.TrimPrefix(ruleEvent, "INSERT INTO audit_events ") + `;;
		UPDATE public.definitions SET body = '{}', version = version + 1 WHERE id = '{rule}'`, key: true},
}

func TestDefinitionBypasses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		fill, raw := defined(t, s, url), dbtest.Raw(t, url)
		more := postgresDefinitionBypasses
		if strings.HasPrefix(url, "sqlite:") {
			more = sqliteDefinitionBypasses
		}
		refusedAll(t, raw, url, fill, append(append([]bypass{}, definitionBypasses...), more...))
		verify(t, s)
	})
}

// Every guard also fires where a session has switched ordinary triggers off.
func TestGuardsAreAlwaysEnabled(t *testing.T) {
	url := dbtest.Postgres(t)
	open(t, url, db.Options{})
	rows, err := dbtest.Raw(t, url).QueryContext(t.Context(), "SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	guards := 0
	for rows.Next() {
		var name, enabled string
		if err := rows.Scan(&name, &enabled); err != nil {
			t.Fatal(err)
		}
		if guards++; enabled != "A" {
			t.Errorf("trigger %s is enabled %q, want A, always", name, enabled)
		}
	}
	if err := rows.Err(); err != nil || guards == 0 {
		t.Errorf("%d guards, %v", guards, err)
	}
}

// replacers replace one after the other.
type replacers []*strings.Replacer

func (r replacers) Replace(s string) string {
	for _, one := range r {
		s = one.Replace(s)
	}
	return s
}

// defined is filled with two rules, a deleted one, a playbook and a webhook.
func defined(t *testing.T, s *db.Store, url string) replacers {
	t.Helper()
	fill := filled(t, s, url)
	ctx, service, v := t.Context(), incident.New(s, nil), author("alice")
	fine := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	p, err := service.CreatePlaybook(ctx, v, incident.CreatePlaybookInput{Playbook: incident.PlaybookInput{Name: "P", Steps: []incident.PlaybookStepInput{{Title: "S"}}}})
	fine(err)
	w, err := service.CreateWebhook(ctx, v, incident.CreateWebhookInput{Webhook: incident.WebhookInput{Name: "W", URL: "https://example.com/hook"}})
	fine(err)
	rule := func(name string) *incident.DefinitionPayload[incident.Rule] {
		r, err := service.CreateRule(ctx, v, incident.CreateRuleInput{Rule: incident.RuleInput{
			Name: name, Trigger: incident.OnTaskReopened,
			Actions: []incident.RuleAction{{ApplyPlaybook: &incident.ApplyPlaybookAction{PlaybookID: p.Definition.ID}}, {CallWebhook: &incident.CallWebhookAction{WebhookID: w.Definition.ID}}},
		}})
		fine(err)
		return r
	}
	r, gone := rule("R"), rule("gone")
	rule("R2")
	gone, err = service.DeleteRule(ctx, v, incident.DeleteDefinitionInput{ID: gone.Definition.ID})
	fine(err)
	order := 5
	r, err = service.UpdateRule(ctx, v, incident.UpdateRuleInput{ID: r.Definition.ID, Order: incident.Optional[*int]{Set: true, Value: &order}})
	fine(err)
	if len(p.Errors)+len(w.Errors)+len(r.Errors)+len(gone.Errors) > 0 {
		t.Fatal(p.Errors, w.Errors, r.Errors, gone.Errors)
	}
	return replacers{strings.NewReplacer(
		"{playbook}", p.Definition.ID, "{webhook}", w.Definition.ID, "{rule}", r.Definition.ID, "{gone}", gone.Definition.ID,
		"{rule version}", fmt.Sprint(r.Definition.Version), "{gone version}", fmt.Sprint(gone.Definition.Version),
		"{last}", fmt.Sprint(r.Event.Position), "{hash}", blobOf(url, r.Event.Hash.String()),
	), fill}
}
