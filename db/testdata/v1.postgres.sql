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
CREATE FUNCTION public.tasktrail_event_has_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
CREATE FUNCTION public.tasktrail_event_insert() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
    payload text NOT NULL,
    salt bytea NOT NULL,
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
    CONSTRAINT audit_events_request_id_check CHECK ((request_id <> ''::text)),
    CONSTRAINT audit_events_salt_check CHECK ((octet_length(salt) = 16)),
    CONSTRAINT audit_events_subject_id_check CHECK ((subject_id <> ''::text)),
    CONSTRAINT audit_events_subject_kind_check CHECK ((subject_kind = ANY (ARRAY['incident'::text, 'task'::text]))),
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
ALTER TABLE ONLY public.bun_migration_locks ALTER COLUMN id SET DEFAULT nextval('public.bun_migration_locks_id_seq'::regclass);
ALTER TABLE ONLY public.bun_migrations ALTER COLUMN id SET DEFAULT nextval('public.bun_migrations_id_seq'::regclass);
INSERT INTO public.actors VALUES ('act_1f0846e037591252476b', 'USER', 'bob', NULL, 'bob
');
INSERT INTO public.actors VALUES ('act_18057bf0c3ca2b90868f', 'USER', 'alice', NULL, 'alice
');
INSERT INTO public.audit_events VALUES (1, 1795595597767376, 'INCIDENT_CREATED', 'incident', 'inc_01a211d677ab7be5bd3890bf634e40e0', 1, 'inc_01a211d677ab7be5bd3890bf634e40e0', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\xd537a851c1bb87e82ba452b0a94a9e4d65a706231685036393fe2820e3d4a288', NULL, '\xb82e01488efd7a3bee40a245447cbca008f93e8d6ca7bbe999009c719f7e3cd1', '{"actorName":"alice","changes":[{"field":"number","from":null,"to":1},{"field":"title","from":null,"to":"Odd logon 0"},{"field":"description","from":null,"to":"From *São Paulo*"},{"field":"severity","from":null,"to":"HIGH"},{"field":"status","from":null,"to":"NEW"},{"field":"ownerId","from":null,"to":"act_1f0846e037591252476b"},{"field":"labels","from":null,"to":["vip","it''s"]}]}', '\x19246b0480dc4a9be376fae36afc6555', ',number,title,description,severity,status,ownerId,labels,');
INSERT INTO public.audit_events VALUES (2, 1795595597837402, 'TASK_ADDED', 'task', 'tsk_01a211d6780d71e382da93dacaad274a', 1, 'inc_01a211d677ab7be5bd3890bf634e40e0', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\xf0bae2ef7e714b8dc2efc356c4d31bd033875d41ecec30a7da11013a16175a8c', '\xb82e01488efd7a3bee40a245447cbca008f93e8d6ca7bbe999009c719f7e3cd1', '\x978cc8b97e53f8bf2000123d4953e148f687c3e6206687ea46646ed732b1e513', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 0"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":1}]}', '\x73e1b103f604e62622a9fd5dc66eaa99', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
INSERT INTO public.audit_events VALUES (3, 1795595597863538, 'TASK_ADDED', 'task', 'tsk_01a211d6782473f7b5a5ca9d14554ebc', 1, 'inc_01a211d677ab7be5bd3890bf634e40e0', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\x9c5d28a97fed845a4267215eed3cdddd25be4bd0138d5aa4749290bc63eb01fe', '\x978cc8b97e53f8bf2000123d4953e148f687c3e6206687ea46646ed732b1e513', '\xbd707697f331bc2fd532e16f19f6b8b3ad0612e37264b9bc1f3364b4f1cf70c0', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 1"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":2}]}', '\x79f77ec2ef900559ab57d9e02cb3aae7', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
INSERT INTO public.audit_events VALUES (4, 1795595597886838, 'TASK_ADDED', 'task', 'tsk_01a211d6783e7a71807b1f95d2b2c4e2', 1, 'inc_01a211d677ab7be5bd3890bf634e40e0', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\x3498ce75d61c91a60d2a1b1120e9b0a2c86e441ef32552edf0f26f5bfb8e00db', '\xbd707697f331bc2fd532e16f19f6b8b3ad0612e37264b9bc1f3364b4f1cf70c0', '\xa869990adc1388dd958b4b11fa6574732aceeb94d3a3811513eb84b5f4916575', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 2"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":3}]}', '\x32d0462d4f60ca4d5b3c515da120acb2', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
INSERT INTO public.audit_events VALUES (5, 1795595597903551, 'TASK_ADDED', 'task', 'tsk_01a211d6784f755b9ade8661d81809c1', 1, 'inc_01a211d677ab7be5bd3890bf634e40e0', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\xd867e4f5eb44fa47e8fd0c98b3d2e828882bed34437e70729166fab3a6000732', '\xa869990adc1388dd958b4b11fa6574732aceeb94d3a3811513eb84b5f4916575', '\x2a7906ddeed39fd61cd5cc22a3dff312b21b4c391195ef0a089f7a0bd50345d5', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 3"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":4}]}', '\xfcacb7bde9ed61eced2d306125917165', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
INSERT INTO public.audit_events VALUES (6, 1795595597912033, 'TASK_STARTED', 'task', 'tsk_01a211d6780d71e382da93dacaad274a', 2, 'inc_01a211d677ab7be5bd3890bf634e40e0', 'USER', 'act_1f0846e037591252476b', NULL, 'start 0', '\x833bd6975c8c1a235e5f8658535cbb48f3cfacbab4844d43e8b55eb6eeb4c70a', '\xc0dc3f654313814412471aa177d190197cd9b0b8cceb0475231fc2b9ad7d750a', '\x2a7906ddeed39fd61cd5cc22a3dff312b21b4c391195ef0a089f7a0bd50345d5', '\xf9b09a8efb4a80b1b70b96912c11b860ab4399c57c28a4127536371da2ef6e17', '{"actorName":"bob","reason":"mine","changes":[{"field":"status","from":"NEW","to":"IN_PROGRESS"}]}', '\xd05bb71456d0a108fd40ee90e4b98e51', ',status,');
INSERT INTO public.audit_events VALUES (7, 1795595597932199, 'TASK_COMPLETED', 'task', 'tsk_01a211d6780d71e382da93dacaad274a', 3, 'inc_01a211d677ab7be5bd3890bf634e40e0', 'USER', 'act_1f0846e037591252476b', NULL, NULL, NULL, '\xab27897a4459f8a5553b5b207b6c00bfc282c7d063978e1f8a51c175888c4556', '\xf9b09a8efb4a80b1b70b96912c11b860ab4399c57c28a4127536371da2ef6e17', '\xe08c8576b9d0b111979e5fba11aefeb2e3240ac717676159bf8d550244fc7c3e', '{"actorName":"bob","changes":[{"field":"status","from":"IN_PROGRESS","to":"COMPLETED"},{"field":"completedAt","from":null,"to":"2026-11-25T08:33:17.932199Z"},{"field":"completedById","from":null,"to":"act_1f0846e037591252476b"}]}', '\x84c51320757381a85f001e51a833e8c0', ',status,completedAt,completedById,');
INSERT INTO public.audit_events VALUES (8, 1795595597964463, 'TASK_MOVED', 'task', 'tsk_01a211d6784f755b9ade8661d81809c1', 2, 'inc_01a211d677ab7be5bd3890bf634e40e0', 'USER', 'act_1f0846e037591252476b', NULL, NULL, NULL, '\x0e9781cf11546dae95066acb9c7bea7b7797c66ed4999b42eed6194d3e833001', '\xe08c8576b9d0b111979e5fba11aefeb2e3240ac717676159bf8d550244fc7c3e', '\x8515ac949b37f9a1c2bb014d167748566368384024552fdb5ca0281997bd32f2', '{"actorName":"bob","changes":[{"field":"rank","from":4,"to":1}]}', '\x93ff39fa70ff8e066aabbd5b0ec55ccb', ',rank,');
INSERT INTO public.audit_events VALUES (9, 1795595597988467, 'TASK_DELETED', 'task', 'tsk_01a211d6782473f7b5a5ca9d14554ebc', 2, 'inc_01a211d677ab7be5bd3890bf634e40e0', 'USER', 'act_1f0846e037591252476b', NULL, NULL, NULL, '\xaf50d6591a91a2944b5ac9f0eb6162e6e8507db809dfac16f2f9b565c685673e', '\x8515ac949b37f9a1c2bb014d167748566368384024552fdb5ca0281997bd32f2', '\x11b9ffc1f7461ce9a8cc7bf18d92aa684bef323a9fe6863b4b3918802af711be', '{"actorName":"bob","changes":[{"field":"deletedAt","from":null,"to":"2026-11-25T08:33:17.988467Z"}]}', '\xe8959364cce7fab28a6404a89683be54', ',deletedAt,');
INSERT INTO public.audit_events VALUES (10, 1795595598004211, 'INCIDENT_CREATED', 'incident', 'inc_01a211d678b07ab193cea0087ce99301', 1, 'inc_01a211d678b07ab193cea0087ce99301', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\x033a500a4bcbdca1fdc25444738579c62f750b74681be58ac981a25d8c1a3f1c', '\x11b9ffc1f7461ce9a8cc7bf18d92aa684bef323a9fe6863b4b3918802af711be', '\x4508e16059e4828f27c1c0b8dd57d466d720424ea8d1c67a839e23b95b71281d', '{"actorName":"alice","changes":[{"field":"number","from":null,"to":2},{"field":"title","from":null,"to":"Odd logon 1"},{"field":"description","from":null,"to":"From *São Paulo*"},{"field":"severity","from":null,"to":"HIGH"},{"field":"status","from":null,"to":"NEW"},{"field":"ownerId","from":null,"to":"act_1f0846e037591252476b"},{"field":"labels","from":null,"to":["vip","it''s"]}]}', '\xf524a0571e3c183fa5c30ace0a189993', ',number,title,description,severity,status,ownerId,labels,');
INSERT INTO public.audit_events VALUES (11, 1795595598015151, 'TASK_ADDED', 'task', 'tsk_01a211d678be7acc923f18c198bb2c4d', 1, 'inc_01a211d678b07ab193cea0087ce99301', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\x8d21924496ae814cf708a5228dea6a716ef7c8ac6a19fb0c5c1cc7967defae54', '\x4508e16059e4828f27c1c0b8dd57d466d720424ea8d1c67a839e23b95b71281d', '\xac5645d55af0c7801303300dad4ce93b13cedb5e3c019b90408be17f9bfe2ef7', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 0"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":1}]}', '\x5595ea84b3b95f39c1ee1cc2ec8a11e4', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
INSERT INTO public.audit_events VALUES (12, 1795595598052226, 'TASK_ADDED', 'task', 'tsk_01a211d678e470f29fd7886779db9f5a', 1, 'inc_01a211d678b07ab193cea0087ce99301', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\xa1f6a54b1ae1c16bbd486d4e9ce37d5753ae6ecfa77200d82ed1bab2fb506d51', '\xac5645d55af0c7801303300dad4ce93b13cedb5e3c019b90408be17f9bfe2ef7', '\x31bed80c66dda3ebfa4a4f6873b13a53c0134b598879c8948c6f6637742e6e42', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 1"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":2}]}', '\xdc79bbd9ed3fd6d3922e334fd868e236', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
INSERT INTO public.audit_events VALUES (13, 1795595598072441, 'TASK_ADDED', 'task', 'tsk_01a211d678f8740aa4d8b3ed52608f08', 1, 'inc_01a211d678b07ab193cea0087ce99301', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\xb0357c323f161b9bad53293f869baa8712765e1dc6aa2f42c0f7d3a2038ec436', '\x31bed80c66dda3ebfa4a4f6873b13a53c0134b598879c8948c6f6637742e6e42', '\x97b2bf5719e2f7e07056c3d72f6e9fbd3d4a582e8c144dc4c3fb401514eb6c67', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 2"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":3}]}', '\x330d380165b510bdfbc426553bcf8e15', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
INSERT INTO public.audit_events VALUES (14, 1795595598080000, 'TASK_ADDED', 'task', 'tsk_01a211d678ff768782800632c0b332c1', 1, 'inc_01a211d678b07ab193cea0087ce99301', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\xd3816ced0dc14a5ff6a61363aec8cbfb316a19956b91abc73d05aae37a9b8bb4', '\x97b2bf5719e2f7e07056c3d72f6e9fbd3d4a582e8c144dc4c3fb401514eb6c67', '\x2284090e4d3dc554150cf2f5df394b5ead49b74222d7330832e69b597a6a04a0', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 3"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":4}]}', '\xa3c56f8d6a2b6c9b0980c8d01561b48e', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
INSERT INTO public.audit_events VALUES (15, 1795595598118842, 'TASK_STARTED', 'task', 'tsk_01a211d678be7acc923f18c198bb2c4d', 2, 'inc_01a211d678b07ab193cea0087ce99301', 'USER', 'act_1f0846e037591252476b', NULL, 'start 1', '\x1394b4e269113c4a9236f5d401da970e4756e797527619410a30b7edc819de81', '\x8628549709134dfce9b1d3291b5afc2913befc8bc89b837ee2348235431dd5a3', '\x2284090e4d3dc554150cf2f5df394b5ead49b74222d7330832e69b597a6a04a0', '\x47bf8a65e8695c0f6c9ec993a473feab41680ca645bc3fdc17c5ed5c54ef23ec', '{"actorName":"bob","reason":"mine","changes":[{"field":"status","from":"NEW","to":"IN_PROGRESS"}]}', '\xd5a78c22f0bd2804d8ff6d5b68eb5d89', ',status,');
INSERT INTO public.audit_events VALUES (16, 1795595598132368, 'TASK_COMPLETED', 'task', 'tsk_01a211d678be7acc923f18c198bb2c4d', 3, 'inc_01a211d678b07ab193cea0087ce99301', 'USER', 'act_1f0846e037591252476b', NULL, NULL, NULL, '\x13caa1dd0bb444a32861043c1e85bfd6ad6be446ea241abaa5f838933b4733f0', '\x47bf8a65e8695c0f6c9ec993a473feab41680ca645bc3fdc17c5ed5c54ef23ec', '\xfb70eb8ac8890c028f98c5432035e091e7e01703357d4084dda989a8e5bff01c', '{"actorName":"bob","changes":[{"field":"status","from":"IN_PROGRESS","to":"COMPLETED"},{"field":"completedAt","from":null,"to":"2026-11-25T08:33:18.132368Z"},{"field":"completedById","from":null,"to":"act_1f0846e037591252476b"}]}', '\x9c6073654c95822c9fd95827e98868e0', ',status,completedAt,completedById,');
INSERT INTO public.audit_events VALUES (17, 1795595598156769, 'TASK_MOVED', 'task', 'tsk_01a211d678ff768782800632c0b332c1', 2, 'inc_01a211d678b07ab193cea0087ce99301', 'USER', 'act_1f0846e037591252476b', NULL, NULL, NULL, '\x1b0ddef9b0a5cf0c0f4df8c1644cf6d7a4cac06629d44d0f77a4c17b5f486e12', '\xfb70eb8ac8890c028f98c5432035e091e7e01703357d4084dda989a8e5bff01c', '\x54889c60f3a8cc7b3d189ebfe9db027504739b1add64ee966c586af7722d99e9', '{"actorName":"bob","changes":[{"field":"rank","from":4,"to":1}]}', '\xea58db1d7a9cddab92afb4ba68ca74a5', ',rank,');
INSERT INTO public.audit_events VALUES (18, 1795595598174654, 'TASK_DELETED', 'task', 'tsk_01a211d678e470f29fd7886779db9f5a', 2, 'inc_01a211d678b07ab193cea0087ce99301', 'USER', 'act_1f0846e037591252476b', NULL, NULL, NULL, '\x05f9fdfbe03a8d45af1d9cd1ac7aef020a7d5d8eeb6509cc8b043c37b53777c6', '\x54889c60f3a8cc7b3d189ebfe9db027504739b1add64ee966c586af7722d99e9', '\xf5cec11845560f12e06ff04d287bb5ff78dd5dcbfbfc26beaecb6a4f4d0dfc01', '{"actorName":"bob","changes":[{"field":"deletedAt","from":null,"to":"2026-11-25T08:33:18.174654Z"}]}', '\x7c683223d7e7de75f8c1265fa49f8ad5', ',deletedAt,');
INSERT INTO public.audit_events VALUES (19, 1795595598207195, 'INCIDENT_CREATED', 'incident', 'inc_01a211d6797f7033a025934c02e5a06c', 1, 'inc_01a211d6797f7033a025934c02e5a06c', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\x0b86bb55e1d3abc641c9910dcb25f9c07f1306499245848c95bfdc58ea82bbbc', '\xf5cec11845560f12e06ff04d287bb5ff78dd5dcbfbfc26beaecb6a4f4d0dfc01', '\x595e3ce76759ceeb96bab81274325ad8c66175eb148069a959fe7af1536ad8cb', '{"actorName":"alice","changes":[{"field":"number","from":null,"to":3},{"field":"title","from":null,"to":"Odd logon 2"},{"field":"description","from":null,"to":"From *São Paulo*"},{"field":"severity","from":null,"to":"HIGH"},{"field":"status","from":null,"to":"NEW"},{"field":"ownerId","from":null,"to":"act_1f0846e037591252476b"},{"field":"labels","from":null,"to":["vip","it''s"]}]}', '\xe8716ee8c1a0822d0bba2920f962db97', ',number,title,description,severity,status,ownerId,labels,');
INSERT INTO public.audit_events VALUES (20, 1795595598214607, 'TASK_ADDED', 'task', 'tsk_01a211d679847e31bdd993529de3d1eb', 1, 'inc_01a211d6797f7033a025934c02e5a06c', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\x477c0bb31c8e187f9a88a025d318ab74511d500ca0bbf9612914dd13037f90ea', '\x595e3ce76759ceeb96bab81274325ad8c66175eb148069a959fe7af1536ad8cb', '\xc106c5d83a7365b288b4a96850d9b7ef61e7d6813345aeb308630ef0bc778612', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 0"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":1}]}', '\x80053db4a31ae21459ce916730663900', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
INSERT INTO public.audit_events VALUES (21, 1795595598226310, 'TASK_ADDED', 'task', 'tsk_01a211d6798f7e6aac45c1c6dd388ec0', 1, 'inc_01a211d6797f7033a025934c02e5a06c', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\xc29e61eb4a968f55321a6fb87a61281b1bbe247d886aac0167d732eb3293aed3', '\xc106c5d83a7365b288b4a96850d9b7ef61e7d6813345aeb308630ef0bc778612', '\xc4733fa9edb84a5724ccca03412ec35d436bb0f7d638a3074ad1aee05a0e8360', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 1"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":2}]}', '\x2d3c84e37b10ecc2edaf3a1305636579', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
INSERT INTO public.audit_events VALUES (22, 1795595598237649, 'TASK_ADDED', 'task', 'tsk_01a211d6799b71da9fd448e9bc8ae271', 1, 'inc_01a211d6797f7033a025934c02e5a06c', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\x3ce50103ab6d5d1fe644199108076980f815b88a4a09f4a5d1f314e0d614d545', '\xc4733fa9edb84a5724ccca03412ec35d436bb0f7d638a3074ad1aee05a0e8360', '\x6c4d658554c3cf420f359f6760ec28b5165e4e80e575c0f29ed19f851376f839', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 2"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":3}]}', '\x97a0b4a40229709d5e3b923791d45cf2', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
INSERT INTO public.audit_events VALUES (23, 1795595598245766, 'TASK_ADDED', 'task', 'tsk_01a211d679a57a0684ea12499d1fb57e', 1, 'inc_01a211d6797f7033a025934c02e5a06c', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, '\x9084bdd7d76b3c54a94f98451664c6f3fc2e11556966aa446e7f729c7d9ea206', '\x6c4d658554c3cf420f359f6760ec28b5165e4e80e575c0f29ed19f851376f839', '\xabf5a0af964e09d9c3d6b12f14538537e47fbaec3c8cd4e27c06d732e65199e9', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 3"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":4}]}', '\x73cb0fbf1f11142dad62d789a47c8973', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
INSERT INTO public.audit_events VALUES (24, 1795595598250204, 'TASK_STARTED', 'task', 'tsk_01a211d679847e31bdd993529de3d1eb', 2, 'inc_01a211d6797f7033a025934c02e5a06c', 'USER', 'act_1f0846e037591252476b', NULL, 'start 2', '\x9a7927608c880aaffcc95878afff85d0f4af69b9b036ebf8b34810601a019f6a', '\x4e28a9c119db4278f93c25a38f7c34266b798172043d6695b8d4cf89437bfb2a', '\xabf5a0af964e09d9c3d6b12f14538537e47fbaec3c8cd4e27c06d732e65199e9', '\x661b60c3b5612eed2190279572160f6a99cfa8739b24322a110ae2748a5aa013', '{"actorName":"bob","reason":"mine","changes":[{"field":"status","from":"NEW","to":"IN_PROGRESS"}]}', '\x8807a0ac0ffed9f130a56f931c895bd9', ',status,');
INSERT INTO public.audit_events VALUES (25, 1795595598266975, 'TASK_COMPLETED', 'task', 'tsk_01a211d679847e31bdd993529de3d1eb', 3, 'inc_01a211d6797f7033a025934c02e5a06c', 'USER', 'act_1f0846e037591252476b', NULL, NULL, NULL, '\x6fb140943a44dfa82a79f51b3216c8a766452f412311b64fadde8132053d01d5', '\x661b60c3b5612eed2190279572160f6a99cfa8739b24322a110ae2748a5aa013', '\xdfa03e9d422862fbcb17ca6dd585219e6432555e7c237cb0c9555dae514a797a', '{"actorName":"bob","changes":[{"field":"status","from":"IN_PROGRESS","to":"COMPLETED"},{"field":"completedAt","from":null,"to":"2026-11-25T08:33:18.266975Z"},{"field":"completedById","from":null,"to":"act_1f0846e037591252476b"}]}', '\xcaabb7f4f2a98583b4fa133ba743b83f', ',status,completedAt,completedById,');
INSERT INTO public.audit_events VALUES (26, 1795595598282142, 'TASK_MOVED', 'task', 'tsk_01a211d679a57a0684ea12499d1fb57e', 2, 'inc_01a211d6797f7033a025934c02e5a06c', 'USER', 'act_1f0846e037591252476b', NULL, NULL, NULL, '\xebf01e09812f057a0806ff62ca4d1a6e2dfe4566cdddc86516e7526c6169beab', '\xdfa03e9d422862fbcb17ca6dd585219e6432555e7c237cb0c9555dae514a797a', '\xc0b41bf708d62b01091bb10c0c38002b33175e28f9ed8c51f3336f224edb1f83', '{"actorName":"bob","changes":[{"field":"rank","from":4,"to":1}]}', '\x0b917cfca2962db5c751126213d5902f', ',rank,');
INSERT INTO public.audit_events VALUES (27, 1795595598293967, 'TASK_DELETED', 'task', 'tsk_01a211d6798f7e6aac45c1c6dd388ec0', 2, 'inc_01a211d6797f7033a025934c02e5a06c', 'USER', 'act_1f0846e037591252476b', NULL, NULL, NULL, '\xe3f7c5a93d7393ccb2bdb4f07bd3752cb1a2154565f82a18d7823dd1188b984e', '\xc0b41bf708d62b01091bb10c0c38002b33175e28f9ed8c51f3336f224edb1f83', '\x14a75926d95f6cc407df80463376a43fa8a55b255568d56c9b87a4b766305c27', '{"actorName":"bob","changes":[{"field":"deletedAt","from":null,"to":"2026-11-25T08:33:18.293967Z"}]}', '\x726553a2b4d44d7df4ae0fb1bc50f40c', ',deletedAt,');
INSERT INTO public.audit_events VALUES (28, 1795595598311356, 'TASK_COMPLETED', 'task', 'tsk_01a211d6799b71da9fd448e9bc8ae271', 2, 'inc_01a211d6797f7033a025934c02e5a06c', 'USER', 'act_1f0846e037591252476b', NULL, NULL, NULL, '\x96712a1e05187d2019fff7fe6e044c96505731f3ac5cfd443787a9aec79bdbb3', '\x14a75926d95f6cc407df80463376a43fa8a55b255568d56c9b87a4b766305c27', '\xbf4e3352f68d96708a575102de48fdce8fbf7f71412947a54945b97f0cc56fae', '{"actorName":"bob","changes":[{"field":"status","from":"NEW","to":"COMPLETED"},{"field":"completedAt","from":null,"to":"2026-11-25T08:33:18.311356Z"},{"field":"completedById","from":null,"to":"act_1f0846e037591252476b"}]}', '\xa279daa7ff4279508ab324f0bc405ff7', ',status,completedAt,completedById,');
INSERT INTO public.audit_events VALUES (29, 1795595598323678, 'INCIDENT_CLOSED', 'incident', 'inc_01a211d6797f7033a025934c02e5a06c', 2, 'inc_01a211d6797f7033a025934c02e5a06c', 'USER', 'act_1f0846e037591252476b', NULL, NULL, NULL, '\x34ae16115c0c53b55f58577f0fe1c75ecd94d70964fadd48d8afb0d1cf99c6d7', '\xbf4e3352f68d96708a575102de48fdce8fbf7f71412947a54945b97f0cc56fae', '\x0b6b287f4dbc561e1185c9826baec05e44f297868e0d46e13c2c95e41340de37', '{"actorName":"bob","changes":[{"field":"status","from":"NEW","to":"CLOSED"},{"field":"classification","from":null,"to":"TRUE_POSITIVE"},{"field":"classificationComment","from":null,"to":"done"},{"field":"closedAt","from":null,"to":"2026-11-25T08:33:18.323678Z"}]}', '\x99ac8251f76b2b3dfe03736038727d45', ',status,classification,classificationComment,closedAt,');
INSERT INTO public.bun_migrations VALUES (1, '0001', 1, '2026-11-25 08:33:17.529731+00');
INSERT INTO public.incidents VALUES ('inc_01a211d677ab7be5bd3890bf634e40e0', 1, 'Odd logon 0', 'From *São Paulo*', 'HIGH', 3, 'NEW', NULL, NULL, NULL, 'act_1f0846e037591252476b', '["vip","it''s"]', 1795595597767376, 'act_18057bf0c3ca2b90868f', 1795595597767376, 'act_18057bf0c3ca2b90868f', NULL, 1, 'odd logon 0
from *são paulo*');
INSERT INTO public.incidents VALUES ('inc_01a211d678b07ab193cea0087ce99301', 2, 'Odd logon 1', 'From *São Paulo*', 'HIGH', 3, 'NEW', NULL, NULL, NULL, 'act_1f0846e037591252476b', '["vip","it''s"]', 1795595598004211, 'act_18057bf0c3ca2b90868f', 1795595598004211, 'act_18057bf0c3ca2b90868f', NULL, 1, 'odd logon 1
from *são paulo*');
INSERT INTO public.incidents VALUES ('inc_01a211d6797f7033a025934c02e5a06c', 3, 'Odd logon 2', 'From *São Paulo*', 'HIGH', 3, 'CLOSED', 'TRUE_POSITIVE', NULL, 'done', 'act_1f0846e037591252476b', '["vip","it''s"]', 1795595598207195, 'act_18057bf0c3ca2b90868f', 1795595598323678, 'act_1f0846e037591252476b', 1795595598323678, 2, 'odd logon 2
from *são paulo*');
INSERT INTO public.migration_sums VALUES ('0001', 'fe72ccea9082bfffbde9b6f9e24a5734ed739e10c3a64d45f16919ea33743cda');
INSERT INTO public.tasks VALUES ('tsk_01a211d6783e7a71807b1f95d2b2c4e2', 'inc_01a211d677ab7be5bd3890bf634e40e0', '80000002', 'Step 2', '- [ ] "ask"
- [ ] look', 'NEW', false, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595597886838, 'act_18057bf0c3ca2b90868f', 1795595597886838, 'act_18057bf0c3ca2b90868f', NULL, NULL, 0, NULL, 1, 'step 2
- [ ] "ask"
- [ ] look');
INSERT INTO public.tasks VALUES ('tsk_01a211d679847e31bdd993529de3d1eb', 'inc_01a211d6797f7033a025934c02e5a06c', '80000000', 'Step 0', '- [ ] "ask"
- [ ] look', 'COMPLETED', false, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595598214607, 'act_18057bf0c3ca2b90868f', 1795595598266975, 'act_1f0846e037591252476b', 1795595598266975, 'act_1f0846e037591252476b', 0, NULL, 3, 'step 0
- [ ] "ask"
- [ ] look');
INSERT INTO public.tasks VALUES ('tsk_01a211d6780d71e382da93dacaad274a', 'inc_01a211d677ab7be5bd3890bf634e40e0', '80000000', 'Step 0', '- [ ] "ask"
- [ ] look', 'COMPLETED', false, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595597837402, 'act_18057bf0c3ca2b90868f', 1795595597932199, 'act_1f0846e037591252476b', 1795595597932199, 'act_1f0846e037591252476b', 0, NULL, 3, 'step 0
- [ ] "ask"
- [ ] look');
INSERT INTO public.tasks VALUES ('tsk_01a211d6784f755b9ade8661d81809c1', 'inc_01a211d677ab7be5bd3890bf634e40e0', '7fffffff', 'Step 3', '- [ ] "ask"
- [ ] look', 'NEW', false, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595597903551, 'act_18057bf0c3ca2b90868f', 1795595597964463, 'act_1f0846e037591252476b', NULL, NULL, 0, NULL, 2, 'step 3
- [ ] "ask"
- [ ] look');
INSERT INTO public.tasks VALUES ('tsk_01a211d6782473f7b5a5ca9d14554ebc', 'inc_01a211d677ab7be5bd3890bf634e40e0', '80000001', 'Step 1', '- [ ] "ask"
- [ ] look', 'NEW', false, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595597863538, 'act_18057bf0c3ca2b90868f', 1795595597988467, 'act_1f0846e037591252476b', NULL, NULL, 0, 1795595597988467, 2, 'step 1
- [ ] "ask"
- [ ] look');
INSERT INTO public.tasks VALUES ('tsk_01a211d678f8740aa4d8b3ed52608f08', 'inc_01a211d678b07ab193cea0087ce99301', '80000002', 'Step 2', '- [ ] "ask"
- [ ] look', 'NEW', false, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595598072441, 'act_18057bf0c3ca2b90868f', 1795595598072441, 'act_18057bf0c3ca2b90868f', NULL, NULL, 0, NULL, 1, 'step 2
- [ ] "ask"
- [ ] look');
INSERT INTO public.tasks VALUES ('tsk_01a211d679a57a0684ea12499d1fb57e', 'inc_01a211d6797f7033a025934c02e5a06c', '7fffffff', 'Step 3', '- [ ] "ask"
- [ ] look', 'NEW', false, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595598245766, 'act_18057bf0c3ca2b90868f', 1795595598282142, 'act_1f0846e037591252476b', NULL, NULL, 0, NULL, 2, 'step 3
- [ ] "ask"
- [ ] look');
INSERT INTO public.tasks VALUES ('tsk_01a211d678be7acc923f18c198bb2c4d', 'inc_01a211d678b07ab193cea0087ce99301', '80000000', 'Step 0', '- [ ] "ask"
- [ ] look', 'COMPLETED', false, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595598015151, 'act_18057bf0c3ca2b90868f', 1795595598132368, 'act_1f0846e037591252476b', 1795595598132368, 'act_1f0846e037591252476b', 0, NULL, 3, 'step 0
- [ ] "ask"
- [ ] look');
INSERT INTO public.tasks VALUES ('tsk_01a211d678ff768782800632c0b332c1', 'inc_01a211d678b07ab193cea0087ce99301', '7fffffff', 'Step 3', '- [ ] "ask"
- [ ] look', 'NEW', false, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595598080000, 'act_18057bf0c3ca2b90868f', 1795595598156769, 'act_1f0846e037591252476b', NULL, NULL, 0, NULL, 2, 'step 3
- [ ] "ask"
- [ ] look');
INSERT INTO public.tasks VALUES ('tsk_01a211d678e470f29fd7886779db9f5a', 'inc_01a211d678b07ab193cea0087ce99301', '80000001', 'Step 1', '- [ ] "ask"
- [ ] look', 'NEW', false, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595598052226, 'act_18057bf0c3ca2b90868f', 1795595598174654, 'act_1f0846e037591252476b', NULL, NULL, 0, 1795595598174654, 2, 'step 1
- [ ] "ask"
- [ ] look');
INSERT INTO public.tasks VALUES ('tsk_01a211d6798f7e6aac45c1c6dd388ec0', 'inc_01a211d6797f7033a025934c02e5a06c', '80000001', 'Step 1', '- [ ] "ask"
- [ ] look', 'NEW', false, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595598226310, 'act_18057bf0c3ca2b90868f', 1795595598293967, 'act_1f0846e037591252476b', NULL, NULL, 0, 1795595598293967, 2, 'step 1
- [ ] "ask"
- [ ] look');
INSERT INTO public.tasks VALUES ('tsk_01a211d6799b71da9fd448e9bc8ae271', 'inc_01a211d6797f7033a025934c02e5a06c', '80000002', 'Step 2', '- [ ] "ask"
- [ ] look', 'COMPLETED', false, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595598237649, 'act_18057bf0c3ca2b90868f', 1795595598311356, 'act_1f0846e037591252476b', 1795595598311356, 'act_1f0846e037591252476b', 0, NULL, 2, 'step 2
- [ ] "ask"
- [ ] look');
INSERT INTO public.trail VALUES (1, '\x3b623be2b28c9240bf437ad144e8887b', 1795595597598384);
SELECT pg_catalog.setval('public.bun_migration_locks_id_seq', 1, false);
SELECT pg_catalog.setval('public.bun_migrations_id_seq', 1, true);
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
CREATE INDEX audit_events_actor ON public.audit_events USING btree (actor_id, "position");
CREATE INDEX audit_events_incident ON public.audit_events USING btree (incident_id, "position");
CREATE INDEX audit_events_recorded ON public.audit_events USING btree (recorded_at, "position");
CREATE INDEX incidents_created ON public.incidents USING btree (created_at, number);
CREATE INDEX incidents_owner ON public.incidents USING btree (owner_id);
CREATE INDEX incidents_updated ON public.incidents USING btree (updated_at, number);
CREATE INDEX tasks_assignee ON public.tasks USING btree (assignee_id);
CREATE INDEX tasks_created ON public.tasks USING btree (created_at, id);
CREATE INDEX tasks_due ON public.tasks USING btree (due_at, id);
CREATE INDEX tasks_incident ON public.tasks USING btree (incident_id);
CREATE CONSTRAINT TRIGGER audit_events_change AFTER INSERT ON public.audit_events DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.tasktrail_event_has_change();
ALTER TABLE public.audit_events ENABLE ALWAYS TRIGGER audit_events_change;
CREATE TRIGGER audit_events_fixed BEFORE DELETE OR UPDATE ON public.audit_events FOR EACH ROW EXECUTE FUNCTION public.tasktrail_refuse();
ALTER TABLE public.audit_events ENABLE ALWAYS TRIGGER audit_events_fixed;
CREATE TRIGGER audit_events_insert BEFORE INSERT ON public.audit_events FOR EACH ROW EXECUTE FUNCTION public.tasktrail_event_insert();
ALTER TABLE public.audit_events ENABLE ALWAYS TRIGGER audit_events_insert;
CREATE TRIGGER audit_events_truncate BEFORE TRUNCATE ON public.audit_events FOR EACH STATEMENT EXECUTE FUNCTION public.tasktrail_refuse();
ALTER TABLE public.audit_events ENABLE ALWAYS TRIGGER audit_events_truncate;
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
