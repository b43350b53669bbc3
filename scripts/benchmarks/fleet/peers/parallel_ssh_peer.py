"""By parallel-ssh on ssh2-python. Its clients do not look at host keys: it is spared that work."""
from gevent import monkey

monkey.patch_all()
from gevent.pool import Pool
from job import ADD, CONCURRENCY, HOSTS, JOB, REMOVE, WORKLOAD, leave, program
from pssh.clients import SSHClient
from pssh.exceptions import AuthenticationError


def connect(host, key):
    return SSHClient(
        host["host"], user=host["user"], port=host["port"], pkey=key, allow_agent=False, num_retries=1, timeout=60,
        identity_auth=False)


def run(line, command, text):
    done = line.run_command(command)
    if text:
        done.stdin.write(text)
    line.eagain(done.channel.send_eof) if hasattr(line, "eagain") else done.channel.send_eof()
    output = "".join(piece + "\n" for piece in done.stdout)
    line.wait_finished(done)
    return done.exit_code, output


def must(line, text):
    code, output = run(line, "sh -s", text)
    if code:
        raise RuntimeError(f"exit code {code}: {output}")


def work(host):
    line = connect(host, JOB["old_key"])
    if WORKLOAD != "rotate":
        code, output = run(line, *program())
        line.disconnect()
        return leave(host, code, output)
    must(line, ADD)
    connect(host, JOB["new_key"]).disconnect()
    must(line, REMOVE)
    line.disconnect()
    try:
        connect(host, JOB["old_key"]).disconnect()
        leave(host, 1)
    except AuthenticationError:
        leave(host, 0)


pool = Pool(CONCURRENCY)
for _ in pool.imap_unordered(work, HOSTS):
    pass
