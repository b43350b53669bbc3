BEGIN TRANSACTION;
CREATE TABLE accessKey (
            fingerprint TEXT PRIMARY KEY NOT NULL, publicKey TEXT NOT NULL,
            isCurrent INTEGER NOT NULL CHECK (isCurrent IN (0, 1)), createdAt TEXT NOT NULL
        ) STRICT;
INSERT INTO accessKey VALUES('SHA256:own','ssh-ed25519 AAAA3',1,'2026-11-21 10:00:00.000');
CREATE TABLE account (name TEXT PRIMARY KEY NOT NULL, createdAt TEXT NOT NULL) STRICT;
INSERT INTO account VALUES('default','2026-11-23 10:00:00.000');
INSERT INTO account VALUES('shop','2026-11-23 10:00:00.000');
CREATE TABLE alarm (
            id TEXT PRIMARY KEY NOT NULL,
            account TEXT NOT NULL, name TEXT NOT NULL,
            instance TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
            metric TEXT NOT NULL, comparison TEXT NOT NULL, threshold REAL NOT NULL,
            evaluationPeriods INTEGER NOT NULL, datapointsToAlarm INTEGER NOT NULL, missingData TEXT NOT NULL,
            contactProtocols TEXT NOT NULL, triggers TEXT NOT NULL,
            isNotifying INTEGER NOT NULL CHECK (isNotifying IN (0, 1)), tags TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('OK','ALARM','INSUFFICIENT_DATA')), createdAt TEXT NOT NULL,
            UNIQUE (account, name),
            FOREIGN KEY (account, name) REFERENCES resourceName (account, name) ON DELETE RESTRICT
        ) STRICT;
INSERT INTO alarm VALUES('a1','default','busy','i1','CPUUtilization','GreaterThanThreshold',80.500000000000000001,2,2,'missing','["Email"]','["ALARM"]',1,'{}','OK','2026-11-26 10:00:00.000');
CREATE TABLE apiKey (
                        id TEXT PRIMARY KEY NOT NULL,
                        account TEXT NOT NULL REFERENCES account (name) ON DELETE RESTRICT,
                        isEnabled INTEGER NOT NULL CHECK (isEnabled IN (0, 1)),
                        createdAt TEXT NOT NULL, lastUsedAt TEXT
                    ) STRICT;
INSERT INTO apiKey VALUES('AKIAAAAAAAAAAAAAAAAA','shop',1,'2026-11-24 10:00:00.000',NULL);
INSERT INTO apiKey VALUES('AKIABBBBBBBBBBBBBBBB','default',0,'2026-11-24 10:00:00.000','2026-11-24 10:00:00.000');
CREATE TABLE autoSnapshotAddOn (
            resource TEXT PRIMARY KEY NOT NULL, account TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('InstanceSnapshot','DiskSnapshot')),
            isEnabled INTEGER NOT NULL CHECK (isEnabled IN (0, 1)),
            hour INTEGER NOT NULL CHECK (hour BETWEEN 0 AND 23),
            since TEXT NOT NULL, lastDay TEXT
        ) STRICT;
INSERT INTO autoSnapshotAddOn VALUES('d1','default','DiskSnapshot',1,6,'2026-11-25 10:00:00.000','2026-11-25');
CREATE TABLE billing (
            resource TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, plan TEXT NOT NULL,
            monthlyPrice INTEGER NOT NULL CHECK (monthlyPrice >= 0),
            since TEXT NOT NULL, until TEXT
        , account TEXT NOT NULL DEFAULT 'default') STRICT;
INSERT INTO billing VALUES('i1','web','Instance','nano',500,'2026-11-21 10:00:00.000',NULL,'default');
INSERT INTO billing VALUES('i0','gone','Instance','small',1200,'2026-11-20 10:00:00.000','2026-11-21 10:00:00.000','default');
INSERT INTO billing VALUES('i3','web','Instance','nano',500,'2026-11-23 10:00:00.000',NULL,'shop');
CREATE TABLE contactMethod (
            account TEXT NOT NULL REFERENCES account (name), protocol TEXT NOT NULL, endpoint TEXT NOT NULL,
            createdAt TEXT NOT NULL,
            PRIMARY KEY (account, protocol)
        ) STRICT;
