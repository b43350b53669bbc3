"""What each bench says of the machine and the programs that it measures."""
import os
import platform
import subprocess


def machine():
    """The processor, the kernel, and what else is at work."""
    names = (line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name"))
    cpu = next(names, platform.machine())
    return f"{cpu}, {os.cpu_count()} cores, Linux {platform.release()}, load {os.getloadavg()[0]:.1f}"


def first_line(*words):
    """What a command says first, as of its version."""
    done = subprocess.run(words, capture_output=True, text=True)
    return (done.stdout or done.stderr).strip().splitlines()[0]


def libssh2():
    return first_line("pkg-config", "--modversion", "libssh2")
