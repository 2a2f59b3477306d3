-- Service accounts are a further kind of definition. Of their API keys a hash is
-- stored that never changes; which keys give access, the account says, whose
-- every version has its event. When keys were used is no part of the trail.
PRAGMA writable_schema = ON;
--bun:split
UPDATE sqlite_schema
SET sql = replace(sql, '''webhook'',''event'')', '''webhook'',''event'',''service_account'')')
WHERE type = 'table' AND name = 'audit_events';
--bun:split
UPDATE sqlite_schema
SET sql = replace(sql, '''rule'',''webhook'')', '''rule'',''webhook'',''service_account'')')
WHERE type = 'table' AND name = 'definitions';
--bun:split
PRAGMA writable_schema = RESET;
--bun:split
CREATE TABLE api_keys (
  id         TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES definitions (id),
  hash       BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
--bun:split
CREATE TABLE api_key_uses (
  key_id  TEXT NOT NULL PRIMARY KEY REFERENCES api_keys (id),
  used_at INTEGER NOT NULL
) STRICT;
--bun:split
CREATE TRIGGER api_keys_update BEFORE UPDATE ON api_keys
BEGIN SELECT RAISE(ABORT, 'tasktrail: API keys never change'); END;
--bun:split
CREATE TRIGGER api_keys_delete BEFORE DELETE ON api_keys
BEGIN SELECT RAISE(ABORT, 'tasktrail: API keys are never deleted, only revoked'); END;
--bun:split
CREATE TRIGGER api_keys_insert BEFORE INSERT ON api_keys
BEGIN
  SELECT RAISE(ABORT, 'tasktrail: there is an API key with this id')
  WHERE EXISTS (SELECT 1 FROM api_keys WHERE id = NEW.id);
  SELECT RAISE(ABORT, 'tasktrail: no service account lists this API key')
  WHERE NOT EXISTS (SELECT 1 FROM definitions
    WHERE id = NEW.account_id AND kind = 'service_account' AND instr(body, '"' || NEW.id || '"') > 0);
END;