INSERT INTO contactMethod VALUES('default','Email','me@example.test','2026-11-26 10:00:00.000');
CREATE TABLE disk (
            id TEXT PRIMARY KEY NOT NULL,
            account TEXT NOT NULL, name TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('pending','available','in-use','deleting','error')),
            stateReason TEXT,
            sizeGB INTEGER NOT NULL CHECK (sizeGB > 0),
            monthlyPrice INTEGER NOT NULL CHECK (monthlyPrice >= 0),
            instance TEXT REFERENCES instance (id) ON DELETE SET NULL,
            path TEXT, zone TEXT NOT NULL, tags TEXT NOT NULL, createdAt TEXT NOT NULL,
            UNIQUE (account, name), UNIQUE (instance, path),
            FOREIGN KEY (account, name) REFERENCES resourceName (account, name) ON DELETE RESTRICT
        ) STRICT;
INSERT INTO disk VALUES('d1','default','data','in-use',NULL,32,320,'i2','/dev/xvdf','a','{}','2026-11-25 10:00:00.000');
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES('1-main-job');
INSERT INTO grdb_migrations VALUES('2-public-address');
INSERT INTO grdb_migrations VALUES('3-accounts');
INSERT INTO grdb_migrations VALUES('4-api-keys');
INSERT INTO grdb_migrations VALUES('5-disks-and-snapshots');
INSERT INTO grdb_migrations VALUES('6-metrics-and-alarms');
INSERT INTO grdb_migrations VALUES('7-static-addresses');
INSERT INTO grdb_migrations VALUES('8-console-sessions');
INSERT INTO grdb_migrations VALUES('9-domains');
CREATE TABLE IF NOT EXISTS "instance" (
            id TEXT PRIMARY KEY NOT NULL,
            account TEXT NOT NULL, name TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('pending','running','stopping','stopped','deleting','error')),
            stateReason TEXT,
            blueprint TEXT NOT NULL, plan TEXT NOT NULL, bundle TEXT NOT NULL,
            monthlyPrice INTEGER NOT NULL CHECK (monthlyPrice >= 0),
            addressSlot INTEGER NOT NULL UNIQUE CHECK (addressSlot >= 0),
            address TEXT NOT NULL UNIQUE, port INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
            username TEXT NOT NULL, keyPair TEXT, tags TEXT NOT NULL, hostKey TEXT NOT NULL,
            createdAt TEXT NOT NULL, runningAt TEXT, reachableAt TEXT,
            publicAddress TEXT NOT NULL,
            -- What the client asked for: the zone's letter, the blueprint's id as it was written, the firewall
            -- (null: the blueprint's ports), the type of its addresses.
            zone TEXT NOT NULL DEFAULT 'a', blueprintAlias TEXT, ports TEXT,
            ipAddressType TEXT NOT NULL DEFAULT 'dualstack',
            UNIQUE (account, name),
            FOREIGN KEY (account, name) REFERENCES resourceName (account, name) ON DELETE RESTRICT
        ) STRICT;
INSERT INTO instance VALUES('i1','default','web','running',NULL,'sandbox','nano','nano_3_0',500,0,'127.64.0.1',22,'admin','laptop','{"team":"blue"}','ssh-ed25519 AAAA2','2026-11-21 10:00:00.000','2026-11-21 10:00:00.000','2026-11-21 10:00:00.000','127.64.0.1','a',NULL,NULL,'dualstack');
INSERT INTO instance VALUES('i2','default','db','stopped','it ended outside of sloop','debian-12','small','small_3_0',1200,1,'10.90.0.2',22,'admin',NULL,'{}','ssh-ed25519 AAAA5','2026-11-22 10:00:00.000','2026-11-22 10:00:00.000','2026-11-22 10:00:00.000','10.91.0.2','a',NULL,NULL,'dualstack');
INSERT INTO instance VALUES('i3','shop','web','error','missing: it is gone','nginx','nano','nano_3_0',500,2,'10.90.0.3',22,'admin','laptop','{}','ssh-ed25519 AAAA7','2026-11-23 10:00:00.000',NULL,NULL,'10.91.0.3','b','nginx','[]','ipv4');
CREATE TABLE instanceKey (
            instance TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
            role TEXT NOT NULL CHECK (role IN ('user','access')),
            fingerprint TEXT NOT NULL, publicKey TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('adding','current','removing')),
            PRIMARY KEY (instance, role, fingerprint)
        ) STRICT;
