-- The trail and what it is about. Times are microseconds since 1970 UTC.
-- Whatever the program does, these rules hold: the trail grows by whole events
-- in order, nothing of it changes, and incidents and tasks change only one
-- version at a time, each with its event. The triggers are ENABLE ALWAYS: they
-- also fire where session_replication_role switches ordinary ones off.
CREATE TABLE trail (
  one        INTEGER PRIMARY KEY CHECK (one = 1),
  id         BYTEA NOT NULL CHECK (octet_length(id) = 16),
  created_at BIGINT NOT NULL
);
--bun:split
CREATE TABLE actors (
  id     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  kind   TEXT NOT NULL CHECK (kind IN ('USER','SERVICE','AUTOMATION_RULE','PLAYBOOK','SYSTEM')),
  name   TEXT COLLATE "C" NOT NULL,
  email  TEXT,
  search TEXT COLLATE "C" NOT NULL
);
--bun:split
CREATE TABLE audit_events (
  position        BIGINT PRIMARY KEY CHECK (position >= 1),
  recorded_at     BIGINT NOT NULL,
  action          TEXT NOT NULL CHECK (action <> ''),
  subject_kind    TEXT NOT NULL CHECK (subject_kind IN ('incident','task')),
  subject_id      TEXT COLLATE "C" NOT NULL CHECK (subject_id <> ''),
  subject_version BIGINT NOT NULL CHECK (subject_version >= 1),
  incident_id     TEXT COLLATE "C" CHECK (incident_id <> ''),
  actor_kind      TEXT NOT NULL,
  actor_id        TEXT COLLATE "C" NOT NULL,
  request_id      TEXT CHECK (request_id <> ''),
  mutation_id     TEXT COLLATE "C" CHECK (mutation_id <> ''),
  fingerprint     BYTEA CHECK (octet_length(fingerprint) = 32),
  commitment      BYTEA NOT NULL CHECK (octet_length(commitment) = 32),
  previous        BYTEA CHECK (octet_length(previous) = 32),
  hash            BYTEA NOT NULL CHECK (octet_length(hash) = 32),
  payload         TEXT NOT NULL,
  salt            BYTEA NOT NULL CHECK (octet_length(salt) = 16),
  fields          TEXT NOT NULL,
  UNIQUE (subject_id, subject_version),
  UNIQUE (actor_id, mutation_id),
  CHECK ((previous IS NULL) = (position = 1)),
  CHECK ((fingerprint IS NULL) = (mutation_id IS NULL))
);
--bun:split
CREATE INDEX audit_events_incident ON audit_events (incident_id, position);
--bun:split
CREATE INDEX audit_events_actor ON audit_events (actor_id, position);
--bun:split
CREATE INDEX audit_events_recorded ON audit_events (recorded_at, position);
--bun:split
CREATE TABLE incidents (
  id                     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  number                 BIGINT NOT NULL UNIQUE CHECK (number >= 1),
  title                  TEXT NOT NULL,
  description            TEXT,
  severity               TEXT NOT NULL CHECK (severity IN ('INFORMATIONAL','LOW','MEDIUM','HIGH')),
  severity_rank          BIGINT NOT NULL,
  status                 TEXT NOT NULL CHECK (status IN ('NEW','ACTIVE','CLOSED')),
  classification         TEXT,
  classification_reason  TEXT,
  classification_comment TEXT,
  owner_id               TEXT COLLATE "C" REFERENCES actors (id),
  labels                 TEXT NOT NULL,
  created_at             BIGINT NOT NULL,
  created_by             TEXT COLLATE "C" NOT NULL REFERENCES actors (id),
  updated_at             BIGINT NOT NULL,
  updated_by             TEXT COLLATE "C" NOT NULL REFERENCES actors (id),
  closed_at              BIGINT,
  version                BIGINT NOT NULL,
  search                 TEXT COLLATE "C" NOT NULL,
  CHECK ((status = 'CLOSED') = (closed_at IS NOT NULL)),
  CHECK ((status = 'CLOSED') = (classification IS NOT NULL)),
  FOREIGN KEY (id, version) REFERENCES audit_events (subject_id, subject_version)
);
--bun:split
CREATE INDEX incidents_created ON incidents (created_at, number);
--bun:split
CREATE INDEX incidents_updated ON incidents (updated_at, number);
--bun:split
CREATE INDEX incidents_owner ON incidents (owner_id);
--bun:split
CREATE TABLE tasks (
  id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  incident_id  TEXT COLLATE "C" NOT NULL REFERENCES incidents (id),
  order_key    TEXT COLLATE "C" NOT NULL,
  title        TEXT NOT NULL,
  description  TEXT,
  status       TEXT NOT NULL CHECK (status IN ('NEW','IN_PROGRESS','COMPLETED','SKIPPED')),
  mandatory    BOOLEAN NOT NULL,
  assignee_id  TEXT COLLATE "C" REFERENCES actors (id),
  due_at       BIGINT,
  origin_kind  TEXT NOT NULL,
  origin_name  TEXT NOT NULL,
  origin_id    TEXT COLLATE "C",
  origin_step  BIGINT,
  created_at   BIGINT NOT NULL,
  created_by   TEXT COLLATE "C" NOT NULL REFERENCES actors (id),
  updated_at   BIGINT NOT NULL,
  updated_by   TEXT COLLATE "C" NOT NULL REFERENCES actors (id),
  completed_at BIGINT,
  completed_by TEXT COLLATE "C" REFERENCES actors (id),
  reopen_count BIGINT NOT NULL CHECK (reopen_count >= 0),
  deleted_at   BIGINT,
  version      BIGINT NOT NULL,
  search       TEXT COLLATE "C" NOT NULL,
  CHECK ((status = 'COMPLETED') = (completed_at IS NOT NULL)),
  FOREIGN KEY (id, version) REFERENCES audit_events (subject_id, subject_version)
);
--bun:split
CREATE INDEX tasks_incident ON tasks (incident_id);
--bun:split
CREATE INDEX tasks_assignee ON tasks (assignee_id);
--bun:split
CREATE INDEX tasks_created ON tasks (created_at, id);
--bun:split
CREATE INDEX tasks_due ON tasks (due_at, id);
--bun:split
CREATE FUNCTION tasktrail_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'tasktrail: % of % is refused', lower(TG_OP), TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
--bun:split
CREATE FUNCTION tasktrail_event_insert() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  last_position BIGINT;
  last_hash BYTEA;
