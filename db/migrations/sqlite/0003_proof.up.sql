-- The tree over the trail with its signed checkpoints, and redaction: the
-- payload and salt of an event can go once an event says so; nothing else of it
-- ever changes. Tiles can be made again from the events, checkpoints can not.
PRAGMA writable_schema = ON;
--bun:split
UPDATE sqlite_schema
SET sql = replace(replace(replace(replace(sql,
  '''webhook'')', '''webhook'',''event'')'),
  'payload         TEXT NOT NULL', 'payload         TEXT'),
  'salt            BLOB NOT NULL CHECK', 'salt            BLOB CHECK'),
  'CHECK ((previous IS NULL) = (position = 1))', 'CHECK ((payload IS NULL) = (salt IS NULL)),' || char(10) || '  CHECK ((previous IS NULL) = (position = 1))')
WHERE type = 'table' AND name = 'audit_events';
--bun:split
PRAGMA writable_schema = RESET;
--bun:split
CREATE INDEX audit_events_redactions ON audit_events (incident_id) WHERE subject_kind = 'event';
--bun:split
-- Calls lose their bodies with the event that records them.
CREATE INDEX webhook_deliveries_position ON webhook_deliveries (position);
--bun:split
CREATE TABLE tree_tiles (
  level  INTEGER NOT NULL CHECK (level BETWEEN 0 AND 6),
  number INTEGER NOT NULL CHECK (number >= 0),
  root   BLOB NOT NULL CHECK (length(root) = 32),
  hashes BLOB NOT NULL CHECK (length(hashes) = 8192),
  PRIMARY KEY (level, number)
) STRICT;
--bun:split
CREATE TABLE checkpoints (
  size      INTEGER PRIMARY KEY CHECK (size >= 1),
  root      BLOB NOT NULL CHECK (length(root) = 32),
  note      TEXT NOT NULL,
  signed_at INTEGER NOT NULL
) STRICT;
--bun:split
CREATE TRIGGER checkpoints_update BEFORE UPDATE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'tasktrail: checkpoints never change'); END;
--bun:split
CREATE TRIGGER checkpoints_delete BEFORE DELETE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'tasktrail: checkpoints are never deleted'); END;
--bun:split
CREATE TRIGGER checkpoints_insert BEFORE INSERT ON checkpoints
BEGIN
  SELECT RAISE(ABORT, 'tasktrail: a checkpoint of events that are not there')
  WHERE NOT EXISTS (SELECT 1 FROM audit_events WHERE position = NEW.size);
  SELECT RAISE(ABORT, 'tasktrail: there is a checkpoint of this size')
  WHERE EXISTS (SELECT 1 FROM checkpoints WHERE size = NEW.size);
END;
--bun:split
DROP TRIGGER audit_events_update;
--bun:split
CREATE TRIGGER audit_events_update BEFORE UPDATE ON audit_events
BEGIN
  SELECT RAISE(ABORT, 'tasktrail: the trail is append-only')
  WHERE OLD.payload IS NULL OR NEW.payload IS NOT NULL OR NEW.salt IS NOT NULL OR NEW.fields IS NOT ''
     OR NEW.position IS NOT OLD.position OR NEW.recorded_at IS NOT OLD.recorded_at OR NEW.action IS NOT OLD.action
     OR NEW.subject_kind IS NOT OLD.subject_kind OR NEW.subject_id IS NOT OLD.subject_id
     OR NEW.subject_version IS NOT OLD.subject_version OR NEW.incident_id IS NOT OLD.incident_id
     OR NEW.actor_kind IS NOT OLD.actor_kind OR NEW.actor_id IS NOT OLD.actor_id
     OR NEW.request_id IS NOT OLD.request_id OR NEW.mutation_id IS NOT OLD.mutation_id
     OR NEW.fingerprint IS NOT OLD.fingerprint OR NEW.commitment IS NOT OLD.commitment
     OR NEW.previous IS NOT OLD.previous OR NEW.hash IS NOT OLD.hash;
  SELECT RAISE(ABORT, 'tasktrail: no event records this redaction')
  WHERE NOT EXISTS (SELECT 1 FROM audit_events
    WHERE subject_id = 'evt_' || OLD.position AND subject_version = 1 AND subject_kind = 'event');
END;
--bun:split
DROP TRIGGER audit_events_insert;
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
  SELECT RAISE(ABORT, 'tasktrail: a new event has its payload')
  WHERE NEW.payload IS NULL OR NEW.salt IS NULL;
  SELECT RAISE(ABORT, 'tasktrail: a redaction of an event that is not there')
  WHERE NEW.subject_kind = 'event' AND (NEW.subject_version IS NOT 1 OR NOT EXISTS (SELECT 1 FROM audit_events
    WHERE position = CAST(substr(NEW.subject_id, 5) AS INTEGER) AND 'evt_' || position = NEW.subject_id AND payload IS NOT NULL));
END;