INSERT INTO instanceKey VALUES('i1','user','SHA256:a','ssh-ed25519 AAAA1 laptop','current');
INSERT INTO instanceKey VALUES('i1','access','SHA256:own','ssh-ed25519 AAAA3','current');
INSERT INTO instanceKey VALUES('i1','user','SHA256:b','ssh-ed25519 AAAA4','adding');
CREATE TABLE IF NOT EXISTS "keyPair" (
            id TEXT PRIMARY KEY NOT NULL,
            account TEXT NOT NULL, name TEXT NOT NULL,
            origin TEXT NOT NULL CHECK (origin IN ('created','imported')),
            publicKey TEXT NOT NULL, fingerprint TEXT NOT NULL, createdAt TEXT NOT NULL,
            tags TEXT NOT NULL DEFAULT '{}',
            UNIQUE (account, name),
            FOREIGN KEY (account, name) REFERENCES resourceName (account, name) ON DELETE RESTRICT
        ) STRICT;
INSERT INTO keyPair VALUES('k1','default','laptop','created','ssh-ed25519 AAAA1 laptop','SHA256:a','2026-11-21 10:00:00.000','{}');
INSERT INTO keyPair VALUES('k2','shop','laptop','imported','ssh-ed25519 AAAA6','SHA256:c','2026-11-23 10:00:00.000','{"a":"b"}');
CREATE TABLE keyRotation (
            id TEXT PRIMARY KEY NOT NULL, keyPair TEXT,
            status TEXT NOT NULL CHECK (status IN ('offered','started','done')),
            newPublicKey TEXT NOT NULL, newFingerprint TEXT NOT NULL, createdAt TEXT NOT NULL
        , account TEXT NOT NULL DEFAULT 'default') STRICT;
INSERT INTO keyRotation VALUES('r1','laptop','started','ssh-ed25519 AAAA4','SHA256:b','2026-11-22 10:00:00.000','default');
INSERT INTO keyRotation VALUES('r2',NULL,'done','ssh-ed25519 AAAA8','SHA256:d','2026-11-23 10:00:00.000','shop');
CREATE TABLE launchRun (
            id TEXT PRIMARY KEY NOT NULL,
            instance TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
            status TEXT NOT NULL CHECK (status IN ('pending','running','succeeded','failed','interrupted')),
            exitCode INTEGER, script TEXT NOT NULL,
            createdAt TEXT NOT NULL, startedAt TEXT, endedAt TEXT
        ) STRICT;
INSERT INTO launchRun VALUES('l1','i1','failed',3,'exit 3','2026-11-21 10:00:00.000','2026-11-21 10:00:00.000','2026-11-21 10:00:00.000');
CREATE TABLE metricSample (
            instance TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
            time INTEGER NOT NULL, cpuPercent REAL, networkIn INTEGER, networkOut INTEGER,
            instanceFailed INTEGER NOT NULL CHECK (instanceFailed IN (0, 1)),
            systemFailed INTEGER NOT NULL CHECK (systemFailed IN (0, 1)),
            PRIMARY KEY (instance, time)
        ) STRICT, WITHOUT ROWID;
INSERT INTO metricSample VALUES('i1',1795600800,1.5,1024,2048,0,0);
INSERT INTO metricSample VALUES('i2',1795600800,NULL,NULL,NULL,1,0);
CREATE TABLE IF NOT EXISTS "resourceName" (
            account TEXT NOT NULL REFERENCES account (name), name TEXT NOT NULL, type TEXT NOT NULL,
            PRIMARY KEY (account, name)
        ) STRICT;
INSERT INTO resourceName VALUES('default','web','Instance');
INSERT INTO resourceName VALUES('default','laptop','KeyPair');
INSERT INTO resourceName VALUES('default','db','Instance');
INSERT INTO resourceName VALUES('shop','web','Instance');
INSERT INTO resourceName VALUES('shop','laptop','KeyPair');
INSERT INTO resourceName VALUES('default','data','Disk');
INSERT INTO resourceName VALUES('default','then','InstanceSnapshot');
INSERT INTO resourceName VALUES('default','busy','Alarm');
INSERT INTO resourceName VALUES('default','front','StaticIp');
INSERT INTO resourceName VALUES('default','example.com','Domain');
CREATE TABLE rotationTarget (
            rotation TEXT NOT NULL REFERENCES keyRotation (id) ON DELETE CASCADE,
            instance TEXT NOT NULL, instanceName TEXT NOT NULL, oldFingerprint TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('pending','proven','done','superseded')),
            proof TEXT CHECK (proof IN ('login','query')),
            oldRefused INTEGER NOT NULL CHECK (oldRefused IN (0, 1)),
            reason TEXT, changedAt TEXT NOT NULL,
            PRIMARY KEY (rotation, instance)
        ) STRICT;
