"""A store with many instances and years of history, written beside the server: rows as Sloop writes them, without machines."""
import datetime
import json
import random
import sqlite3
import uuid

WHY = "a row of a benchmark: it has no machine"
# Deleted instances in a year, for each hundred that are there: every instance is replaced three times a year.
REPLACED = 300
NOW = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)


def stamp(time):
    return time.strftime("%Y-%m-%d %H:%M:%S.") + f"{time.microsecond // 1000:03}"


class Store:
    """Copies the row of the instance `row` that a server made; the copies are in the state `error`, which the comparison with
    the engine leaves alone."""

    def __init__(self, folder):
        self.file = folder + "/sloop.db"
        self.random = random.Random(1)
        self.instances = self.years = 0
        store = self.open()
        self.row = dict(store.execute("SELECT * FROM instance WHERE name = 'row'").fetchone())
        of = (self.row["id"],)
        self.keys = [dict(key) for key in store.execute("SELECT * FROM instanceKey WHERE instance = ?", of)]
        self.host_key = store.execute("SELECT sealed FROM secret WHERE name = 'host-key/' || ?", of).fetchone()[0]
        store.close()

    def open(self):
        store = sqlite3.connect(self.file, timeout=10)
        store.row_factory = sqlite3.Row
        return store

    def fill(self, count):
        """Instances, until there are so many; each with its keys, its bill since some day of this year, and its creation."""
        store, row = self.open(), dict(self.row)
        with store:
            for number in range(self.instances, count):
                since = NOW - datetime.timedelta(days=self.random.uniform(1, 365))
                row |= {"id": str(uuid.UUID(int=self.random.getrandbits(128))), "name": f"row-{number:05}",
                        "state": "error", "stateReason": WHY, "addressSlot": 1_000_000 + number,
                        "tags": json.dumps({"team": f"team-{number % 7}"}) if number % 3 == 0 else "{}",
                        "createdAt": stamp(since), "reachableAt": None,
                        "address": f"127.{90 + number // 62500}.{number // 250 % 250}.{number % 250 + 1}"}
                row["publicAddress"] = row["address"]
                self.insert(store, "resourceName", account=row["account"], name=row["name"], type="Instance")
                self.insert(store, "instance", **row)
                for key in self.keys:
                    self.insert(store, "instanceKey", **(key | {"instance": row["id"]}))
                self.insert(store, "secret", name="host-key/" + row["id"], sealed=self.host_key)
                self.bill(store, row["id"], row["name"], since, None)
                self.operation(store, "create-instance", row["id"], row["name"], since, 5)
        self.instances = max(self.instances, count)
        store.close()

    def live(self, years):
        """History, until there are so many years of it: instances that were made and deleted, and what was done to them."""
        store = self.open()
        with store:
            for year in range(self.years, years):
                for number in range(self.instances * REPLACED // 100):
                    id, name = str(uuid.UUID(int=self.random.getrandbits(128))), f"old-{year}-{number:05}"
                    # They end as evenly over the year as they would if it went on; those of this month are on its bill, too.
                    until = NOW - datetime.timedelta(days=365 * year + self.random.uniform(0, 365))
                    since = until - datetime.timedelta(days=self.random.uniform(0, 120))
                    self.bill(store, id, name, since, until)
                    for kind, time, steps in ("create-instance", since, 5), ("reboot-instance", since, 3), (
                            "delete-instance", until, 2):
                        self.operation(store, kind, id, name, time, steps)
        self.years = max(self.years, years)
        store.close()

    def leave(self, count):
        """Deletions that a server accepted and did not do: those of the last instances."""
        store = self.open()
        rows = store.execute("SELECT id, name FROM instance WHERE name LIKE 'row-%' ORDER BY name DESC LIMIT ?", (count,))
        with store:
            for row in rows.fetchall():
                id = self.operation(store, "delete-instance", row["id"], row["name"], NOW, 0, "Started")
                self.insert(store, "sagaLock", resource="instance:" + row["id"], saga=id)
                store.execute("UPDATE instance SET state = 'deleting' WHERE id = ?", (row["id"],))
        store.close()

    def unfinished(self):
        store = self.open()
        count = store.execute("SELECT count(*) FROM saga WHERE status = 'Started'").fetchone()[0]
        store.close()
        return count

    def rows(self):
        store = self.open()
        found = {table: store.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                 for table in ("instance", "billing", "saga", "sagaEvent")}
        store.close()
        return found

    @staticmethod
    def insert(store, table, **row):
        store.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(':' + name for name in row)})", row)

    def bill(self, store, id, name, since, until):
        self.insert(store, "billing", resource=id, account="default", name=name, type="Instance", plan="nano",
                    monthlyPrice=500, since=stamp(since), until=until and stamp(until))

    def operation(self, store, kind, instance, name, time, steps, status="Succeeded"):
        id = str(uuid.UUID(int=self.random.getrandbits(128)))
        self.insert(store, "saga", id=id, account="default", kind=kind, resourceName=name, resourceType="Instance",
                    parameters=json.dumps({"instance": instance}), status=status, createdAt=stamp(time),
                    changedAt=stamp(time))
        for step in range(steps):
            self.insert(store, "sagaEvent", saga=id, step=step, event="succeeded")
        return id
