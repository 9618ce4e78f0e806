"""Reading a Keras file or a SavedModel."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from classifier.conversion.errors import ConversionError
from classifier.conversion.legacy import Arithmetic, modernised

CHANNELS = 3


@dataclass(frozen=True)
class Network:
    """A network that somebody brought."""

    name: str
    kind: str  # what it was read from
    answer: Callable[[Any], Any]  # images [N, H, W, 3], scaled as it expects -> [N, units]
    size: tuple[int | None, int | None]  # height and width in pixels; None where any will do
    keras_model: Any  # None of a SavedModel
    keep: Any  # what holds the variables


def read(path: Path, *, trust: bool) -> Network:
    """The network in a `.h5` or `.keras` file or the folder of a SavedModel.

    Lambda layers are code, which loading would run: they are refused unless `trust`. Raises ConversionError.
    """
    if path.is_dir():
        return _of_saved_model(path)
    if path.suffix not in (".h5", ".hdf5", ".keras"):
        raise ConversionError(f"{path} is neither a .h5 or .keras file nor the folder of a SavedModel.")
    model = _keras_model(path, trust=trust)
    if len(getattr(model, "outputs", None) or [None]) != 1:
        raise ConversionError(f"The model must give one output, and gives {len(model.outputs)}.")
    shape = getattr(model, "input_shape", None)
    return Network(
        name=model.name,
        kind=f"Keras file {path.suffix}",
        answer=lambda images: model(images, training=False),
        size=_size(shape),
        keras_model=model,
        keep=model,
    )


def _keras_model(path: Path, *, trust: bool) -> Any:
    if not path.is_file():
        raise ConversionError(f"There is no file {path}.")
    with tempfile.TemporaryDirectory(prefix="convert.") as folder:
        readable = path if path.suffix == ".keras" else modernised(path, Path(folder))
        try:
            return keras.saving.load_model(
                readable,
                custom_objects={Arithmetic.__name__: Arithmetic},
                compile=False,
                safe_mode=not trust,
            )
        # Whatever Keras, h5py or the file's own layers raise.
        except Exception as error:
            raise ConversionError(_refusal(path, error, trust=trust)) from error


def _refusal(path: Path, error: Exception, *, trust: bool) -> str:
    reason = " ".join(str(error).split())
    if "lambda" in reason.lower() and not trust:
        return (
            f"{path} has a Lambda layer, which is code that loading runs. "
            "If you know who made the file, give --trust."
        )
    return f"Keras cannot read {path}: {reason[:300]}"


def _of_saved_model(path: Path) -> Network:
    try:
        loaded = tf.saved_model.load(str(path))
        signature = loaded.signatures["serving_default"]
    except (OSError, KeyError, ValueError) as error:
        raise ConversionError(f"{path} is no SavedModel with the signature serving_default.") from error
    inputs, outputs = signature.structured_input_signature[1], signature.structured_outputs
    if len(inputs) != 1 or len(outputs) != 1:
        raise ConversionError("The SavedModel must take one input, the image, and give one output.")
    ((name, spec),) = inputs.items()
    (answer,) = outputs
    return Network(
        name=path.name,
        kind="SavedModel",
        answer=lambda images: signature(**{name: tf.cast(images, spec.dtype)})[answer],
        size=_size(tuple(spec.shape)),
        keras_model=None,
        keep=loaded,
    )


def _size(shape: Any) -> tuple[int | None, int | None]:
    if not isinstance(shape, tuple) or len(shape) != 4 or shape[3] not in (CHANNELS, None):
        raise ConversionError(f"The model must take one colour image [N, H, W, 3], and takes {shape}.")
    return shape[1], shape[2]
