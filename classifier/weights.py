"""Weights files, and what a training starts from.

Ours are `layer/variable` arrays in an .npz, and the classifier's labels where it has one: an ImageNet backbone
without a classifier, or the `weights.npz` of a model folder. Files of keras.applications (`.weights.h5`, `.h5`,
without the top) start the networks that are of there; Keras can fetch these itself.
"""

import hashlib
import importlib
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.architectures import architecture

LABELS_KEY = "labels"
CLASSIFIER = "classifier"
IMAGENET = "imagenet"  # as keras.applications publishes it
NONE = "none"  # from scratch
KERAS_SUFFIX = ".h5"
BACKBONE = "ImageNet backbone without a classifier, upstream licence Apache-2.0"

Arrays = dict[str, npt.NDArray[Any]]


class WeightsError(Exception):
    """The file holds no weights for this network."""


def source(text: str) -> str | Path:
    """What `--weights` names: "imagenet", "none", or else a file."""
    return text if text in (IMAGENET, NONE) else Path(text)


def initialise(model: Any, start: str | Path, labels: Sequence[str], name: str) -> None:
    """Fills a model that `architectures.build` made of the network called `name`.

    `start` is "imagenet" (fetched by Keras into its own cache; a failed download leaves nothing there), "none"
    (the model stays as it was made), or a file. Raises WeightsError, ArchitectureError.
    """
    if start == NONE:
        return
    if start == IMAGENET or Path(start).suffix == KERAS_SUFFIX:
        load_into(model, _of_keras(start, name), labels)
    else:
        load_into(model, read(Path(start)), labels)


def describe(start: str | Path) -> dict[str, str]:
    """What a manifest says of it: the file's name, its sha256 (empty where there is no file), its lineage.

    Raises WeightsError.
    """
    if start == NONE:
        return {"file": NONE, "sha256": "", "lineage": "random numbers, drawn with the seed"}
    if start == IMAGENET:
        return {"file": IMAGENET, "sha256": "", "lineage": f"{BACKBONE}, fetched by keras.applications"}
    path = Path(start)
    ours = path.suffix != KERAS_SUFFIX and LABELS_KEY in read(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {
        "file": path.name,
        "sha256": digest,
        "lineage": "the weights of another model folder" if ours else BACKBONE,
    }


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
    """All arrays of an .npz. Raises WeightsError."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {key: arrays[key] for key in arrays.files}
    # A file that was cut off, and one with a single array, in this order at the end.
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, TypeError) as error:
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


def _of_keras(start: str | Path, name: str) -> Arrays:
    """The arrays of a keras.applications network, fetched or from its file."""
    if architecture(name).family != "applications":
        raise WeightsError(f"keras.applications has no {name}: give it an .npz file, or `none`.")
    # Needs TensorFlow, which is no part of the serving install.
    applications = importlib.import_module("classifier.architectures.applications")
    try:
        if start == IMAGENET:
            return _arrays(applications.backbone(name, weights=IMAGENET, input_shape=(224, 224, 3)))
        network = applications.backbone(name, weights=None, input_shape=(224, 224, 3))
        network.load_weights(start)
        return _arrays(network)
    # Keras raises a bare Exception when a download fails, and whatever h5py or it finds wrong with a file.
    except Exception as error:
        raise WeightsError(_refusal(start, name, error)) from error


def _arrays(network: Any) -> Arrays:
    return {key: np.asarray(variable) for key, variable in _variables(network).items()}


def _refusal(start: str | Path, name: str, error: Exception) -> str:
    if start == IMAGENET:
        return f"The ImageNet weights of {name} could not be fetched ({error}). A file of them does as well."
    return f"{start} holds no weights of {name} as keras.applications saves them without the top."
