-- Who read what is sensitive, and what was refused. Entries are only added.
CREATE TABLE access_log (
  number         INTEGER PRIMARY KEY CHECK (number >= 1),
  recorded_at    INTEGER NOT NULL,
  action         TEXT NOT NULL CHECK (action <> ''),
  outcome        TEXT NOT NULL CHECK (outcome IN ('ALLOWED','REFUSED')),
  reason         TEXT CHECK (reason <> ''),
  actor_id       TEXT CHECK (actor_id <> ''),
  actor_name     TEXT,
  actor_kind     TEXT CHECK (actor_kind IN ('USER','SERVICE','AUTOMATION_RULE','PLAYBOOK','SYSTEM')),
  address        TEXT CHECK (address <> ''),
  request_id     TEXT CHECK (request_id <> ''),
  subjects       TEXT NOT NULL,
  first_position INTEGER,
  last_position  INTEGER,
  events         INTEGER CHECK (events >= 0),
  count          INTEGER NOT NULL CHECK (count >= 1),
  CHECK ((actor_id IS NULL) = (actor_name IS NULL) AND (actor_id IS NULL) = (actor_kind IS NULL))
) STRICT;
--bun:split
CREATE INDEX access_log_actor ON access_log (actor_id, number);
--bun:split
CREATE INDEX access_log_address ON access_log (address, number);
--bun:split
CREATE INDEX access_log_recorded ON access_log (recorded_at);
--bun:split
CREATE TRIGGER access_log_insert BEFORE INSERT ON access_log
BEGIN
  SELECT RAISE(ABORT, 'tasktrail: the number of a new entry must follow the last')
  WHERE NEW.number IS NOT (SELECT COALESCE(MAX(number), 0) + 1 FROM access_log);
END;
--bun:split
CREATE TRIGGER access_log_update BEFORE UPDATE ON access_log
BEGIN SELECT RAISE(ABORT, 'tasktrail: the access log is append-only'); END;
--bun:split
CREATE TRIGGER access_log_delete BEFORE DELETE ON access_log
BEGIN SELECT RAISE(ABORT, 'tasktrail: the access log is append-only'); END;
