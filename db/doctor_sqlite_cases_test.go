package db_test

import "strings"

// What whoever holds an SQLite file can do to an installation.
var sqliteSabotages = []sabotage{
	{
		name: "a trigger without effect", sql: `DROP TRIGGER audit_events_delete;; CREATE TRIGGER audit_events_delete BEFORE DELETE ON audit_events BEGIN SELECT 1; END`,
		check: "trigger", subject: "audit_events.audit_events_delete",
	},
	{
		name: "a trigger of some columns", sql: `DROP TRIGGER trail_update;;
		CREATE TRIGGER trail_update BEFORE UPDATE OF one ON trail BEGIN SELECT RAISE(ABORT, 'tasktrail: the id of the trail never changes'); END`,
		check: "trigger", subject: "trail.trail_update",
	},
	{name: "a trigger more", sql: `CREATE TRIGGER quiet BEFORE INSERT ON tree_tiles BEGIN SELECT RAISE(IGNORE); END`, check: "trigger", subject: "tree_tiles.quiet"},
	{name: "a trigger edited", sql: edited("audit_events_update", "OLD.payload IS NULL OR ", ""), check: "trigger", subject: "audit_events.audit_events_update"},
	{name: "a check edited away", sql: edited("audit_events", "CHECK (length(hash) = 32)", ""), check: "table", subject: "audit_events"},
	{name: "NOT NULL edited away", sql: edited("audit_events", "commitment      BLOB NOT NULL", "commitment      BLOB"), check: "table", subject: "audit_events"},
	{name: "a foreign key edited away", sql: edited("tasks", "REFERENCES incidents (id)", ""), check: "table", subject: "tasks"},
	{name: "the key to events edited away", sql: edited("incidents", ",\n  FOREIGN KEY (id, version) REFERENCES audit_events (subject_id, subject_version)", ""), check: "table", subject: "incidents"},
	{name: "STRICT edited away", sql: edited("audit_events", " STRICT", ""), check: "table", subject: "audit_events"},
	{name: "a default edited in", sql: edited("audit_events", "actor_id        TEXT NOT NULL", "actor_id        TEXT NOT NULL DEFAULT 'act_x'"), check: "table", subject: "audit_events"},
	{name: "a column more", sql: `ALTER TABLE audit_events ADD COLUMN note TEXT`, check: "table", subject: "audit_events"},
	{name: "a table less", sql: `PRAGMA foreign_keys = OFF;; DROP TABLE webhook_attempts`, check: "table", subject: "webhook_attempts"},
	{name: "a unique index dropped", sql: `DROP INDEX definitions_name`, check: "index", subject: "definitions.definitions_name"},
	{name: "an index dropped", sql: `DROP INDEX audit_events_incident`, check: "index", subject: "audit_events.audit_events_incident"},
	{
		name: "an index that is not unique", sql: `DROP INDEX definitions_name;; CREATE INDEX definitions_name ON definitions (kind, name) WHERE deleted_at IS NULL`,
		check: "index", subject: "definitions.definitions_name",
	},
	{name: "a table renamed and a view in its place", sql: `ALTER TABLE tree_tiles RENAME TO other;; CREATE VIEW tree_tiles AS SELECT * FROM other`, check: "table", subject: "tree_tiles"},

	{name: "an edited sum", sql: `UPDATE migration_sums SET sum = 'x' WHERE name = '0001'`, check: "migration", subject: "0001"},
	{name: "a sum more", sql: `INSERT INTO migration_sums VALUES ('9999', 'x')`, check: "migration", subject: "9999"},
	{name: "another trail", sql: `UPDATE trail SET id = x'00112233445566778899aabbccddeeff'`, tamper: "trail", check: "trail", subject: "id"},
	{name: "another newest event", sql: `UPDATE audit_events SET actor_id = 'act_other' WHERE position = 5`, tamper: "audit_events", check: "trail", subject: "hash of event 5"},
	{name: "another event before", sql: `UPDATE audit_events SET hash = zeroblob(32) WHERE position = 4`, tamper: "audit_events", check: "trail", subject: "previous hash of event 5"},
	{name: "the first event gone", sql: `DELETE FROM audit_events WHERE position = 1`, tamper: "audit_events", check: "trail", subject: "first position"},
	{name: "a checkpoint of what is not there", sql: `INSERT INTO checkpoints VALUES (99, zeroblob(32), 'x', 1)`, tamper: "checkpoints", check: "trail", subject: "newest checkpoint"},
}

// edited replaces a part of a definition where it is kept.
func edited(name, from, to string) string {
	quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	return "PRAGMA writable_schema = ON;; UPDATE sqlite_schema SET sql = replace(sql, " + quote(from) + ", " + quote(to) + ") WHERE name = " + quote(name) +
		";; PRAGMA writable_schema = RESET"
}
