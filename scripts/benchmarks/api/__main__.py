"""What scripts/bench-api prints: requests per second of Sloop and of moto, and how soon CreateInstances answers."""
import json
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from importlib.metadata import version

from about import first_line, machine
from load import Line, ec2, flood, lightsail
from servers import Moto, Sloop

ROWS = int(os.environ.get("BENCH_ROWS", "1000"))
RUNS = int(os.environ.get("BENCH_RUNS", "5"))
CREATES = 30


def show(what, value, goal, met):
    print(f"{what:<52} {value:>28}   {'met ' if met else 'MISSED'} goal: {goal}", flush=True)


def compare(sloop, moto, last, scratch):
    """Each run measures everything once, so that what disturbs the machine disturbs both."""
    asked = {
        f"moto describe_instances, all {ROWS}": (moto, ec2(""), 12),
        "moto describe_instances, a page of 100": (moto, ec2("&MaxResults=1"), 6),
        "moto describe_instances, one id": (moto, ec2(f"&InstanceId.1={last}"), 6),
        "sloop GetInstances, a page of 100": (sloop, lightsail("GetInstances", "{}"), 4),
        "sloop GetInstance": (sloop, lightsail("GetInstance", f'{{"instanceName": "row-{ROWS // 2:04}"}}'), 4),
    }
    wide = {name + ", 8 connections": job for name, job in asked.items() if job[0] is sloop}
    rates, medians = {name: [] for name in asked | wide}, {name: [] for name in asked | wide}
    for _ in range(RUNS):
        for name, (server, request, seconds) in (asked | wide).items():
            rate, median = flood(server, request, seconds, 8 if name in wide else 1, scratch)
            rates[name].append(rate)
            medians[name].append(median)
    for name in rates:
        print(f"{name:<52} {statistics.median(rates[name]):>16.2f} /s {statistics.median(medians[name]) * 1000:>9.2f} ms"
              f"   {[round(rate, 2) for rate in rates[name]]}", flush=True)
    print()
    every, page, one, ours_page, ours_one = (statistics.median(rates[name]) for name in asked)
    for name, rate in ("GetInstances", ours_page), ("GetInstance", ours_one):
        show(f"{name} beside describe_instances of all", f"{rate / every:.0f} x", "100 x", rate / every >= 100)
    print(f"{'GetInstances beside a page of describe_instances':<52} {ours_page / page:>26.0f} x")
    print(f"{'GetInstance beside describe_instances of one id':<52} {ours_one / one:>26.0f} x\n")


def create(sloop):
    """How long the answers take: with nothing else to do, and while the machines of those before are made."""
    line = Line(sloop)
    for kind, goal in ("each when the one before runs", True), ("one after the other", False):
        walls = []
        for number in range(CREATES):
            name = f"create-{len(kind)}-{number}"
            body = json.dumps({
                "instanceNames": [name], "availabilityZone": "us-east-1a", "blueprintId": "sandbox",
                "bundleId": "nano_3_0"})
            walls.append(line.post(lightsail("CreateInstances", body))[0] * 1000)
            end = time.monotonic() + 60
            while goal and state(line, name) != "running":
                if time.monotonic() > end:
                    raise SystemExit(f"bench-api: {name} does not run after a minute")
                time.sleep(0.02)
        median = statistics.median(walls)
        what, value = f"CreateInstances, {CREATES}, {kind}", f"{median:.1f} ms"
        if goal:
            show(what, value, "under 15 ms", median < 15)
        else:
            print(f"{what:<52} {value:>28}")
        print(f"{'':<52} {min(walls):.1f} to {max(walls):.1f} ms: {[round(wall, 1) for wall in walls]}", flush=True)


def state(line, name):
    text = line.post(lightsail("GetInstanceState", json.dumps({"instanceName": name})))[1]
    return json.loads(text)["state"]["name"]


def main():
    print(f"machine   {machine()}")
    print(f"versions  sloop {first_line(os.environ['SLOOP'], '--version')}; moto {version('moto')} on Python "
          f"{platform.python_version()}; {first_line('wrk', '--version').split(' Copy')[0]}")
    print(f"client    wrk, one thread and one kept connection for both (moto is slower with more), requests signed by "
          f"botocore {version('botocore')}")
    print(f"rows      sloop: one real instance, and {ROWS - 1} copies of its row without a machine, in the state error;")
    print(f"          moto: {ROWS} instances in reservations of 100 (MaxResults=1 is a page of 100)")
    print(f"runs      median of {RUNS}; after the rate, the median answer time\n", flush=True)
    scratch = tempfile.mkdtemp(prefix="sloop-bench-", dir="/tmp")
    servers = []
    try:
        servers.append(sloop := Sloop(scratch))
        sloop.fill(ROWS)
        servers.append(moto := Moto(scratch))
        compare(sloop, moto, moto.fill(ROWS), scratch)
        moto.stop()
        create(sloop)
        print(f"{'sloop serve after that (resident)':<52} {sloop.resident():>25.1f} MB")
    finally:
        for server in servers:
            server.stop()
        shutil.rmtree(scratch, ignore_errors=True)


main()
