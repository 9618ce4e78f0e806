"""The servers that `run.py` supervises, with the order in which they stop."""

from functools import partial
from pathlib import Path
from typing import Any

from launcher import broker, commands
from launcher.children import Service
from launcher.commands import Command
from launcher.environment import Environment
from launcher.nursery import Nursery
from launcher.options import Options

# Web, so that nothing new comes in; the workers; who forked them; their queue.
FIRST, THEN, AFTER, LAST = range(4)
CLASSIFY_READY = "Ready for photographs."  # `manage.py worker classify` says so
BROKER_FAILURES = 3  # in a row: then the queue's file is taken for damaged


def prepare(environment: Environment) -> Service:
    return Service("prepare", "The preparation", _resolved(commands.PREPARE, environment), restart=False)


def nursery(environment: Environment, forks: Nursery) -> Service:
    return Service(
        name="nursery",
        title="The nursery",
        command=_resolved(commands.NURSERY, environment),
        stop_rank=AFTER,
        meanwhile="No server can be started.",
        spawn=forks.start,
    )


def web(
    options: Options, environment: Environment, forks: Nursery, certificate: tuple[Path, Path] | None
) -> Service:
    return _forked(
        forks,
        name="web",
        title="The web server",
        command=_resolved(commands.web(options.host, options.port, certificate), environment),
        stop_rank=FIRST,
        grace=10.0,
    )


def classify(options: Options, environment: Environment, forks: Nursery) -> Service:
    return _forked(
        forks,
        name="classify",
        title="The classify worker",
        command=_resolved(commands.classify(options.workers), environment),
        stop_rank=THEN,
        meanwhile="Uploads are accepted and wait.",
        ready_line=CLASSIFY_READY,
    )


def others(options: Options, environment: Environment, forks: Nursery) -> tuple[Service, ...]:
    """The workers that no photograph waits for."""
    worker = partial(_forked, forks, stop_rank=THEN)
    trainer = worker(
        name="train",
        title="The training worker",
        command=_resolved(commands.TRAIN, environment),
        meanwhile="Trainings are accepted and wait.",
    )
    return (
        worker(
            name="jobs",
            title="The jobs worker",
            command=_resolved(commands.JOBS, environment),
            meanwhile="Exports are accepted and wait.",
        ),
        worker(
            name="sweep",
            title="The sweeper",
            command=_resolved(commands.SWEEP, environment),
            meanwhile="What a worker loses is not sent again until then.",
        ),
        *([trainer] if options.trainer else []),
    )


def valkey(program: str, socket: Path, kept: Path) -> Service:
    """`kept`: the folder of its append-only file."""

    def set_damaged_file_aside(failures: int) -> None:
        if failures == BROKER_FAILURES:
            broker.set_aside(kept)

    return Service(
        name="valkey",
        title="The queue's server (Valkey)",
        command=broker.command(program, socket, kept),
        stop_rank=LAST,
        meanwhile="Uploads are accepted and wait.",
        when_failing=set_damaged_file_aside,
        shown=False,  # what it has to say is for the administrators of large servers
    )


def _forked(forks: Nursery, **settings: Any) -> Service:
    return Service(**settings, spawn=forks.fork, may_start=forks.is_ready)


def _resolved(command: Command, environment: Environment) -> Command:
    """With the virtual environment's own `python` and `granian`."""
    program, *words = command
    return (environment.program(program), *words)
