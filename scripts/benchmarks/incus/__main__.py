"""What scripts/bench-incus prints: how long a machine takes from an order to a login, by Sloop and by bare calls of Incus."""
import os
import shutil
import subprocess
import tempfile
import time
from statistics import median

from about import first_line, libssh2, machine
from floor import Floor, many, settle
from lines import Incus
from server import Server

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
RUNS = int(os.environ.get("BENCH_RUNS", "7"))


def show(what, value, goal="", met=None):
    print(f"{what:<64} {value:>38}   " + ("" if met is None else f"{'met ' if met else 'MISSED'} goal: {goal}"), flush=True)


def listed(walls):
    return ", ".join(f"{wall:.2f}" for wall in walls)


def head(program):
    incus = Incus().do("GET", "/1.0")["environment"]["server_version"]
    print(f"machine   {machine()}")
    print(f"versions  sloop {first_line(program, '--version')}; Incus {incus}; "
          f"libssh2 {libssh2()}")
    print(f"runs      median of {RUNS}, of 3 for WordPress and the sixteen; sloop and bare calls in turn\n")


def alone(server, floor, order):
    """One machine after the other."""
    phases, floors = [], []
    for run in range(RUNS):
        phases.append(server.create(f"run-{run}"))
        server.delete(f"run-{run}")
        floors.append(floor.make(order))
        floor.remove(order)
    logins = [login for _, login, _ in phases]
    (running, login, script), base = map(median, zip(*phases)), median(floors)
    show("bare calls of Incus and a login by libssh2", f"{base:.3f} s")
    show("instance create: accepted to first login", f"{login:.3f} s = {login / base:.2f} x bare", "at most 1.05 x bare",
         login <= 1.05 * base)
    show("its phases: running, login, an empty script's end", f"{running:.3f}, {login:.3f}, {script:.3f} s")
    blogs = []
    for run in range(3):
        blogs.append(server.create(f"wp-{run}", "wordpress")[1])
        server.delete(f"wp-{run}")
    blog = median(blogs)
    show("WordPress, baked: accepted to first login", f"{blog:.3f} s = {blog / login:.2f} x Debian", "at most 1.3 x Debian",
         blog <= 1.3 * login)
    return {"bare": floors, "sloop": logins, "wordpress": blogs}


def kept_ready(server):
    """Before many are made and deleted: for some seconds after it Incus and the pool are busy with what is gone, and a rename
    takes up to half a second."""
    server.restart("--warm", "debian-12:nano=2")
    logins = []
    for run in range(RUNS):
        server.wait_for_stock(2)
        logins.append(server.create(f"ready-{run}")[1])
        server.delete(f"ready-{run}")
    server.restart()
    show("a machine that was kept ready: accepted to first login", f"{median(logins):.3f} s", "under 0.25 s", median(logins) < 0.25)
    return {"ready": logins}


def at_once(server, floor, order):
    """Sixteen machines at once."""
    names = [f"many-{number}" for number in range(16)]
    walls = {"16 by commands": [], "16 by one call": [], "16 bare": [], "16 bare and whole": []}
    failed = 0
    for _ in range(3):
        made, wall = many(server.create_by_command, names)
        failed += made.count(False)
        walls["16 by commands"].append(wall)
        many(server.delete, names)
        settle()
        wall, lost = server.create_all(names)
        failed += lost
        walls["16 by one call"].append(wall)
        orders = list(floor.orders(order, Incus().machines("many-")))
        many(server.delete, names)
        for kind, is_whole in ("16 bare", False), ("16 bare and whole", True):
            try:
                walls[kind].append(many(lambda one: floor.make(one, is_whole), orders)[1])
            finally:
                many(floor.remove, orders)
    commands, ours, bare, whole = map(median, walls.values())
    show("16 at once by bare calls", f"{bare:.2f} s")
    show("16 at once by bare calls that open ports and forget keys, too", f"{whole:.2f} s = {bare / whole:.2f} x as fast")
    show("16 by one call: accepted to the last login", f"{ours:.2f} s = {bare / ours:.2f} x as fast, {failed} failed",
         "0.9 x, no failure", failed == 0 and ours <= bare / 0.9)
    show("16 by 16 commands at once, until all ended", f"{commands:.2f} s = {bare / commands:.2f} x as fast")
    return walls


def lists(server):
    """The list of four machines, of which one is there, by both command lines, in turn."""
    names = [f"list-{number}" for number in range(3)]
    many(server.create_by_command, names)
    ours, theirs = [], []
    for _ in range(15):
        for walls, command in (ours, lambda: server.run("instance", "list")), (theirs, lambda: subprocess.run(
                ["incus", "list"], stdout=subprocess.DEVNULL, check=True)):
            start = time.monotonic()
            command()
            walls.append((time.monotonic() - start) * 1000)
    many(server.delete, names)
    mine, other = median(ours), median(theirs)
    show("incus list, four machines", f"{other:.0f} ms")
    show("sloop instance list, four machines", f"{mine:.0f} ms = {mine / other:.2f} x", "under 30 ms, at most 1.5 x incus list",
         mine < 30 and mine <= 1.5 * other)


def main():
    program = os.environ["SLOOP"]
    head(program)
    scratch = tempfile.mkdtemp(prefix="sloop-bench-", dir="/tmp")
    server = None
    try:
        floor = Floor(ROOT, scratch)
        server = Server(program, ROOT, scratch)
        # Images are made before anything is measured.
        for blueprint in "debian-12", "wordpress":
            server.create("first-" + blueprint, blueprint)
        order = floor.order(Incus().machines("first-debian-12")[0])
        server.delete("first-debian-12")
        lists(server)
        walls = alone(server, floor, order) | kept_ready(server) | at_once(server, floor, order)
        show("sloop serve after that (resident)", f"{server.resident():.1f} MB")
        print("\nall runs")
        for kind, all_of_it in walls.items():
            print(f"  {kind:<20} {listed(all_of_it)}")
    finally:
        if server:
            server.remove()
        shutil.rmtree(scratch, ignore_errors=True)


main()
