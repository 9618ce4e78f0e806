"""What a training run leaves behind after each epoch, so that one that was killed goes on where it was."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np


class CheckpointError(Exception):
    """The checkpoint belongs to another configuration."""


Groups = Mapping[str, Sequence[Any]]
Log = list[dict[str, float]]


def save(path: Path, groups: Groups, config: Mapping[str, Any], log: Log) -> None:
    """Writes every variable of every group, a log row an epoch, and the settings; whole or not at all."""
    arrays = {f"{name}/{i}": np.asarray(v) for name, group in groups.items() for i, v in enumerate(group)}
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(file, allow_pickle=False, log=json.dumps(log), config=json.dumps(config), **arrays)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def restore(path: Path, groups: Groups, config: Mapping[str, Any]) -> Log:
    """Fills the variables and gives the log; without a checkpoint it is empty. Raises CheckpointError."""
    if not path.exists():
        return []
    with np.load(path, allow_pickle=False) as arrays:
        _check(path, json.loads(str(arrays["config"])), config)
        for name, group in groups.items():
            for index, variable in enumerate(group):
                variable.assign(arrays[f"{name}/{index}"])
        log: Log = json.loads(str(arrays["log"]))
        return log


def _check(path: Path, stored: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    differing = sorted(key for key in {*stored, *config} if stored.get(key) != config.get(key))
    if differing:
        raise CheckpointError(
            f"{path} is from a run with other settings ({', '.join(differing)}); give another --work folder."
        )
