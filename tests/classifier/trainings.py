"""Trainings of the tiny network that are killed, go on or end early, for the tests.

python -m tests.classifier.trainings FILE train …    is `python -m classifier train …`, and dies by SIGKILL as soon as
it has written FILE.
"""

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from classifier import batches, checkpoint, dataset, training
from classifier.artefact import read_manifest
from classifier.cli import main
from classifier.configuration import TrainConfig

WRITE = checkpoint.save


def whole(folder: Path, model: str, data: str, start: str) -> int:
    """Trains as the model folder was trained, without a break. After epoch N what a run killed then would leave is
    copied to `after-N`."""

    def save(path: Path, *contents: Any) -> None:
        WRITE(path, *contents)
        if path.name == training.CHECKPOINT:
            shutil.copytree(path.parent, folder / f"after-{len(contents[-1])}")

    with mock.patch.object(checkpoint, "save", save):
        return resumed(folder, "whole", model, data, start)


def resumed(folder: Path, work: str, model: str, data: str, start: str) -> int:
    """Trains likewise, going on from what lies in `work`; how many weights came out."""
    config = TrainConfig.from_json(read_manifest(Path(model)).training)
    return len(_train(config, folder / work, data, start).weights)


def patient(folder: Path, data: str, start: str) -> list[dict[str, Any]]:
    """Trains for up to six epochs that validate as these figures say, and once more from what was left: of each the
    epochs that were learnt, and whether the network is what was best, and what was last."""
    config = TrainConfig.of("tiny", labels=("glass", "metal", "wood"), batch=4, epochs=(6,), patience=2)
    figures = iter((0.2, 0.9, 0.5, 0.4, 0.3, 0.1))
    with mock.patch.object(training, "_validator", return_value=lambda _: next(figures)):
        networks = [_train(config, folder / "work", data, start) for _ in range(2)]
    return [
        {
            "epochs": len((folder / "work" / training.LOG).read_text().splitlines()) - 1,
            "best": _holds(folder / "work" / training.BEST, network),
            "last": _holds(folder / "work" / training.CHECKPOINT, network),
        }
        for network in networks
    ]


def _train(config: TrainConfig, work: Path, data: str, start: str) -> Any:
    photographs = dataset.load(Path(data), config.labels)
    return training.train(config, photographs, batches.source(config, photographs), Path(start), work)


def _holds(path: Path, network: Any) -> bool:
    """Whether the file's average is the network."""
    with np.load(path) as arrays:
        pairs = [(arrays[f"average/{i}"], value) for i, value in enumerate(network.get_weights())]
    return all((saved == value).all() for saved, value in pairs)


def _save_and_die(path: Path, *contents: Any) -> None:
    WRITE(path, *contents)
    if path.name == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    checkpoint.save = _save_and_die
    sys.exit(main(sys.argv[2:]))
