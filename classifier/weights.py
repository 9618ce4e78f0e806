"""Weights files: `layer/variable` arrays in an .npz, and the classifier's labels where it has one.

Both an ImageNet backbone without a classifier and the `weights.npz` of a model folder can start a training.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

LABELS_KEY = "labels"
CLASSIFIER = "classifier"

Arrays = dict[str, npt.NDArray[Any]]


class WeightsError(Exception):
    """The file holds no weights for this network."""


def load_into(model: Any, arrays: Arrays, labels: Sequence[str]) -> None:
    """Fills a Keras model. Classifier columns are taken by label; those of new labels stay as they were made.

    Raises WeightsError.
    """
    for key, variable in _variables(model).items():
        if key.startswith(f"{CLASSIFIER}/"):
            _load_classifier(variable, arrays, key, labels)
        elif key not in arrays or arrays[key].shape != tuple(variable.shape):
            raise WeightsError(f"The weights do not fit this network: {key} is missing or of another shape.")
        else:
            variable.assign(arrays[key].astype(np.float32))


def read(path: Path) -> Arrays:
    """All arrays of the file. Raises WeightsError."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {key: arrays[key] for key in arrays.files}
    except (OSError, ValueError, EOFError) as error:
        raise WeightsError(f"{path} is no readable weights file.") from error


def save(model: Any, path: Path, labels: Sequence[str]) -> None:
    """Writes all weights as float16, and the labels in the classifier's order. Raises WeightsError."""
    arrays: Arrays = {LABELS_KEY: np.array(labels)}
    for key, variable in _variables(model).items():
        arrays[key] = np.asarray(variable, np.float32).astype(np.float16)
        if not np.isfinite(arrays[key]).all():
            raise WeightsError(f"{key} has values that are not finite in float16.")
    np.savez(path, allow_pickle=False, **arrays)


def _variables(model: Any) -> dict[str, Any]:
    return {f"{layer.name}/{v.name}": v for layer in model.layers for v in layer.weights}


def _load_classifier(variable: Any, arrays: Arrays, key: str, labels: Sequence[str]) -> None:
    if key not in arrays:
        return
    known = [str(label) for label in arrays[LABELS_KEY]]
    values = np.array(variable, np.float32)
    for index, label in enumerate(labels):
        if label in known:
            values[..., index] = arrays[key][..., known.index(label)]
    variable.assign(values)
