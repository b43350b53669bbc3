"""What scripts/bench-fleet prints: wall, client CPU and memory of each tool for the same work on the same sshds."""
import base64
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from importlib.metadata import version

from about import first_line, libssh2, machine
from hosts import Hosts
from way import Way

HERE = os.path.dirname(os.path.abspath(__file__))
COUNT, RUNS = int(os.environ.get("BENCH_HOSTS", "200")), int(os.environ.get("BENCH_RUNS", "5"))
SLOW_RUNS, CONCURRENCY = int(os.environ.get("BENCH_SLOW_RUNS", "1")), int(os.environ.get("BENCH_CONCURRENCY", "24"))
DELAY = float(os.environ.get("BENCH_DELAY", "0"))
REPEAT = int(os.environ.get("BENCH_REPEAT", "1"))
WORKLOADS = os.environ.get("BENCH_WORKLOADS", "true script rotate").split()
CURVE = ["-o", "KexAlgorithms=curve25519-sha256"]
# 4 KB, of which most is a comment, as a launch script may have.
SCRIPT = "#!/bin/sh\n" + "# what this machine is for, in some words more\n" * 85 + 'echo "begun"; echo "done" >&1; exit 0\n'
SAYS = "begun\ndone\n"


def peer(name, *words):
    return [sys.executable, f"{HERE}/peers/{name}.py", "JOB", *words]


# The command, and whether it is one of those that take long.
TOOLS = {
    "floor": (["FLOOR", "JOB"], False),
    "sloop-fleet": ([os.environ["SLOOP_FLEET"], "JOB"], False),
    "asyncssh": (peer("asyncssh_peer"), False),
    "paramiko": (peer("paramiko_peer"), False),
    "fabric": (peer("paramiko_peer", "fabric"), False),
    "parallel-ssh": (peer("parallel_ssh_peer"), False),
    "ssh-curve25519": ([HERE + "/peers/openssh", "JOB", *CURVE], False),
    "ssh": ([HERE + "/peers/openssh", "JOB"], True),
    "pssh": (peer("pssh_peer"), True),
    "ansible": (peer("ansible_peer"), True),
}


def prepare(job, hosts, workload, old, new):
    """A folder with all that a tool may want; made anew for each run."""
    shutil.rmtree(job, ignore_errors=True)
    for name in "out", "rc":
        os.makedirs(f"{job}/{name}")
    for name, path in ("old_key", old), ("new_key", new):
        for end in "", ".pub":
            shutil.copy(path + end, f"{job}/{name}{end}")
    line, blob = open(new + ".pub").read().strip(), open(old + ".pub").read().split()[1]
    k = "k=$HOME/.ssh/authorized_keys; set -e; umask 077; "
    texts = {
        "add.sh": f"{k}cp -p $k $k.new; echo '{line}' >> $k.new; mv -f $k.new $k\n",
        "remove.sh": f"{k}grep -vF '{blob}' $k > $k.new; mv -f $k.new $k\n", "script": SCRIPT,
        "known_hosts": "".join(
            f"{h['host'] if h['port'] == 22 else '[%s]:%d' % (h['host'], h['port'])} {h['host_key']}\n" for h in hosts),
        "floor.txt": f"{workload} {CONCURRENCY}\n" + "".join(
            f"{h['id']} {h['host']} {h['port']} {h['user']} {base64.b64decode(h['host_key'].split()[1]).hex()}\n"
            for h in hosts),
        "job.json": json.dumps({
            "workload": workload, "concurrency": CONCURRENCY, "hosts": hosts, "outdir": job,
            **{name: f"{job}/{name}" for name in ("known_hosts", "old_key", "new_key", "script")},
            "old_pub": f"{job}/old_key.pub", "new_pub": f"{job}/new_key.pub"})}
    for name, text in texts.items():
        with open(f"{job}/{name}", "w") as file:
            file.write(text)


