"""Sloop and moto, each with the same number of instances in its table."""
import json
import os
import re
import signal
import sqlite3
import subprocess
import time
import uuid

import boto3
from botocore.config import Config

REGION = "us-east-1"
WHY = "a row of a benchmark: it has no machine"


def client(service, url, key, secret):
    return boto3.client(
        service, endpoint_url=url, region_name=REGION, aws_access_key_id=key, aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}, read_timeout=120))


class Sloop:
    """`sloop serve` on the local engine, with a state folder of its own."""

    def __init__(self, scratch):
        self.program, self.state = os.environ["SLOOP"], scratch + "/state"
        self.environment = dict(os.environ, SLOOP_SOCKET=self.state + "/sloop.sock", NO_COLOR="1")
        self.log = open(scratch + "/sloop.log", "w+")
        self.process = subprocess.Popen(
            [self.program, "serve", "--state", self.state, "--engine", "local", "--catalog", ".", "--listen",
             "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if " and http://" not in line:
            raise SystemExit(f"bench-api: sloop serve does not start: {open(self.log.name).read()}")
        self.url = line.split(" and ")[1].strip()
        made = json.loads(self.call("access-key", "create", "--account", "default", "-o", "json"))
        self.key, self.secret = made["accessKeyId"], made["secretAccessKey"]

    def call(self, *words):
        done = subprocess.run([self.program, *words], env=self.environment, capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise SystemExit(f"bench-api: sloop {' '.join(words)}: {done.stderr}")
        return done.stdout

    def fill(self, count):
        """Makes one instance as anybody would, and copies its row, with all that an answer shows, until there are so many.

        The copies are in the state `error`, which the comparison with the engine leaves alone.
        """
        self.call("instance", "create", "row-0000", "--blueprint", "sandbox", "--plan", "nano")
        store = sqlite3.connect(self.state + "/sloop.db", timeout=10)
        store.row_factory = sqlite3.Row
        row = dict(store.execute("SELECT * FROM instance WHERE name = 'row-0000'").fetchone())
        members = ", ".join(row)
        marks = ", ".join(":" + member for member in row)
        with store:
            for number in range(1, count):
                row |= {"id": str(uuid.uuid4()), "name": f"row-{number:04}", "state": "error", "stateReason": WHY,
                        "addressSlot": 1_000_000 + number,
                        "address": f"127.99.{number // 250}.{number % 250 + 1}",
                        "publicAddress": f"127.99.{number // 250}.{number % 250 + 1}"}
                store.execute("INSERT INTO resourceName (account, name, type) VALUES (:account, :name, 'Instance')", row)
                store.execute(f"INSERT INTO instance ({members}) VALUES ({marks})", row)
        store.close()

    def resident(self):
        line = next(l for l in open(f"/proc/{self.process.pid}/status") if l.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def stop(self):
        if self.process.poll() is None:
            # The rows without a machine go with the folder.
            for machine in json.loads(self.call("instance", "list", "-o", "json")):
                if machine.get("stateReason") != WHY:
                    self.call("instance", "delete", machine["name"])
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)


class Moto:
    """moto's own server, as its documentation starts it."""

    key, secret = "testing", "testing"

    def __init__(self, scratch):
        # Beside this Python, in its virtual environment.
        program = os.path.join(os.path.dirname(os.sys.executable), "moto_server")
        self.log = open(scratch + "/moto.log", "w")
        self.process = subprocess.Popen(
            [program, "-H", "127.0.0.1", "-p", "0"], stdout=self.log, stderr=self.log)
        end = time.monotonic() + 60
        while not (found := re.search(r"Running on (http://127\.0\.0\.1:\d+)", open(self.log.name).read())):
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"bench-api: moto does not start: {open(self.log.name).read()}")
            time.sleep(0.02)
        self.url = found[1] + "/"

    def fill(self, count):
        """In reservations of a hundred: a page of moto's is so many reservations. Gives the id of the last."""
        ec2 = client("ec2", self.url, self.key, self.secret)
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        for begin in range(0, count, 100):
            number = min(100, count - begin)
            made = ec2.run_instances(ImageId=image, MinCount=number, MaxCount=number, InstanceType="t3.nano")
        listed = sum(len(r["Instances"]) for r in ec2.describe_instances()["Reservations"])
        page = sum(len(r["Instances"]) for r in ec2.describe_instances(MaxResults=1)["Reservations"])
        if (listed, page) != (count, min(count, 100)):
            raise SystemExit(f"bench-api: moto lists {listed} instances, {page} on a page")
        return made["Instances"][0]["InstanceId"]

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
