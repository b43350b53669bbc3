"""By ansible-playbook, with pipelining, and its results from the callback `tree`."""
import json
import os
import subprocess
import sys

from job import CONCURRENCY, HOSTS, JOB, WORKLOAD, leave

LINE = open(JOB["new_pub"]).read().strip()
OLD = open(JOB["old_pub"]).read().split()[1]
KEYS = "~/.ssh/authorized_keys"
# Without the connection that is kept, which would let the old key in.
AFRESH = {"ansible_ssh_private_key_file": JOB["old_key"], "ansible_ssh_extra_args": "-o ControlMaster=no -o ControlPath=none"}
TASKS = {
    "true": [{"command": "true"}],
    "script": [{"script": JOB["script"]}],
    "rotate": [
        {"lineinfile": {"path": KEYS, "line": LINE}},
        {"ping": {}, "vars": AFRESH | {"ansible_ssh_private_key_file": JOB["new_key"]}},
        {"lineinfile": {"path": KEYS, "regexp": OLD.replace("+", "[+]"), "state": "absent"}},
        {"ping": {}, "vars": AFRESH, "ignore_unreachable": True, "register": "refused"},
        {"assert": {"that": "refused.unreachable | default(false) and 'Permission denied' in refused.msg"}},
    ],
}
json.dump([{"hosts": "all", "gather_facts": False, "tasks": TASKS[WORKLOAD]}], open("play.yml", "w"))
with open("inventory", "w") as file:
    for host in HOSTS:
        file.write(f"{host['id']} ansible_host={host['host']} ansible_port={host['port']} ansible_user={host['user']}\n")
options = f"-F none -o UserKnownHostsFile={JOB['known_hosts']} -o IdentityAgent=none -o ControlMaster=auto -o ControlPersist=30s"
environment = dict(
    os.environ, ANSIBLE_HOST_KEY_CHECKING="True", ANSIBLE_PIPELINING="True", ANSIBLE_FORKS=str(CONCURRENCY),
    ANSIBLE_PRIVATE_KEY_FILE=JOB["old_key"], ANSIBLE_SSH_ARGS=options, ANSIBLE_CALLBACKS_ENABLED="ansible.builtin.tree",
    ANSIBLE_CALLBACK_TREE_DIR="tree", ANSIBLE_PYTHON_INTERPRETER="/usr/bin/python3", ANSIBLE_LOCALHOST_WARNING="False",
    ANSIBLE_SSH_CONTROL_PATH_DIR=os.path.abspath("cp"), LC_ALL="C.UTF-8")
program = os.path.join(os.path.dirname(sys.executable), "ansible-playbook")
with open("ansible.log", "w") as log:
    subprocess.run([program, "-i", "inventory", "play.yml"], env=environment, stdout=log, stderr=log)
for host in HOSTS:
    with open(f"tree/{host['id']}") as file:
        result = json.load(file)
    code = result.get("rc", 0 if not result.get("failed") and not result.get("unreachable") else 255)
    leave(host, code, result.get("stdout", "").replace("\r\n", "\n"))
