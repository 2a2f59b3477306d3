-- The trail and what it is about. Times are microseconds since 1970 UTC.
-- Whatever the program does, these rules hold: the trail grows by whole events
-- in order, nothing of it changes, and incidents and tasks change only one
-- version at a time, each with its event. SQLite keeps foreign keys only where
-- a connection asks for them, so the triggers repeat them.
CREATE TABLE trail (
  one        INTEGER PRIMARY KEY CHECK (one = 1),
  id         BLOB NOT NULL CHECK (length(id) = 16),
  created_at INTEGER NOT NULL
) STRICT;
--bun:split
CREATE TABLE actors (
  id     TEXT NOT NULL PRIMARY KEY,
  kind   TEXT NOT NULL CHECK (kind IN ('USER','SERVICE','AUTOMATION_RULE','PLAYBOOK','SYSTEM')),
  name   TEXT NOT NULL,
  email  TEXT,
  search TEXT NOT NULL
) STRICT;
--bun:split
CREATE TABLE audit_events (
  position        INTEGER PRIMARY KEY CHECK (position >= 1),
  recorded_at     INTEGER NOT NULL,
  action          TEXT NOT NULL CHECK (action <> ''),
  subject_kind    TEXT NOT NULL CHECK (subject_kind IN ('incident','task')),
  subject_id      TEXT NOT NULL CHECK (subject_id <> ''),
  subject_version INTEGER NOT NULL CHECK (subject_version >= 1),
  incident_id     TEXT CHECK (incident_id <> ''),
  actor_kind      TEXT NOT NULL,
  actor_id        TEXT NOT NULL,
  request_id      TEXT CHECK (request_id <> ''),
  mutation_id     TEXT CHECK (mutation_id <> ''),
  fingerprint     BLOB CHECK (length(fingerprint) = 32),
  commitment      BLOB NOT NULL CHECK (length(commitment) = 32),
  previous        BLOB CHECK (length(previous) = 32),
  hash            BLOB NOT NULL CHECK (length(hash) = 32),
  payload         TEXT NOT NULL,
  salt            BLOB NOT NULL CHECK (length(salt) = 16),
  fields          TEXT NOT NULL,
  UNIQUE (subject_id, subject_version),
  UNIQUE (actor_id, mutation_id),
  CHECK ((previous IS NULL) = (position = 1)),
  CHECK ((fingerprint IS NULL) = (mutation_id IS NULL))
) STRICT;
--bun:split
CREATE INDEX audit_events_incident ON audit_events (incident_id, position);
--bun:split
CREATE INDEX audit_events_actor ON audit_events (actor_id, position);
--bun:split
CREATE INDEX audit_events_recorded ON audit_events (recorded_at, position);
--bun:split
CREATE TABLE incidents (
  id                     TEXT NOT NULL PRIMARY KEY,
  number                 INTEGER NOT NULL UNIQUE CHECK (number >= 1),
  title                  TEXT NOT NULL,
  description            TEXT,
  severity               TEXT NOT NULL CHECK (severity IN ('INFORMATIONAL','LOW','MEDIUM','HIGH')),
  severity_rank          INTEGER NOT NULL,
  status                 TEXT NOT NULL CHECK (status IN ('NEW','ACTIVE','CLOSED')),
  classification         TEXT,
  classification_reason  TEXT,
  classification_comment TEXT,
  owner_id               TEXT REFERENCES actors (id),
  labels                 TEXT NOT NULL,
  created_at             INTEGER NOT NULL,
  created_by             TEXT NOT NULL REFERENCES actors (id),
  updated_at             INTEGER NOT NULL,
  updated_by             TEXT NOT NULL REFERENCES actors (id),
  closed_at              INTEGER,
  version                INTEGER NOT NULL,
  search                 TEXT NOT NULL,
  CHECK ((status = 'CLOSED') = (closed_at IS NOT NULL)),
  CHECK ((status = 'CLOSED') = (classification IS NOT NULL)),
  FOREIGN KEY (id, version) REFERENCES audit_events (subject_id, subject_version)
) STRICT;
--bun:split
CREATE INDEX incidents_created ON incidents (created_at, number);
--bun:split
CREATE INDEX incidents_updated ON incidents (updated_at, number);
--bun:split
CREATE INDEX incidents_owner ON incidents (owner_id);
--bun:split
CREATE TABLE tasks (
  id           TEXT NOT NULL PRIMARY KEY,
  incident_id  TEXT NOT NULL REFERENCES incidents (id),
  order_key    TEXT NOT NULL,
  title        TEXT NOT NULL,
  description  TEXT,
  status       TEXT NOT NULL CHECK (status IN ('NEW','IN_PROGRESS','COMPLETED','SKIPPED')),
  mandatory    INTEGER NOT NULL CHECK (mandatory IN (0, 1)),
  assignee_id  TEXT REFERENCES actors (id),
  due_at       INTEGER,
  origin_kind  TEXT NOT NULL,
  origin_name  TEXT NOT NULL,
  origin_id    TEXT,
  origin_step  INTEGER,
  created_at   INTEGER NOT NULL,
  created_by   TEXT NOT NULL REFERENCES actors (id),
  updated_at   INTEGER NOT NULL,
  updated_by   TEXT NOT NULL REFERENCES actors (id),
  completed_at INTEGER,
  completed_by TEXT REFERENCES actors (id),
  reopen_count INTEGER NOT NULL CHECK (reopen_count >= 0),
  deleted_at   INTEGER,
  version      INTEGER NOT NULL,
  search       TEXT NOT NULL,
  CHECK ((status = 'COMPLETED') = (completed_at IS NOT NULL)),
  FOREIGN KEY (id, version) REFERENCES audit_events (subject_id, subject_version)
) STRICT;
--bun:split
CREATE INDEX tasks_incident ON tasks (incident_id);
--bun:split
CREATE INDEX tasks_assignee ON tasks (assignee_id);
--bun:split
CREATE INDEX tasks_created ON tasks (created_at, id);
--bun:split
CREATE INDEX tasks_due ON tasks (due_at, id);
--bun:split
CREATE TRIGGER trail_insert BEFORE INSERT ON trail WHEN EXISTS (SELECT 1 FROM trail)
BEGIN SELECT RAISE(ABORT, 'tasktrail: the trail already has its id'); END;
--bun:split
CREATE TRIGGER trail_update BEFORE UPDATE ON trail
BEGIN SELECT RAISE(ABORT, 'tasktrail: the id of the trail never changes'); END;
--bun:split
CREATE TRIGGER trail_delete BEFORE DELETE ON trail
BEGIN SELECT RAISE(ABORT, 'tasktrail: the id of the trail never changes'); END;
--bun:split
CREATE TRIGGER audit_events_update BEFORE UPDATE ON audit_events
BEGIN SELECT RAISE(ABORT, 'tasktrail: the trail is append-only'); END;
--bun:split
CREATE TRIGGER audit_events_delete BEFORE DELETE ON audit_events
BEGIN SELECT RAISE(ABORT, 'tasktrail: the trail is append-only'); END;
--bun:split
CREATE TRIGGER audit_events_insert BEFORE INSERT ON audit_events
BEGIN
  SELECT RAISE(ABORT, 'tasktrail: the position of a new event must follow the last')
  WHERE NEW.position IS NOT (SELECT COALESCE(MAX(position), 0) + 1 FROM audit_events);
  SELECT RAISE(ABORT, 'tasktrail: the previous hash of a new event must be the last hash')
  WHERE NEW.previous IS NOT (SELECT hash FROM audit_events ORDER BY position DESC LIMIT 1);
  SELECT RAISE(ABORT, 'tasktrail: this version of the subject already has its event')
  WHERE EXISTS (SELECT 1 FROM audit_events WHERE subject_id = NEW.subject_id AND subject_version = NEW.subject_version);
  SELECT RAISE(ABORT, 'tasktrail: this mutation already has its event')
  WHERE EXISTS (SELECT 1 FROM audit_events WHERE actor_id = NEW.actor_id AND mutation_id = NEW.mutation_id);
