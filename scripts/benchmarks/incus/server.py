"""A Sloop that serves, and what its clients ask of it."""
import json
import os
import subprocess
import time
from datetime import datetime

from lines import Incus, Sloop

PLAN = "nano"


def moment(time):
    """Seconds since 1970: of a time as the command prints it, or as the API has it."""
    return time if isinstance(time, (int, float)) else datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()


class Server:
    def __init__(self, program, root, scratch):
        self.program, self.root, self.scratch = program, root, scratch
        self.socket = scratch + "/state/sloop.sock"
        self.script = scratch + "/script"
        with open(self.script, "w") as script:
            script.write("#!/bin/sh\n")
        self.process = None
        self.start()

    def start(self, *options):
        self.process = subprocess.Popen(
            [self.program, "serve", "--state", self.scratch + "/state", "--engine", "incus", "--catalog", self.root, *options],
            stdout=subprocess.PIPE, stderr=open(self.scratch + "/log", "a"), text=True)
        self.process.stdout.readline()

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def restart(self, *options):
        self.stop()
        self.start(*options)

    def run(self, *words, check=True):
        done = subprocess.run([self.program, *words], cwd=self.scratch, capture_output=True, text=True,
                              env=dict(os.environ, SLOOP_SOCKET=self.socket, NO_COLOR="1"))
        if check and done.returncode != 0:
            raise SystemExit(f"bench-incus: sloop {' '.join(words)}: exit code {done.returncode}\n{done.stderr[-2000:]}")
        return done

    def create(self, name, blueprint="debian-12"):
        """Seconds from the accepted call to a running machine, the first login, and the end of a script that does nothing."""
        made = json.loads(self.run("instance", "create", name, "--blueprint", blueprint, "--plan", PLAN,
                                   "--script", self.script, "-o", "json").stdout)
        accepted = moment(made["createdAt"])
        return [moment(time) - accepted for time in (made["runningAt"], made["reachableAt"], made["launch"]["endedAt"])]

    def create_by_command(self, name):
        """Whether it was made."""
        return self.run("instance", "create", name, "--blueprint", "debian-12", "--plan", PLAN, check=False).returncode == 0

    def create_all(self, names):
        """The same order for all of them by one call: seconds from the first accepted one to the last login, and how many failed."""
        sloop = Sloop(self.socket)
        order = {"availabilityZone": "any", "blueprintId": "debian-12", "bundleId": PLAN}
        for operation in sloop.lightsail("CreateInstances", instanceNames=names, **order)["operations"]:
            now = {"status": "Started"}
            while now["status"] == "Started":
                known = {"knownPhase": now["phase"]} if "phase" in now else {}
                now = sloop.own("WaitForOperation", operationId=operation["id"], waitSeconds=20, **known)["operation"]
        made = [sloop.own("GetInstanceDetails", instanceName=name)["instance"] for name in names]
        logins = [moment(one["reachableAt"]) for one in made if "reachableAt" in one]
        return max(logins) - min(moment(one["createdAt"]) for one in made), len(names) - len(logins)

    def delete(self, name):
        self.run("instance", "delete", name, check=False)

    def wait_for_stock(self, count):
        """Until so many machines are kept ready."""
        end = time.monotonic() + 60
        while json.loads(self.run("status", "-o", "json").stdout)["warm"][0]["ready"] < count and time.monotonic() < end:
            time.sleep(0.2)

    def resident(self):
        line = next(l for l in open(f"/proc/{self.process.pid}/status") if l.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def remove(self):
        """Ends it, without a machine left."""
        for instance in json.loads(self.run("instance", "list", "-o", "json", check=False).stdout or "[]"):
            self.delete(instance["name"])
        # One that is to keep none ready deletes those that there are.
        self.restart()
        end = time.monotonic() + 60
        while Incus().machines("warm-") and time.monotonic() < end:
            time.sleep(0.2)
        self.stop()
