"""What Sloop is measured against: bare calls of Incus that make the same machine of the same image, and a login by libssh2."""
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from lines import Incus

FORWARDS = "/1.0/networks/sloopbr0/forwards"
# Of two changes of forwards at once Incus may lose one (decision 51), or give one up.
FORWARD_TURN = Lock()
DISKS = "/var/lib/incus/storage-pools/sloop"


class Floor:
    def __init__(self, root, scratch):
        self.program, self.key = scratch + "/bench-floor", scratch + "/key"
        subprocess.run(["cc", "-O2", "-o", self.program, root + "/scripts/bench-floor.c", "-lssh2", "-lpthread"], check=True)
        for path in self.key, scratch + "/host":
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
        self.files = {name: open(f"{scratch}/{path}").read() for name, path in {
            "host-key": "host", "host-key-public": "host.pub", "access-keys": "key.pub"}.items()}

    def order(self, model):
        """The order of a machine like that one of Sloop's, with keys of ours."""
        config = {k: v for k, v in model["config"].items() if not k.startswith(("volatile.", "image.", "user.sloop.in"))}
        config |= {f"user.sloop.{name}": text for name, text in self.files.items()} | {"user.sloop.bench": "yes"}
        aliases = (alias["name"] for alias in Incus().do("GET", "/1.0/images/aliases?recursion=1"))
        image = next(name for name in aliases if name.startswith("sloop/debian-12/") and "tests" not in name)
        return {"name": f"sloop-bench-{os.getpid()}", "type": "container", "profiles": [], "config": config,
                "devices": model["devices"], "source": {"type": "image", "alias": image}}

    def orders(self, order, machines):
        """The same order at the place of each machine that was. The address goes with the hardware address that it had: the host
        remembers for up to a minute whose an address was, and reaches nobody else at it."""
        for number, machine in enumerate(machines):
            card, before = machine["devices"]["eth0"], order["config"]
            config = before | {
                "user.sloop.public-address": machine["config"]["user.sloop.public-address"],
                "user.sloop.address": card["ipv4.address"],
                "raw.lxc": before["raw.lxc"].replace(before["user.sloop.address"], card["ipv4.address"])}
            devices = order["devices"] | {"eth0": card}
            yield order | {"name": f"{order['name']}-{number}", "devices": devices, "config": config}

    def make(self, order, is_whole=False):
        """Seconds until somebody is logged in.

        A whole machine also has its public address, with two ports open, and its private host key is taken out of Incus: at the
        same moments, and beside the other calls, as Sloop does both."""
        start, incus = time.monotonic(), Incus()
        path, address = f"/1.0/instances/{order['name']}", order["config"]["user.sloop.address"]
        forward = {"listen_address": order["config"]["user.sloop.public-address"], "config": {}, "ports": [
            {"protocol": "tcp", "listen_port": "22,80", "target_address": address}]}
        with ThreadPoolExecutor(1) as beside:
            opened = beside.submit(change_forward, "POST", FORWARDS, forward) if is_whole else None
            incus.do("POST", "/1.0/instances", order)
            if opened:
                opened.result()
            incus.do("PUT", path + "/state", {"action": "start", "timeout": 30})
            forgotten = beside.submit(Incus().do, "PATCH", path, {"config": {"user.sloop.host-key": ""}}) if is_whole else None
            subprocess.run([self.program, "admin", self.key, "-", "1"], input=f"{address} 22\n", text=True, check=True)
            if forgotten:
                forgotten.result()
        return time.monotonic() - start

    def remove(self, order):
        incus, path = Incus(), f"/1.0/instances/{order['name']}"
        incus.do("PUT", path + "/state", {"action": "stop", "timeout": -1, "force": True})
        incus.do("DELETE", path)
        forward = f"{FORWARDS}/{order['config']['user.sloop.public-address']}"
        if forward in incus.do("GET", FORWARDS):
            change_forward("DELETE", forward)


def change_forward(*call):
    with FORWARD_TURN:
        return Incus().do(*call)


def settle():
    """Waits until what was deleted is gone from the pool: whatever is measured next would pay for it."""
    subprocess.run(["sync", "-f", DISKS], check=True)
    subprocess.run(["btrfs", "subvolume", "sync", DISKS], stdout=subprocess.DEVNULL, check=False)


def many(work, things):
    """All at once: their results, and how long it took."""
    settle()
    start = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(work, things))
    return results, time.monotonic() - start
