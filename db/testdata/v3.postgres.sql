SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

CREATE FUNCTION public.tasktrail_checkpoint_insert() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  PERFORM 1 FROM audit_events WHERE position = NEW.size;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'tasktrail: a checkpoint of events that are not there' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION public.tasktrail_definition_write() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION public.tasktrail_event_has_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $_$
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
END $_$;

CREATE FUNCTION public.tasktrail_event_insert() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $_$
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
END $_$;

CREATE FUNCTION public.tasktrail_event_update() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION public.tasktrail_incident_write() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION public.tasktrail_redact(redacted bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  UPDATE audit_events SET payload = NULL, salt = NULL, fields = '' WHERE position = redacted AND payload IS NOT NULL;
$$;

CREATE FUNCTION public.tasktrail_refuse() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RAISE EXCEPTION 'tasktrail: % of % is refused', lower(TG_OP), TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION public.tasktrail_task_write() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE public.actors (
    id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    email text,
    search text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT actors_kind_check CHECK ((kind = ANY (ARRAY['USER'::text, 'SERVICE'::text, 'AUTOMATION_RULE'::text, 'PLAYBOOK'::text, 'SYSTEM'::text])))
);

CREATE TABLE public.audit_events (
    "position" bigint NOT NULL,
    recorded_at bigint NOT NULL,
    action text NOT NULL,
    subject_kind text NOT NULL,
    subject_id text NOT NULL COLLATE pg_catalog."C",
    subject_version bigint NOT NULL,
    incident_id text COLLATE pg_catalog."C",
    actor_kind text NOT NULL,
    actor_id text NOT NULL COLLATE pg_catalog."C",
    request_id text,
    mutation_id text COLLATE pg_catalog."C",
    fingerprint bytea,
    commitment bytea NOT NULL,
    previous bytea,
    hash bytea NOT NULL,
    payload text,
    salt bytea,
    fields text NOT NULL,
    CONSTRAINT audit_events_action_check CHECK ((action <> ''::text)),
    CONSTRAINT audit_events_check CHECK (((previous IS NULL) = ("position" = 1))),
    CONSTRAINT audit_events_check1 CHECK (((fingerprint IS NULL) = (mutation_id IS NULL))),
    CONSTRAINT audit_events_commitment_check CHECK ((octet_length(commitment) = 32)),
    CONSTRAINT audit_events_fingerprint_check CHECK ((octet_length(fingerprint) = 32)),
    CONSTRAINT audit_events_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT audit_events_incident_id_check CHECK ((incident_id <> ''::text)),
    CONSTRAINT audit_events_mutation_id_check CHECK ((mutation_id <> ''::text)),
    CONSTRAINT audit_events_position_check CHECK (("position" >= 1)),
    CONSTRAINT audit_events_previous_check CHECK ((octet_length(previous) = 32)),
    CONSTRAINT audit_events_redacted_check CHECK (((payload IS NULL) = (salt IS NULL))),
    CONSTRAINT audit_events_request_id_check CHECK ((request_id <> ''::text)),
    CONSTRAINT audit_events_salt_check CHECK ((octet_length(salt) = 16)),
    CONSTRAINT audit_events_subject_id_check CHECK ((subject_id <> ''::text)),
    CONSTRAINT audit_events_subject_kind_check CHECK ((subject_kind = ANY (ARRAY['incident'::text, 'task'::text, 'playbook'::text, 'rule'::text, 'webhook'::text, 'event'::text]))),
    CONSTRAINT audit_events_subject_version_check CHECK ((subject_version >= 1))
);

CREATE TABLE public.bun_migration_locks (
    id bigint NOT NULL,
    table_name character varying
);

CREATE SEQUENCE public.bun_migration_locks_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.bun_migration_locks_id_seq OWNED BY public.bun_migration_locks.id;

CREATE TABLE public.bun_migrations (
    id bigint NOT NULL,
    name character varying,
    group_id bigint,
    migrated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

CREATE SEQUENCE public.bun_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.bun_migrations_id_seq OWNED BY public.bun_migrations.id;

CREATE TABLE public.checkpoints (
    size bigint NOT NULL,
    root bytea NOT NULL,
    note text NOT NULL,
    signed_at bigint NOT NULL,
    CONSTRAINT checkpoints_root_check CHECK ((octet_length(root) = 32)),
    CONSTRAINT checkpoints_size_check CHECK ((size >= 1))
);

CREATE TABLE public.definitions (
    id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL,
    created_at bigint NOT NULL,
    created_by text NOT NULL COLLATE pg_catalog."C",
    updated_at bigint NOT NULL,
    updated_by text NOT NULL COLLATE pg_catalog."C",
    deleted_at bigint,
    version bigint NOT NULL,
    CONSTRAINT definitions_kind_check CHECK ((kind = ANY (ARRAY['playbook'::text, 'rule'::text, 'webhook'::text])))
);

CREATE TABLE public.incidents (
    id text NOT NULL COLLATE pg_catalog."C",
    number bigint NOT NULL,
    title text NOT NULL,
    description text,
    severity text NOT NULL,
    severity_rank bigint NOT NULL,
    status text NOT NULL,
    classification text,
    classification_reason text,
    classification_comment text,
    owner_id text COLLATE pg_catalog."C",
    labels text NOT NULL,
    created_at bigint NOT NULL,
    created_by text NOT NULL COLLATE pg_catalog."C",
    updated_at bigint NOT NULL,
    updated_by text NOT NULL COLLATE pg_catalog."C",
    closed_at bigint,
    version bigint NOT NULL,
    search text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT incidents_check CHECK (((status = 'CLOSED'::text) = (closed_at IS NOT NULL))),
    CONSTRAINT incidents_check1 CHECK (((status = 'CLOSED'::text) = (classification IS NOT NULL))),
    CONSTRAINT incidents_number_check CHECK ((number >= 1)),
    CONSTRAINT incidents_severity_check CHECK ((severity = ANY (ARRAY['INFORMATIONAL'::text, 'LOW'::text, 'MEDIUM'::text, 'HIGH'::text]))),
    CONSTRAINT incidents_status_check CHECK ((status = ANY (ARRAY['NEW'::text, 'ACTIVE'::text, 'CLOSED'::text])))
);

CREATE TABLE public.migration_sums (
    name text NOT NULL,
    sum text NOT NULL
);

CREATE TABLE public.tasks (
    id text NOT NULL COLLATE pg_catalog."C",
    incident_id text NOT NULL COLLATE pg_catalog."C",
    order_key text NOT NULL COLLATE pg_catalog."C",
    title text NOT NULL,
    description text,
    status text NOT NULL,
    mandatory boolean NOT NULL,
    assignee_id text COLLATE pg_catalog."C",
    due_at bigint,
    origin_kind text NOT NULL,
    origin_name text NOT NULL,
    origin_id text COLLATE pg_catalog."C",
    origin_step bigint,
    created_at bigint NOT NULL,
    created_by text NOT NULL COLLATE pg_catalog."C",
    updated_at bigint NOT NULL,
    updated_by text NOT NULL COLLATE pg_catalog."C",
    completed_at bigint,
    completed_by text COLLATE pg_catalog."C",
    reopen_count bigint NOT NULL,
    deleted_at bigint,
    version bigint NOT NULL,
    search text NOT NULL COLLATE pg_catalog."C",
    group_name text,
    overdue_since bigint,
    origin_version bigint,
    origin_key text COLLATE pg_catalog."C",
    CONSTRAINT tasks_check CHECK (((status = 'COMPLETED'::text) = (completed_at IS NOT NULL))),
    CONSTRAINT tasks_reopen_count_check CHECK ((reopen_count >= 0)),
    CONSTRAINT tasks_status_check CHECK ((status = ANY (ARRAY['NEW'::text, 'IN_PROGRESS'::text, 'COMPLETED'::text, 'SKIPPED'::text])))
);

CREATE TABLE public.trail (
    one integer NOT NULL,
    id bytea NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT trail_id_check CHECK ((octet_length(id) = 16)),
    CONSTRAINT trail_one_check CHECK ((one = 1))
);

CREATE TABLE public.tree_tiles (
    level bigint NOT NULL,
    number bigint NOT NULL,
    root bytea NOT NULL,
    hashes bytea NOT NULL,
    CONSTRAINT tree_tiles_hashes_check CHECK ((octet_length(hashes) = 8192)),
    CONSTRAINT tree_tiles_level_check CHECK (((level >= 0) AND (level <= 6))),
    CONSTRAINT tree_tiles_number_check CHECK ((number >= 0)),
    CONSTRAINT tree_tiles_root_check CHECK ((octet_length(root) = 32))
);
ALTER TABLE ONLY public.tree_tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;

CREATE TABLE public.webhook_attempts (
    delivery_id text NOT NULL COLLATE pg_catalog."C",
    number bigint NOT NULL,
    at bigint NOT NULL,
    took_ms bigint NOT NULL,
    status_code bigint,
    failure text,
    CONSTRAINT webhook_attempts_check CHECK (((status_code IS NULL) <> (failure IS NULL))),
    CONSTRAINT webhook_attempts_number_check CHECK ((number >= 1))
);

CREATE TABLE public.webhook_deliveries (
    id text NOT NULL COLLATE pg_catalog."C",
    webhook_id text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    body text NOT NULL,
    state text NOT NULL,
    created_at bigint NOT NULL,
    next_at bigint,
    CONSTRAINT webhook_deliveries_check CHECK (((next_at IS NOT NULL) = (state = 'PENDING'::text))),
    CONSTRAINT webhook_deliveries_state_check CHECK ((state = ANY (ARRAY['PENDING'::text, 'DELIVERED'::text, 'FAILED'::text])))
);

CREATE TABLE public.webhook_secrets (
    webhook_id text NOT NULL COLLATE pg_catalog."C",
    secret text NOT NULL
);

ALTER TABLE ONLY public.bun_migration_locks ALTER COLUMN id SET DEFAULT nextval('public.bun_migration_locks_id_seq'::regclass);

ALTER TABLE ONLY public.bun_migrations ALTER COLUMN id SET DEFAULT nextval('public.bun_migrations_id_seq'::regclass);

INSERT INTO public.actors VALUES ('act_1f0846e037591252476b', 'USER', 'bob', NULL, 'bob
');
INSERT INTO public.actors VALUES ('act_18057bf0c3ca2b90868f', 'USER', 'alice', NULL, 'alice
');
INSERT INTO public.actors VALUES ('act_c4774d051aee3fc86c17', 'PLAYBOOK', 'P', NULL, 'p
');
INSERT INTO public.actors VALUES ('act_63b3f451c6b7243a3d6f', 'AUTOMATION_RULE', 'R', NULL, 'r
');
INSERT INTO public.actors VALUES ('act_c9a6af52402c209dd33f', 'AUTOMATION_RULE', 'gone', NULL, 'gone
');
INSERT INTO public.actors VALUES ('act_9fe47d69c68a75695ab1', 'AUTOMATION_RULE', 'R2', NULL, 'r2
');
INSERT INTO public.actors VALUES ('act_a083c741c2940b4dcb8e', 'USER', 'root', NULL, 'root
');

INSERT INTO public.audit_events VALUES (1, 1795651606219721, 'INCIDENT_CREATED', 'incident', 'inc_01a2152d16c471a5b07feb26d3c969bf', 1, 'inc_01a2152d16c471a5b07feb26d3c969bf', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\xc5b2061df4286f4b4992c7cf03e4e03f0e288fd9dcd9510b7d1df3081f9fa1e3', NULL, '\x0789c329b84c7f205181e4fd83ef27cd177c38b828d3a416b222593325ad1291', '{"actorName":"alice","changes":[{"field":"number","from":null,"to":1},{"field":"title","from":null,"to":"I"},{"field":"severity","from":null,"to":"HIGH"},{"field":"status","from":null,"to":"NEW"},{"field":"labels","from":null,"to":[]}]}', '\x45717e0329aa14d5c4261c131534e2a8', ',number,title,severity,status,labels,');
INSERT INTO public.audit_events VALUES (3, 1795651606298099, 'TASK_STARTED', 'task', 'tsk_01a2152d170775ce82c012946143e90f', 2, 'inc_01a2152d16c471a5b07feb26d3c969bf', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\xc73e0cfb335deec6c70ffbed117062ad2eb298527d2ef6494c9331678524dc9b', '\x7da89920ac40971dc1f85df6ddaf3846cc960a4c1ad0732a021eaaa758f98b3e', '\x10b3a71ce9e3364a0522b2e8057cfc205f8da919bef17abb74997bf90b3383d8', '{"actorName":"alice","changes":[{"field":"status","from":"NEW","to":"IN_PROGRESS"}]}', '\x9f5f65ee4651243303b004a6274f6b4a', ',status,');
INSERT INTO public.audit_events VALUES (4, 1795651606316744, 'PLAYBOOK_CREATED', 'playbook', 'pbk_01a2152d172379809648767d315bd0c9', 1, NULL, 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\x7f4dc73d4e6eb5d8e940431c02e8a7f9422939a32aaff492d808f2fadee33333', '\x10b3a71ce9e3364a0522b2e8057cfc205f8da919bef17abb74997bf90b3383d8', '\x2ebdd464f63419606e43ad3a2e1c04cd5e49e444472cea41cadd52856b7dc8c5', '{"actorName":"alice","changes":[{"field":"name","from":null,"to":"P"},{"field":"steps","from":null,"to":[{"title":"S","key":"S"}]}]}', '\x34dc9ab4d34af7a2543f98c8887ea444', ',name,steps,');
INSERT INTO public.audit_events VALUES (5, 1795651606327832, 'WEBHOOK_CREATED', 'webhook', 'whk_01a2152d173676c18f8f3ba8e6ccb90a', 1, NULL, 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\x043424c64322110338ccf8090e2215e081872c87248a7042c98cfc5bd1484b2c', '\x2ebdd464f63419606e43ad3a2e1c04cd5e49e444472cea41cadd52856b7dc8c5', '\x0b797d3518d53959d6c757eaf39b15bae4d0b70ed13bb176146f8fd294f18c89', '{"actorName":"alice","changes":[{"field":"name","from":null,"to":"W"},{"field":"url","from":null,"to":"https://example.com/hook"},{"field":"enabled","from":null,"to":true},{"field":"secretVersion","from":null,"to":1}]}', '\x36debe4b1d5ccdb2d9a5c75deca1aa7b', ',name,url,enabled,secretVersion,');
INSERT INTO public.audit_events VALUES (6, 1795651606363628, 'RULE_CREATED', 'rule', 'rul_01a2152d175b76668ca092dfdaaea548', 1, NULL, 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\x5795dd68852b0bebe73b981ed794a0cc88cfc8522ee61ef5820e20e8fe2f6a96', '\x0b797d3518d53959d6c757eaf39b15bae4d0b70ed13bb176146f8fd294f18c89', '\xd73c5a9c2f6024635cff3a30690a9a5134e08b7409c90cb73ab0a7943644e74b', '{"actorName":"alice","changes":[{"field":"name","from":null,"to":"R"},{"field":"order","from":null,"to":100},{"field":"enabled","from":null,"to":true},{"field":"trigger","from":null,"to":"TASK_REOPENED"},{"field":"actions","from":null,"to":[{"applyPlaybook":{"playbookId":"pbk_01a2152d172379809648767d315bd0c9"}},{"callWebhook":{"webhookId":"whk_01a2152d173676c18f8f3ba8e6ccb90a"}}]}]}', '\x9a3d8db1e5244fdf9dcba21a8c386b62', ',name,order,enabled,trigger,actions,');
INSERT INTO public.audit_events VALUES (7, 1795651606374865, 'RULE_CREATED', 'rule', 'rul_01a2152d17657137a03412a4f1edaba0', 1, NULL, 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\xc9963f58c19c7a2beb35d978c6e35eb29b9dfbe24c9b8a71fbaf58e854b9fd25', '\xd73c5a9c2f6024635cff3a30690a9a5134e08b7409c90cb73ab0a7943644e74b', '\xcaed1650ddafe18a7ec55bf93ad0aa5cc4fb32eab7e985f9ab17d801238e3037', '{"actorName":"alice","changes":[{"field":"name","from":null,"to":"gone"},{"field":"order","from":null,"to":100},{"field":"enabled","from":null,"to":true},{"field":"trigger","from":null,"to":"TASK_REOPENED"},{"field":"actions","from":null,"to":[{"applyPlaybook":{"playbookId":"pbk_01a2152d172379809648767d315bd0c9"}},{"callWebhook":{"webhookId":"whk_01a2152d173676c18f8f3ba8e6ccb90a"}}]}]}', '\xe706eb80693e6bd9f3b40c80e80f77b8', ',name,order,enabled,trigger,actions,');
INSERT INTO public.audit_events VALUES (8, 1795651606390286, 'RULE_CREATED', 'rule', 'rul_01a2152d177671c098b1a9f05206a07d', 1, NULL, 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\x2168d61fc3f2069a4cba9131a208baa2a7b64087976daa8e428571c329a67d6c', '\xcaed1650ddafe18a7ec55bf93ad0aa5cc4fb32eab7e985f9ab17d801238e3037', '\x506e5c0f9d8fb09d4c789593fd5a8181fb7765359e673a492e7b4d1e1ae161d3', '{"actorName":"alice","changes":[{"field":"name","from":null,"to":"R2"},{"field":"order","from":null,"to":100},{"field":"enabled","from":null,"to":true},{"field":"trigger","from":null,"to":"TASK_REOPENED"},{"field":"actions","from":null,"to":[{"applyPlaybook":{"playbookId":"pbk_01a2152d172379809648767d315bd0c9"}},{"callWebhook":{"webhookId":"whk_01a2152d173676c18f8f3ba8e6ccb90a"}}]}]}', '\xe7dcaa6289b3fc6c02b9a3862c226784', ',name,order,enabled,trigger,actions,');
INSERT INTO public.audit_events VALUES (9, 1795651606403614, 'RULE_DELETED', 'rule', 'rul_01a2152d17657137a03412a4f1edaba0', 2, NULL, 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\x5d80725abd4dd4dfc2b66bdbc35ddac3cd357ba50c7a8fecb12ff643e44fb941', '\x506e5c0f9d8fb09d4c789593fd5a8181fb7765359e673a492e7b4d1e1ae161d3', '\xb222d52b05cf8c02147ccdd9b3cb6726f32dc55912d83262afa200589a6a0e8b', '{"actorName":"alice","changes":[{"field":"deletedAt","from":null,"to":"2026-11-26T00:06:46.403614Z"}]}', '\x71be958ecd9416a045570ecd377753be', ',deletedAt,');
INSERT INTO public.audit_events VALUES (10, 1795651606415909, 'RULE_UPDATED', 'rule', 'rul_01a2152d175b76668ca092dfdaaea548', 2, NULL, 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\x11a456c42a7b55f2c6dd5491fcba8db73d22578cb4d1d63ae53e51f46e9992d9', '\xb222d52b05cf8c02147ccdd9b3cb6726f32dc55912d83262afa200589a6a0e8b', '\x30b9a0de31e30da85b9ae9316a3cd96ca66be68f4900ccda58057f00ffe31244', '{"actorName":"alice","changes":[{"field":"order","from":100,"to":5}]}', '\xbb5b3e377ce9b90bf9bae13643e517dc', ',order,');
INSERT INTO public.audit_events VALUES (11, 1795651606443175, 'EVENT_REDACTED', 'event', 'evt_2', 1, 'inc_01a2152d16c471a5b07feb26d3c969bf', 'USER', 'act_a083c741c2940b4dcb8e', NULL, NULL, NULL, '\xbe790980bc92e74cba1d6f11fe131c0e94e39985675f1ed281adc2e8791d4784', '\x30b9a0de31e30da85b9ae9316a3cd96ca66be68f4900ccda58057f00ffe31244', '\x227ac67498f04eb1a2739d435807b721bc62c22b87c38f2cca580d9ab60d751a', '{"actorName":"root","reason":"it should not have been written","changes":[{"field":"payload","from":["title","status","mandatory","origin","reopenCount","rank"],"to":null}]}', '\xe37a31d56c28c260390688f8b7bb35d9', ',payload,');
INSERT INTO public.audit_events VALUES (2, 1795651606279696, 'TASK_ADDED', 'task', 'tsk_01a2152d170775ce82c012946143e90f', 1, 'inc_01a2152d16c471a5b07feb26d3c969bf', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\x4897d287118075bc43b5defc5f750b1abcfb200f5e01c68332a9916dd6e575ba', '\x0789c329b84c7f205181e4fd83ef27cd177c38b828d3a416b222593325ad1291', '\x7da89920ac40971dc1f85df6ddaf3846cc960a4c1ad0732a021eaaa758f98b3e', NULL, NULL, '');

INSERT INTO public.bun_migrations VALUES (1, '0001', 1, '2026-11-26 00:06:45.713356+00');
INSERT INTO public.bun_migrations VALUES (2, '0002', 1, '2026-11-26 00:06:45.951504+00');
INSERT INTO public.bun_migrations VALUES (3, '0003', 1, '2026-11-26 00:06:46.067893+00');

INSERT INTO public.checkpoints VALUES (5, '\xcae72b399bb7fdffda31ede7e5ee98a0bfb4de571cd6e09b4b6ed1161b4dcec8', 'tasktrail/4fd46d64b63b70a4d14413d59b4dd59c
5
yucrOZu3/f/aMe3n5e6YoL+03lcc1uCbS27RFhtNzsg=

— tasktrail/4fd46d64b63b70a4d14413d59b4dd59c 0kZ6g8vvajPyfnu59maXxd05iGV7m+atsGm177Ia27xbdYFk1uz05DJliE+u4KuLwHXFpzs7Pzkf9JJJeJYTQVn/MQc=
', 1795651606480907);

INSERT INTO public.definitions VALUES ('pbk_01a2152d172379809648767d315bd0c9', 'playbook', 'P', '{"description":null,"steps":[{"title":"S","key":"S"}]}', 1795651606316744, 'act_18057bf0c3ca2b90868f', 1795651606316744, 'act_18057bf0c3ca2b90868f', NULL, 1);
INSERT INTO public.definitions VALUES ('whk_01a2152d173676c18f8f3ba8e6ccb90a', 'webhook', 'W', '{"url":"https://example.com/hook","enabled":true,"secretVersion":1}', 1795651606327832, 'act_18057bf0c3ca2b90868f', 1795651606327832, 'act_18057bf0c3ca2b90868f', NULL, 1);
INSERT INTO public.definitions VALUES ('rul_01a2152d177671c098b1a9f05206a07d', 'rule', 'R2', '{"description":null,"order":100,"enabled":true,"expiresAt":null,"trigger":"TASK_REOPENED","condition":null,"actions":[{"applyPlaybook":{"playbookId":"pbk_01a2152d172379809648767d315bd0c9"}},{"callWebhook":{"webhookId":"whk_01a2152d173676c18f8f3ba8e6ccb90a"}}]}', 1795651606390286, 'act_18057bf0c3ca2b90868f', 1795651606390286, 'act_18057bf0c3ca2b90868f', NULL, 1);
INSERT INTO public.definitions VALUES ('rul_01a2152d17657137a03412a4f1edaba0', 'rule', 'gone', '{"description":null,"order":100,"enabled":true,"expiresAt":null,"trigger":"TASK_REOPENED","condition":null,"actions":[{"applyPlaybook":{"playbookId":"pbk_01a2152d172379809648767d315bd0c9"}},{"callWebhook":{"webhookId":"whk_01a2152d173676c18f8f3ba8e6ccb90a"}}]}', 1795651606374865, 'act_18057bf0c3ca2b90868f', 1795651606403614, 'act_18057bf0c3ca2b90868f', 1795651606403614, 2);
INSERT INTO public.definitions VALUES ('rul_01a2152d175b76668ca092dfdaaea548', 'rule', 'R', '{"description":null,"order":5,"enabled":true,"expiresAt":null,"trigger":"TASK_REOPENED","condition":null,"actions":[{"applyPlaybook":{"playbookId":"pbk_01a2152d172379809648767d315bd0c9"}},{"callWebhook":{"webhookId":"whk_01a2152d173676c18f8f3ba8e6ccb90a"}}]}', 1795651606363628, 'act_18057bf0c3ca2b90868f', 1795651606415909, 'act_18057bf0c3ca2b90868f', NULL, 2);

INSERT INTO public.incidents VALUES ('inc_01a2152d16c471a5b07feb26d3c969bf', 1, 'I', NULL, 'HIGH', 3, 'NEW', NULL, NULL, NULL, NULL, '[]', 1795651606219721, 'act_18057bf0c3ca2b90868f', 1795651606219721, 'act_18057bf0c3ca2b90868f', NULL, 1, 'i');

INSERT INTO public.migration_sums VALUES ('0001', 'fe72ccea9082bfffbde9b6f9e24a5734ed739e10c3a64d45f16919ea33743cda');
INSERT INTO public.migration_sums VALUES ('0002', 'e657cf0bf995b2901e81f8959a0809e88e2c036131b160e4f510818c23fbf53c');
INSERT INTO public.migration_sums VALUES ('0003', '9f95f22e59a9af43193560ebf89a09c037f1b7e3b91adcbfab2247c71a0cbe11');

INSERT INTO public.tasks VALUES ('tsk_01a2152d170775ce82c012946143e90f', 'inc_01a2152d16c471a5b07feb26d3c969bf', '80000000', 'T', NULL, 'IN_PROGRESS', false, NULL, NULL, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795651606279696, 'act_18057bf0c3ca2b90868f', 1795651606298099, 'act_18057bf0c3ca2b90868f', NULL, NULL, 0, NULL, 2, 't', NULL, NULL, NULL, NULL);

INSERT INTO public.trail VALUES (1, '\x4fd46d64b63b70a4d14413d59b4dd59c', 1795651606158852);

INSERT INTO public.webhook_secrets VALUES ('whk_01a2152d173676c18f8f3ba8e6ccb90a', 'whsec_2vRouR0d82aW4Jgo3UHFfwS/r6i2w8FGvwIkDes7yN8=');

SELECT pg_catalog.setval('public.bun_migration_locks_id_seq', 1, false);

SELECT pg_catalog.setval('public.bun_migrations_id_seq', 3, true);

ALTER TABLE ONLY public.actors
    ADD CONSTRAINT actors_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_events
    ADD CONSTRAINT audit_events_actor_id_mutation_id_key UNIQUE (actor_id, mutation_id);

ALTER TABLE ONLY public.audit_events
    ADD CONSTRAINT audit_events_pkey PRIMARY KEY ("position");

ALTER TABLE ONLY public.audit_events
    ADD CONSTRAINT audit_events_subject_id_subject_version_key UNIQUE (subject_id, subject_version);

ALTER TABLE ONLY public.bun_migration_locks
    ADD CONSTRAINT bun_migration_locks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.bun_migration_locks
    ADD CONSTRAINT bun_migration_locks_table_name_key UNIQUE (table_name);

ALTER TABLE ONLY public.bun_migrations
    ADD CONSTRAINT bun_migrations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.checkpoints
    ADD CONSTRAINT checkpoints_pkey PRIMARY KEY (size);

ALTER TABLE ONLY public.definitions
    ADD CONSTRAINT definitions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT incidents_number_key UNIQUE (number);

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT incidents_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.migration_sums
    ADD CONSTRAINT migration_sums_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.trail
    ADD CONSTRAINT trail_pkey PRIMARY KEY (one);

ALTER TABLE ONLY public.tree_tiles
    ADD CONSTRAINT tree_tiles_pkey PRIMARY KEY (level, number);

ALTER TABLE ONLY public.webhook_attempts
    ADD CONSTRAINT webhook_attempts_pkey PRIMARY KEY (delivery_id, number);

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.webhook_secrets
    ADD CONSTRAINT webhook_secrets_pkey PRIMARY KEY (webhook_id);

CREATE INDEX audit_events_actor ON public.audit_events USING btree (actor_id, "position");

CREATE INDEX audit_events_definitions ON public.audit_events USING btree ("position") WHERE (incident_id IS NULL);

CREATE INDEX audit_events_incident ON public.audit_events USING btree (incident_id, "position");

CREATE INDEX audit_events_recorded ON public.audit_events USING btree (recorded_at, "position");

CREATE INDEX audit_events_redactions ON public.audit_events USING btree (incident_id) WHERE (subject_kind = 'event'::text);

CREATE UNIQUE INDEX definitions_name ON public.definitions USING btree (kind, name) WHERE (deleted_at IS NULL);

CREATE INDEX incidents_created ON public.incidents USING btree (created_at, number);

CREATE INDEX incidents_owner ON public.incidents USING btree (owner_id);

CREATE INDEX incidents_updated ON public.incidents USING btree (updated_at, number);

CREATE INDEX tasks_assignee ON public.tasks USING btree (assignee_id);

CREATE INDEX tasks_created ON public.tasks USING btree (created_at, id);

CREATE INDEX tasks_due ON public.tasks USING btree (due_at, id);

CREATE INDEX tasks_incident ON public.tasks USING btree (incident_id);

CREATE INDEX tasks_to_be_overdue ON public.tasks USING btree (due_at, id) WHERE ((status = ANY (ARRAY['NEW'::text, 'IN_PROGRESS'::text])) AND (deleted_at IS NULL) AND (overdue_since IS NULL));

CREATE INDEX webhook_deliveries_next ON public.webhook_deliveries USING btree (next_at);

CREATE INDEX webhook_deliveries_position ON public.webhook_deliveries USING btree ("position");

CREATE INDEX webhook_deliveries_webhook ON public.webhook_deliveries USING btree (webhook_id, "position");

CREATE CONSTRAINT TRIGGER audit_events_change AFTER INSERT ON public.audit_events DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.tasktrail_event_has_change();

ALTER TABLE public.audit_events ENABLE ALWAYS TRIGGER audit_events_change;

CREATE TRIGGER audit_events_fixed BEFORE UPDATE ON public.audit_events FOR EACH ROW EXECUTE FUNCTION public.tasktrail_event_update();

ALTER TABLE public.audit_events ENABLE ALWAYS TRIGGER audit_events_fixed;

CREATE TRIGGER audit_events_insert BEFORE INSERT ON public.audit_events FOR EACH ROW EXECUTE FUNCTION public.tasktrail_event_insert();

ALTER TABLE public.audit_events ENABLE ALWAYS TRIGGER audit_events_insert;

CREATE TRIGGER audit_events_kept BEFORE DELETE ON public.audit_events FOR EACH ROW EXECUTE FUNCTION public.tasktrail_refuse();

ALTER TABLE public.audit_events ENABLE ALWAYS TRIGGER audit_events_kept;

CREATE TRIGGER audit_events_truncate BEFORE TRUNCATE ON public.audit_events FOR EACH STATEMENT EXECUTE FUNCTION public.tasktrail_refuse();

ALTER TABLE public.audit_events ENABLE ALWAYS TRIGGER audit_events_truncate;

CREATE TRIGGER checkpoints_fixed BEFORE DELETE OR UPDATE ON public.checkpoints FOR EACH ROW EXECUTE FUNCTION public.tasktrail_refuse();

ALTER TABLE public.checkpoints ENABLE ALWAYS TRIGGER checkpoints_fixed;

CREATE TRIGGER checkpoints_insert BEFORE INSERT ON public.checkpoints FOR EACH ROW EXECUTE FUNCTION public.tasktrail_checkpoint_insert();

ALTER TABLE public.checkpoints ENABLE ALWAYS TRIGGER checkpoints_insert;

CREATE TRIGGER checkpoints_truncate BEFORE TRUNCATE ON public.checkpoints FOR EACH STATEMENT EXECUTE FUNCTION public.tasktrail_refuse();

ALTER TABLE public.checkpoints ENABLE ALWAYS TRIGGER checkpoints_truncate;

CREATE TRIGGER definitions_kept BEFORE DELETE ON public.definitions FOR EACH ROW EXECUTE FUNCTION public.tasktrail_refuse();

ALTER TABLE public.definitions ENABLE ALWAYS TRIGGER definitions_kept;

CREATE TRIGGER definitions_truncate BEFORE TRUNCATE ON public.definitions FOR EACH STATEMENT EXECUTE FUNCTION public.tasktrail_refuse();

ALTER TABLE public.definitions ENABLE ALWAYS TRIGGER definitions_truncate;

CREATE TRIGGER definitions_write BEFORE INSERT OR UPDATE ON public.definitions FOR EACH ROW EXECUTE FUNCTION public.tasktrail_definition_write();

ALTER TABLE public.definitions ENABLE ALWAYS TRIGGER definitions_write;

CREATE TRIGGER incidents_kept BEFORE DELETE ON public.incidents FOR EACH ROW EXECUTE FUNCTION public.tasktrail_refuse();

ALTER TABLE public.incidents ENABLE ALWAYS TRIGGER incidents_kept;

CREATE TRIGGER incidents_truncate BEFORE TRUNCATE ON public.incidents FOR EACH STATEMENT EXECUTE FUNCTION public.tasktrail_refuse();

ALTER TABLE public.incidents ENABLE ALWAYS TRIGGER incidents_truncate;

CREATE TRIGGER incidents_write BEFORE INSERT OR UPDATE ON public.incidents FOR EACH ROW EXECUTE FUNCTION public.tasktrail_incident_write();

ALTER TABLE public.incidents ENABLE ALWAYS TRIGGER incidents_write;

CREATE TRIGGER tasks_kept BEFORE DELETE ON public.tasks FOR EACH ROW EXECUTE FUNCTION public.tasktrail_refuse();

ALTER TABLE public.tasks ENABLE ALWAYS TRIGGER tasks_kept;

CREATE TRIGGER tasks_truncate BEFORE TRUNCATE ON public.tasks FOR EACH STATEMENT EXECUTE FUNCTION public.tasktrail_refuse();

ALTER TABLE public.tasks ENABLE ALWAYS TRIGGER tasks_truncate;

CREATE TRIGGER tasks_write BEFORE INSERT OR UPDATE ON public.tasks FOR EACH ROW EXECUTE FUNCTION public.tasktrail_task_write();

ALTER TABLE public.tasks ENABLE ALWAYS TRIGGER tasks_write;

CREATE TRIGGER trail_fixed BEFORE DELETE OR UPDATE ON public.trail FOR EACH ROW EXECUTE FUNCTION public.tasktrail_refuse();

ALTER TABLE public.trail ENABLE ALWAYS TRIGGER trail_fixed;

CREATE TRIGGER trail_truncate BEFORE TRUNCATE ON public.trail FOR EACH STATEMENT EXECUTE FUNCTION public.tasktrail_refuse();

ALTER TABLE public.trail ENABLE ALWAYS TRIGGER trail_truncate;

ALTER TABLE ONLY public.definitions
    ADD CONSTRAINT definitions_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.actors(id);

ALTER TABLE ONLY public.definitions
    ADD CONSTRAINT definitions_id_version_fkey FOREIGN KEY (id, version) REFERENCES public.audit_events(subject_id, subject_version);

ALTER TABLE ONLY public.definitions
    ADD CONSTRAINT definitions_updated_by_fkey FOREIGN KEY (updated_by) REFERENCES public.actors(id);

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT incidents_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.actors(id);

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT incidents_id_version_fkey FOREIGN KEY (id, version) REFERENCES public.audit_events(subject_id, subject_version);

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT incidents_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.actors(id);

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT incidents_updated_by_fkey FOREIGN KEY (updated_by) REFERENCES public.actors(id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_assignee_id_fkey FOREIGN KEY (assignee_id) REFERENCES public.actors(id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_completed_by_fkey FOREIGN KEY (completed_by) REFERENCES public.actors(id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.actors(id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_id_version_fkey FOREIGN KEY (id, version) REFERENCES public.audit_events(subject_id, subject_version);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incidents(id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_updated_by_fkey FOREIGN KEY (updated_by) REFERENCES public.actors(id);

ALTER TABLE ONLY public.webhook_attempts
    ADD CONSTRAINT webhook_attempts_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES public.webhook_deliveries(id);

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_position_fkey FOREIGN KEY ("position") REFERENCES public.audit_events("position");

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES public.definitions(id);

ALTER TABLE ONLY public.webhook_secrets
    ADD CONSTRAINT webhook_secrets_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES public.definitions(id);

