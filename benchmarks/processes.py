"""What the processes under one of them use: memory and processor time, by what they are."""

from collections import Counter

import psutil

KINDS = {
    "granian": "web",
    "worker classify": "classify worker",
    "worker jobs": "jobs worker",
    "worker sweep": "sweeper and beat",
    "valkey": "Valkey",
    "redis": "Valkey",
    "run.py": "run.py",
    "nursery": "nursery",
}


def memory(root_pid: int) -> Counter[str]:
    """MB by kind: the proportional share (PSS) where the system tells it, so that the sum is true."""
    found = Counter[str]()
    for process in _family(root_pid):
        found[_kind(process)] += proportional(process)
    return found


def proportional(process: psutil.Process) -> float:
    """MB of one process."""
    used = process.memory_full_info()
    return float(getattr(used, "pss", used.rss)) / 1e6


def worked(root_pid: int) -> Counter[str]:
    """Seconds of processor time by kind, so far."""
    found = Counter[str]()
    for process in _family(root_pid):
        used = process.cpu_times()
        found[_kind(process)] += used.user + used.system
    return found


def _family(root_pid: int) -> list[psutil.Process]:
    root = psutil.Process(root_pid)
    return [root, *root.children(recursive=True)]


def _kind(process: psutil.Process) -> str:
    command = " ".join([process.name(), *process.cmdline()])  # a forked one has its name alone
    return next((kind for part, kind in KINDS.items() if part in command), "other")
