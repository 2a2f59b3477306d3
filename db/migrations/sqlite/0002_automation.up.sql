-- Playbooks, rules and webhooks, and what tasks know of them. A definition is
-- kept by the same rules as an incident: one version at a time, each with its
-- event. Webhook deliveries are no part of the trail; their calls are.
--
-- SQLite cannot change a CHECK. Its manual (Making Other Kinds Of Table Schema
-- Changes) gives this way, which leaves the rows alone.
PRAGMA writable_schema = ON;
--bun:split
UPDATE sqlite_schema
SET sql = replace(sql, 'subject_kind IN (''incident'',''task'')', 'subject_kind IN (''incident'',''task'',''playbook'',''rule'',''webhook'')')
WHERE type = 'table' AND name = 'audit_events';
--bun:split
PRAGMA writable_schema = RESET;
--bun:split
CREATE INDEX audit_events_definitions ON audit_events (position) WHERE incident_id IS NULL;
--bun:split
ALTER TABLE tasks ADD COLUMN group_name TEXT;
--bun:split
ALTER TABLE tasks ADD COLUMN overdue_since INTEGER;
--bun:split
ALTER TABLE tasks ADD COLUMN origin_version INTEGER;
--bun:split
ALTER TABLE tasks ADD COLUMN origin_key TEXT;
--bun:split
CREATE INDEX tasks_to_be_overdue ON tasks (due_at, id)
  WHERE status IN ('NEW','IN_PROGRESS') AND deleted_at IS NULL AND overdue_since IS NULL;
--bun:split
CREATE TABLE definitions (
  id         TEXT NOT NULL PRIMARY KEY,
  kind       TEXT NOT NULL CHECK (kind IN ('playbook','rule','webhook')),
  name       TEXT NOT NULL,
  body       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL REFERENCES actors (id),
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL REFERENCES actors (id),
  deleted_at INTEGER,
  version    INTEGER NOT NULL,
  FOREIGN KEY (id, version) REFERENCES audit_events (subject_id, subject_version)
) STRICT;
--bun:split
CREATE UNIQUE INDEX definitions_name ON definitions (kind, name) WHERE deleted_at IS NULL;
--bun:split
CREATE TABLE webhook_secrets (
  webhook_id TEXT NOT NULL PRIMARY KEY REFERENCES definitions (id),
  secret     TEXT NOT NULL
) STRICT;
--bun:split
CREATE TABLE webhook_deliveries (
  id         TEXT NOT NULL PRIMARY KEY,
  webhook_id TEXT NOT NULL REFERENCES definitions (id),
  position   INTEGER NOT NULL REFERENCES audit_events (position),
  body       TEXT NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('PENDING','DELIVERED','FAILED')),
  created_at INTEGER NOT NULL,
  next_at    INTEGER,
  CHECK ((next_at IS NOT NULL) = (state = 'PENDING'))
) STRICT;
--bun:split
CREATE INDEX webhook_deliveries_next ON webhook_deliveries (next_at);
--bun:split
CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries (webhook_id, position);
--bun:split
CREATE TABLE webhook_attempts (
  delivery_id TEXT NOT NULL REFERENCES webhook_deliveries (id),
  number      INTEGER NOT NULL CHECK (number >= 1),
  at          INTEGER NOT NULL,
  took_ms     INTEGER NOT NULL,
  status_code INTEGER,
  failure     TEXT,
  PRIMARY KEY (delivery_id, number),
  CHECK ((status_code IS NULL) <> (failure IS NULL))
) STRICT;
--bun:split
DROP TRIGGER tasks_update;
--bun:split
CREATE TRIGGER tasks_update BEFORE UPDATE ON tasks
BEGIN
  SELECT RAISE(ABORT, 'tasktrail: a task changes by one version at a time')
  WHERE NEW.version IS NOT OLD.version + 1;
  SELECT RAISE(ABORT, 'tasktrail: id, incident, origin and creation of a task never change')
  WHERE NEW.id IS NOT OLD.id OR NEW.incident_id IS NOT OLD.incident_id
     OR NEW.created_at IS NOT OLD.created_at OR NEW.created_by IS NOT OLD.created_by
     OR NEW.origin_kind IS NOT OLD.origin_kind OR NEW.origin_name IS NOT OLD.origin_name
     OR NEW.origin_id IS NOT OLD.origin_id OR NEW.origin_step IS NOT OLD.origin_step
     OR NEW.origin_version IS NOT OLD.origin_version OR NEW.origin_key IS NOT OLD.origin_key;
  SELECT RAISE(ABORT, 'tasktrail: no event records this version of the task')
  WHERE NOT EXISTS (SELECT 1 FROM audit_events WHERE subject_id = NEW.id AND subject_version = NEW.version
                      AND subject_kind = 'task' AND incident_id = NEW.incident_id);
END;
--bun:split
CREATE TRIGGER definitions_delete BEFORE DELETE ON definitions
BEGIN SELECT RAISE(ABORT, 'tasktrail: definitions are never deleted, only marked so'); END;
--bun:split
CREATE TRIGGER definitions_insert BEFORE INSERT ON definitions
BEGIN
  SELECT RAISE(ABORT, 'tasktrail: a new definition starts at version 1')
  WHERE NEW.version IS NOT 1 OR EXISTS (SELECT 1 FROM definitions WHERE id = NEW.id
     OR (kind = NEW.kind AND name = NEW.name AND deleted_at IS NULL));
  SELECT RAISE(ABORT, 'tasktrail: no event records this version of the definition')
  WHERE NOT EXISTS (SELECT 1 FROM audit_events WHERE subject_id = NEW.id AND subject_version = NEW.version
                      AND subject_kind = NEW.kind AND incident_id IS NULL);
END;
--bun:split
CREATE TRIGGER definitions_update BEFORE UPDATE ON definitions
BEGIN
  SELECT RAISE(ABORT, 'tasktrail: a definition changes by one version at a time')
  WHERE NEW.version IS NOT OLD.version + 1;
  SELECT RAISE(ABORT, 'tasktrail: id, kind and creation of a definition never change, nor does a deleted one')
  WHERE OLD.deleted_at IS NOT NULL OR NEW.id IS NOT OLD.id OR NEW.kind IS NOT OLD.kind
     OR NEW.created_at IS NOT OLD.created_at OR NEW.created_by IS NOT OLD.created_by;
  SELECT RAISE(ABORT, 'tasktrail: another definition of this kind has the name')
  WHERE NEW.deleted_at IS NULL AND EXISTS (SELECT 1 FROM definitions
    WHERE kind = NEW.kind AND name = NEW.name AND deleted_at IS NULL AND id IS NOT NEW.id);
  SELECT RAISE(ABORT, 'tasktrail: no event records this version of the definition')
  WHERE NOT EXISTS (SELECT 1 FROM audit_events WHERE subject_id = NEW.id AND subject_version = NEW.version
                      AND subject_kind = NEW.kind AND incident_id IS NULL);
END;
