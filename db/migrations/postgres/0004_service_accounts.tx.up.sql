-- Service accounts are a further kind of definition. Of their API keys a hash is
-- stored that never changes; which keys give access, the account says, whose
-- every version has its event. When keys were used is no part of the trail.
ALTER TABLE audit_events DROP CONSTRAINT audit_events_subject_kind_check;
--bun:split
ALTER TABLE audit_events ADD CONSTRAINT audit_events_subject_kind_check
  CHECK (subject_kind IN ('incident','task','playbook','rule','webhook','event','service_account'));
--bun:split
ALTER TABLE definitions DROP CONSTRAINT definitions_kind_check;
--bun:split
ALTER TABLE definitions ADD CONSTRAINT definitions_kind_check
  CHECK (kind IN ('playbook','rule','webhook','service_account'));
--bun:split
CREATE TABLE api_keys (
  id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES definitions (id),
  hash       BYTEA NOT NULL CHECK (octet_length(hash) = 32)
);
--bun:split
CREATE TABLE api_key_uses (
  key_id  TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES api_keys (id),
  used_at BIGINT NOT NULL
);
--bun:split
CREATE FUNCTION tasktrail_api_key_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM definitions WHERE id = NEW.account_id AND kind = 'service_account' AND strpos(body, '"' || NEW.id || '"') > 0;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'tasktrail: no service account lists this API key' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
--bun:split
CREATE TRIGGER api_keys_insert BEFORE INSERT ON api_keys FOR EACH ROW EXECUTE FUNCTION tasktrail_api_key_insert();
--bun:split
CREATE TRIGGER api_keys_fixed BEFORE UPDATE OR DELETE ON api_keys FOR EACH ROW EXECUTE FUNCTION tasktrail_refuse();
--bun:split
CREATE TRIGGER api_keys_truncate BEFORE TRUNCATE ON api_keys FOR EACH STATEMENT EXECUTE FUNCTION tasktrail_refuse();
--bun:split
ALTER TABLE api_keys ENABLE ALWAYS TRIGGER api_keys_insert;
--bun:split
ALTER TABLE api_keys ENABLE ALWAYS TRIGGER api_keys_fixed;
--bun:split
ALTER TABLE api_keys ENABLE ALWAYS TRIGGER api_keys_truncate;
--bun:split
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION %I.tasktrail_api_key_insert() SET search_path = %I, pg_temp', current_schema(), current_schema());
END $$;
