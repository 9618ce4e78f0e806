"""Keras 2's `.h5` files, as Keras 3 can read them.

Keras 3 reads most; what it stumbles over is settings that layers no longer have, and arithmetic that Keras 2 kept
as `TFOpLambda` (every `preprocess_input` inside a model). The description in the file is rewritten, in a copy;
only the arithmetic below is known, so no code comes from the file.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import keras

from classifier.conversion.errors import ConversionError

DESCRIPTION = "model_config"
#: Settings, and the layers that lost them; () is all.
GONE: dict[str, tuple[str, ...]] = {"rng_type": (), "groups": ("DepthwiseConv2D",)}
NESTED = ("Functional", "Model", "Sequential")
REVERSED = [{"class_name": "__ellipsis__"}, {"start": None, "stop": None, "step": -1}]
OPERATIONS: dict[str, Callable[..., Any]] = {
    "math.truediv": lambda x, y: x / y,
    "math.divide": lambda x, y: x / y,
    "math.multiply": lambda x, y: x * y,
    "math.add": lambda x, y: x + y,
    "__operators__.add": lambda x, y: x + y,
    "math.subtract": lambda x, y: x - y,
    "nn.bias_add": lambda x, bias: x + keras.ops.convert_to_tensor(bias, x.dtype),
    "cast": lambda x, dtype: keras.ops.cast(x, dtype),
    "__operators__.getitem": lambda x, slice_spec: x[..., ::-1],
}


class Arithmetic(keras.layers.Layer):
    """One of OPERATIONS with constants, in place of Keras 2's layer of the same name."""

    def __init__(self, operation: str, constants: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.operation, self.constants = operation, constants

    def call(self, inputs: Any) -> Any:
        """The operation on `inputs`."""
        return OPERATIONS[self.operation](inputs, **self.constants)


def modernised(path: Path, folder: Path) -> Path:
    """A copy of the file in `folder` that Keras 3 reads. Raises ConversionError."""
    copy = folder / "modernised.h5"
    shutil.copyfile(path, copy)
    try:
        with h5py.File(copy, "r+") as file:
            if DESCRIPTION not in file.attrs:
                raise ConversionError(f"{path} holds weights alone; save the whole model instead.")
            description = json.loads(file.attrs[DESCRIPTION])
            file.attrs[DESCRIPTION] = json.dumps(_rewritten(description))
    except (OSError, ValueError) as error:
        raise ConversionError(f"{path} is no readable Keras file.") from error
    return copy


def _rewritten(node: Any) -> Any:
    if isinstance(node, list):
        return [_rewritten(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("class_name") in ("TFOpLambda", "SlicingOpLambda"):
        return _arithmetic(node)
    result = {key: _rewritten(value) for key, value in node.items()}
    if isinstance(config := result.get("config"), dict):
        for setting, layers in GONE.items():
            if not layers or result.get("class_name") in layers:
                config.pop(setting, None)
        if "output_layers" in config:
            _renumber(config)
    return result


def _renumber(config: dict[str, Any]) -> None:
    """Keras 2 counts a nested model's first call as its second; Keras 3 does so for outputs alone."""
    for nested in [layer for layer in config["layers"] if layer["class_name"] in NESTED]:
        references = [
            call
            for layer in config["layers"]
            for calls in layer["inbound_nodes"]
            if isinstance(calls, list)
            for call in calls
            if call[0] == nested["name"]
        ]
        if nested["class_name"] == "Sequential":
            references += [call for call in config["output_layers"] if call[0] == nested["name"]]
        last = max((call[1] for call in references), default=0)
        for call in references:
            call[1] -= max(0, last + 1 - len(nested["inbound_nodes"]))


def _arithmetic(node: dict[str, Any]) -> dict[str, Any]:
    operation = node["config"]["function"]
    (name, *place, constants) = node["inbound_nodes"][0]
    constants = {key: value for key, value in constants.items() if key not in ("name", "data_format")}
    if operation not in OPERATIONS or constants.get("slice_spec", REVERSED) != REVERSED:
        raise ConversionError(
            f"The model computes {operation} outside a layer, which cannot be read from Keras 2's file. "
            "Save it as a SavedModel and convert that."
        )
    config = {"name": node["name"], "operation": operation, "constants": constants}
    return {
        "class_name": Arithmetic.__name__,
        "config": config,
        "name": node["name"],
        "inbound_nodes": [[[name, *place, {}]]],
    }
