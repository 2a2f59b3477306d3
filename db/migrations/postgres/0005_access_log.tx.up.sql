-- Who read what is sensitive, and what was refused. Entries are only added.
CREATE TABLE access_log (
  number         BIGINT PRIMARY KEY CHECK (number >= 1),
  recorded_at    BIGINT NOT NULL,
  action         TEXT NOT NULL CHECK (action <> ''),
  outcome        TEXT NOT NULL CHECK (outcome IN ('ALLOWED','REFUSED')),
  reason         TEXT CHECK (reason <> ''),
  actor_id       TEXT CHECK (actor_id <> ''),
  actor_name     TEXT,
  actor_kind     TEXT CHECK (actor_kind IN ('USER','SERVICE','AUTOMATION_RULE','PLAYBOOK','SYSTEM')),
  address        TEXT CHECK (address <> ''),
  request_id     TEXT CHECK (request_id <> ''),
  subjects       TEXT NOT NULL,
  first_position BIGINT,
  last_position  BIGINT,
  events         BIGINT CHECK (events >= 0),
  count          BIGINT NOT NULL CHECK (count >= 1),
  CHECK ((actor_id IS NULL) = (actor_name IS NULL) AND (actor_id IS NULL) = (actor_kind IS NULL))
);
--bun:split
CREATE INDEX access_log_actor ON access_log (actor_id, number);
--bun:split
CREATE INDEX access_log_address ON access_log (address, number);
--bun:split
CREATE INDEX access_log_recorded ON access_log (recorded_at);
--bun:split
CREATE FUNCTION tasktrail_access_insert() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF NEW.number IS DISTINCT FROM COALESCE((SELECT number FROM access_log ORDER BY number DESC LIMIT 1), 0) + 1 THEN
    RAISE EXCEPTION 'tasktrail: the number of a new entry must follow the last' USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN NEW;
END $$;
--bun:split
CREATE TRIGGER access_log_insert BEFORE INSERT ON access_log FOR EACH ROW EXECUTE FUNCTION tasktrail_access_insert();
--bun:split
CREATE TRIGGER access_log_fixed BEFORE UPDATE OR DELETE ON access_log FOR EACH ROW EXECUTE FUNCTION tasktrail_refuse();
--bun:split
CREATE TRIGGER access_log_truncate BEFORE TRUNCATE ON access_log FOR EACH STATEMENT EXECUTE FUNCTION tasktrail_refuse();
--bun:split
ALTER TABLE access_log ENABLE ALWAYS TRIGGER access_log_insert;
--bun:split
ALTER TABLE access_log ENABLE ALWAYS TRIGGER access_log_fixed;
--bun:split
ALTER TABLE access_log ENABLE ALWAYS TRIGGER access_log_truncate;
--bun:split
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION %I.tasktrail_access_insert() SET search_path = %I, pg_temp', current_schema(), current_schema());
END $$;
