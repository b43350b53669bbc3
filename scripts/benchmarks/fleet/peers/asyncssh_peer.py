import asyncio

import asyncssh
from job import ADD, CONCURRENCY, HOSTS, JOB, REMOVE, WORKLOAD, leave, program

KNOWN = asyncssh.read_known_hosts(JOB["known_hosts"])
OLD = asyncssh.read_private_key(JOB["old_key"])
NEW = asyncssh.read_private_key(JOB["new_key"])


def connect(host, key):
    return asyncssh.connect(
        host["host"], host["port"], username=host["user"], client_keys=[key], known_hosts=KNOWN, agent_path=None,
        config=None, preferred_auth="publickey", server_host_key_algs=["ssh-ed25519"], kex_algs=["curve25519-sha256"],
        encryption_algs=["aes128-gcm@openssh.com"], compression_algs=["none"])


async def work(host):
    async with connect(host, OLD) as line:
        if WORKLOAD != "rotate":
            command, text = program()
            done = await line.run(command, input=text)
            return leave(host, done.exit_status, done.stdout)
        await line.run("sh -s", input=ADD, check=True)
        async with connect(host, NEW):
            pass
        await line.run("sh -s", input=REMOVE, check=True)
    try:
        async with connect(host, OLD):
            leave(host, 1)
    except asyncssh.PermissionDenied:
        leave(host, 0)


async def main():
    turns = asyncio.Semaphore(CONCURRENCY)

    async def visit(host):
        async with turns:
            await work(host)

    await asyncio.gather(*(visit(host) for host in HOSTS))


asyncio.run(main())
