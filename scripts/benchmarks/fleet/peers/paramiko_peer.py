"""By paramiko; with `fabric` as second word by Fabric, which is a layer above it."""
import sys
from concurrent.futures import ThreadPoolExecutor

import fabric
import paramiko
from job import ADD, CONCURRENCY, HOSTS, JOB, REMOVE, WORKLOAD, leave, program

OLD, NEW = (paramiko.Ed25519Key.from_private_key_file(JOB[name]) for name in ("old_key", "new_key"))
KNOWN = paramiko.HostKeys(JOB["known_hosts"])
WITH_FABRIC = sys.argv[2:] == ["fabric"]


class Paramiko:
    def __init__(self, host, key):
        self.client = paramiko.SSHClient()
        self.client._system_host_keys = KNOWN
        self.client.set_missing_host_key_policy(paramiko.RejectPolicy())
        self.client.connect(
            host["host"], host["port"], host["user"], pkey=key, allow_agent=False, look_for_keys=False, timeout=60)

    def run(self, command, text):
        stdin, stdout, _ = self.client.exec_command(command)
        stdin.write(text)
        stdin.channel.shutdown_write()
        output = stdout.read().decode()
        return stdout.channel.recv_exit_status(), output

    def close(self):
        self.client.close()


class Fabric:
    def __init__(self, host, key):
        self.connection = fabric.Connection(
            host["host"], host["user"], host["port"], connect_timeout=60,
            connect_kwargs={"pkey": key, "allow_agent": False, "look_for_keys": False})
        self.connection.client._system_host_keys = KNOWN
        self.connection.client.set_missing_host_key_policy(paramiko.RejectPolicy())
        self.connection.open()

    def run(self, command, text):
        # Its way of giving input is one character at a time, for people who type: a script is the command itself.
        done = self.connection.run(text or command, in_stream=False, hide=True, warn=True)
        return done.return_code, done.stdout

    def close(self):
        self.connection.close()


Line = Fabric if WITH_FABRIC else Paramiko


def must(line, text):
    code, output = line.run("sh -s", text)
    if code:
        raise RuntimeError(f"exit code {code}: {output}")


def work(host):
    line = Line(host, OLD)
    if WORKLOAD != "rotate":
        command, text = program()
        code, output = line.run(command, text)
        line.close()
        return leave(host, code, output)
    must(line, ADD)
    Line(host, NEW).close()
    must(line, REMOVE)
    line.close()
    try:
        Line(host, OLD).close()
        leave(host, 1)
    except paramiko.AuthenticationException:
        leave(host, 0)


with ThreadPoolExecutor(CONCURRENCY) as pool:
    list(pool.map(work, HOSTS))
