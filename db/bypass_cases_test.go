package db_test

import (
	"fmt"
	"strings"
)

// bypass is an attempt to get round the trail in SQL. {…} stands for what the
// database holds, see fill.
type bypass struct {
	name string
	sql  string // several, parted by ;;, are one transaction
	// key says that on at least one engine a key or a check refuses it too, so
	// that it can fail without triggers as well.
	key bool
}

const (
	eventColumns = `(position, recorded_at, action, subject_kind, subject_id, subject_version, incident_id, actor_kind, actor_id, commitment, previous, hash, payload, salt, fields)`
	// forged makes an event at a position, behind a hash, of a version of the task.
	forged = `VALUES (%s, 1, 'TASK_UPDATED', 'task', '{task}', %s, '{incident}', 'USER', '{actor}', {32}, %s, {32}, '{}', {16}, ',')`
)

func forge(position, previous, version string) string {
	return "INSERT INTO audit_events " + eventColumns + " " + fmt.Sprintf(forged, position, version, previous)
}

// Each of these is refused on both engines, and with the triggers gone would
// change something.
var bypasses = []bypass{
	{name: "edit an event's action", sql: `UPDATE audit_events SET action = 'X' WHERE position = 2`},
	{name: "edit an event's payload", sql: `UPDATE audit_events SET payload = '{}' WHERE position = 2`},
	{name: "edit an event's salt", sql: `UPDATE audit_events SET salt = {16} WHERE position = 2`},
	{name: "edit an event's hash", sql: `UPDATE audit_events SET hash = {32} WHERE position = 2`},
	{name: "edit an event's actor", sql: `UPDATE audit_events SET actor_id = 'act_x' WHERE position = 2`},
	{name: "edit an event's time", sql: `UPDATE audit_events SET recorded_at = recorded_at + 1`},
	{name: "renumber an event", sql: `UPDATE audit_events SET position = 1000 WHERE position = {last}`},
	{name: "edit what a filter sees", sql: `UPDATE audit_events SET fields = ','`},
	{name: "delete the newest event", sql: `DELETE FROM audit_events WHERE position = {last}`, key: true},
	{name: "delete all events", sql: `DELETE FROM audit_events`, key: true},
	{name: "leave a gap", sql: forge("{last} + 2", "{hash}", "{version} + 1")},
	{name: "fork the chain", sql: forge("{last} + 1", "{32}", "{version} + 1")},
	{name: "an event without a predecessor", sql: forge("{last} + 1", "NULL", "{version} + 1"), key: true},
	{name: "a second first event", sql: forge("1", "NULL", "{version} + 1"), key: true},
	{name: "position 0", sql: forge("0", "{32}", "{version} + 1"), key: true},
	{name: "the same version twice", sql: forge("{last} + 1", "{hash}", "{version}"), key: true},
	{name: "an event of nothing", sql: strings.Replace(forge("{last} + 1", "{hash}", "1"), "'{task}'", "''", 1), key: true},
	{name: "change a task in silence", sql: `UPDATE tasks SET title = 'other' WHERE id = '{task}'`},
	{name: "complete a task in silence", sql: `UPDATE tasks SET status = 'COMPLETED', completed_at = 1 WHERE id = '{task}'`},
	{name: "a version without its event", sql: `UPDATE tasks SET title = 'other', version = version + 1 WHERE id = '{task}'`, key: true},
	{name: "a task back to an older version", sql: `UPDATE tasks SET title = 'older', version = 1 WHERE id = '{task}'`},
	{name: "skip a version", sql: `UPDATE tasks SET version = version + 2 WHERE id = '{task}'`, key: true},
	{name: "delete a task", sql: `DELETE FROM tasks WHERE id = '{task}'`},
	{name: "delete a task and put another in its place", sql: `DELETE FROM tasks WHERE id = '{task}';;
		INSERT INTO tasks SELECT * FROM tasks WHERE id = '{task}'`},
	{name: "a task without an event", sql: `INSERT INTO tasks (id, incident_id, order_key, title, status, mandatory, origin_kind, origin_name, created_at, created_by, updated_at, updated_by, reopen_count, version, search)
		VALUES ('tsk_new', '{incident}', 'z', 'x', 'NEW', {false}, 'USER', 'x', 1, '{actor}', 1, '{actor}', 0, 1, 'x')`, key: true},
	{name: "change an incident in silence", sql: `UPDATE incidents SET severity = 'LOW', severity_rank = 1`},
	{name: "close an incident in silence", sql: `UPDATE incidents SET status = 'CLOSED', closed_at = 1, classification = 'UNDETERMINED'`},
	{name: "an incident's version without its event", sql: `UPDATE incidents SET version = version + 1`, key: true},
	{name: "renumber an incident", sql: `UPDATE incidents SET number = 77`},
	{name: "delete an incident", sql: `DELETE FROM tasks;; DELETE FROM incidents`},
	{name: "another creator", sql: `UPDATE tasks SET created_by = '{other}'`},
	{name: "rename the trail", sql: `UPDATE trail SET id = {16}`},
	{name: "forget the trail's id", sql: `DELETE FROM trail`},
}

