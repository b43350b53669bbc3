"""A long way to the hosts: each is reached at another loopback address, by a proxy that holds every byte back."""
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


class Way:
    """Milliseconds there and back. Without any, the hosts are reached as they are."""

    def __init__(self, scratch, milliseconds, hosts):
        self.hosts, self.process = hosts, None
        if not milliseconds:
            return
        program = scratch + "/delay"
        subprocess.run(["cc", "-O2", "-o", program, HERE + "/delay.c"], check=True)
        self.hosts = [host | {"host": f"127.98.{i // 250}.{i % 250 + 1}", "port": 2222} for i, host in enumerate(hosts)]
        reader, self.asks = os.pipe()
        self.process = subprocess.Popen(
            [program, str(milliseconds), str(reader)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            pass_fds=[reader])
        os.close(reader)
        self.process.stdin.write("".join(
            f"{near['host']} {near['port']} {far['host']} {far['port']}\n" for near, far in zip(self.hosts, hosts)))
        self.process.stdin.close()
        if self.process.stdout.readline() != "ready\n":
            raise SystemExit("bench-fleet: the proxy does not start")

    def turns(self):
        """Connections, turns, and turns one after another for each host since the last time; nothing where there is no way."""
        if self.process is None:
            return None
        os.write(self.asks, b"?\n")
        return [int(word) / len(self.hosts) for word in self.process.stdout.readline().split()]

    def remove(self):
        if self.process is not None:
            os.close(self.asks)
            self.process.wait(20)