def resident(root):
    """Megabytes of the process and of all that it started; what they share counts as often as they are."""
    pages, below = {}, {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        pages[int(pid)] = int(fields[21])
        below.setdefault(int(fields[1]), []).append(int(pid))
    found = [root]
    for pid in found:
        found += below.get(pid, [])
    return sum(pages.get(pid, 0) for pid in found) * os.sysconf("SC_PAGESIZE") / 1e6


def peak(pid):
    """Megabytes that the process has had at most."""
    try:
        return next(int(l.split()[1]) * 1024 / 1e6 for l in open(f"/proc/{pid}/status") if l.startswith("VmHWM"))
    except (OSError, StopIteration):
        return 0.0


def measure(words, isMany):
    """Wall and CPU seconds, and megabytes: of all processes together where there are many."""
    start = time.monotonic()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
    most, over = [0.0], threading.Event()

    def watch():
        while not over.wait(0.25 if isMany else 0.03):
            most[0] = max(most[0], resident(process.pid) if isMany else peak(process.pid))

    # What wait4 says of the largest process would be this Python, before the tool took its place.
    threading.Thread(target=watch, daemon=True).start()
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    over.set()
    if status:
        print(f"    {' '.join(words)[-60:]} ended with {os.waitstatus_to_exitcode(status)}: {said[-600:].decode()}")
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, most[0]


def faults(job, hosts, workload):
    """The hosts on which it was not done, or of which the results did not come home."""
    def read(path):
        return open(path).read() if os.path.exists(path) else None

    return [h["id"] for h in hosts if read(f"{job}/rc/{h['id']}") != "0\n"
            or workload == "script" and read(f"{job}/out/{h['id']}").strip() != SAYS.strip()]


def new_key(scratch, number):
    path = f"{scratch}/key-{number}"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"fleet-{number}", "-f", path], check=True)
    return path


def table(figures, workload, turns):
    base = tuple(statistics.median(column) for column in zip(*figures["floor"])) if "floor" in figures else None
    print(f"\n{workload:<16}{'wall':>9}{'x floor':>9}{'client CPU':>12}{'x floor':>9}{'memory':>10}   runs")
    for tool, rows in figures.items():
        wall, cpu, memory = (statistics.median(column) for column in zip(*rows))
        ratios = (f"{wall / base[0]:.2f}", f"{cpu / base[1]:.2f}") if base else ("", "")
        print(f"{tool:<16}{wall:>7.2f} s{ratios[0]:>9}{cpu:>10.2f} s{ratios[1]:>9}{memory:>7.0f} MB   "
              f"{len(rows)}: {[round(row[0], 2) for row in rows]}{turns.get(tool, '')}", flush=True)


def main():
    tools = {name: TOOLS[name] for name in sys.argv[1:] or TOOLS}
    print(f"machine   {machine()}")
    print(f"versions  libssh2 {libssh2()}; {first_line('ssh', '-V').split(',')[0]}; " + "; ".join(
        f"{name} {version(name)}" for name in ("asyncssh", "paramiko", "fabric", "parallel-ssh", "ansible-core")))
    far = f", {DELAY:.0f} ms there and back" if DELAY else ""
    if REPEAT > 1 and "rotate" in WORKLOADS:
        raise SystemExit("bench-fleet: a host's key can be rotated once in a job; leave 'rotate' out of BENCH_WORKLOADS")
    times = f", each {REPEAT} times" if REPEAT > 1 else ""
    print(f"runs      {COUNT} hosts{times}{far}, {CONCURRENCY} at once; median of {RUNS}, of {SLOW_RUNS} for ssh, pssh and ansible; "
          "in turn")
    scratch = tempfile.mkdtemp(prefix="sloop-fleet-", dir="/tmp")
    made, job, floor = Hosts(scratch, COUNT), scratch + "/job", scratch + "/floor"
    way = None
    try:
        subprocess.run(["cc", "-O2", "-o", floor, HERE + "/floor.c", "-lssh2"], check=True)
        way = Way(scratch, DELAY, made.start())
        key, number = made.key, 0
        for workload in WORKLOADS:
            figures, turns = {}, {}
            hosts = [dict(host, id=f"{host['id']}-{again}") for again in range(REPEAT) for host in way.hosts]
            for run in range(RUNS):
                for tool, (words, isSlow) in tools.items():
                    if isSlow and run >= SLOW_RUNS:
                        continue
                    fresh = new_key(scratch, number := number + 1)
                    prepare(job, hosts, workload, key, fresh)
                    words = [{"JOB": job, "FLOOR": floor}.get(word, word) for word in words]
                    way.turns()
                    figure = measure(words, isSlow or tool.startswith("ssh"))
                    if counted := way.turns():
                        turns[tool] = (f", with {counted[0]:.1f} connections and {counted[1]:.1f} turns a host, "
                                       f"{counted[2]:.1f} one after another")
                    if bad := faults(job, hosts, workload):
                        said = open(f"{job}/out/{bad[0]}").read()[:300] if os.path.exists(f"{job}/out/{bad[0]}") else ""
                        print(f"    {tool} failed on {len(bad)} of {len(hosts)} hosts, e.g. {bad[0]}: {said}", flush=True)
                        if workload == "rotate":
                            table(figures, workload, turns)
                            raise SystemExit("bench-fleet: the hosts have different keys now")
                        continue
                    figures.setdefault(tool, []).append(figure)
                    key = fresh if workload == "rotate" else key
            table(figures, workload, turns)
    finally:
        if way:
            way.remove()
        made.remove()
        shutil.rmtree(scratch, ignore_errors=True)


main()
