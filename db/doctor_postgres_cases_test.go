package db_test

// What owners and superusers of PostgreSQL can do to an installation.
var postgresSabotages = []sabotage{
	{name: "a trigger disabled", sql: `ALTER TABLE audit_events DISABLE TRIGGER audit_events_kept`, check: "trigger", subject: "audit_events.audit_events_kept"},
	{name: "the guard of the access log disabled", sql: `ALTER TABLE access_log DISABLE TRIGGER access_log_fixed`, check: "trigger", subject: "access_log.access_log_fixed"},
	{name: "numbers of the access log unguarded", sql: `CREATE OR REPLACE FUNCTION tasktrail_access_insert() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS 'BEGIN RETURN NEW; END'`, check: "function", subject: "tasktrail_access_insert()"},
	{name: "a restore that disables triggers", sql: `ALTER TABLE audit_events DISABLE TRIGGER ALL;; ALTER TABLE audit_events ENABLE TRIGGER ALL`, check: "trigger", subject: "audit_events.audit_events_insert"},
	{name: "a deferred trigger made immediate", sql: `DROP TRIGGER audit_events_change ON audit_events;;
		CREATE CONSTRAINT TRIGGER audit_events_change AFTER INSERT ON audit_events DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION tasktrail_event_has_change();;
		ALTER TABLE audit_events ENABLE ALWAYS TRIGGER audit_events_change`, check: "trigger", subject: "audit_events.audit_events_change"},
	{name: "a trigger that never fires", sql: `DROP TRIGGER audit_events_kept ON audit_events;;
		CREATE TRIGGER audit_events_kept BEFORE DELETE ON audit_events FOR EACH ROW WHEN (false) EXECUTE FUNCTION tasktrail_refuse();;
		ALTER TABLE audit_events ENABLE ALWAYS TRIGGER audit_events_kept`, check: "trigger", subject: "audit_events.audit_events_kept"},
	{name: "a trigger of some columns", sql: `DROP TRIGGER audit_events_fixed ON audit_events;;
		CREATE TRIGGER audit_events_fixed BEFORE UPDATE OF position ON audit_events FOR EACH ROW EXECUTE FUNCTION tasktrail_event_update();;
		ALTER TABLE audit_events ENABLE ALWAYS TRIGGER audit_events_fixed`, check: "trigger", subject: "audit_events.audit_events_fixed"},
	{name: "a trigger too late", sql: `DROP TRIGGER tasks_kept ON tasks;;
		CREATE TRIGGER tasks_kept AFTER INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION tasktrail_refuse();;
		ALTER TABLE tasks ENABLE ALWAYS TRIGGER tasks_kept`, check: "trigger", subject: "tasks.tasks_kept"},
	{name: "a trigger with the function of another schema", sql: `CREATE SCHEMA evil;;
		CREATE FUNCTION evil.tasktrail_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END';; DROP TRIGGER tasks_kept ON tasks;;
		CREATE TRIGGER tasks_kept BEFORE DELETE ON tasks FOR EACH ROW EXECUTE FUNCTION evil.tasktrail_refuse();;
		ALTER TABLE tasks ENABLE ALWAYS TRIGGER tasks_kept`, check: "trigger", subject: "tasks.tasks_kept"},
	{name: "a permissive trigger in front", sql: `CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';;
		CREATE TRIGGER aaa BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION quiet()`, check: "trigger", subject: "audit_events.aaa"},

	{
		name: "a function without effect", sql: `CREATE OR REPLACE FUNCTION tasktrail_refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS 'BEGIN RETURN OLD; END'`,
		check: "function", subject: "tasktrail_refuse()",
	},
	{name: "a function that follows the search path", sql: `ALTER FUNCTION tasktrail_event_insert() RESET search_path`, check: "function", subject: "tasktrail_event_insert()"},
	{name: "a function with another search path", sql: `ALTER FUNCTION tasktrail_event_insert() SET search_path = pg_temp, public`, check: "function", subject: "tasktrail_event_insert()"},
	{name: "a function with the rights of its owner", sql: `ALTER FUNCTION tasktrail_task_write() SECURITY DEFINER`, check: "function", subject: "tasktrail_task_write()"},
	{name: "redaction without the rights of its owner", sql: `ALTER FUNCTION tasktrail_redact(BIGINT) SECURITY INVOKER`, check: "function", subject: "tasktrail_redact(int8)"},
	{name: "redaction overloaded", sql: `CREATE FUNCTION tasktrail_redact(redacted INTEGER) RETURNS VOID LANGUAGE sql AS ''`, check: "function", subject: "tasktrail_redact(int4)"},
	{name: "a function dropped", sql: `DROP FUNCTION tasktrail_redact(BIGINT)`, check: "function", subject: "tasktrail_redact(int8)"},

	{name: "a foreign key dropped", sql: `ALTER TABLE tasks DROP CONSTRAINT tasks_id_version_fkey`, check: "foreign key", subject: "tasks.tasks_id_version_fkey"},
	{
		name: "a foreign key not validated", sql: `ALTER TABLE tasks DROP CONSTRAINT tasks_id_version_fkey;;
		ALTER TABLE tasks ADD CONSTRAINT tasks_id_version_fkey FOREIGN KEY (id, version) REFERENCES audit_events (subject_id, subject_version) NOT VALID`,
		check: "foreign key", subject: "tasks.tasks_id_version_fkey",
	},
	{
		name: "a foreign key that deletes", sql: `ALTER TABLE webhook_attempts DROP CONSTRAINT webhook_attempts_delivery_id_fkey;;
		ALTER TABLE webhook_attempts ADD CONSTRAINT webhook_attempts_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES webhook_deliveries (id) ON DELETE CASCADE`,
		check: "foreign key", subject: "webhook_attempts.webhook_attempts_delivery_id_fkey",
	},
	{
		name: "a foreign key to other columns", sql: `ALTER TABLE tasks DROP CONSTRAINT tasks_incident_id_fkey;; CREATE SCHEMA evil;; CREATE TABLE evil.incidents (id TEXT COLLATE "C" PRIMARY KEY);;
		INSERT INTO evil.incidents SELECT id FROM incidents;; ALTER TABLE tasks ADD CONSTRAINT tasks_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES evil.incidents (id)`,
		check: "foreign key", subject: "tasks.tasks_incident_id_fkey",
	},
	{
		name: "a foreign key deferred", sql: `ALTER TABLE incidents ALTER CONSTRAINT incidents_id_version_fkey DEFERRABLE INITIALLY DEFERRED`,
		check: "foreign key", subject: "incidents.incidents_id_version_fkey",
	},
	{name: "foreign keys switched off", sql: `ALTER TABLE tasks DISABLE TRIGGER ALL;; ALTER TABLE tasks ENABLE ALWAYS TRIGGER tasks_write;;
		ALTER TABLE tasks ENABLE ALWAYS TRIGGER tasks_kept;; ALTER TABLE tasks ENABLE ALWAYS TRIGGER tasks_truncate`, check: "foreign key", subject: "tasks.tasks_id_version_fkey"},

	{name: "a check dropped", sql: `ALTER TABLE audit_events DROP CONSTRAINT audit_events_check`, check: "check constraint", subject: "audit_events.audit_events_check"},
	{
		name: "a check loosened", sql: `ALTER TABLE audit_events DROP CONSTRAINT audit_events_hash_check;; ALTER TABLE audit_events ADD CONSTRAINT audit_events_hash_check CHECK (octet_length(hash) >= 0)`,
		check: "check constraint", subject: "audit_events.audit_events_hash_check",
	},
	{name: "a check not validated", sql: `ALTER TABLE audit_events DROP CONSTRAINT audit_events_hash_check;;
		ALTER TABLE audit_events ADD CONSTRAINT audit_events_hash_check CHECK (octet_length(hash) = 32) NOT VALID`, check: "check constraint", subject: "audit_events.audit_events_hash_check"},
	{
		name: "a unique constraint dropped", sql: `ALTER TABLE audit_events DROP CONSTRAINT audit_events_actor_id_mutation_id_key`,
		check: "unique constraint", subject: "audit_events.audit_events_actor_id_mutation_id_key",
	},
	{name: "a primary key dropped", sql: `ALTER TABLE webhook_attempts DROP CONSTRAINT webhook_attempts_pkey`, check: "primary key", subject: "webhook_attempts.webhook_attempts_pkey"},
	{name: "a unique index dropped", sql: `DROP INDEX definitions_name`, check: "index", subject: "definitions.definitions_name"},
	{
		name: "an index that is not unique", sql: `DROP INDEX definitions_name;; CREATE INDEX definitions_name ON definitions (kind, name) WHERE deleted_at IS NULL`,
		check: "index", subject: "definitions.definitions_name",
	},
	{name: "an index that is not valid", sql: `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'audit_events_incident'::regclass`, check: "index", subject: "audit_events.audit_events_incident"},
	{
		name: "an index of fewer rows", sql: `DROP INDEX audit_events_definitions;; CREATE INDEX audit_events_definitions ON audit_events (position) WHERE incident_id IS NULL AND position > 1000`,
		check: "index", subject: "audit_events.audit_events_definitions",
	},

	{name: "NOT NULL dropped", sql: `ALTER TABLE audit_events ALTER COLUMN hash DROP NOT NULL`, check: "column", subject: "audit_events.hash"},
	{name: "a default", sql: `ALTER TABLE audit_events ALTER COLUMN actor_id SET DEFAULT 'act_x'`, check: "column", subject: "audit_events.actor_id"},
	{name: "another type", sql: `ALTER TABLE incidents ALTER COLUMN closed_at TYPE NUMERIC`, check: "column", subject: "incidents.closed_at"},
	{name: "another collation", sql: `ALTER TABLE actors ALTER COLUMN name TYPE TEXT COLLATE "default"`, check: "column", subject: "actors.name"},
	{name: "a column more", sql: `ALTER TABLE audit_events ADD COLUMN note TEXT DEFAULT 'x'`, check: "column", subject: "audit_events.note"},
	{name: "a column less", sql: `ALTER TABLE incidents DROP COLUMN severity_rank`, check: "column", subject: "incidents.severity_rank"},
	{name: "a table less", sql: `DROP TABLE webhook_attempts`, check: "table", subject: "webhook_attempts"},
	{name: "a table that a crash empties", sql: `ALTER TABLE webhook_attempts SET UNLOGGED`, check: "table", subject: "webhook_attempts"},
	{name: "a rule", sql: `CREATE RULE quiet AS ON DELETE TO tree_tiles DO INSTEAD NOTHING`, check: "rule", subject: "tree_tiles.quiet"},
	{name: "row security", sql: `ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY`, check: "table", subject: "audit_events"},
	{name: "a policy", sql: `CREATE POLICY few ON audit_events USING (position < 3)`, check: "policy", subject: "audit_events.few"},
	{name: "a table that inherits", sql: `CREATE TABLE more () INHERITS (tasks)`, check: "inheritance", subject: "tasks.more"},

	{
		name: "a table in front", sql: `CREATE SCHEMA evil;; CREATE TABLE evil.audit_events (LIKE public.audit_events INCLUDING ALL);; ALTER DATABASE {db} SET search_path = evil, public`,
		check: "shadow", subject: "audit_events", reconnect: true,
	},
	{
		name: "a view in front", sql: `CREATE SCHEMA evil;; CREATE VIEW evil.checkpoints AS SELECT * FROM public.checkpoints;; ALTER DATABASE {db} SET search_path = evil, public`,
		check: "shadow", subject: "checkpoints", reconnect: true,
	},
	{name: "functions in front", sql: `ALTER DATABASE {db} SET search_path = public, pg_catalog`, check: "search_path", subject: "pg_catalog", reconnect: true},
	{name: "redaction in front", sql: `CREATE SCHEMA evil;; CREATE FUNCTION evil.tasktrail_redact(redacted BIGINT) RETURNS VOID LANGUAGE sql AS '';;
		ALTER DATABASE {db} SET search_path = evil, public`, check: "shadow", subject: "tasktrail_redact(bigint)", reconnect: true},
	{name: "a lock that locks nothing", sql: `CREATE FUNCTION pg_advisory_xact_lock(INTEGER) RETURNS VOID LANGUAGE sql AS ''`, check: "shadow", subject: "pg_advisory_xact_lock"},

	{name: "replica for the role", sql: `ALTER ROLE CURRENT_USER IN DATABASE {db} SET session_replication_role = replica`, check: "setting", subject: "session_replication_role"},
	{name: "replica in force", sql: `ALTER DATABASE {db} SET session_replication_role = replica`, check: "setting", subject: "session_replication_role", reconnect: true},
	{name: "commits that do not wait, for the role", sql: `ALTER ROLE CURRENT_USER IN DATABASE {db} SET synchronous_commit = off`, check: "setting", subject: "synchronous_commit"},
	{name: "commits that do not wait, for the database", sql: `ALTER DATABASE {db} SET synchronous_commit = off`, check: "setting", subject: "synchronous_commit"},

	{name: "an edited sum", sql: `UPDATE migration_sums SET sum = 'x' WHERE name = '0001'`, check: "migration", subject: "0001"},
	{name: "a sum less", sql: `DELETE FROM migration_sums WHERE name = '0002'`, check: "migration", subject: "0002"},
	{name: "a sum more", sql: `INSERT INTO migration_sums VALUES ('9999', 'x')`, check: "migration", subject: "9999"},
	{name: "another trail", sql: `UPDATE trail SET id = decode('00112233445566778899aabbccddeeff', 'hex')`, tamper: "trail", check: "trail", subject: "id"},
	{name: "another newest event", sql: `UPDATE audit_events SET actor_id = 'act_other' WHERE position = {newest}`, tamper: "audit_events", check: "trail", subject: "hash of event {newest}"},
	{
		name: "another event before", sql: `UPDATE audit_events SET hash = decode(repeat('00', 32), 'hex') WHERE position = {newest} - 1`, tamper: "audit_events",
		check: "trail", subject: "previous hash of event {newest}",
	},
	{
		name: "a checkpoint of what is not there", sql: `INSERT INTO checkpoints VALUES (99, decode(repeat('00', 32), 'hex'), 'x', 1)`, tamper: "checkpoints",
		check: "trail", subject: "newest checkpoint",
	},
}
