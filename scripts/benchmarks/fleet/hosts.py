"""Real sshds on loopback: machines of Sloop's local engine, each a sandbox with its own address, host key, home and user.

The server that made them is stopped, so that only their sshds are at work.
"""
import json
import os
import signal
import subprocess
import time


class Hosts:
    def __init__(self, scratch, count):
        self.program, self.state, self.count = os.environ["SLOOP"], scratch + "/state", count
        self.environment = dict(os.environ, SLOOP_SOCKET=self.state + "/sloop.sock", NO_COLOR="1")
        self.log = open(scratch + "/sloop.log", "w")
        self.process, self.names, self.listed = None, [], []
        self.key = scratch + "/key-0"

    def serve(self):
        self.process = subprocess.Popen(
            [self.program, "serve", "--state", self.state, "--engine", "local", "--catalog", "."],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        if not self.process.stdout.readline():
            raise SystemExit(f"bench-fleet: sloop serve does not start: {open(self.log.name).read()}")

    def call(self, *words):
        done = subprocess.run([self.program, *words], env=self.environment, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise SystemExit(f"bench-fleet: sloop {' '.join(words)}: {done.stderr}")
        return done.stdout

    def start(self):
        self.serve()
        self.call("key", "create", "fleet", "--save", self.key)
        with open(self.key + ".pub", "w") as file:
            subprocess.run(["ssh-keygen", "-y", "-f", self.key], stdout=file, check=True)
        for number in range(self.count):
            self.call("instance", "create", f"host-{number:04}", "--blueprint", "sandbox", "--plan", "nano", "--key",
                      "fleet", "--no-wait")
        for self.listed in self.looks("run"):
            if all(machine["state"] == "running" for machine in self.listed):
                break
        self.halt()
        return [
            {"id": m["name"], "host": m["publicAddress"], "port": m["port"], "user": m["username"],
             "host_key": " ".join(m["hostKey"].split()[:2])} for m in self.listed]

    def looks(self, what):
        """What is there, again and again, for five minutes and a second for each."""
        end = time.monotonic() + 300 + self.count
        while time.monotonic() < end:
            yield json.loads(self.call("instance", "list", "-o", "json"))
            time.sleep(0.1)
        raise SystemExit(f"bench-fleet: not all machines {what} after {300 + self.count} seconds")

    def halt(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)

    def remove(self):
        if self.process is None:
            return
        if self.process.poll() is not None:
            self.serve()
        for left in self.looks("are gone"):
            if not left:
                break
            # One that is busy refuses, and is asked again.
            for machine in left:
                if machine["state"] != "deleting":
                    subprocess.run([self.program, "instance", "delete", machine["name"], "--no-wait"],
                                   env=self.environment, capture_output=True)
        self.halt()
