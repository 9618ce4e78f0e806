"""A training in a process of its own: `python -m classifier.trainer PLAN.json`.

A line of JSON on standard output says how far it is: `{"stage": …}`, `{"epoch": 2, "batch": 5, "of": 40}`, `{"row": …}`
at an epoch's end (those of before a crash first), `{"done": …}` or `{"error": sentence}`. It ends when its standard
input is closed, so that no training outlives whoever asked for it.

Nothing that serves imports this module: TensorFlow comes with it.
"""

import fcntl
import json
import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import IO, Any

from classifier import batches, dataset, release, training, weights
from classifier.artefact import ArtefactError
from classifier.checkpoint import CheckpointError
from classifier.commands.outputs import new_model_folder
from classifier.configuration import ConfigurationError
from classifier.plan import Plan

KNOWN = (ArtefactError, CheckpointError, ConfigurationError, dataset.DatasetError, weights.WeightsError)
NICE = 10  # photographs that wait for their answer go first
REFUSED = 2  # the exit status with a sentence


class Voice:
    """The lines to whoever asked for the training; what libraries print goes to standard error."""

    def __init__(self) -> None:
        self._channel: IO[str] = os.fdopen(os.dup(1), "w", buffering=1)
        os.dup2(2, 1)

    def tell(self, **event: Any) -> None:
        self._channel.write(json.dumps(event) + "\n")


@dataclass(frozen=True)
class ToldSource(batches.Source):
    """A source that tells of every batch that is drawn from it."""

    voice: Voice

    def epoch(self, number: int, *, size: int, augmentation: str) -> Iterator[batches.Batch]:
        drawn = super().epoch(number, size=size, augmentation=augmentation)
        for batch, pair in enumerate(drawn):
            self.voice.tell(epoch=number + 1, batch=batch, of=self.steps)
            yield pair


def main(path: Path) -> int:
    """Carries out a plan; gives the exit status."""
    voice = Voice()
    threading.Thread(target=_end_with_who_asked, daemon=True).start()
    os.nice(NICE)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        plan = Plan.read(path)
        with _alone(plan.work):
            _carry_out(plan, voice)
    except KNOWN as error:
        voice.tell(error=str(error))
        return REFUSED
    return 0


def _carry_out(plan: Plan, voice: Voice) -> None:
    voice.tell(stage="reading")
    release.check(plan.config)
    data = dataset.load(plan.data, plan.config.labels)
    source = batches.source(plan.config, data)
    told = ToldSource(**{f.name: getattr(source, f.name) for f in fields(source)}, voice=voice)
    voice.tell(stage="training")
    model = training.train(
        plan.config,
        data,
        told,
        weights.source(plan.initial),
        plan.work,
        on_epoch=lambda row: voice.tell(row=row),
    )
    voice.tell(stage="measuring")
    origin = release.Origin(plan.config, data, source, weights.source(plan.initial), plan.lineage)
    with new_model_folder(plan.out) as folder:
        release.release(model, origin, folder)
    voice.tell(done=str(plan.out))


@contextmanager
def _alone(work: Path) -> Iterator[None]:
    """One process at a time writes checkpoints: one whose worker was thought dead may still be about to end."""
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _end_with_who_asked() -> None:
    while os.read(0, 1024):  # not sys.stdin: a thread that holds it would break the interpreter's own end
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