END;
--bun:split
CREATE TRIGGER incidents_delete BEFORE DELETE ON incidents
BEGIN SELECT RAISE(ABORT, 'tasktrail: incidents are never deleted'); END;
--bun:split
CREATE TRIGGER incidents_insert BEFORE INSERT ON incidents
BEGIN
  SELECT RAISE(ABORT, 'tasktrail: a new incident starts at version 1')
  WHERE NEW.version IS NOT 1 OR EXISTS (SELECT 1 FROM incidents WHERE id = NEW.id OR number = NEW.number);
  SELECT RAISE(ABORT, 'tasktrail: no event records this version of the incident')
  WHERE NOT EXISTS (SELECT 1 FROM audit_events WHERE subject_id = NEW.id AND subject_version = NEW.version AND subject_kind = 'incident');
END;
--bun:split
CREATE TRIGGER incidents_update BEFORE UPDATE ON incidents
BEGIN
  SELECT RAISE(ABORT, 'tasktrail: an incident changes by one version at a time')
  WHERE NEW.version IS NOT OLD.version + 1;
  SELECT RAISE(ABORT, 'tasktrail: id, number and creation of an incident never change')
  WHERE NEW.id IS NOT OLD.id OR NEW.number IS NOT OLD.number
     OR NEW.created_at IS NOT OLD.created_at OR NEW.created_by IS NOT OLD.created_by;
  SELECT RAISE(ABORT, 'tasktrail: no event records this version of the incident')
  WHERE NOT EXISTS (SELECT 1 FROM audit_events WHERE subject_id = NEW.id AND subject_version = NEW.version AND subject_kind = 'incident');
