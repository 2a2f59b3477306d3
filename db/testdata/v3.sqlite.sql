CREATE TABLE bun_migrations ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "name" VARCHAR, "group_id" INTEGER, "migrated_at" TIMESTAMP NOT NULL DEFAULT current_timestamp);
--bun:split
INSERT INTO bun_migrations VALUES (1, '0001', 1, '2026-11-26 00:03:59');
--bun:split
INSERT INTO bun_migrations VALUES (2, '0002', 1, '2026-11-26 00:03:59');
--bun:split
INSERT INTO bun_migrations VALUES (3, '0003', 1, '2026-11-26 00:03:59');
--bun:split
CREATE TABLE bun_migration_locks ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "table_name" VARCHAR, UNIQUE ("table_name"));
--bun:split
CREATE TABLE trail (
  one        INTEGER PRIMARY KEY CHECK (one = 1),
  id         BLOB NOT NULL CHECK (length(id) = 16),
  created_at INTEGER NOT NULL
) STRICT;
--bun:split
INSERT INTO trail VALUES (1, X'9F5333350A872BF8AC7871740718BDEF', 1795651439202958);
--bun:split
CREATE TABLE actors (
  id     TEXT NOT NULL PRIMARY KEY,
  kind   TEXT NOT NULL CHECK (kind IN ('USER','SERVICE','AUTOMATION_RULE','PLAYBOOK','SYSTEM')),
  name   TEXT NOT NULL,
  email  TEXT,
  search TEXT NOT NULL
) STRICT;
--bun:split
INSERT INTO actors VALUES ('act_18057bf0c3ca2b90868f', 'USER', 'alice', NULL, 'alice
');
--bun:split
INSERT INTO actors VALUES ('act_1f0846e037591252476b', 'USER', 'bob', NULL, 'bob
');
--bun:split
INSERT INTO actors VALUES ('act_2063c71472d19bae0838', 'AUTOMATION_RULE', 'R2', NULL, 'r2
');
--bun:split
INSERT INTO actors VALUES ('act_352c022d7966eebe80e9', 'AUTOMATION_RULE', 'gone', NULL, 'gone
');
--bun:split
INSERT INTO actors VALUES ('act_5b4727984304bc0e4861', 'AUTOMATION_RULE', 'R', NULL, 'r
');
--bun:split
INSERT INTO actors VALUES ('act_8b821059f10f5450f03c', 'PLAYBOOK', 'P', NULL, 'p
');
--bun:split
INSERT INTO actors VALUES ('act_a083c741c2940b4dcb8e', 'USER', 'root', NULL, 'root
');
--bun:split
CREATE TABLE audit_events (
  position        INTEGER PRIMARY KEY CHECK (position >= 1),
  recorded_at     INTEGER NOT NULL,
  action          TEXT NOT NULL CHECK (action <> ''),
  subject_kind    TEXT NOT NULL CHECK (subject_kind IN ('incident','task','playbook','rule','webhook','event')),
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
  payload         TEXT,
  salt            BLOB CHECK (length(salt) = 16),
  fields          TEXT NOT NULL,
  UNIQUE (subject_id, subject_version),
  UNIQUE (actor_id, mutation_id),
  CHECK ((payload IS NULL) = (salt IS NULL)),
  CHECK ((previous IS NULL) = (position = 1)),
  CHECK ((fingerprint IS NULL) = (mutation_id IS NULL))
) STRICT;
--bun:split
INSERT INTO audit_events VALUES (1, 1795651439225269, 'INCIDENT_CREATED', 'incident', 'inc_01a2152a8a7875eb9f92d0d166c9596e', 1, 'inc_01a2152a8a7875eb9f92d0d166c9596e', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'AB0B4441BBECB5EBDA214F2930754045016DEA613630F1272AC09B6777C66AE0', NULL, X'A41F3FFC5F947D43464216D7A71D5D15CE20CAF7FD88135A4D1A8DCD5AD866C2', '{"actorName":"alice","changes":[{"field":"number","from":null,"to":1},{"field":"title","from":null,"to":"I"},{"field":"severity","from":null,"to":"HIGH"},{"field":"status","from":null,"to":"NEW"},{"field":"labels","from":null,"to":[]}]}', X'876C1A74D5936B28170454043FEC200D', ',number,title,severity,status,labels,');
--bun:split
INSERT INTO audit_events VALUES (10, 1795651439303384, 'RULE_UPDATED', 'rule', 'rul_01a2152a8a897d34ab17ead87c4b4116', 2, NULL, 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'E911C46E9F26CC9FFEABC42E75105BEFD98268BB7E563ACB80C128861196E6DA', X'CBFE17F2923040876E8C994007A0A5B30B46A198D250D5E367E5FBE7F78785D4', X'D68B0BE3C1C2E4AC0CFD6BAB0A01A87CFB2F14808EC6D788C93864115EABD560', '{"actorName":"alice","changes":[{"field":"order","from":100,"to":5}]}', X'FA2E0674A094BCA651E74DF5D0F25A17', ',order,');
--bun:split
INSERT INTO audit_events VALUES (11, 1795651439324670, 'EVENT_REDACTED', 'event', 'evt_2', 1, 'inc_01a2152a8a7875eb9f92d0d166c9596e', 'USER', 'act_a083c741c2940b4dcb8e', NULL, NULL, NULL, X'BB3A11027F7A540A71F920191902934E5AD516E7D911CF762D14D5029E64B2EF', X'D68B0BE3C1C2E4AC0CFD6BAB0A01A87CFB2F14808EC6D788C93864115EABD560', X'D6C372C82A1EDE6238B169A48D0C5C634B268F9BDD4CB6F7CCF0549F22E29E72', '{"actorName":"root","reason":"it should not have been written","changes":[{"field":"payload","from":["title","status","mandatory","origin","reopenCount","rank"],"to":null}]}', X'861EADAAD130A0C5784C3FC57FD718C0', ',payload,');
--bun:split
INSERT INTO audit_events VALUES (2, 1795651439228845, 'TASK_ADDED', 'task', 'tsk_01a2152a8a7c7aba8bcdf8549cdaa027', 1, 'inc_01a2152a8a7875eb9f92d0d166c9596e', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'B34F0CD0F221E32B6045B35D5AF5EAAD10FAFE8FD9CE9A21AA17D5AED8B05B79', X'A41F3FFC5F947D43464216D7A71D5D15CE20CAF7FD88135A4D1A8DCD5AD866C2', X'B87CF4DDEFE49C7F821D925CAF9482B6E35150C4554EDAB719D1661D2402A7AB', NULL, NULL, '');
--bun:split
INSERT INTO audit_events VALUES (3, 1795651439231594, 'TASK_STARTED', 'task', 'tsk_01a2152a8a7c7aba8bcdf8549cdaa027', 2, 'inc_01a2152a8a7875eb9f92d0d166c9596e', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'BC929AEB25E4C4850082F623A25CFFAA923B8FF3A3C7A1C701B694F4AF4C7265', X'B87CF4DDEFE49C7F821D925CAF9482B6E35150C4554EDAB719D1661D2402A7AB', X'B1BB91F298CEB5175003DCF9634EE7CFD0A0BA02F75197EF7DB70472EE097A1E', '{"actorName":"alice","changes":[{"field":"status","from":"NEW","to":"IN_PROGRESS"}]}', X'9707C093636E01CFF6EB26B982F7CBAB', ',status,');
--bun:split
INSERT INTO audit_events VALUES (4, 1795651439234431, 'PLAYBOOK_CREATED', 'playbook', 'pbk_01a2152a8a827119b37461c7b1d3c71e', 1, NULL, 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'5666DFC7926410E6EF18C3F80B934888DBC231E9071BA3AB9EFF13B82A3A7240', X'B1BB91F298CEB5175003DCF9634EE7CFD0A0BA02F75197EF7DB70472EE097A1E', X'1A841818BC7B799DC2129F3B4DC82C8DE7D5573E1C71AD0D72320857F425EC18', '{"actorName":"alice","changes":[{"field":"name","from":null,"to":"P"},{"field":"steps","from":null,"to":[{"title":"S","key":"S"}]}]}', X'5B8D6CF29B6DE22895194174A6CC2965', ',name,steps,');
--bun:split
INSERT INTO audit_events VALUES (5, 1795651439239527, 'WEBHOOK_CREATED', 'webhook', 'whk_01a2152a8a8776958dfe87d8705b94cc', 1, NULL, 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'682E7F80FE19F9FA1CB258AD7E7B536ABD832347D4578A041E87E28F54B0AF75', X'1A841818BC7B799DC2129F3B4DC82C8DE7D5573E1C71AD0D72320857F425EC18', X'331DC13896E93F4D9D03A285C6330F059772C796F51D071C920C4DA65F97119D', '{"actorName":"alice","changes":[{"field":"name","from":null,"to":"W"},{"field":"url","from":null,"to":"https://example.com/hook"},{"field":"enabled","from":null,"to":true},{"field":"secretVersion","from":null,"to":1}]}', X'89A4BBAFA16619845D02D4B588C5B081', ',name,url,enabled,secretVersion,');
--bun:split
INSERT INTO audit_events VALUES (6, 1795651439241918, 'RULE_CREATED', 'rule', 'rul_01a2152a8a897d34ab17ead87c4b4116', 1, NULL, 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'AC363002A4C63933375B100768659FD4E83E1BAA661C92D60903695E7F8878D0', X'331DC13896E93F4D9D03A285C6330F059772C796F51D071C920C4DA65F97119D', X'179DBE9318D700F28FA7948B893B77DFA2819ADABE1A43C049D50E21057A86A2', '{"actorName":"alice","changes":[{"field":"name","from":null,"to":"R"},{"field":"order","from":null,"to":100},{"field":"enabled","from":null,"to":true},{"field":"trigger","from":null,"to":"TASK_REOPENED"},{"field":"actions","from":null,"to":[{"applyPlaybook":{"playbookId":"pbk_01a2152a8a827119b37461c7b1d3c71e"}},{"callWebhook":{"webhookId":"whk_01a2152a8a8776958dfe87d8705b94cc"}}]}]}', X'C098CB1EFFB91A8CE8CE4E930E9EE77C', ',name,order,enabled,trigger,actions,');
--bun:split
INSERT INTO audit_events VALUES (7, 1795651439248034, 'RULE_CREATED', 'rule', 'rul_01a2152a8a8f7e799b7862856ac3fcc6', 1, NULL, 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'32EC7F966FFE6DC64561A4298A141060986BF767D5012F25560647B0579E3931', X'179DBE9318D700F28FA7948B893B77DFA2819ADABE1A43C049D50E21057A86A2', X'35D98A155A48A46B14B22724264C64E47DAC7BBB3149BDC28908EE94EC22636E', '{"actorName":"alice","changes":[{"field":"name","from":null,"to":"gone"},{"field":"order","from":null,"to":100},{"field":"enabled","from":null,"to":true},{"field":"trigger","from":null,"to":"TASK_REOPENED"},{"field":"actions","from":null,"to":[{"applyPlaybook":{"playbookId":"pbk_01a2152a8a827119b37461c7b1d3c71e"}},{"callWebhook":{"webhookId":"whk_01a2152a8a8776958dfe87d8705b94cc"}}]}]}', X'FE9C520CB30B046DCA9217C64F2C5361', ',name,order,enabled,trigger,actions,');
--bun:split
INSERT INTO audit_events VALUES (8, 1795651439267624, 'RULE_CREATED', 'rule', 'rul_01a2152a8aa377d2a61300e7901a4ab1', 1, NULL, 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'59AAE2B0D12EF69D8EBCFB5D70350EFDBA7A39B33987CD6FC5014C4EE39744D4', X'35D98A155A48A46B14B22724264C64E47DAC7BBB3149BDC28908EE94EC22636E', X'4AC8669C049DCA111D8D993FE859E25A8E300A6FB6DF0BCD94356A72DE9DF9B2', '{"actorName":"alice","changes":[{"field":"name","from":null,"to":"R2"},{"field":"order","from":null,"to":100},{"field":"enabled","from":null,"to":true},{"field":"trigger","from":null,"to":"TASK_REOPENED"},{"field":"actions","from":null,"to":[{"applyPlaybook":{"playbookId":"pbk_01a2152a8a827119b37461c7b1d3c71e"}},{"callWebhook":{"webhookId":"whk_01a2152a8a8776958dfe87d8705b94cc"}}]}]}', X'D1D8EFB1C6BCF782672D9A7224A22FBE', ',name,order,enabled,trigger,actions,');
--bun:split
INSERT INTO audit_events VALUES (9, 1795651439285686, 'RULE_DELETED', 'rule', 'rul_01a2152a8a8f7e799b7862856ac3fcc6', 2, NULL, 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'CD7767857E524B45E30BF94DEB6F9D715B0D2123A9B71A066F6E9D0250B309C8', X'4AC8669C049DCA111D8D993FE859E25A8E300A6FB6DF0BCD94356A72DE9DF9B2', X'CBFE17F2923040876E8C994007A0A5B30B46A198D250D5E367E5FBE7F78785D4', '{"actorName":"alice","changes":[{"field":"deletedAt","from":null,"to":"2026-11-26T00:03:59.285686Z"}]}', X'9AF8E58F535985D3C29A3EE689A730F0', ',deletedAt,');
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
INSERT INTO incidents VALUES ('inc_01a2152a8a7875eb9f92d0d166c9596e', 1, 'I', NULL, 'HIGH', 3, 'NEW', NULL, NULL, NULL, NULL, '[]', 1795651439225269, 'act_18057bf0c3ca2b90868f', 1795651439225269, 'act_18057bf0c3ca2b90868f', NULL, 1, 'i');
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
  search       TEXT NOT NULL, group_name TEXT, overdue_since INTEGER, origin_version INTEGER, origin_key TEXT,
  CHECK ((status = 'COMPLETED') = (completed_at IS NOT NULL)),
  FOREIGN KEY (id, version) REFERENCES audit_events (subject_id, subject_version)
) STRICT;
--bun:split
INSERT INTO tasks VALUES ('tsk_01a2152a8a7c7aba8bcdf8549cdaa027', 'inc_01a2152a8a7875eb9f92d0d166c9596e', '80000000', 'T', NULL, 'IN_PROGRESS', 0, NULL, NULL, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795651439228845, 'act_18057bf0c3ca2b90868f', 1795651439231594, 'act_18057bf0c3ca2b90868f', NULL, NULL, 0, NULL, 2, 't', NULL, NULL, NULL, NULL);
--bun:split
CREATE TABLE definitions (
  id         TEXT NOT NULL PRIMARY KEY,
  kind       TEXT NOT NULL CHECK (kind IN ('playbook','rule','webhook')),
  name       TEXT NOT NULL,
  body       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL REFERENCES actors (id),
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL REFERENCES actors (id),
  deleted_at INTEGER,
  version    INTEGER NOT NULL,
  FOREIGN KEY (id, version) REFERENCES audit_events (subject_id, subject_version)
) STRICT;
--bun:split
INSERT INTO definitions VALUES ('pbk_01a2152a8a827119b37461c7b1d3c71e', 'playbook', 'P', '{"description":null,"steps":[{"title":"S","key":"S"}]}', 1795651439234431, 'act_18057bf0c3ca2b90868f', 1795651439234431, 'act_18057bf0c3ca2b90868f', NULL, 1);
--bun:split
INSERT INTO definitions VALUES ('rul_01a2152a8a897d34ab17ead87c4b4116', 'rule', 'R', '{"description":null,"order":5,"enabled":true,"expiresAt":null,"trigger":"TASK_REOPENED","condition":null,"actions":[{"applyPlaybook":{"playbookId":"pbk_01a2152a8a827119b37461c7b1d3c71e"}},{"callWebhook":{"webhookId":"whk_01a2152a8a8776958dfe87d8705b94cc"}}]}', 1795651439241918, 'act_18057bf0c3ca2b90868f', 1795651439303384, 'act_18057bf0c3ca2b90868f', NULL, 2);
--bun:split
INSERT INTO definitions VALUES ('rul_01a2152a8a8f7e799b7862856ac3fcc6', 'rule', 'gone', '{"description":null,"order":100,"enabled":true,"expiresAt":null,"trigger":"TASK_REOPENED","condition":null,"actions":[{"applyPlaybook":{"playbookId":"pbk_01a2152a8a827119b37461c7b1d3c71e"}},{"callWebhook":{"webhookId":"whk_01a2152a8a8776958dfe87d8705b94cc"}}]}', 1795651439248034, 'act_18057bf0c3ca2b90868f', 1795651439285686, 'act_18057bf0c3ca2b90868f', 1795651439285686, 2);
--bun:split
INSERT INTO definitions VALUES ('rul_01a2152a8aa377d2a61300e7901a4ab1', 'rule', 'R2', '{"description":null,"order":100,"enabled":true,"expiresAt":null,"trigger":"TASK_REOPENED","condition":null,"actions":[{"applyPlaybook":{"playbookId":"pbk_01a2152a8a827119b37461c7b1d3c71e"}},{"callWebhook":{"webhookId":"whk_01a2152a8a8776958dfe87d8705b94cc"}}]}', 1795651439267624, 'act_18057bf0c3ca2b90868f', 1795651439267624, 'act_18057bf0c3ca2b90868f', NULL, 1);
--bun:split
INSERT INTO definitions VALUES ('whk_01a2152a8a8776958dfe87d8705b94cc', 'webhook', 'W', '{"url":"https://example.com/hook","enabled":true,"secretVersion":1}', 1795651439239527, 'act_18057bf0c3ca2b90868f', 1795651439239527, 'act_18057bf0c3ca2b90868f', NULL, 1);
--bun:split
CREATE TABLE webhook_secrets (
  webhook_id TEXT NOT NULL PRIMARY KEY REFERENCES definitions (id),
  secret     TEXT NOT NULL
) STRICT;
--bun:split
INSERT INTO webhook_secrets VALUES ('whk_01a2152a8a8776958dfe87d8705b94cc', 'whsec_380Pur7Ots90GmeyDjxmJp3dQNEqJ8dtw+7qqfJagIE=');
--bun:split
CREATE TABLE webhook_deliveries (
  id         TEXT NOT NULL PRIMARY KEY,
  webhook_id TEXT NOT NULL REFERENCES definitions (id),
  position   INTEGER NOT NULL REFERENCES audit_events (position),
  body       TEXT NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('PENDING','DELIVERED','FAILED')),
  created_at INTEGER NOT NULL,
  next_at    INTEGER,
  CHECK ((next_at IS NOT NULL) = (state = 'PENDING'))
) STRICT;
--bun:split
CREATE TABLE webhook_attempts (
  delivery_id TEXT NOT NULL REFERENCES webhook_deliveries (id),
  number      INTEGER NOT NULL CHECK (number >= 1),
  at          INTEGER NOT NULL,
  took_ms     INTEGER NOT NULL,
  status_code INTEGER,
  failure     TEXT,
  PRIMARY KEY (delivery_id, number),
  CHECK ((status_code IS NULL) <> (failure IS NULL))
) STRICT;
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
INSERT INTO checkpoints VALUES (5, X'BB5D73FF2D0D32A9222820A39AD12C80E399B1B225CA5F109E5DB13E59AA5502', 'tasktrail/9f5333350a872bf8ac7871740718bdef
5
u11z/y0NMqkiKCCjmtEsgOOZsbIlyl8Qnl2xPlmqVQI=

— tasktrail/9f5333350a872bf8ac7871740718bdef BBUuJcxCoQINav8+xZyEgAErWUdhuH0+VZlHQfjalOsOvN8jI21iP0JfISkx0r/oZ7FUGzNX61zEdJqJh2GpsDKfFws=
', 1795651439342129);
--bun:split
CREATE TABLE migration_sums (name TEXT NOT NULL PRIMARY KEY, sum TEXT NOT NULL);
--bun:split
INSERT INTO migration_sums VALUES ('0001', 'd5c6ae1a45feb6778695e27b283fbf17218e11cc4e34be74b5cbd06e6b2a16de');
--bun:split
INSERT INTO migration_sums VALUES ('0002', 'cd6a391e7a6b40760f3a4f081db059b32613865d44ea2434aaa3eb5a33423f72');
--bun:split
INSERT INTO migration_sums VALUES ('0003', 'e30141e5e0ac0a4d283d8656622d4b3346602258c8a3f5092d73f5b96bb68509');
--bun:split
CREATE INDEX audit_events_incident ON audit_events (incident_id, position);
--bun:split
CREATE INDEX audit_events_actor ON audit_events (actor_id, position);
--bun:split
CREATE INDEX audit_events_recorded ON audit_events (recorded_at, position);
--bun:split
CREATE INDEX incidents_created ON incidents (created_at, number);
--bun:split
CREATE INDEX incidents_updated ON incidents (updated_at, number);
--bun:split
CREATE INDEX incidents_owner ON incidents (owner_id);
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
CREATE TRIGGER audit_events_delete BEFORE DELETE ON audit_events
BEGIN SELECT RAISE(ABORT, 'tasktrail: the trail is append-only'); END;
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
CREATE INDEX audit_events_definitions ON audit_events (position) WHERE incident_id IS NULL;
--bun:split
CREATE INDEX tasks_to_be_overdue ON tasks (due_at, id)
  WHERE status IN ('NEW','IN_PROGRESS') AND deleted_at IS NULL AND overdue_since IS NULL;
--bun:split
CREATE UNIQUE INDEX definitions_name ON definitions (kind, name) WHERE deleted_at IS NULL;
--bun:split
CREATE INDEX webhook_deliveries_next ON webhook_deliveries (next_at);
--bun:split
CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries (webhook_id, position);
--bun:split
CREATE TRIGGER tasks_update BEFORE UPDATE ON tasks
BEGIN
  SELECT RAISE(ABORT, 'tasktrail: a task changes by one version at a time')
  WHERE NEW.version IS NOT OLD.version + 1;
  SELECT RAISE(ABORT, 'tasktrail: id, incident, origin and creation of a task never change')
  WHERE NEW.id IS NOT OLD.id OR NEW.incident_id IS NOT OLD.incident_id
     OR NEW.created_at IS NOT OLD.created_at OR NEW.created_by IS NOT OLD.created_by
     OR NEW.origin_kind IS NOT OLD.origin_kind OR NEW.origin_name IS NOT OLD.origin_name
     OR NEW.origin_id IS NOT OLD.origin_id OR NEW.origin_step IS NOT OLD.origin_step
     OR NEW.origin_version IS NOT OLD.origin_version OR NEW.origin_key IS NOT OLD.origin_key;
  SELECT RAISE(ABORT, 'tasktrail: no event records this version of the task')
  WHERE NOT EXISTS (SELECT 1 FROM audit_events WHERE subject_id = NEW.id AND subject_version = NEW.version
                      AND subject_kind = 'task' AND incident_id = NEW.incident_id);
END;
--bun:split
CREATE TRIGGER definitions_delete BEFORE DELETE ON definitions
BEGIN SELECT RAISE(ABORT, 'tasktrail: definitions are never deleted, only marked so'); END;
--bun:split
CREATE TRIGGER definitions_insert BEFORE INSERT ON definitions
BEGIN
  SELECT RAISE(ABORT, 'tasktrail: a new definition starts at version 1')
  WHERE NEW.version IS NOT 1 OR EXISTS (SELECT 1 FROM definitions WHERE id = NEW.id
     OR (kind = NEW.kind AND name = NEW.name AND deleted_at IS NULL));
  SELECT RAISE(ABORT, 'tasktrail: no event records this version of the definition')
  WHERE NOT EXISTS (SELECT 1 FROM audit_events WHERE subject_id = NEW.id AND subject_version = NEW.version
                      AND subject_kind = NEW.kind AND incident_id IS NULL);
END;
--bun:split
CREATE TRIGGER definitions_update BEFORE UPDATE ON definitions
BEGIN
  SELECT RAISE(ABORT, 'tasktrail: a definition changes by one version at a time')
  WHERE NEW.version IS NOT OLD.version + 1;
  SELECT RAISE(ABORT, 'tasktrail: id, kind and creation of a definition never change, nor does a deleted one')
  WHERE OLD.deleted_at IS NOT NULL OR NEW.id IS NOT OLD.id OR NEW.kind IS NOT OLD.kind
     OR NEW.created_at IS NOT OLD.created_at OR NEW.created_by IS NOT OLD.created_by;
  SELECT RAISE(ABORT, 'tasktrail: another definition of this kind has the name')
  WHERE NEW.deleted_at IS NULL AND EXISTS (SELECT 1 FROM definitions
    WHERE kind = NEW.kind AND name = NEW.name AND deleted_at IS NULL AND id IS NOT NEW.id);
  SELECT RAISE(ABORT, 'tasktrail: no event records this version of the definition')
  WHERE NOT EXISTS (SELECT 1 FROM audit_events WHERE subject_id = NEW.id AND subject_version = NEW.version
                      AND subject_kind = NEW.kind AND incident_id IS NULL);
END;
--bun:split
CREATE INDEX audit_events_redactions ON audit_events (incident_id) WHERE subject_kind = 'event';
--bun:split
CREATE INDEX webhook_deliveries_position ON webhook_deliveries (position);
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
