"""What every peer reads and leaves: see Sources/sloop-fleet/Job.swift."""
import json
import os
import sys

FOLDER = os.path.abspath(sys.argv[1])
os.chdir(FOLDER)
JOB = json.load(open("job.json"))
HOSTS, WORKLOAD, CONCURRENCY = JOB["hosts"], JOB["workload"], JOB["concurrency"]
ADD, REMOVE = open("add.sh").read(), open("remove.sh").read()
SCRIPT = open(JOB["script"]).read()


def leave(host, code, output=""):
    with open(f"out/{host['id']}", "w") as file:
        file.write(output)
    with open(f"rc/{host['id']}", "w") as file:
        file.write(f"{code}\n")


def program():
    """The command and its input."""
    return ("true", "") if WORKLOAD == "true" else ("sh -s", SCRIPT)