END;
--bun:split
CREATE TRIGGER tasks_delete BEFORE DELETE ON tasks
BEGIN SELECT RAISE(ABORT, 'tasktrail: tasks are never deleted, only marked so'); END;
--bun:split
CREATE TRIGGER tasks_insert BEFORE INSERT ON tasks
BEGIN
  SELECT RAISE(ABORT, 'tasktrail: a new task starts at version 1')
  WHERE NEW.version IS NOT 1 OR EXISTS (SELECT 1 FROM tasks WHERE id = NEW.id);
  SELECT RAISE(ABORT, 'tasktrail: no event records this version of the task')
  WHERE NOT EXISTS (SELECT 1 FROM audit_events WHERE subject_id = NEW.id AND subject_version = NEW.version
                      AND subject_kind = 'task' AND incident_id = NEW.incident_id);
END;
--bun:split
CREATE TRIGGER tasks_update BEFORE UPDATE ON tasks
BEGIN
  SELECT RAISE(ABORT, 'tasktrail: a task changes by one version at a time')
  WHERE NEW.version IS NOT OLD.version + 1;
  SELECT RAISE(ABORT, 'tasktrail: id, incident, origin and creation of a task never change')
  WHERE NEW.id IS NOT OLD.id OR NEW.incident_id IS NOT OLD.incident_id
     OR NEW.created_at IS NOT OLD.created_at OR NEW.created_by IS NOT OLD.created_by
     OR NEW.origin_kind IS NOT OLD.origin_kind OR NEW.origin_name IS NOT OLD.origin_name
     OR NEW.origin_id IS NOT OLD.origin_id OR NEW.origin_step IS NOT OLD.origin_step;
  SELECT RAISE(ABORT, 'tasktrail: no event records this version of the task')
  WHERE NOT EXISTS (SELECT 1 FROM audit_events WHERE subject_id = NEW.id AND subject_version = NEW.version AND subject_kind = 'task');
END;
