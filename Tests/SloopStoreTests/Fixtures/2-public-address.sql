BEGIN TRANSACTION;
CREATE TABLE accessKey (
            fingerprint TEXT PRIMARY KEY NOT NULL, publicKey TEXT NOT NULL,
            isCurrent INTEGER NOT NULL CHECK (isCurrent IN (0, 1)), createdAt TEXT NOT NULL
        ) STRICT;
INSERT INTO "accessKey" VALUES('SHA256:own','ssh-ed25519 AAAA3',1,'2026-11-21 10:00:00.000');
CREATE TABLE billing (
            resource TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, plan TEXT NOT NULL,
            monthlyPrice INTEGER NOT NULL CHECK (monthlyPrice >= 0),
            since TEXT NOT NULL, until TEXT
        ) STRICT;
INSERT INTO "billing" VALUES('i1','web','Instance','nano',500,'2026-11-21 10:00:00.000',NULL);
INSERT INTO "billing" VALUES('i0','gone','Instance','small',1200,'2026-11-20 10:00:00.000','2026-11-21 10:00:00.000');
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO "grdb_migrations" VALUES('1-main-job');
INSERT INTO "grdb_migrations" VALUES('2-public-address');
CREATE TABLE instance (
            id TEXT PRIMARY KEY NOT NULL,
            name TEXT NOT NULL UNIQUE REFERENCES resourceName (name) ON DELETE RESTRICT,
            state TEXT NOT NULL CHECK (state IN ('pending','running','stopping','stopped','deleting','error')),
            stateReason TEXT,
            blueprint TEXT NOT NULL, plan TEXT NOT NULL, bundle TEXT NOT NULL,
            monthlyPrice INTEGER NOT NULL CHECK (monthlyPrice >= 0),
            addressSlot INTEGER NOT NULL UNIQUE CHECK (addressSlot >= 0),
            address TEXT NOT NULL UNIQUE, port INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
            username TEXT NOT NULL, keyPair TEXT, tags TEXT NOT NULL, hostKey TEXT NOT NULL,
            createdAt TEXT NOT NULL, runningAt TEXT, reachableAt TEXT
        , publicAddress TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO "instance" VALUES('i1','web','running',NULL,'sandbox','nano','nano_3_0',500,0,'127.64.0.1',22,'admin','laptop','{"team":"blue"}','ssh-ed25519 AAAA2','2026-11-21 10:00:00.000','2026-11-21 10:00:00.000','2026-11-21 10:00:00.000','127.64.0.1');
INSERT INTO "instance" VALUES('i2','db','stopped','it ended outside of sloop','debian-12','small','small_3_0',1200,1,'10.90.0.2',22,'admin',NULL,'{}','ssh-ed25519 AAAA5','2026-11-22 10:00:00.000','2026-11-22 10:00:00.000','2026-11-22 10:00:00.000','10.91.0.2');
CREATE TABLE instanceKey (
            instance TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
            role TEXT NOT NULL CHECK (role IN ('user','access')),
            fingerprint TEXT NOT NULL, publicKey TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('adding','current','removing')),
            PRIMARY KEY (instance, role, fingerprint)
        ) STRICT;
INSERT INTO "instanceKey" VALUES('i1','user','SHA256:a','ssh-ed25519 AAAA1 laptop','current');
INSERT INTO "instanceKey" VALUES('i1','access','SHA256:own','ssh-ed25519 AAAA3','current');
INSERT INTO "instanceKey" VALUES('i1','user','SHA256:b','ssh-ed25519 AAAA4','adding');
CREATE TABLE keyPair (
            id TEXT PRIMARY KEY NOT NULL,
            name TEXT NOT NULL UNIQUE REFERENCES resourceName (name) ON DELETE RESTRICT,
            origin TEXT NOT NULL CHECK (origin IN ('created','imported')),
            publicKey TEXT NOT NULL, fingerprint TEXT NOT NULL, createdAt TEXT NOT NULL
        ) STRICT;
INSERT INTO "keyPair" VALUES('k1','laptop','created','ssh-ed25519 AAAA1 laptop','SHA256:a','2026-11-21 10:00:00.000');
CREATE TABLE keyRotation (
            id TEXT PRIMARY KEY NOT NULL, keyPair TEXT,
            status TEXT NOT NULL CHECK (status IN ('offered','started','done')),
            newPublicKey TEXT NOT NULL, newFingerprint TEXT NOT NULL, createdAt TEXT NOT NULL
        ) STRICT;
