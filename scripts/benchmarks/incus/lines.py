"""Calls over Unix sockets: of Incus, and of Sloop."""
import http.client
import json
import socket


class Line(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("here")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self.path)

    def ask(self, method, path, body=None, headers=None):
        self.request(method, path, None if body is None else json.dumps(body), headers or {})
        answer = self.getresponse()
        return answer.status, json.loads(answer.read())


class Incus(Line):
    """One for each piece of work: Incus ends those that are silent for long."""

    def __init__(self):
        super().__init__("/var/lib/incus/unix.socket")

    def do(self, method, path, body=None):
        """What it answers, once it has done it."""
        _, answer = self.ask(method, path, body)
        if answer.get("type") == "async":
            _, answer = self.ask("GET", answer["operation"] + "/wait?timeout=50")
        value = answer.get("metadata")
        if answer.get("type") == "error" or isinstance(value, dict) and value.get("err"):
            raise SystemExit(f"bench-incus: {method} {path}: {answer}")
        return value

    def machines(self, host_name):
        """Those of a Sloop whose host names begin so."""
        return [i for i in self.do("GET", "/1.0/instances?recursion=1")
                if i["config"].get("user.sloop.host-name", "").startswith(host_name)]


class Sloop(Line):
    def call(self, target, **body):
        status, answer = self.ask("POST", "/", body, {"X-Amz-Target": target})
        if status != 200:
            raise SystemExit(f"bench-incus: {target}: {answer}")
        return answer

    def lightsail(self, name, **body):
        return self.call("Lightsail_20161128." + name, **body)

    def own(self, name, **body):
        return self.call("Sloop_20261123." + name, **body)