INSERT INTO rotationTarget VALUES('r1','i1','web','SHA256:a','pending',NULL,0,'it cannot be reached','2026-11-22 10:00:00.000');
CREATE TABLE saga (
            id TEXT PRIMARY KEY NOT NULL, kind TEXT NOT NULL,
            resourceName TEXT NOT NULL, resourceType TEXT NOT NULL, parameters TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('Started','Succeeded','Failed','Stuck')),
            error TEXT, failure TEXT, createdAt TEXT NOT NULL, changedAt TEXT NOT NULL
        , account TEXT NOT NULL DEFAULT 'default', details TEXT, follows TEXT REFERENCES saga (id) ON DELETE CASCADE) STRICT;
INSERT INTO saga VALUES('s1','create-instance','web','Instance','{"instance":"i1"}','Succeeded',NULL,NULL,'2026-11-21 10:00:00.000','2026-11-21 10:00:00.000','default',NULL,NULL);
INSERT INTO saga VALUES('s2','rotate-instance-key','web','Instance','{"instance":"i1","rotation":"r1"}','Started',NULL,NULL,'2026-11-22 10:00:00.000','2026-11-22 10:00:00.000','default',NULL,NULL);
INSERT INTO saga VALUES('s3','delete-instance','web','Instance','{"instance":"i3"}','Stuck','it did not end','it did not end','2026-11-23 10:00:00.000','2026-11-23 10:00:00.000','shop',NULL,NULL);
INSERT INTO saga VALUES('s4','attach-disk','data','Disk','{"disk":"d1"}','Succeeded',NULL,NULL,'2026-11-25 10:00:00.000','2026-11-25 10:00:00.000','default','db',NULL);
INSERT INTO saga VALUES('s5','attach-disk','db','Instance','{}','Succeeded',NULL,NULL,'2026-11-25 10:00:00.000','2026-11-25 10:00:00.000','default',NULL,'s4');
CREATE TABLE sagaEvent (
            saga TEXT NOT NULL REFERENCES saga (id) ON DELETE CASCADE,
            step INTEGER NOT NULL, event TEXT NOT NULL,
            PRIMARY KEY (saga, step)
        ) STRICT;
INSERT INTO sagaEvent VALUES('s1',0,'succeeded');
INSERT INTO sagaEvent VALUES('s1',1,'succeeded');
INSERT INTO sagaEvent VALUES('s2',0,'started');
CREATE TABLE sagaLock (
            resource TEXT PRIMARY KEY NOT NULL,
            saga TEXT NOT NULL REFERENCES saga (id) ON DELETE CASCADE
        ) STRICT;
