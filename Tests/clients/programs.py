"""The programs that scripts/test-clients installed, run as their users run them."""
import json
import os
import subprocess

from stage import PATIENCE

HOME = os.environ.get("SLOOP_TEST_CLIENTS", "")


def run(account, program, *words, folder=None, environment=None):
    """What a program of the clients does with the account's key; its exit code, output and errors."""
    return subprocess.run(
        [os.path.join(HOME, "venv/bin", program), *words], env=account.environment | (environment or {}), cwd=folder,
        capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)


def aws(account, *words, folder=None):
    """What `aws lightsail …` answers."""
    done = run(account, "aws", "lightsail", *words, "--output", "json", folder=folder)
    if done.returncode != 0:
        raise AssertionError(f"aws lightsail {' '.join(words)}: exit code {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout) if done.stdout.strip() else None
