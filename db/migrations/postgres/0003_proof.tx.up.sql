-- The tree over the trail with its signed checkpoints, and redaction: the
-- payload and salt of an event can go once an event says so; nothing else of it
-- ever changes. Tiles can be made again from the events, checkpoints can not.
ALTER TABLE audit_events DROP CONSTRAINT audit_events_subject_kind_check;
--bun:split
ALTER TABLE audit_events ADD CONSTRAINT audit_events_subject_kind_check
  CHECK (subject_kind IN ('incident','task','playbook','rule','webhook','event'));
--bun:split
ALTER TABLE audit_events ALTER COLUMN payload DROP NOT NULL, ALTER COLUMN salt DROP NOT NULL;
--bun:split
ALTER TABLE audit_events ADD CONSTRAINT audit_events_redacted_check CHECK ((payload IS NULL) = (salt IS NULL));
--bun:split
CREATE INDEX audit_events_redactions ON audit_events (incident_id) WHERE subject_kind = 'event';
--bun:split
-- Calls lose their bodies with the event that records them.
CREATE INDEX webhook_deliveries_position ON webhook_deliveries (position);
--bun:split
CREATE TABLE tree_tiles (
  level  BIGINT NOT NULL CHECK (level BETWEEN 0 AND 6),
  number BIGINT NOT NULL CHECK (number >= 0),
  root   BYTEA NOT NULL CHECK (octet_length(root) = 32),
  hashes BYTEA NOT NULL CHECK (octet_length(hashes) = 8192),
  PRIMARY KEY (level, number)
);
--bun:split
-- Hashes do not get smaller.
ALTER TABLE tree_tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;
--bun:split
CREATE TABLE checkpoints (
  size      BIGINT PRIMARY KEY CHECK (size >= 1),
  root      BYTEA NOT NULL CHECK (octet_length(root) = 32),
  note      TEXT NOT NULL,
  signed_at BIGINT NOT NULL
);
--bun:split
CREATE FUNCTION tasktrail_checkpoint_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM audit_events WHERE position = NEW.size;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'tasktrail: a checkpoint of events that are not there' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
--bun:split
CREATE FUNCTION tasktrail_event_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.payload IS NULL OR NEW.payload IS NOT NULL OR NEW.salt IS NOT NULL OR NEW.fields <> ''
     OR (NEW.position, NEW.recorded_at, NEW.action, NEW.subject_kind, NEW.subject_id, NEW.subject_version, NEW.incident_id,
         NEW.actor_kind, NEW.actor_id, NEW.request_id, NEW.mutation_id, NEW.fingerprint, NEW.commitment, NEW.previous, NEW.hash)
        IS DISTINCT FROM
        (OLD.position, OLD.recorded_at, OLD.action, OLD.subject_kind, OLD.subject_id, OLD.subject_version, OLD.incident_id,
         OLD.actor_kind, OLD.actor_id, OLD.request_id, OLD.mutation_id, OLD.fingerprint, OLD.commitment, OLD.previous, OLD.hash) THEN
    RAISE EXCEPTION 'tasktrail: the trail is append-only' USING ERRCODE = 'restrict_violation';
  END IF;
  PERFORM 1 FROM audit_events WHERE subject_id = 'evt_' || OLD.position AND subject_version = 1 AND subject_kind = 'event';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'tasktrail: no event records this redaction' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
--bun:split
-- For roles that may not update events: what it does is checked like any
-- update.
CREATE FUNCTION tasktrail_redact(redacted BIGINT) RETURNS VOID LANGUAGE sql SECURITY DEFINER AS $$
  UPDATE audit_events SET payload = NULL, salt = NULL, fields = '' WHERE position = redacted AND payload IS NOT NULL;
$$;
--bun:split
REVOKE ALL ON FUNCTION tasktrail_redact(BIGINT) FROM PUBLIC;
--bun:split
CREATE OR REPLACE FUNCTION tasktrail_event_insert() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
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
  IF NEW.payload IS NULL OR NEW.salt IS NULL THEN
    RAISE EXCEPTION 'tasktrail: a new event has its payload' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.subject_kind = 'event' THEN
    PERFORM 1 FROM audit_events WHERE NEW.subject_version = 1 AND payload IS NOT NULL
      AND position = CASE WHEN NEW.subject_id ~ '^evt_[1-9][0-9]{0,17}$' THEN substr(NEW.subject_id, 5)::BIGINT END;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'tasktrail: a redaction of an event that is not there' USING ERRCODE = 'restrict_violation';
    END IF;
  END IF;
  RETURN NEW;
END $$;
--bun:split
CREATE OR REPLACE FUNCTION tasktrail_event_has_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.subject_kind = 'incident' THEN
    PERFORM 1 FROM incidents WHERE id = NEW.subject_id AND version >= NEW.subject_version;
  ELSIF NEW.subject_kind = 'task' THEN
    PERFORM 1 FROM tasks WHERE id = NEW.subject_id AND version >= NEW.subject_version;
  ELSIF NEW.subject_kind = 'event' THEN
    PERFORM 1 FROM audit_events WHERE NEW.subject_version = 1 AND payload IS NULL
      AND position = CASE WHEN NEW.subject_id ~ '^evt_[1-9][0-9]{0,17}$' THEN substr(NEW.subject_id, 5)::BIGINT END;
  ELSE
    PERFORM 1 FROM definitions WHERE id = NEW.subject_id AND version >= NEW.subject_version AND kind = NEW.subject_kind;
  END IF;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'tasktrail: an event without its change' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
--bun:split
DROP TRIGGER audit_events_fixed ON audit_events;
--bun:split
CREATE TRIGGER audit_events_kept BEFORE DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION tasktrail_refuse();
--bun:split
CREATE TRIGGER audit_events_fixed BEFORE UPDATE ON audit_events FOR EACH ROW EXECUTE FUNCTION tasktrail_event_update();
--bun:split
CREATE TRIGGER checkpoints_insert BEFORE INSERT ON checkpoints FOR EACH ROW EXECUTE FUNCTION tasktrail_checkpoint_insert();
--bun:split
CREATE TRIGGER checkpoints_fixed BEFORE UPDATE OR DELETE ON checkpoints FOR EACH ROW EXECUTE FUNCTION tasktrail_refuse();
--bun:split
CREATE TRIGGER checkpoints_truncate BEFORE TRUNCATE ON checkpoints FOR EACH STATEMENT EXECUTE FUNCTION tasktrail_refuse();
--bun:split
ALTER TABLE audit_events ENABLE ALWAYS TRIGGER audit_events_kept;
--bun:split
ALTER TABLE audit_events ENABLE ALWAYS TRIGGER audit_events_fixed;
--bun:split
ALTER TABLE checkpoints ENABLE ALWAYS TRIGGER checkpoints_insert;
--bun:split
ALTER TABLE checkpoints ENABLE ALWAYS TRIGGER checkpoints_fixed;
--bun:split
ALTER TABLE checkpoints ENABLE ALWAYS TRIGGER checkpoints_truncate;
--bun:split
-- Replacing a function forgets its settings.
DO $$
DECLARE f TEXT;
BEGIN
  FOREACH f IN ARRAY ARRAY['tasktrail_event_insert()','tasktrail_event_has_change()','tasktrail_event_update()','tasktrail_checkpoint_insert()','tasktrail_redact(BIGINT)'] LOOP
    EXECUTE format('ALTER FUNCTION %I.%s SET search_path = %I, pg_temp', current_schema(), f, current_schema());
  END LOOP;
END $$;
