"""The processes that Sortwise is made of: docker-compose.yml and the Dockerfile run exactly these."""

from pathlib import Path

Command = tuple[str, ...]

PREPARE: Command = ("python", "manage.py", "prepare", "--admin")
NURSERY: Command = ("python", "manage.py", "nursery")  # run.py alone: forks those below
JOBS: Command = ("python", "manage.py", "worker", "jobs", "--concurrency", "1")
TRAIN: Command = ("python", "manage.py", "worker", "train")
SWEEP: Command = ("python", "manage.py", "worker", "sweep")


def classify(concurrency: int) -> Command:
    return ("python", "manage.py", "worker", "classify", "--concurrency", str(concurrency))


def web(host: str, port: int, certificate: tuple[Path, Path] | None = None) -> Command:
    """The web server; `certificate` is the PEM file and its key's."""
    command: Command = ("granian", "--interface", "wsgi", "--host", host, "--port", str(port))
    command += ("--workers", "1", "--blocking-threads", "32", "--no-ws")
    command += ("--log-level", "error")  # it would warn of our 32 threads, most of which only wait
    if certificate:
        command += ("--ssl-certificate", str(certificate[0]), "--ssl-keyfile", str(certificate[1]))
    return (*command, "config.wsgi:application")


def alive(queue: str) -> Command:
    """Exits 0 when a worker of that queue lives."""
    return ("python", "manage.py", "worker_alive", queue)
