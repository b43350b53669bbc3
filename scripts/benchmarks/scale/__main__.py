"""What scripts/bench-scale prints: what the control plane costs with many instances and years of history."""
import http.client
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import threading
import time

from about import machine
from picture import draw
from store import Store

SIZES = [int(word) for word in os.environ.get("BENCH_SIZES", "100 1000 3000 10000").split()]
YEARS = [int(word) for word in os.environ.get("BENCH_YEARS", "0 1 2 4").split()]
RUNS = int(os.environ.get("BENCH_RUNS", "5"))
WRITERS, WRITE_SECONDS = 64, 5
# Unfinished deletions that a start finds.
LEFT = 100


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("sloop", timeout=120)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)

    def call(self, target, body):
        """Milliseconds until the whole answer is there, and the answer."""
        start = time.perf_counter()
        self.request("POST", "/", json.dumps(body), {"X-Amz-Target": target})
        answer = self.getresponse()
        data = answer.read()
        wall = (time.perf_counter() - start) * 1000
        if answer.status != 200:
            raise SystemExit(f"bench-scale: {target}: {answer.status} {data[:300]}")
        return wall, data


def lightsail(call):
    return "Lightsail_20161128." + call


class Server:
    program = os.environ["SLOOP"]

    def __init__(self, scratch):
        self.state = scratch + "/state"
        self.environment = dict(os.environ, SLOOP_SOCKET=self.state + "/sloop.sock", NO_COLOR="1")
        self.log = open(scratch + "/sloop.log", "a")
        start = time.monotonic()
        self.process = subprocess.Popen(
            [self.program, "serve", "--state", self.state, "--engine", "local", "--catalog", "."],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        if not self.process.stdout.readline():
            raise SystemExit(f"bench-scale: sloop serve does not start: {open(self.log.name).read()}")
        self.started = start
        self.ready = time.monotonic() - start

    def line(self):
        return Connection(self.state + "/sloop.sock")

    def run(self, *words):
        start = time.monotonic()
        done = subprocess.run([self.program, *words], env=self.environment, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise SystemExit(f"bench-scale: sloop {' '.join(words)}: {done.stderr}")
        return (time.monotonic() - start) * 1000

    def resident(self):
        line = next(l for l in open(f"/proc/{self.process.pid}/status") if l.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def cpu(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)


def median(count, measure):
    return statistics.median(measure() for _ in range(count))


def walk(scratch, rows, isLast):
    """One start of the server, and everything once; the last one also for some time nothing."""
    server = Server(scratch)
    try:
        line, name = server.line(), f"row-{rows // 2:05}"
        token = json.loads(line.call(lightsail("GetInstances"), {})[1]).get("nextPageToken")
        figures = {
            "start-up": server.ready * 1000,
            "GetInstance": median(300, lambda: line.call(lightsail("GetInstance"), {"instanceName": name})[0]),
            "GetInstances, a page": median(
                40, lambda: line.call(lightsail("GetInstances"), {"pageToken": token} if token else {})[0]),
            "GetMonthlyCost": median(5, lambda: line.call("Sloop_20261123.GetMonthlyCost", {})[0]),
            "sloop cost": median(3, lambda: server.run("cost")),
            "sloop instance list": median(3, lambda: server.run("instance", "list")),
        }
        figures["memory"] = server.resident()
        if isLast:
            # Two rounds of the comparison with the engine.
            time.sleep(2)
            before = server.cpu()
            time.sleep(10)
            figures["idle CPU"] = (server.cpu() - before) / 10 * 100
        return figures
    finally:
        server.stop()


UNITS = {"memory": "MB", "idle CPU": "%"}


def series(what, values, prepare, scratch, store):
    """The figures at each value, the median of all runs."""
    found = {}
    for value in values:
        prepare(value)
        walks = [walk(scratch, store.instances, run == RUNS - 1) for run in range(RUNS)]
        found[value] = {name: statistics.median(one[name] for one in walks if name in one) for name in walks[-1]}
        print(f"{what} {value}: " + "; ".join(
            f"{name} {figure:.1f} {UNITS.get(name, 'ms')}" for name, figure in found[value].items()), flush=True)
    return found


def write(scratch, rows):
    """So many clients, each of which changes the tags of an instance of its own again and again."""
    server = Server(scratch)
    counts, longest, end = [0] * WRITERS, [0.0] * WRITERS, time.monotonic() + WRITE_SECONDS

    def work(number):
        line = server.line()
        while time.monotonic() < end:
            body = {"resourceName": f"row-{number:05}", "tags": [{"key": "turn", "value": str(counts[number])}]}
            longest[number] = max(longest[number], line.call(lightsail("TagResource"), body)[0])
            counts[number] += 1

    try:
        writers = [threading.Thread(target=work, args=(number,)) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
    finally:
        server.stop()
    print(f"{WRITERS} writers for {WRITE_SECONDS} s, {rows} instances: {sum(counts) / WRITE_SECONDS:.0f} changes a second, each on "
          f"disk; a writer made {min(counts)} to {max(counts)}; the longest answer {max(longest):.0f} ms", flush=True)


def recover(scratch, store):
    store.leave(LEFT)
    server = Server(scratch)
    try:
        end = time.monotonic() + 60
        while store.unfinished() and time.monotonic() < end:
            time.sleep(0.005)
        print(f"start with {LEFT} unfinished deletions: ready after {server.ready:.2f} s, all done after "
              f"{time.monotonic() - server.started:.2f} s; {store.unfinished()} left", flush=True)
    finally:
        server.stop()


def main():
    print(f"machine   {machine()}")
    print(f"runs      median of {RUNS} starts of the server; answers over its Unix socket, with the client's time\n", flush=True)
    scratch = tempfile.mkdtemp(prefix="sloop-scale-", dir="/tmp")
    try:
        server = Server(scratch)
        time.sleep(12)
        print(f"idle, nothing recorded, after two rounds: {server.resident():.1f} MB")
        server.run("instance", "create", "row", "--blueprint", "sandbox", "--plan", "nano")
        store = Store(server.state)
        server.run("instance", "delete", "row")
        server.stop()
        sizes = series("instances", SIZES, store.fill, scratch, store)
        years = series("years of history", YEARS, store.live, scratch, store)
        print(f"rows: {store.rows()}")
        write(scratch, store.instances)
        recover(scratch, store)
        if path := os.environ.get("BENCH_PICTURE"):
            draw(sizes, years, path)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


main()
