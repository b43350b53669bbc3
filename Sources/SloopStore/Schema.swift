import GRDB

/// The tables, as migrations. A released migration is never changed: add one.
enum Schema {
    /// Migrations by name, oldest first. A file with a name that is not among them comes from a newer Sloop.
    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1-main-job") { db in
            try db.execute(sql: mainJob)
        }
        migrator.registerMigration("2-public-address") { db in
            try db.execute(
                sql: """
                    ALTER TABLE instance ADD COLUMN publicAddress TEXT NOT NULL DEFAULT '';
                    UPDATE instance SET publicAddress = address;
                    """)
        }
        // Foreign keys are checked at the end, which lets tables be made anew.
        migrator.registerMigration("3-accounts") { db in
            try db.execute(sql: accounts)
        }
        // The secret is among the sealed ones.
        migrator.registerMigration("4-api-keys") { db in
            try db.execute(
                sql: """
                    CREATE TABLE apiKey (
                        id TEXT PRIMARY KEY NOT NULL,
                        account TEXT NOT NULL REFERENCES account (name) ON DELETE RESTRICT,
                        isEnabled INTEGER NOT NULL CHECK (isEnabled IN (0, 1)),
                        createdAt TEXT NOT NULL, lastUsedAt TEXT
                    ) STRICT;
                    """)
        }
        migrator.registerMigration("5-disks-and-snapshots") { db in
            try db.execute(sql: disksAndSnapshots)
        }
        migrator.registerMigration("6-metrics-and-alarms") { db in
            try db.execute(sql: metrics)
        }
        // An address that belongs to an account, and not to an instance: its slot is taken from the same ones.
        migrator.registerMigration("7-static-addresses") { db in
            try db.execute(
                sql: """
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
                    """)
        }
        // Of what browsers hold only hashes are kept.
        migrator.registerMigration("8-console-sessions") { db in
            try db.execute(
                sql: """
                    CREATE TABLE consoleLink (
                        tokenHash TEXT PRIMARY KEY NOT NULL,
                        account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
                        expiresAt TEXT NOT NULL
                    ) STRICT;
                    CREATE TABLE consoleSession (
                        tokenHash TEXT PRIMARY KEY NOT NULL,
                        account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
                        createdAt TEXT NOT NULL, usedAt TEXT NOT NULL, expiresAt TEXT NOT NULL
                    ) STRICT;
                    """)
        }
        migrator.registerMigration("9-domains") { db in
            try db.execute(sql: domains)
        }
        // What is asked of every row again and again is read from an index alone, without the pages of the table.
        migrator.registerMigration("10-covering-indexes") { db in
            try db.execute(
                sql: """
                    DROP INDEX billingUntil;
                    CREATE INDEX bills ON billing (account, until, name, since, resource, type, plan, monthlyPrice);
                    CREATE INDEX instanceStates ON instance (id, state, account);
                    """)
        }
        return migrator
    }()

    private static let domains = """
        CREATE TABLE domain (
            id TEXT PRIMARY KEY NOT NULL,
            -- One DNS server answers for all accounts, which can have a name once.
            account TEXT NOT NULL, name TEXT NOT NULL UNIQUE,
            isStale INTEGER NOT NULL CHECK (isStale IN (0, 1)),
            tags TEXT NOT NULL, createdAt TEXT NOT NULL,
            FOREIGN KEY (account, name) REFERENCES resourceName (account, name) ON DELETE RESTRICT
        ) STRICT;
        CREATE TABLE domainEntry (
            domain TEXT NOT NULL REFERENCES domain (id) ON DELETE CASCADE,
            id INTEGER NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, target TEXT NOT NULL,
            PRIMARY KEY (domain, id)
        ) STRICT;
        """

    private static let disksAndSnapshots = """
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

        CREATE TABLE autoSnapshotAddOn (
            resource TEXT PRIMARY KEY NOT NULL, account TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('InstanceSnapshot','DiskSnapshot')),
            isEnabled INTEGER NOT NULL CHECK (isEnabled IN (0, 1)),
            hour INTEGER NOT NULL CHECK (hour BETWEEN 0 AND 23),
            since TEXT NOT NULL, lastDay TEXT
        ) STRICT;

        -- What an operation says besides its resource, and the operation on another resource that it is one piece of work
        -- with: Lightsail has one for each.
        ALTER TABLE saga ADD COLUMN details TEXT;
        ALTER TABLE saga ADD COLUMN follows TEXT REFERENCES saga (id) ON DELETE CASCADE;
        CREATE INDEX sagasThatFollow ON saga (follows) WHERE follows IS NOT NULL;
        """

    private static let metrics = """
        CREATE TABLE metricSample (
            instance TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
            time INTEGER NOT NULL, cpuPercent REAL, networkIn INTEGER, networkOut INTEGER,
            instanceFailed INTEGER NOT NULL CHECK (instanceFailed IN (0, 1)),
            systemFailed INTEGER NOT NULL CHECK (systemFailed IN (0, 1)),
            PRIMARY KEY (instance, time)
        ) STRICT, WITHOUT ROWID;

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

        CREATE TABLE contactMethod (
            account TEXT NOT NULL REFERENCES account (name), protocol TEXT NOT NULL, endpoint TEXT NOT NULL,
            createdAt TEXT NOT NULL,
            PRIMARY KEY (account, protocol)
        ) STRICT;
        """

    private static let accounts = """
        CREATE TABLE account (name TEXT PRIMARY KEY NOT NULL, createdAt TEXT NOT NULL) STRICT;
        INSERT INTO account VALUES ('default', strftime('%Y-%m-%d %H:%M:%f', 'now'));

        -- One name is one resource of an account, whatever its kind: Lightsail's rule.
        CREATE TABLE newResourceName (
            account TEXT NOT NULL REFERENCES account (name), name TEXT NOT NULL, type TEXT NOT NULL,
            PRIMARY KEY (account, name)
        ) STRICT;
        INSERT INTO newResourceName SELECT 'default', name, type FROM resourceName;

        CREATE TABLE newInstance (
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
        INSERT INTO newInstance (id, account, name, state, stateReason, blueprint, plan, bundle, monthlyPrice, addressSlot,
            address, port, username, keyPair, tags, hostKey, createdAt, runningAt, reachableAt, publicAddress)
        SELECT id, 'default', name, state, stateReason, blueprint, plan, bundle, monthlyPrice, addressSlot,
            address, port, username, keyPair, tags, hostKey, createdAt, runningAt, reachableAt, publicAddress FROM instance;

        CREATE TABLE newKeyPair (
            id TEXT PRIMARY KEY NOT NULL,
            account TEXT NOT NULL, name TEXT NOT NULL,
            origin TEXT NOT NULL CHECK (origin IN ('created','imported')),
            publicKey TEXT NOT NULL, fingerprint TEXT NOT NULL, createdAt TEXT NOT NULL,
            tags TEXT NOT NULL DEFAULT '{}',
            UNIQUE (account, name),
            FOREIGN KEY (account, name) REFERENCES resourceName (account, name) ON DELETE RESTRICT
        ) STRICT;
        INSERT INTO newKeyPair (id, account, name, origin, publicKey, fingerprint, createdAt)
        SELECT id, 'default', name, origin, publicKey, fingerprint, createdAt FROM keyPair;

        DROP TABLE instance; DROP TABLE keyPair; DROP TABLE resourceName;
        ALTER TABLE newResourceName RENAME TO resourceName;
        ALTER TABLE newInstance RENAME TO instance;
        ALTER TABLE newKeyPair RENAME TO keyPair;

        ALTER TABLE keyRotation ADD COLUMN account TEXT NOT NULL DEFAULT 'default';
        ALTER TABLE billing ADD COLUMN account TEXT NOT NULL DEFAULT 'default';
        ALTER TABLE saga ADD COLUMN account TEXT NOT NULL DEFAULT 'default';
        DROP INDEX sagasByTime; DROP INDEX sagasOfResource; DROP INDEX billingUntil;
        CREATE INDEX sagasByTime ON saga (account, createdAt);
        CREATE INDEX sagasOfResource ON saga (account, resourceName, createdAt);
        CREATE INDEX billingUntil ON billing (account, until);
        """

    private static let mainJob = """
        CREATE TABLE setting (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT;
        CREATE TABLE secret (name TEXT PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) STRICT;

        -- One name is one resource, whatever its kind: Lightsail's rule.
        CREATE TABLE resourceName (name TEXT PRIMARY KEY NOT NULL, type TEXT NOT NULL) STRICT;

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
        ) STRICT;

        CREATE TABLE keyPair (
            id TEXT PRIMARY KEY NOT NULL,
            name TEXT NOT NULL UNIQUE REFERENCES resourceName (name) ON DELETE RESTRICT,
            origin TEXT NOT NULL CHECK (origin IN ('created','imported')),
            publicKey TEXT NOT NULL, fingerprint TEXT NOT NULL, createdAt TEXT NOT NULL
        ) STRICT;

        -- Every key that Sloop may have put into a machine; a row goes only after its key was seen refused.
        CREATE TABLE instanceKey (
            instance TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
            role TEXT NOT NULL CHECK (role IN ('user','access')),
            fingerprint TEXT NOT NULL, publicKey TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('adding','current','removing')),
            PRIMARY KEY (instance, role, fingerprint)
        ) STRICT;
        CREATE UNIQUE INDEX oneCurrentKey ON instanceKey (instance, role) WHERE status = 'current';

        CREATE TABLE accessKey (
            fingerprint TEXT PRIMARY KEY NOT NULL, publicKey TEXT NOT NULL,
            isCurrent INTEGER NOT NULL CHECK (isCurrent IN (0, 1)), createdAt TEXT NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX oneAccessKey ON accessKey (isCurrent) WHERE isCurrent = 1;

        CREATE TABLE keyRotation (
            id TEXT PRIMARY KEY NOT NULL, keyPair TEXT,
            status TEXT NOT NULL CHECK (status IN ('offered','started','done')),
            newPublicKey TEXT NOT NULL, newFingerprint TEXT NOT NULL, createdAt TEXT NOT NULL
        ) STRICT;
        CREATE TABLE rotationTarget (
            rotation TEXT NOT NULL REFERENCES keyRotation (id) ON DELETE CASCADE,
            instance TEXT NOT NULL, instanceName TEXT NOT NULL, oldFingerprint TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('pending','proven','done','superseded')),
            proof TEXT CHECK (proof IN ('login','query')),
            oldRefused INTEGER NOT NULL CHECK (oldRefused IN (0, 1)),
            reason TEXT, changedAt TEXT NOT NULL,
            PRIMARY KEY (rotation, instance)
        ) STRICT;
        CREATE INDEX openTargets ON rotationTarget (instance) WHERE status IN ('pending','proven');

        CREATE TABLE launchRun (
            id TEXT PRIMARY KEY NOT NULL,
            instance TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
            status TEXT NOT NULL CHECK (status IN ('pending','running','succeeded','failed','interrupted')),
            exitCode INTEGER, script TEXT NOT NULL,
            createdAt TEXT NOT NULL, startedAt TEXT, endedAt TEXT
        ) STRICT;
        CREATE INDEX launchRunsOfInstance ON launchRun (instance, createdAt);

        -- What was sold, for how long: outlives the resource, since the month's cost does.
        CREATE TABLE billing (
            resource TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, plan TEXT NOT NULL,
            monthlyPrice INTEGER NOT NULL CHECK (monthlyPrice >= 0),
            since TEXT NOT NULL, until TEXT
        ) STRICT;
        CREATE INDEX billingUntil ON billing (until);

        CREATE TABLE saga (
            id TEXT PRIMARY KEY NOT NULL, kind TEXT NOT NULL,
            resourceName TEXT NOT NULL, resourceType TEXT NOT NULL, parameters TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('Started','Succeeded','Failed','Stuck')),
            error TEXT, failure TEXT, createdAt TEXT NOT NULL, changedAt TEXT NOT NULL
        ) STRICT;
        CREATE INDEX unfinishedSagas ON saga (createdAt) WHERE status = 'Started';
        CREATE INDEX sagasByTime ON saga (createdAt);
        CREATE INDEX sagasOfResource ON saga (resourceName, createdAt);
        CREATE TABLE sagaEvent (
            saga TEXT NOT NULL REFERENCES saga (id) ON DELETE CASCADE,
            step INTEGER NOT NULL, event TEXT NOT NULL,
            PRIMARY KEY (saga, step)
        ) STRICT;
        -- One saga at a time per resource.
        CREATE TABLE sagaLock (
            resource TEXT PRIMARY KEY NOT NULL,
            saga TEXT NOT NULL REFERENCES saga (id) ON DELETE CASCADE
        ) STRICT;
        CREATE INDEX locksOfSaga ON sagaLock (saga);
        """
}