BEGIN
  SELECT position, hash INTO last_position, last_hash FROM audit_events ORDER BY position DESC LIMIT 1;
  IF NEW.position IS DISTINCT FROM COALESCE(last_position, 0) + 1 THEN
    RAISE EXCEPTION 'tasktrail: the position of a new event must follow the last' USING ERRCODE = 'serialization_failure';
  END IF;
  IF NEW.previous IS DISTINCT FROM last_hash THEN
    RAISE EXCEPTION 'tasktrail: the previous hash of a new event must be the last hash' USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN NEW;
END $$;
--bun:split
CREATE FUNCTION tasktrail_event_has_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.subject_kind = 'incident' THEN
    PERFORM 1 FROM incidents WHERE id = NEW.subject_id AND version >= NEW.subject_version;
  ELSE
    PERFORM 1 FROM tasks WHERE id = NEW.subject_id AND version >= NEW.subject_version;
  END IF;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'tasktrail: an event without its change' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
--bun:split
CREATE FUNCTION tasktrail_incident_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.version <> 1 THEN
      RAISE EXCEPTION 'tasktrail: a new incident starts at version 1' USING ERRCODE = 'restrict_violation';
    END IF;
  ELSE
    IF NEW.version <> OLD.version + 1 THEN
      RAISE EXCEPTION 'tasktrail: an incident changes by one version at a time' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.id, NEW.number, NEW.created_at, NEW.created_by) IS DISTINCT FROM (OLD.id, OLD.number, OLD.created_at, OLD.created_by) THEN
      RAISE EXCEPTION 'tasktrail: id, number and creation of an incident never change' USING ERRCODE = 'restrict_violation';
    END IF;
  END IF;
  PERFORM 1 FROM audit_events WHERE subject_id = NEW.id AND subject_version = NEW.version AND subject_kind = 'incident';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'tasktrail: no event records this version of the incident' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
