"""The server that scripts/test-clients started, and its clients: every test class has an account of its own."""
import json
import os
import subprocess
import time
import unittest

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from answers import TERMINAL, watch

ENDPOINT = os.environ.get("SLOOP_TEST_ENDPOINT", "")
ENGINE = os.environ.get("SLOOP_TEST_ENGINE", "")
# Where machines take logins; Lightsail's answers have no port, and its machines 22.
SSH_PORT = os.environ.get("SLOOP_TEST_SSH_PORT", "22")
REGION = "us-east-1"
ZONE = "us-east-1a"
BUNDLE = "nano_3_0"
# What the engine makes machines of in the shortest time.
BLUEPRINT = {"local": "sandbox", "incus": "debian_12"}.get(ENGINE, "")
# No answer of a test is waited for longer: seconds.
PATIENCE = {"local": 60, "incus": 120}.get(ENGINE, 60)

ACCOUNTS = {}


def only(engine):
    """Marks a test of what one engine can do, or declines; with others it is not run."""
    def mark(test):
        test.only = engine
        return test
    return mark


only_incus, only_local = only("incus"), only("local")


def needs(variable):
    """Marks a class of tests with programs that are not everywhere; without the variable they are not run."""
    def mark(tests):
        tests.needs = variable
        return tests
    return mark


def sloop(*words):
    """What the command line prints as JSON."""
    done = subprocess.run(
        [os.environ["SLOOP_TEST_PROGRAM"], *words, "--output", "json"], capture_output=True, text=True, timeout=PATIENCE)
    if done.returncode != 0:
        raise RuntimeError(f"sloop {' '.join(words)}: {done.stderr}")
    return json.loads(done.stdout)


class Account:
    """Somebody who signs with a key of his own."""

    def __init__(self, name):
        made = sloop("access-key", "create", "--account", name)
        self.name = name
        self.key, self.secret = made["accessKeyId"], made["secretAccessKey"]
        # Only for what has to go at the end: of this one's answers nothing is checked.
        self.broom = self.make_client()
        self.client = watch(self.make_client())

    def make_client(self, region=REGION):
        """A client of boto3 that never tries a second time."""
        return boto3.client(
            "lightsail", endpoint_url=ENDPOINT, region_name=region, aws_access_key_id=self.key,
            aws_secret_access_key=self.secret,
            config=Config(
                retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=PATIENCE, max_pool_connections=64))

    @property
    def environment(self):
        """For programs that sign for themselves."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        return kept | {
            "AWS_ACCESS_KEY_ID": self.key, "AWS_SECRET_ACCESS_KEY": self.secret, "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": ENDPOINT, "AWS_PAGER": "", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}


def account(name):
    """The account of that name, made when it is first asked for."""
    if name not in ACCOUNTS:
        ACCOUNTS[name] = Account(name)
    return ACCOUNTS[name]


def until(what, condition):
    """Asks again until it is so, as clients of Lightsail have to: nothing tells them when."""
    end = time.monotonic() + PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {PATIENCE} s")
        time.sleep(0.05)


class Case(unittest.TestCase):
    """Tests in an account that is the class's own."""
    maxDiff = None
    longMessage = True

    @classmethod
    def setUpClass(cls):
        cls.account = account(cls.__name__.lower())
        cls.client = cls.account.client

    @classmethod
    def tearDownClass(cls):
        clear(cls.account.broom)

    def refused(self, name, call, **input):
        """The error's answer, of which the name has to be this; `call` is a method of the client."""
        with self.assertRaises(ClientError) as caught:
            answer = call(**input)
            self.fail(f"answered {answer}")
        error = caught.exception.response
        self.assertEqual(error["Error"]["Code"], name, error)
        return error

    def settle(self, operations, status="Succeeded"):
        """Waits for the operations as Terraform does: Started is the one word for what is not over."""
        if isinstance(operations, dict):
            operations = operations.get("operations") or [operations["operation"]]
        return [self.settle_one(operation, status) for operation in operations]

    def settle_one(self, operation, status):
        def over():
            now = self.client.get_operation(operationId=operation["id"])["operation"]
            for member in ("id", "resourceName", "resourceType", "operationType", "createdAt"):
                self.assertEqual(now[member], operation[member])
            return now if now["isTerminal"] else None

        now = until(f"the end of {operation['operationType']} of {operation['resourceName']}", over)
        self.assertIn(now["status"], ("Succeeded", "Completed") if status == "Succeeded" else (status,), now)
        return now

    def make_instance(self, name, **more):
        """An instance that runs."""
        made = self.client.create_instances(
            **{"instanceNames": [name], "availabilityZone": ZONE, "blueprintId": BLUEPRINT, "bundleId": BUNDLE, **more})
        self.settle(made)
        return self.client.get_instance(instanceName=name)["instance"]


def every(client, call, member, **input):
    """The items of all pages of a list."""
    items, token = [], None
    while True:
        page = getattr(client, call)(**input, **({"pageToken": token} if token else {}))
        items += page[member]
        token = page.get("nextPageToken")
        if token is None:
            return items


def _wait(client, answer):
    for operation in answer.get("operations", []):
        until(
            f"the end of {operation['operationType']} of {operation['resourceName']}",
            lambda: client.get_operation(operationId=operation["id"])["operation"]["status"] in TERMINAL)


# How all of a kind is found and deleted, in the order in which it can be.
KINDS = [
    ("get_alarms", "alarms", "name", "delete_alarm", "alarmName"),
    ("get_instances", "instances", "name", "delete_instance", "instanceName"),
    ("get_static_ips", "staticIps", "name", "release_static_ip", "staticIpName"),
    ("get_disks", "disks", "name", "delete_disk", "diskName"),
    ("get_instance_snapshots", "instanceSnapshots", "name", "delete_instance_snapshot", "instanceSnapshotName"),
    ("get_disk_snapshots", "diskSnapshots", "name", "delete_disk_snapshot", "diskSnapshotName"),
    ("get_key_pairs", "keyPairs", "name", "delete_key_pair", "keyPairName"),
    ("get_domains", "domains", "name", "delete_domain", "domainName"),
    ("get_contact_methods", "contactMethods", "protocol", "delete_contact_method", "protocol"),
]


def clear(client):
    """Deletes all that the account has."""
    for operation in every(client, "get_operations", "operations"):
        if operation["status"] not in TERMINAL:
            _wait(client, {"operations": [operation]})
    for call, member, name, delete, parameter in KINDS:
        try:
            items = client.get_contact_methods()[member] if call == "get_contact_methods" else every(client, call, member)
        except ClientError as error:
            if error.response["Error"]["Code"] != "UnknownOperationException":
                raise
            continue
        for item in items:
            _wait(client, getattr(client, delete)(**{parameter: item[name]}))
