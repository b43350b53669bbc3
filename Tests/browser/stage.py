"""A server of Sloop's own for the tests, which can be ended and started again where it was."""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from browser import PATIENCE, Browser, sloop

ENGINE = os.environ.get("SLOOP_TEST_ENGINE", "local")


class Server:
    """`sloop serve` with a state folder of its own, and a port that it keeps."""

    def __init__(self, folder):
        self.folder = folder
        self.port = "0"
        self.process = None
        os.environ["SLOOP_SOCKET"] = f"{folder}/sloop.sock"
        self.start()

    def start(self):
        self.log = open(f"{self.folder}.log", "ab")
        self.process = subprocess.Popen(
            [os.environ["SLOOP_TEST_PROGRAM"], "serve", "--state", self.folder, "--engine", ENGINE, "--catalog", ".",
             "--listen", f"127.0.0.1:{self.port}"], stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        found = re.search(r" and (http://127\.0\.0\.1:(\d+))$", line.strip())
        if not found:
            raise RuntimeError(f"sloop serve says: {line} {open(self.log.name).read()}")
        os.environ["SLOOP_TEST_ENDPOINT"], self.port = found.groups()

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(30)
        self.process.stdout.close()
        self.log.close()

    def faults(self):
        with open(self.log.name) as log:
            return [line for line in log if " error " in line or " critical " in line]


def listed(*words):
    return json.loads(sloop(*words, "--output", "json"))


def setUpModule():
    """One server for all tests: the browsers' sessions are their own."""
    global server
    folder = tempfile.mkdtemp(prefix="sloop-browser-")
    server = Server(f"{folder}/state")


def tearDownModule():
    for one in Case.idle[True] + Case.idle[False]:
        one.close()
    try:
        for one in listed("instance", "list"):
            sloop("instance", "delete", one["name"])
        for noun in ("disk", "snapshot"):
            for one in listed(noun, "list"):
                sloop(noun, "delete", one["name"])
        for one in listed("address", "list"):
            sloop("address", "release", one["name"])
    finally:
        server.end()
    faults = server.faults()
    shutil.rmtree(os.path.dirname(server.folder))
    if faults:
        raise AssertionError(f"the server's log has errors: {faults}")


class Case(unittest.TestCase):
    """A test with browsers that know nothing of the tests before."""
    maxDiff = None
    idle = {True: [], False: []}

    def browser(self, account="default", script=True):
        one = self.idle[script].pop() if self.idle[script] else Browser(script)
        self.addCleanup(lambda: self.idle[script].append(one.forget()))
        if account:
            one.sign_in(account)
        return one

    def server(self):
        return server

    def assertNoComplaints(self, browser, *wanted):
        """Nothing was stopped by the page's policy, and no script failed. Answers that refuse are listed by browsers too."""
        left = [entry["message"] for entry in browser.complaints()
                if not any(word in entry["message"] for word in ("the server responded with a status of", *wanted))]
        self.assertEqual(left, [])
