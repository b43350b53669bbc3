"""By Debian's pssh, which starts an ssh for each host."""
import os
import subprocess

from job import CONCURRENCY, HOSTS, JOB, WORKLOAD, leave

with open("hosts", "w") as file:
    file.writelines(f"{host['user']}@{host['host']}:{host['port']}\n" for host in HOSTS)


def everywhere(key, command, text="/dev/null"):
    options = ["StrictHostKeyChecking=yes", f"UserKnownHostsFile={JOB['known_hosts']}", "IdentitiesOnly=yes",
               "IdentityAgent=none", f"IdentityFile={key}", "PreferredAuthentications=publickey"]
    words = ["parallel-ssh", "-h", "hosts", "-p", str(CONCURRENCY), "-t", "120", "-o", "got", "-e", "err", "-I",
             "-x", "-F none"]
    for option in options:
        words += ["-O", option]
    return subprocess.run(words + [command], stdin=open(text), stdout=open("pssh.log", "w")).returncode


def read(folder, host):
    path = f"{folder}/{host['user']}@{host['host']}:{host['port']}"
    return open(path).read() if os.path.exists(path) else ""


code = 0
if WORKLOAD == "true":
    code = everywhere(JOB["old_key"], "true")
elif WORKLOAD == "script":
    code = everywhere(JOB["old_key"], "sh -s", JOB["script"])
else:
    code = everywhere(JOB["old_key"], "sh -s", "add.sh") or everywhere(JOB["new_key"], "sh -s", "remove.sh")
    everywhere(JOB["old_key"], "true")
for host in HOSTS:
    if WORKLOAD == "rotate":
        leave(host, code or int("Permission denied" not in read("err", host)))
    else:
        leave(host, code, read("got", host))
