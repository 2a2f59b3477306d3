-- Playbooks, rules and webhooks, and what tasks know of them. A definition is
-- kept by the same rules as an incident: one version at a time, each with its
-- event. Webhook deliveries are no part of the trail; their calls are.
ALTER TABLE audit_events DROP CONSTRAINT audit_events_subject_kind_check;
--bun:split
ALTER TABLE audit_events ADD CONSTRAINT audit_events_subject_kind_check
  CHECK (subject_kind IN ('incident','task','playbook','rule','webhook'));
--bun:split
CREATE INDEX audit_events_definitions ON audit_events (position) WHERE incident_id IS NULL;
--bun:split
ALTER TABLE tasks ADD COLUMN group_name TEXT;
--bun:split
ALTER TABLE tasks ADD COLUMN overdue_since BIGINT;
--bun:split
ALTER TABLE tasks ADD COLUMN origin_version BIGINT;
--bun:split
ALTER TABLE tasks ADD COLUMN origin_key TEXT COLLATE "C";
--bun:split
CREATE INDEX tasks_to_be_overdue ON tasks (due_at, id)
  WHERE status IN ('NEW','IN_PROGRESS') AND deleted_at IS NULL AND overdue_since IS NULL;
--bun:split
CREATE TABLE definitions (
  id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  kind       TEXT NOT NULL CHECK (kind IN ('playbook','rule','webhook')),
  name       TEXT COLLATE "C" NOT NULL,
  body       TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL REFERENCES actors (id),
  updated_at BIGINT NOT NULL,
  updated_by TEXT COLLATE "C" NOT NULL REFERENCES actors (id),
  deleted_at BIGINT,
  version    BIGINT NOT NULL,
  FOREIGN KEY (id, version) REFERENCES audit_events (subject_id, subject_version)
);
--bun:split
CREATE UNIQUE INDEX definitions_name ON definitions (kind, name) WHERE deleted_at IS NULL;
--bun:split
CREATE TABLE webhook_secrets (
  webhook_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES definitions (id),
  secret     TEXT NOT NULL
);
--bun:split
CREATE TABLE webhook_deliveries (
  id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  webhook_id TEXT COLLATE "C" NOT NULL REFERENCES definitions (id),
  position   BIGINT NOT NULL REFERENCES audit_events (position),
  body       TEXT NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('PENDING','DELIVERED','FAILED')),
  created_at BIGINT NOT NULL,
  next_at    BIGINT,
  CHECK ((next_at IS NOT NULL) = (state = 'PENDING'))
);
--bun:split
CREATE INDEX webhook_deliveries_next ON webhook_deliveries (next_at);
--bun:split
CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries (webhook_id, position);
--bun:split
CREATE TABLE webhook_attempts (
  delivery_id TEXT COLLATE "C" NOT NULL REFERENCES webhook_deliveries (id),
  number      BIGINT NOT NULL CHECK (number >= 1),
  at          BIGINT NOT NULL,
  took_ms     BIGINT NOT NULL,
  status_code BIGINT,
  failure     TEXT,
  PRIMARY KEY (delivery_id, number),
  CHECK ((status_code IS NULL) <> (failure IS NULL))
);
--bun:split
CREATE OR REPLACE FUNCTION tasktrail_event_has_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.subject_kind = 'incident' THEN
    PERFORM 1 FROM incidents WHERE id = NEW.subject_id AND version >= NEW.subject_version;
  ELSIF NEW.subject_kind = 'task' THEN
    PERFORM 1 FROM tasks WHERE id = NEW.subject_id AND version >= NEW.subject_version;
  ELSE
    PERFORM 1 FROM definitions WHERE id = NEW.subject_id AND version >= NEW.subject_version AND kind = NEW.subject_kind;
  END IF;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'tasktrail: an event without its change' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
--bun:split
CREATE OR REPLACE FUNCTION tasktrail_task_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.version <> 1 THEN
      RAISE EXCEPTION 'tasktrail: a new task starts at version 1' USING ERRCODE = 'restrict_violation';
    END IF;
  ELSE
    IF NEW.version <> OLD.version + 1 THEN
      RAISE EXCEPTION 'tasktrail: a task changes by one version at a time' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.id, NEW.incident_id, NEW.created_at, NEW.created_by,
        NEW.origin_kind, NEW.origin_name, NEW.origin_id, NEW.origin_step, NEW.origin_version, NEW.origin_key)
       IS DISTINCT FROM
       (OLD.id, OLD.incident_id, OLD.created_at, OLD.created_by,
        OLD.origin_kind, OLD.origin_name, OLD.origin_id, OLD.origin_step, OLD.origin_version, OLD.origin_key) THEN
      RAISE EXCEPTION 'tasktrail: id, incident, origin and creation of a task never change' USING ERRCODE = 'restrict_violation';
    END IF;
  END IF;
  PERFORM 1 FROM audit_events WHERE subject_id = NEW.id AND subject_version = NEW.version
    AND subject_kind = 'task' AND incident_id = NEW.incident_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'tasktrail: no event records this version of the task' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
--bun:split
CREATE FUNCTION tasktrail_definition_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.version <> 1 THEN
      RAISE EXCEPTION 'tasktrail: a new definition starts at version 1' USING ERRCODE = 'restrict_violation';
    END IF;
  ELSE
    IF NEW.version <> OLD.version + 1 THEN
      RAISE EXCEPTION 'tasktrail: a definition changes by one version at a time' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.deleted_at IS NOT NULL OR (NEW.id, NEW.kind, NEW.created_at, NEW.created_by)
       IS DISTINCT FROM (OLD.id, OLD.kind, OLD.created_at, OLD.created_by) THEN
      RAISE EXCEPTION 'tasktrail: id, kind and creation of a definition never change, nor does a deleted one' USING ERRCODE = 'restrict_violation';
    END IF;
  END IF;
  PERFORM 1 FROM audit_events WHERE subject_id = NEW.id AND subject_version = NEW.version
    AND subject_kind = NEW.kind AND incident_id IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'tasktrail: no event records this version of the definition' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
--bun:split
CREATE TRIGGER definitions_write BEFORE INSERT OR UPDATE ON definitions FOR EACH ROW EXECUTE FUNCTION tasktrail_definition_write();
--bun:split
CREATE TRIGGER definitions_kept BEFORE DELETE ON definitions FOR EACH ROW EXECUTE FUNCTION tasktrail_refuse();
--bun:split
CREATE TRIGGER definitions_truncate BEFORE TRUNCATE ON definitions FOR EACH STATEMENT EXECUTE FUNCTION tasktrail_refuse();
--bun:split
ALTER TABLE definitions ENABLE ALWAYS TRIGGER definitions_write;
--bun:split
ALTER TABLE definitions ENABLE ALWAYS TRIGGER definitions_kept;
--bun:split
ALTER TABLE definitions ENABLE ALWAYS TRIGGER definitions_truncate;
--bun:split
-- Replacing a function forgets its settings.
DO $$
DECLARE f TEXT;
BEGIN
  FOREACH f IN ARRAY ARRAY['tasktrail_event_has_change','tasktrail_task_write','tasktrail_definition_write'] LOOP
    EXECUTE format('ALTER FUNCTION %I.%I() SET search_path = %I, pg_temp', current_schema(), f, current_schema());
  END LOOP;
END $$;