INSERT INTO "keyRotation" VALUES('r1','laptop','started','ssh-ed25519 AAAA4','SHA256:b','2026-11-22 10:00:00.000');
CREATE TABLE launchRun (
            id TEXT PRIMARY KEY NOT NULL,
            instance TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
            status TEXT NOT NULL CHECK (status IN ('pending','running','succeeded','failed','interrupted')),
            exitCode INTEGER, script TEXT NOT NULL,
            createdAt TEXT NOT NULL, startedAt TEXT, endedAt TEXT
        ) STRICT;
INSERT INTO "launchRun" VALUES('l1','i1','failed',3,'exit 3','2026-11-21 10:00:00.000','2026-11-21 10:00:00.000','2026-11-21 10:00:00.000');
CREATE TABLE resourceName (name TEXT PRIMARY KEY NOT NULL, type TEXT NOT NULL) STRICT;
INSERT INTO "resourceName" VALUES('web','Instance');
INSERT INTO "resourceName" VALUES('laptop','KeyPair');
INSERT INTO "resourceName" VALUES('db','Instance');
CREATE TABLE rotationTarget (
            rotation TEXT NOT NULL REFERENCES keyRotation (id) ON DELETE CASCADE,
            instance TEXT NOT NULL, instanceName TEXT NOT NULL, oldFingerprint TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('pending','proven','done','superseded')),
            proof TEXT CHECK (proof IN ('login','query')),
            oldRefused INTEGER NOT NULL CHECK (oldRefused IN (0, 1)),
            reason TEXT, changedAt TEXT NOT NULL,
            PRIMARY KEY (rotation, instance)
        ) STRICT;
INSERT INTO "rotationTarget" VALUES('r1','i1','web','SHA256:a','pending',NULL,0,'it cannot be reached','2026-11-22 10:00:00.000');
CREATE TABLE saga (
            id TEXT PRIMARY KEY NOT NULL, kind TEXT NOT NULL,
            resourceName TEXT NOT NULL, resourceType TEXT NOT NULL, parameters TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('Started','Succeeded','Failed','Stuck')),
            error TEXT, failure TEXT, createdAt TEXT NOT NULL, changedAt TEXT NOT NULL
        ) STRICT;
INSERT INTO "saga" VALUES('s1','create-instance','web','Instance','{"instance":"i1"}','Succeeded',NULL,NULL,'2026-11-21 10:00:00.000','2026-11-21 10:00:00.000');
INSERT INTO "saga" VALUES('s2','rotate-instance-key','web','Instance','{"instance":"i1","rotation":"r1"}','Started',NULL,NULL,'2026-11-22 10:00:00.000','2026-11-22 10:00:00.000');
CREATE TABLE sagaEvent (
            saga TEXT NOT NULL REFERENCES saga (id) ON DELETE CASCADE,
            step INTEGER NOT NULL, event TEXT NOT NULL,
            PRIMARY KEY (saga, step)
        ) STRICT;
INSERT INTO "sagaEvent" VALUES('s1',0,'succeeded');
INSERT INTO "sagaEvent" VALUES('s1',1,'succeeded');
INSERT INTO "sagaEvent" VALUES('s2',0,'started');
CREATE TABLE sagaLock (
            resource TEXT PRIMARY KEY NOT NULL,
            saga TEXT NOT NULL REFERENCES saga (id) ON DELETE CASCADE
        ) STRICT;
INSERT INTO "sagaLock" VALUES('instance:i1','s2');
CREATE TABLE secret (name TEXT PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) STRICT;
INSERT INTO "secret" VALUES('access/SHA256:own',X'00112233445566778899AABBCCDDEEFF');
CREATE TABLE setting (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT;
INSERT INTO "setting" VALUES('installation','0b1c7e0e-0000-4000-8000-000000000001');
CREATE UNIQUE INDEX oneCurrentKey ON instanceKey (instance, role) WHERE status = 'current';
CREATE UNIQUE INDEX oneAccessKey ON accessKey (isCurrent) WHERE isCurrent = 1;
CREATE INDEX openTargets ON rotationTarget (instance) WHERE status IN ('pending','proven');
CREATE INDEX launchRunsOfInstance ON launchRun (instance, createdAt);
CREATE INDEX billingUntil ON billing (until);
CREATE INDEX unfinishedSagas ON saga (createdAt) WHERE status = 'Started';
CREATE INDEX sagasByTime ON saga (createdAt);
CREATE INDEX sagasOfResource ON saga (resourceName, createdAt);
CREATE INDEX locksOfSaga ON sagaLock (saga);
COMMIT;