INSERT INTO sagaLock VALUES('instance:i1','s2');
CREATE TABLE secret (name TEXT PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) STRICT;
INSERT INTO secret VALUES('access/SHA256:own',X'00112233445566778899aabbccddeeff');
INSERT INTO secret VALUES('api-key/AKIAAAAAAAAAAAAAAAAA',X'ffeeddccbbaa99887766554433221100');
CREATE TABLE setting (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT;
INSERT INTO setting VALUES('installation','0b1c7e0e-0000-4000-8000-000000000001');
CREATE TABLE snapshot (
            id TEXT PRIMARY KEY NOT NULL,
            -- An automatic one has no name.
            account TEXT NOT NULL, name TEXT,
            kind TEXT NOT NULL CHECK (kind IN ('InstanceSnapshot','DiskSnapshot')),
            state TEXT NOT NULL CHECK (state IN ('pending','available','deleting','error')),
            stateReason TEXT,
            sizeGB INTEGER NOT NULL CHECK (sizeGB > 0),
            monthlyPrice INTEGER NOT NULL CHECK (monthlyPrice >= 0),
            -- The source may be gone.
            source TEXT NOT NULL, sourceName TEXT NOT NULL, origin TEXT,
            day TEXT, isFromAutomatic INTEGER NOT NULL CHECK (isFromAutomatic IN (0, 1)),
            tags TEXT NOT NULL, createdAt TEXT NOT NULL,
            CHECK ((name IS NULL) = (day IS NOT NULL)),
            UNIQUE (account, name), UNIQUE (source, day),
            FOREIGN KEY (account, name) REFERENCES resourceName (account, name) ON DELETE RESTRICT
        ) STRICT;
INSERT INTO snapshot VALUES('p1','default','then','InstanceSnapshot','available',NULL,20,100,'i2','db','{"blueprint":"debian-12","bundle":"small_3_0","username":"admin","keys":["ssh-ed25519 AAAA1 laptop"]}',NULL,0,'{}','2026-11-25 10:00:00.000');
INSERT INTO snapshot VALUES('p2','default',NULL,'DiskSnapshot','available',NULL,32,160,'d1','data',NULL,'2026-11-25',1,'{}','2026-11-25 10:00:00.000');
CREATE TABLE staticAddress (
                        id TEXT PRIMARY KEY NOT NULL,
                        account TEXT NOT NULL, name TEXT NOT NULL,
                        addressSlot INTEGER NOT NULL UNIQUE CHECK (addressSlot >= 0),
                        address TEXT NOT NULL UNIQUE,
                        instance TEXT UNIQUE REFERENCES instance (id) ON DELETE SET NULL,
                        createdAt TEXT NOT NULL,
                        UNIQUE (account, name),
                        FOREIGN KEY (account, name) REFERENCES resourceName (account, name) ON DELETE RESTRICT
                    ) STRICT;
INSERT INTO staticAddress VALUES('x1','default','front',7,'10.91.0.9','i2','2026-11-27 10:00:00.000');
CREATE TABLE consoleLink (
    tokenHash TEXT PRIMARY KEY NOT NULL,
    account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
    expiresAt TEXT NOT NULL
) STRICT;
INSERT INTO consoleLink VALUES('5f4dcc3b5aa765d61d8327deb882cf99','default','2026-11-26 08:10:00.000');
CREATE TABLE consoleSession (
    tokenHash TEXT PRIMARY KEY NOT NULL,
    account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
    createdAt TEXT NOT NULL, usedAt TEXT NOT NULL, expiresAt TEXT NOT NULL
) STRICT;
INSERT INTO consoleSession VALUES('7c6a180b36896a0a8c02787eeafb0e4c','default','2026-11-26 08:00:00.000','2026-11-26 08:01:00.000','2026-11-26 16:00:00.000');
CREATE TABLE domain (
    id TEXT PRIMARY KEY NOT NULL,
    -- One DNS server answers for all accounts, which can have a name once.
    account TEXT NOT NULL, name TEXT NOT NULL UNIQUE,
    isStale INTEGER NOT NULL CHECK (isStale IN (0, 1)),
    tags TEXT NOT NULL, createdAt TEXT NOT NULL,
    FOREIGN KEY (account, name) REFERENCES resourceName (account, name) ON DELETE RESTRICT
) STRICT;
INSERT INTO domain VALUES('dm1','default','example.com',1,'{"team":"web"}','2026-11-26 09:00:00.000');
CREATE TABLE domainEntry (
    domain TEXT NOT NULL REFERENCES domain (id) ON DELETE CASCADE,
    id INTEGER NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, target TEXT NOT NULL,
    PRIMARY KEY (domain, id)
) STRICT;
INSERT INTO domainEntry VALUES('dm1',1,'www.example.com','A','10.91.0.9');
CREATE UNIQUE INDEX oneCurrentKey ON instanceKey (instance, role) WHERE status = 'current';
CREATE UNIQUE INDEX oneAccessKey ON accessKey (isCurrent) WHERE isCurrent = 1;
CREATE INDEX openTargets ON rotationTarget (instance) WHERE status IN ('pending','proven');
CREATE INDEX launchRunsOfInstance ON launchRun (instance, createdAt);
CREATE INDEX unfinishedSagas ON saga (createdAt) WHERE status = 'Started';
CREATE INDEX locksOfSaga ON sagaLock (saga);
CREATE INDEX sagasByTime ON saga (account, createdAt);
CREATE INDEX sagasOfResource ON saga (account, resourceName, createdAt);
CREATE INDEX billingUntil ON billing (account, until);
CREATE INDEX sagasThatFollow ON saga (follows) WHERE follows IS NOT NULL;
COMMIT;