--bun:split
CREATE FUNCTION tasktrail_task_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.version <> 1 THEN
      RAISE EXCEPTION 'tasktrail: a new task starts at version 1' USING ERRCODE = 'restrict_violation';
    END IF;
  ELSE
    IF NEW.version <> OLD.version + 1 THEN
      RAISE EXCEPTION 'tasktrail: a task changes by one version at a time' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.id, NEW.incident_id, NEW.created_at, NEW.created_by, NEW.origin_kind, NEW.origin_name, NEW.origin_id, NEW.origin_step)
       IS DISTINCT FROM
       (OLD.id, OLD.incident_id, OLD.created_at, OLD.created_by, OLD.origin_kind, OLD.origin_name, OLD.origin_id, OLD.origin_step) THEN
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
CREATE TRIGGER audit_events_insert BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION tasktrail_event_insert();
--bun:split
CREATE CONSTRAINT TRIGGER audit_events_change AFTER INSERT ON audit_events DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION tasktrail_event_has_change();
--bun:split
CREATE TRIGGER incidents_write BEFORE INSERT OR UPDATE ON incidents FOR EACH ROW EXECUTE FUNCTION tasktrail_incident_write();
--bun:split
CREATE TRIGGER tasks_write BEFORE INSERT OR UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION tasktrail_task_write();
--bun:split
CREATE TRIGGER trail_fixed BEFORE UPDATE OR DELETE ON trail FOR EACH ROW EXECUTE FUNCTION tasktrail_refuse();
--bun:split
CREATE TRIGGER audit_events_fixed BEFORE UPDATE OR DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION tasktrail_refuse();
--bun:split
CREATE TRIGGER incidents_kept BEFORE DELETE ON incidents FOR EACH ROW EXECUTE FUNCTION tasktrail_refuse();
--bun:split
CREATE TRIGGER tasks_kept BEFORE DELETE ON tasks FOR EACH ROW EXECUTE FUNCTION tasktrail_refuse();
--bun:split
CREATE TRIGGER trail_truncate BEFORE TRUNCATE ON trail FOR EACH STATEMENT EXECUTE FUNCTION tasktrail_refuse();
--bun:split
CREATE TRIGGER audit_events_truncate BEFORE TRUNCATE ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION tasktrail_refuse();
--bun:split
CREATE TRIGGER incidents_truncate BEFORE TRUNCATE ON incidents FOR EACH STATEMENT EXECUTE FUNCTION tasktrail_refuse();
--bun:split
CREATE TRIGGER tasks_truncate BEFORE TRUNCATE ON tasks FOR EACH STATEMENT EXECUTE FUNCTION tasktrail_refuse();
--bun:split
ALTER TABLE trail ENABLE ALWAYS TRIGGER trail_fixed;
--bun:split
ALTER TABLE trail ENABLE ALWAYS TRIGGER trail_truncate;
--bun:split
ALTER TABLE audit_events ENABLE ALWAYS TRIGGER audit_events_insert;
--bun:split
ALTER TABLE audit_events ENABLE ALWAYS TRIGGER audit_events_change;
--bun:split
ALTER TABLE audit_events ENABLE ALWAYS TRIGGER audit_events_fixed;
--bun:split
ALTER TABLE audit_events ENABLE ALWAYS TRIGGER audit_events_truncate;
--bun:split
ALTER TABLE incidents ENABLE ALWAYS TRIGGER incidents_write;
--bun:split
ALTER TABLE incidents ENABLE ALWAYS TRIGGER incidents_kept;
--bun:split
ALTER TABLE incidents ENABLE ALWAYS TRIGGER incidents_truncate;
--bun:split
ALTER TABLE tasks ENABLE ALWAYS TRIGGER tasks_write;
--bun:split
ALTER TABLE tasks ENABLE ALWAYS TRIGGER tasks_kept;
--bun:split
ALTER TABLE tasks ENABLE ALWAYS TRIGGER tasks_truncate;
--bun:split
-- The functions look at our tables whatever search_path or temporary tables the
-- session has.
DO $$
DECLARE f TEXT;
BEGIN
  FOREACH f IN ARRAY ARRAY['tasktrail_refuse','tasktrail_event_insert','tasktrail_event_has_change','tasktrail_incident_write','tasktrail_task_write'] LOOP
    EXECUTE format('ALTER FUNCTION %I.%I() SET search_path = %I, pg_temp', current_schema(), f, current_schema());
  END LOOP;
END $$;