// Only SQLite knows these.
var sqliteBypasses = []bypass{
	{name: "replace an event", sql: strings.Replace(forge("2", "{hash}", "{version} + 1"), "INSERT", "INSERT OR REPLACE", 1)},
	{name: "replace an event by its version", sql: strings.Replace(forge("{last} + 1", "{hash}", "{version}"), "INSERT", "INSERT OR REPLACE", 1)},
	{name: "replace a task", sql: `CREATE TEMP TABLE other AS SELECT * FROM tasks WHERE id = '{task}';; UPDATE other SET title = 'other';;
		INSERT OR REPLACE INTO tasks SELECT * FROM other`},
	{name: "update or replace", sql: `UPDATE OR REPLACE audit_events SET position = 1 WHERE position = 2`, key: true},
	{name: "update or ignore", sql: `UPDATE OR IGNORE tasks SET title = 'other'`},
	{name: "upsert a task", sql: `INSERT INTO tasks SELECT * FROM tasks WHERE id = '{task}' ON CONFLICT (id) DO UPDATE SET title = 'other'`},
	{name: "without checks", sql: `PRAGMA ignore_check_constraints = ON;; UPDATE audit_events SET payload = ''`},
	{name: "without foreign keys", sql: `PRAGMA foreign_keys = OFF;; UPDATE tasks SET title = 'other', version = version + 1`},
	{name: "by row id", sql: `DELETE FROM tasks WHERE rowid = 1`},
	{name: "through a temporary trigger", sql: `CREATE TEMP TRIGGER x AFTER INSERT ON actors BEGIN DELETE FROM audit_events; END;;
		INSERT INTO actors VALUES ('act_z', 'USER', 'z', NULL, 'z')`},
}

// Only PostgreSQL knows these.
var postgresBypasses = []bypass{
	{name: "truncate the trail", sql: `TRUNCATE audit_events CASCADE`},
	{name: "truncate the tasks", sql: `TRUNCATE tasks`},
	{name: "an event without its change", sql: forge("{last} + 1", "{hash}", "{version} + 1")},
	{name: "as a replica: edit", sql: `SET LOCAL session_replication_role = replica;; UPDATE audit_events SET action = 'X'`},
	{name: "as a replica: delete", sql: `SET LOCAL session_replication_role = replica;; DELETE FROM audit_events WHERE position = {last}`},
	{name: "as a replica: a silent change", sql: `SET LOCAL session_replication_role = replica;; UPDATE tasks SET title = 'other'`},
	{name: "as a replica: a version without its event", sql: `SET LOCAL session_replication_role = replica;; UPDATE tasks SET title = 'other', version = version + 1`},
	{name: "as a replica: a fork", sql: `SET LOCAL session_replication_role = replica;; ` + forge("{last} + 1", "{32}", "{version} + 1")},
	{name: "upsert an event", sql: forge("2", "{hash}", "{version} + 1") + ` ON CONFLICT (position) DO UPDATE SET action = 'X'`},
	{name: "update from", sql: `UPDATE audit_events e SET action = 'X' FROM tasks t WHERE t.id = e.subject_id`},
	{name: "delete using", sql: `DELETE FROM audit_events e USING tasks t WHERE t.id = e.subject_id AND e.position = {last}`, key: true},
	{name: "in a common table expression", sql: `WITH gone AS (DELETE FROM tasks RETURNING *) SELECT count(*) FROM gone`},
	{name: "hide the trail behind a temporary table", sql: `CREATE TEMP TABLE audit_events AS SELECT * FROM audit_events LIMIT 0;;
		INSERT INTO pg_temp.audit_events ` + strings.TrimPrefix(forge("1", "NULL", "{version} + 1"), "INSERT INTO audit_events ") + `;;
		UPDATE public.tasks SET title = 'other', version = version + 1 WHERE id = '{task}'`, key: true},
	{name: "with another search path", sql: `CREATE SCHEMA mine;; SET LOCAL search_path = mine, public;; CREATE TABLE mine.audit_events AS SELECT * FROM public.audit_events;;
		UPDATE public.tasks SET title = 'other', version = version + 1 WHERE id = '{task}'`, key: true},
	{name: "move a task to no incident", sql: `UPDATE tasks SET incident_id = 'inc_x'`, key: true},
}
