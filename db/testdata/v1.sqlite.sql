CREATE TABLE bun_migrations ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "name" VARCHAR, "group_id" INTEGER, "migrated_at" TIMESTAMP NOT NULL DEFAULT current_timestamp);
--bun:split
INSERT INTO bun_migrations VALUES (1, '0001', 1, '2026-11-25 08:33:08');
--bun:split
CREATE TABLE bun_migration_locks ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "table_name" VARCHAR, UNIQUE ("table_name"));
--bun:split
CREATE TABLE trail (
  one        INTEGER PRIMARY KEY CHECK (one = 1),
  id         BLOB NOT NULL CHECK (length(id) = 16),
  created_at INTEGER NOT NULL
) STRICT;
--bun:split
INSERT INTO trail VALUES (1, X'D71B05C9BDC693E5469ABBEED3C41EE3', 1795595588594675);
--bun:split
CREATE TABLE actors (
  id     TEXT NOT NULL PRIMARY KEY,
  kind   TEXT NOT NULL CHECK (kind IN ('USER','SERVICE','AUTOMATION_RULE','PLAYBOOK','SYSTEM')),
  name   TEXT NOT NULL,
  email  TEXT,
  search TEXT NOT NULL
) STRICT;
--bun:split
INSERT INTO actors VALUES ('act_1f0846e037591252476b', 'USER', 'bob', NULL, 'bob
');
--bun:split
INSERT INTO actors VALUES ('act_18057bf0c3ca2b90868f', 'USER', 'alice', NULL, 'alice
');
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
INSERT INTO audit_events VALUES (1, 1795595588644714, 'INCIDENT_CREATED', 'incident', 'inc_01a211d654207ee2bee4d67551ee96ec', 1, 'inc_01a211d654207ee2bee4d67551ee96ec', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'A248708567644BD06CE117173B377677C6D17FE45E3592984F4EC150B9F6BD68', NULL, X'BD47B4ED78EDF59BACFB6A402F9D5350A16C0AA50AF44977088320E17CABE975', '{"actorName":"alice","changes":[{"field":"number","from":null,"to":1},{"field":"title","from":null,"to":"Odd logon 0"},{"field":"description","from":null,"to":"From *São Paulo*"},{"field":"severity","from":null,"to":"HIGH"},{"field":"status","from":null,"to":"NEW"},{"field":"ownerId","from":null,"to":"act_1f0846e037591252476b"},{"field":"labels","from":null,"to":["vip","it''s"]}]}', X'04096B99D1566DFF54428C113AE4234A', ',number,title,description,severity,status,ownerId,labels,');
--bun:split
INSERT INTO audit_events VALUES (2, 1795595588665770, 'TASK_ADDED', 'task', 'tsk_01a211d6543979c49836b6770cec00cf', 1, 'inc_01a211d654207ee2bee4d67551ee96ec', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'A337C5E6D818E5B5F413E0889D2ED3A36D5E7F8454E557067BDC27AF77D0EF8F', X'BD47B4ED78EDF59BACFB6A402F9D5350A16C0AA50AF44977088320E17CABE975', X'9E1932D303B907B1F0BD1D700F3BC62F0856B73BAAF1334761638BF10183C473', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 0"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":1}]}', X'F1B387C4245DCAAC4306FBF298EC6009', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
--bun:split
INSERT INTO audit_events VALUES (3, 1795595588676867, 'TASK_ADDED', 'task', 'tsk_01a211d654447b3eba47588003b49ff0', 1, 'inc_01a211d654207ee2bee4d67551ee96ec', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'6797347780C78131F14A43684130E011326792E23EB35D21757B92477ABB49A8', X'9E1932D303B907B1F0BD1D700F3BC62F0856B73BAAF1334761638BF10183C473', X'26783B8ACC545AD44AF4826183784FF267126AEE02FE51BCFCA1F0C63C8ECA27', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 1"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":2}]}', X'A3079209F1BB756071B11E98FF5F9B20', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
--bun:split
INSERT INTO audit_events VALUES (4, 1795595588728345, 'TASK_ADDED', 'task', 'tsk_01a211d65478741681865e31e635de49', 1, 'inc_01a211d654207ee2bee4d67551ee96ec', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'D4D0AC946D8C6C0C66015B08C20E67D8429F1D87F6515ADF148A56DDDE00DFE2', X'26783B8ACC545AD44AF4826183784FF267126AEE02FE51BCFCA1F0C63C8ECA27', X'A6BFB6F6E68575202D079F411B800EC09BBFECBC56A026C6D834E99B215C7880', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 2"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":3}]}', X'848EE9EDDFE950AF6275F57F05A25FDF', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
--bun:split
INSERT INTO audit_events VALUES (5, 1795595588736953, 'TASK_ADDED', 'task', 'tsk_01a211d654807cb9b958f10a8b3c7177', 1, 'inc_01a211d654207ee2bee4d67551ee96ec', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'2CF144B9F4194092CEDE2EA5C86655A74B6911D2B6A7A0CF528351D4D31DDA9E', X'A6BFB6F6E68575202D079F411B800EC09BBFECBC56A026C6D834E99B215C7880', X'56E0EB636937ADC5D36AE4F34E333632072B25E02D37922CDC39837EA277C819', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 3"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":4}]}', X'BEF4AE66B642266FED63BF18DEF320DD', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
--bun:split
INSERT INTO audit_events VALUES (6, 1795595588756662, 'TASK_STARTED', 'task', 'tsk_01a211d6543979c49836b6770cec00cf', 2, 'inc_01a211d654207ee2bee4d67551ee96ec', 'USER', 'act_1f0846e037591252476b', NULL, 'start 0', X'EA55BB189F1D763F541D7CC6A1FA4047677B15DF58665BD2CDF987B9BFEEBB8D', X'9760E4765E809CE539DE3D98BFB439073198CB909D815AFEE9337D904A7238D1', X'56E0EB636937ADC5D36AE4F34E333632072B25E02D37922CDC39837EA277C819', X'D525D30D240C96CE80A5D025629A94E4E12C5D4B83880AACE22C1BCBFE3A1298', '{"actorName":"bob","reason":"mine","changes":[{"field":"status","from":"NEW","to":"IN_PROGRESS"}]}', X'5EE3AD1116625E1AD18EC2D31121B62F', ',status,');
--bun:split
INSERT INTO audit_events VALUES (7, 1795595588769681, 'TASK_COMPLETED', 'task', 'tsk_01a211d6543979c49836b6770cec00cf', 3, 'inc_01a211d654207ee2bee4d67551ee96ec', 'USER', 'act_1f0846e037591252476b', NULL, NULL, NULL, X'6A55C2FCE6EFFB9025FC3916822DA63241B1AEA56B3224257C80C1524BF03AFE', X'D525D30D240C96CE80A5D025629A94E4E12C5D4B83880AACE22C1BCBFE3A1298', X'899B817A5E572747B0F010AF521B46F494F09EB9981B6FC3A3850EF575E82F7F', '{"actorName":"bob","changes":[{"field":"status","from":"IN_PROGRESS","to":"COMPLETED"},{"field":"completedAt","from":null,"to":"2026-11-25T08:33:08.769681Z"},{"field":"completedById","from":null,"to":"act_1f0846e037591252476b"}]}', X'8B3458BF40B6E24B549AC470A759731B', ',status,completedAt,completedById,');
--bun:split
INSERT INTO audit_events VALUES (8, 1795595588816892, 'TASK_MOVED', 'task', 'tsk_01a211d654807cb9b958f10a8b3c7177', 2, 'inc_01a211d654207ee2bee4d67551ee96ec', 'USER', 'act_1f0846e037591252476b', NULL, NULL, NULL, X'B0DEBB7621CB683C1EC901B75807BA54D1ED52D3CBBFAD41209BBCDDA0CD96C8', X'899B817A5E572747B0F010AF521B46F494F09EB9981B6FC3A3850EF575E82F7F', X'FC6BCCDF300776479B0101A2A3A060D904C6447CC116550A3B2A127F34B887DC', '{"actorName":"bob","changes":[{"field":"rank","from":4,"to":1}]}', X'F5A1B11D9E6F98079EEBFEA212ADA336', ',rank,');
--bun:split
INSERT INTO audit_events VALUES (9, 1795595588897160, 'TASK_DELETED', 'task', 'tsk_01a211d654447b3eba47588003b49ff0', 2, 'inc_01a211d654207ee2bee4d67551ee96ec', 'USER', 'act_1f0846e037591252476b', NULL, NULL, NULL, X'C3325C3EF3C09D30E636B34EB40FC1E3347F70B3816A4EBCB7479A3ED7160D22', X'FC6BCCDF300776479B0101A2A3A060D904C6447CC116550A3B2A127F34B887DC', X'F42AD0B9149DB50755FD2F231A8F6B6EF9C93FEF881002F1B4CB91A117E94AA0', '{"actorName":"bob","changes":[{"field":"deletedAt","from":null,"to":"2026-11-25T08:33:08.89716Z"}]}', X'14531B5272D9ACFB1B01E71B76670BBD', ',deletedAt,');
--bun:split
INSERT INTO audit_events VALUES (10, 1795595588906273, 'INCIDENT_CREATED', 'incident', 'inc_01a211d6552a730b882da29505aa754b', 1, 'inc_01a211d6552a730b882da29505aa754b', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'23FA45D140CB54AD07C78A0232994875EC39436FDB04FB57EE840888C681E3C7', X'F42AD0B9149DB50755FD2F231A8F6B6EF9C93FEF881002F1B4CB91A117E94AA0', X'49CC4DB2F14BD548E098BC5F0909D53C3F3F5E0B2032A9EF61AA4224594BEFE9', '{"actorName":"alice","changes":[{"field":"number","from":null,"to":2},{"field":"title","from":null,"to":"Odd logon 1"},{"field":"description","from":null,"to":"From *São Paulo*"},{"field":"severity","from":null,"to":"HIGH"},{"field":"status","from":null,"to":"NEW"},{"field":"ownerId","from":null,"to":"act_1f0846e037591252476b"},{"field":"labels","from":null,"to":["vip","it''s"]}]}', X'694123368FEB2BE3D4D5BE00AA54FBED', ',number,title,description,severity,status,ownerId,labels,');
--bun:split
INSERT INTO audit_events VALUES (11, 1795595588997264, 'TASK_ADDED', 'task', 'tsk_01a211d6558571adabe15ea1711b3ab8', 1, 'inc_01a211d6552a730b882da29505aa754b', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'F0320859317F81460355580661E45F1E92E6AE84A84D62B8988EC84160DEB90F', X'49CC4DB2F14BD548E098BC5F0909D53C3F3F5E0B2032A9EF61AA4224594BEFE9', X'7FA0EEB4564FBDBE697959FB2B9ABF10FB372DDC40B91EC1BF2DB852A02E2358', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 0"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":1}]}', X'CD4EDF2EAF5139F0B73688D940D2B8C7', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
--bun:split
INSERT INTO audit_events VALUES (12, 1795595589026005, 'TASK_ADDED', 'task', 'tsk_01a211d655a17dae83d8036b107f87a9', 1, 'inc_01a211d6552a730b882da29505aa754b', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'3A9DC55C5FFEF38715A66ADA91BC5D3EB084DC0FDCA0D8FF7B31E9E16E02C299', X'7FA0EEB4564FBDBE697959FB2B9ABF10FB372DDC40B91EC1BF2DB852A02E2358', X'EFA8245566AC38152A944746EDABA3B028E7687A35483EFB24A210C864D674E8', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 1"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":2}]}', X'1006582AFD323C6568AC68DCE4366562', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
--bun:split
INSERT INTO audit_events VALUES (13, 1795595589037794, 'TASK_ADDED', 'task', 'tsk_01a211d655ac756fb3f3af60a369bbb5', 1, 'inc_01a211d6552a730b882da29505aa754b', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'D32EB8CCD389256966DBED025296BC39BD16D2688FD7516B689E41D489D98843', X'EFA8245566AC38152A944746EDABA3B028E7687A35483EFB24A210C864D674E8', X'C5C168223BE02F58F56D87EE811339E35937E46628F9DBAB5EC52BBF33C8AB7D', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 2"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":3}]}', X'606A2A833AF6D77C7ABE2B718EB52129', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
--bun:split
INSERT INTO audit_events VALUES (14, 1795595589064165, 'TASK_ADDED', 'task', 'tsk_01a211d655c8715ab6115d3006d7b179', 1, 'inc_01a211d6552a730b882da29505aa754b', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'F947AF06FD01A2D0A572C13DF824AC2FE9BF1275CDCB86F18C9B3A1C04D9EFE6', X'C5C168223BE02F58F56D87EE811339E35937E46628F9DBAB5EC52BBF33C8AB7D', X'2DD405F7B26075E0BF00D19BD989760A5227D671C2A1B23D4498CA2A226E2C44', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 3"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":4}]}', X'927EE08825007CB1FB4D855D1E5812B2', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
--bun:split
INSERT INTO audit_events VALUES (15, 1795595589075007, 'TASK_STARTED', 'task', 'tsk_01a211d6558571adabe15ea1711b3ab8', 2, 'inc_01a211d6552a730b882da29505aa754b', 'USER', 'act_1f0846e037591252476b', NULL, 'start 1', X'7ED52FBE11B14C42128AFD3572213FA3AC72DAA76CC39E096644CAC78E319B22', X'8840E53F78E1071E2C5D124FC8796C6C50D991D4E53C42AF581FC4651A1E4869', X'2DD405F7B26075E0BF00D19BD989760A5227D671C2A1B23D4498CA2A226E2C44', X'7F91D8FA33FF986222D77B2262B7326C3A9D2BFCF12DE0C70C229E67E176A331', '{"actorName":"bob","reason":"mine","changes":[{"field":"status","from":"NEW","to":"IN_PROGRESS"}]}', X'5FF3F86EE1492F39938CDA1493E28967', ',status,');
--bun:split
INSERT INTO audit_events VALUES (16, 1795595589095204, 'TASK_COMPLETED', 'task', 'tsk_01a211d6558571adabe15ea1711b3ab8', 3, 'inc_01a211d6552a730b882da29505aa754b', 'USER', 'act_1f0846e037591252476b', NULL, NULL, NULL, X'C256B90AB539D721BEBAED96DFB1E876D9D6F991321BBC7A0E04DB0862CE453A', X'7F91D8FA33FF986222D77B2262B7326C3A9D2BFCF12DE0C70C229E67E176A331', X'55EA21BF5B69FA48537BBA61176FB0203AF4EBB8D995AEC2A5281C8F9CA106B7', '{"actorName":"bob","changes":[{"field":"status","from":"IN_PROGRESS","to":"COMPLETED"},{"field":"completedAt","from":null,"to":"2026-11-25T08:33:09.095204Z"},{"field":"completedById","from":null,"to":"act_1f0846e037591252476b"}]}', X'CBB08A74F7B1A5B9BF6A2A186826E407', ',status,completedAt,completedById,');
--bun:split
INSERT INTO audit_events VALUES (17, 1795595589110628, 'TASK_MOVED', 'task', 'tsk_01a211d655c8715ab6115d3006d7b179', 2, 'inc_01a211d6552a730b882da29505aa754b', 'USER', 'act_1f0846e037591252476b', NULL, NULL, NULL, X'DF3098FA4F6E7D144B67EFD7E72764DB50A0175C895F82E529ED7A1714CC1560', X'55EA21BF5B69FA48537BBA61176FB0203AF4EBB8D995AEC2A5281C8F9CA106B7', X'7B04048073021D36DA9287958B575A7B116AC0D0835ABAC8AE6A469DE7C04358', '{"actorName":"bob","changes":[{"field":"rank","from":4,"to":1}]}', X'6C0F87350A5572C143F1E4BBB6B76DEE', ',rank,');
--bun:split
INSERT INTO audit_events VALUES (18, 1795595589130516, 'TASK_DELETED', 'task', 'tsk_01a211d655a17dae83d8036b107f87a9', 2, 'inc_01a211d6552a730b882da29505aa754b', 'USER', 'act_1f0846e037591252476b', NULL, NULL, NULL, X'D1C41B9871280830550DA303823F122B31BF88D26E8D4EC3AD0837F20D8BCCBA', X'7B04048073021D36DA9287958B575A7B116AC0D0835ABAC8AE6A469DE7C04358', X'0F829108202CAD550F63D031FC768319578E99F204943FDA417C1850D8D48FDC', '{"actorName":"bob","changes":[{"field":"deletedAt","from":null,"to":"2026-11-25T08:33:09.130516Z"}]}', X'BF4B6624A20AA966BC9242C8EA3839DD', ',deletedAt,');
--bun:split
INSERT INTO audit_events VALUES (19, 1795595589145724, 'INCIDENT_CREATED', 'incident', 'inc_01a211d6561979d0802e33d6892695f1', 1, 'inc_01a211d6561979d0802e33d6892695f1', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'B2D1AD083486DF68AA16987CE749E77656AE16578DFFDCDEDCA673738FBC6C22', X'0F829108202CAD550F63D031FC768319578E99F204943FDA417C1850D8D48FDC', X'C35AB085447F48B01A652C87E525BD3484D80FC5EDD6355F8C60AF0A2017B5D7', '{"actorName":"alice","changes":[{"field":"number","from":null,"to":3},{"field":"title","from":null,"to":"Odd logon 2"},{"field":"description","from":null,"to":"From *São Paulo*"},{"field":"severity","from":null,"to":"HIGH"},{"field":"status","from":null,"to":"NEW"},{"field":"ownerId","from":null,"to":"act_1f0846e037591252476b"},{"field":"labels","from":null,"to":["vip","it''s"]}]}', X'5427A345FE97204EB33A6344F68B5387', ',number,title,description,severity,status,ownerId,labels,');
--bun:split
INSERT INTO audit_events VALUES (20, 1795595589153562, 'TASK_ADDED', 'task', 'tsk_01a211d65621778db8d2c82a3142b90d', 1, 'inc_01a211d6561979d0802e33d6892695f1', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'19257C0E0AE8B72887B15F22E3F5DE36FB8F86A89A75E296C401E54255A07507', X'C35AB085447F48B01A652C87E525BD3484D80FC5EDD6355F8C60AF0A2017B5D7', X'DDB6BC2D2E7075150458A6E86774E9207CFCA20F0112886FBCE76B28B75DA1CC', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 0"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":1}]}', X'FE7DFF325BCE91DBA47C1766C6A61E0B', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
--bun:split
INSERT INTO audit_events VALUES (21, 1795595589170755, 'TASK_ADDED', 'task', 'tsk_01a211d656327a65b60bc531a15bf55c', 1, 'inc_01a211d6561979d0802e33d6892695f1', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'4D026B0E05322E898E7524CB25DA74D46D7DEE49176A0928AAF05BD70EDD29E6', X'DDB6BC2D2E7075150458A6E86774E9207CFCA20F0112886FBCE76B28B75DA1CC', X'A2E48E7F45AC0BDC72FA545252D9C1508F86A680B6D677D56DC6F0A722F2FAD5', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 1"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":2}]}', X'5993E7CE342B13E5DF9B797CDEBDFE28', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
--bun:split
INSERT INTO audit_events VALUES (22, 1795595589192346, 'TASK_ADDED', 'task', 'tsk_01a211d65648740aa1327ff76ce63022', 1, 'inc_01a211d6561979d0802e33d6892695f1', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'736B0C7D817AE9CB7E60E91BFB201142FE7628419F7C6E4EDADCB2C6F64C87DE', X'A2E48E7F45AC0BDC72FA545252D9C1508F86A680B6D677D56DC6F0A722F2FAD5', X'E4B8ABDFC1D2CBF92971AE824041C38E8B425D18D536326AE3BCE8016432BBFF', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 2"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":3}]}', X'ECC4855B41CB0EFADC32675BE2F9B917', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
--bun:split
INSERT INTO audit_events VALUES (23, 1795595589204216, 'TASK_ADDED', 'task', 'tsk_01a211d65654722e99ad0e0b831a1173', 1, 'inc_01a211d6561979d0802e33d6892695f1', 'USER', 'act_18057bf0c3ca2b90868f', NULL, NULL, NULL, X'0CD548CD024880AC653F13771F6A5DAB9B0C9635507096EE3D1A1ABA4712C7A5', X'E4B8ABDFC1D2CBF92971AE824041C38E8B425D18D536326AE3BCE8016432BBFF', X'0E8887F25BE2E7E7F1D0B55EACC0F890B6A49D97742D77B8E53603B160C9538E', '{"actorName":"alice","changes":[{"field":"title","from":null,"to":"Step 3"},{"field":"description","from":null,"to":"- [ ] \"ask\"\n- [ ] look"},{"field":"status","from":null,"to":"NEW"},{"field":"mandatory","from":null,"to":false},{"field":"assigneeId","from":null,"to":"act_1f0846e037591252476b"},{"field":"dueAt","from":null,"to":"2026-01-02T03:04:05.678901Z"},{"field":"origin","from":null,"to":{"kind":"USER","name":"alice","id":"act_18057bf0c3ca2b90868f","step":null}},{"field":"reopenCount","from":null,"to":0},{"field":"rank","from":null,"to":4}]}', X'BB186D408DFB031C9DFCFA3101BB5545', ',title,description,status,mandatory,assigneeId,dueAt,origin,reopenCount,rank,');
--bun:split
INSERT INTO audit_events VALUES (24, 1795595589236122, 'TASK_STARTED', 'task', 'tsk_01a211d65621778db8d2c82a3142b90d', 2, 'inc_01a211d6561979d0802e33d6892695f1', 'USER', 'act_1f0846e037591252476b', NULL, 'start 2', X'CBF15003A63BE7B44A1E17D8673E7FD4D5EF65C932FDA3EF7FCF42B8F479CF78', X'67838153731075260F4D15511D1194D0F0CC5638642F35C56DC7D2234AF86ECD', X'0E8887F25BE2E7E7F1D0B55EACC0F890B6A49D97742D77B8E53603B160C9538E', X'A7D53DAEE6B215C7ABC255E59CB785961EA975E0F9CE60AE81156BA6AB919329', '{"actorName":"bob","reason":"mine","changes":[{"field":"status","from":"NEW","to":"IN_PROGRESS"}]}', X'AD0514B70C455358EDD72501EB6FF439', ',status,');
--bun:split
INSERT INTO audit_events VALUES (25, 1795595589256983, 'TASK_COMPLETED', 'task', 'tsk_01a211d65621778db8d2c82a3142b90d', 3, 'inc_01a211d6561979d0802e33d6892695f1', 'USER', 'act_1f0846e037591252476b', NULL, NULL, NULL, X'B0450DCE38EEB6BD7D33AAF993004FF84FEABB0BAE8420C5F81434CA06317D1D', X'A7D53DAEE6B215C7ABC255E59CB785961EA975E0F9CE60AE81156BA6AB919329', X'E27AF1685E3F6DC2C232EB9F1142A898E5A8162F4E3F45E02775F650692C16A4', '{"actorName":"bob","changes":[{"field":"status","from":"IN_PROGRESS","to":"COMPLETED"},{"field":"completedAt","from":null,"to":"2026-11-25T08:33:09.256983Z"},{"field":"completedById","from":null,"to":"act_1f0846e037591252476b"}]}', X'B4BB699326E12AF569C1936F0F2DF469', ',status,completedAt,completedById,');
--bun:split
INSERT INTO audit_events VALUES (26, 1795595589268230, 'TASK_MOVED', 'task', 'tsk_01a211d65654722e99ad0e0b831a1173', 2, 'inc_01a211d6561979d0802e33d6892695f1', 'USER', 'act_1f0846e037591252476b', NULL, NULL, NULL, X'6A21BDCCEEF38200EFFA61B4191FE1BA4E2564306D8AD579EF415066292BD3C6', X'E27AF1685E3F6DC2C232EB9F1142A898E5A8162F4E3F45E02775F650692C16A4', X'15AF960DF9AFE279EE46C948981B7EB5ADB5744075BB23C52CD31E3A50D574CD', '{"actorName":"bob","changes":[{"field":"rank","from":4,"to":1}]}', X'1959470BB32F066DDDE394791099058F', ',rank,');
--bun:split
INSERT INTO audit_events VALUES (27, 1795595589274659, 'TASK_DELETED', 'task', 'tsk_01a211d656327a65b60bc531a15bf55c', 2, 'inc_01a211d6561979d0802e33d6892695f1', 'USER', 'act_1f0846e037591252476b', NULL, NULL, NULL, X'B8D05C4AE455852A8BA1B000C5C10BD842ADBC48765DD9914E79D5C9E63A47C0', X'15AF960DF9AFE279EE46C948981B7EB5ADB5744075BB23C52CD31E3A50D574CD', X'40A6D25E79CACDB3601A4171DA73E1AF074C273BCCC36075A596D82D0F4B7FEA', '{"actorName":"bob","changes":[{"field":"deletedAt","from":null,"to":"2026-11-25T08:33:09.274659Z"}]}', X'C2D723F2A508349C39E4CA06D642711F', ',deletedAt,');
--bun:split
INSERT INTO audit_events VALUES (28, 1795595589288554, 'TASK_COMPLETED', 'task', 'tsk_01a211d65648740aa1327ff76ce63022', 2, 'inc_01a211d6561979d0802e33d6892695f1', 'USER', 'act_1f0846e037591252476b', NULL, NULL, NULL, X'8481C08E447E42F663264986CD6FAC65116D9744D926B33B5D0D56ADEE41E94B', X'40A6D25E79CACDB3601A4171DA73E1AF074C273BCCC36075A596D82D0F4B7FEA', X'EA130FC36C5AF471A8C4AF8CF0F3F93076BF8890C96A9447EB639617F35D7B93', '{"actorName":"bob","changes":[{"field":"status","from":"NEW","to":"COMPLETED"},{"field":"completedAt","from":null,"to":"2026-11-25T08:33:09.288554Z"},{"field":"completedById","from":null,"to":"act_1f0846e037591252476b"}]}', X'D37E6F88278792692CBE33AE768424BD', ',status,completedAt,completedById,');
--bun:split
INSERT INTO audit_events VALUES (29, 1795595589294678, 'INCIDENT_CLOSED', 'incident', 'inc_01a211d6561979d0802e33d6892695f1', 2, 'inc_01a211d6561979d0802e33d6892695f1', 'USER', 'act_1f0846e037591252476b', NULL, NULL, NULL, X'60D77BE3CF7D12D2C1D4E95517E28C0C2107C7CBDE431426A4D902C9973C7380', X'EA130FC36C5AF471A8C4AF8CF0F3F93076BF8890C96A9447EB639617F35D7B93', X'7FC4C8EFAD7AF0B36D29A824877276B6F9AAF12A1DE28F17D9582BBCF7ADC335', '{"actorName":"bob","changes":[{"field":"status","from":"NEW","to":"CLOSED"},{"field":"classification","from":null,"to":"TRUE_POSITIVE"},{"field":"classificationComment","from":null,"to":"done"},{"field":"closedAt","from":null,"to":"2026-11-25T08:33:09.294678Z"}]}', X'6907562A93F30AF94E88E719876359AA', ',status,classification,classificationComment,closedAt,');
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
INSERT INTO incidents VALUES ('inc_01a211d654207ee2bee4d67551ee96ec', 1, 'Odd logon 0', 'From *São Paulo*', 'HIGH', 3, 'NEW', NULL, NULL, NULL, 'act_1f0846e037591252476b', '["vip","it''s"]', 1795595588644714, 'act_18057bf0c3ca2b90868f', 1795595588644714, 'act_18057bf0c3ca2b90868f', NULL, 1, 'odd logon 0
from *são paulo*');
--bun:split
INSERT INTO incidents VALUES ('inc_01a211d6552a730b882da29505aa754b', 2, 'Odd logon 1', 'From *São Paulo*', 'HIGH', 3, 'NEW', NULL, NULL, NULL, 'act_1f0846e037591252476b', '["vip","it''s"]', 1795595588906273, 'act_18057bf0c3ca2b90868f', 1795595588906273, 'act_18057bf0c3ca2b90868f', NULL, 1, 'odd logon 1
from *são paulo*');
--bun:split
INSERT INTO incidents VALUES ('inc_01a211d6561979d0802e33d6892695f1', 3, 'Odd logon 2', 'From *São Paulo*', 'HIGH', 3, 'CLOSED', 'TRUE_POSITIVE', NULL, 'done', 'act_1f0846e037591252476b', '["vip","it''s"]', 1795595589145724, 'act_18057bf0c3ca2b90868f', 1795595589294678, 'act_1f0846e037591252476b', 1795595589294678, 2, 'odd logon 2
from *são paulo*');
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
INSERT INTO tasks VALUES ('tsk_01a211d6543979c49836b6770cec00cf', 'inc_01a211d654207ee2bee4d67551ee96ec', '80000000', 'Step 0', '- [ ] "ask"
- [ ] look', 'COMPLETED', 0, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595588665770, 'act_18057bf0c3ca2b90868f', 1795595588769681, 'act_1f0846e037591252476b', 1795595588769681, 'act_1f0846e037591252476b', 0, NULL, 3, 'step 0
- [ ] "ask"
- [ ] look');
--bun:split
INSERT INTO tasks VALUES ('tsk_01a211d654447b3eba47588003b49ff0', 'inc_01a211d654207ee2bee4d67551ee96ec', '80000001', 'Step 1', '- [ ] "ask"
- [ ] look', 'NEW', 0, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595588676867, 'act_18057bf0c3ca2b90868f', 1795595588897160, 'act_1f0846e037591252476b', NULL, NULL, 0, 1795595588897160, 2, 'step 1
- [ ] "ask"
- [ ] look');
--bun:split
INSERT INTO tasks VALUES ('tsk_01a211d65478741681865e31e635de49', 'inc_01a211d654207ee2bee4d67551ee96ec', '80000002', 'Step 2', '- [ ] "ask"
- [ ] look', 'NEW', 0, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595588728345, 'act_18057bf0c3ca2b90868f', 1795595588728345, 'act_18057bf0c3ca2b90868f', NULL, NULL, 0, NULL, 1, 'step 2
- [ ] "ask"
- [ ] look');
--bun:split
INSERT INTO tasks VALUES ('tsk_01a211d654807cb9b958f10a8b3c7177', 'inc_01a211d654207ee2bee4d67551ee96ec', '7fffffff', 'Step 3', '- [ ] "ask"
- [ ] look', 'NEW', 0, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595588736953, 'act_18057bf0c3ca2b90868f', 1795595588816892, 'act_1f0846e037591252476b', NULL, NULL, 0, NULL, 2, 'step 3
- [ ] "ask"
- [ ] look');
--bun:split
INSERT INTO tasks VALUES ('tsk_01a211d6558571adabe15ea1711b3ab8', 'inc_01a211d6552a730b882da29505aa754b', '80000000', 'Step 0', '- [ ] "ask"
- [ ] look', 'COMPLETED', 0, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595588997264, 'act_18057bf0c3ca2b90868f', 1795595589095204, 'act_1f0846e037591252476b', 1795595589095204, 'act_1f0846e037591252476b', 0, NULL, 3, 'step 0
- [ ] "ask"
- [ ] look');
--bun:split
INSERT INTO tasks VALUES ('tsk_01a211d655a17dae83d8036b107f87a9', 'inc_01a211d6552a730b882da29505aa754b', '80000001', 'Step 1', '- [ ] "ask"
- [ ] look', 'NEW', 0, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595589026005, 'act_18057bf0c3ca2b90868f', 1795595589130516, 'act_1f0846e037591252476b', NULL, NULL, 0, 1795595589130516, 2, 'step 1
- [ ] "ask"
- [ ] look');
--bun:split
INSERT INTO tasks VALUES ('tsk_01a211d655ac756fb3f3af60a369bbb5', 'inc_01a211d6552a730b882da29505aa754b', '80000002', 'Step 2', '- [ ] "ask"
- [ ] look', 'NEW', 0, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595589037794, 'act_18057bf0c3ca2b90868f', 1795595589037794, 'act_18057bf0c3ca2b90868f', NULL, NULL, 0, NULL, 1, 'step 2
- [ ] "ask"
- [ ] look');
--bun:split
INSERT INTO tasks VALUES ('tsk_01a211d655c8715ab6115d3006d7b179', 'inc_01a211d6552a730b882da29505aa754b', '7fffffff', 'Step 3', '- [ ] "ask"
- [ ] look', 'NEW', 0, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595589064165, 'act_18057bf0c3ca2b90868f', 1795595589110628, 'act_1f0846e037591252476b', NULL, NULL, 0, NULL, 2, 'step 3
- [ ] "ask"
- [ ] look');
--bun:split
INSERT INTO tasks VALUES ('tsk_01a211d65621778db8d2c82a3142b90d', 'inc_01a211d6561979d0802e33d6892695f1', '80000000', 'Step 0', '- [ ] "ask"
- [ ] look', 'COMPLETED', 0, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595589153562, 'act_18057bf0c3ca2b90868f', 1795595589256983, 'act_1f0846e037591252476b', 1795595589256983, 'act_1f0846e037591252476b', 0, NULL, 3, 'step 0
- [ ] "ask"
- [ ] look');
--bun:split
INSERT INTO tasks VALUES ('tsk_01a211d656327a65b60bc531a15bf55c', 'inc_01a211d6561979d0802e33d6892695f1', '80000001', 'Step 1', '- [ ] "ask"
- [ ] look', 'NEW', 0, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595589170755, 'act_18057bf0c3ca2b90868f', 1795595589274659, 'act_1f0846e037591252476b', NULL, NULL, 0, 1795595589274659, 2, 'step 1
- [ ] "ask"
- [ ] look');
--bun:split
INSERT INTO tasks VALUES ('tsk_01a211d65648740aa1327ff76ce63022', 'inc_01a211d6561979d0802e33d6892695f1', '80000002', 'Step 2', '- [ ] "ask"
- [ ] look', 'COMPLETED', 0, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595589192346, 'act_18057bf0c3ca2b90868f', 1795595589288554, 'act_1f0846e037591252476b', 1795595589288554, 'act_1f0846e037591252476b', 0, NULL, 2, 'step 2
- [ ] "ask"
- [ ] look');
--bun:split
INSERT INTO tasks VALUES ('tsk_01a211d65654722e99ad0e0b831a1173', 'inc_01a211d6561979d0802e33d6892695f1', '7fffffff', 'Step 3', '- [ ] "ask"
- [ ] look', 'NEW', 0, 'act_1f0846e037591252476b', 1767323045678901, 'USER', 'alice', 'act_18057bf0c3ca2b90868f', NULL, 1795595589204216, 'act_18057bf0c3ca2b90868f', 1795595589268230, 'act_1f0846e037591252476b', NULL, NULL, 0, NULL, 2, 'step 3
- [ ] "ask"
- [ ] look');
--bun:split
CREATE TABLE migration_sums (name TEXT NOT NULL PRIMARY KEY, sum TEXT NOT NULL);
--bun:split
INSERT INTO migration_sums VALUES ('0001', 'd5c6ae1a45feb6778695e27b283fbf17218e11cc4e34be74b5cbd06e6b2a16de');
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
