"""Running a LiteRT file without a model folder around it."""

from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter, OpResolverType


def run_graph(content: bytes, inputs: npt.NDArray[np.float32]) -> dict[str, npt.NDArray[np.float32]]:
    """The outputs of the only signature, by name."""
    runner: Any = Interpreter(model_content=content).get_signature_runner("serving_default")
    outputs: dict[str, npt.NDArray[np.float32]] = runner(image=inputs)
    return outputs


def operations(content: bytes) -> set[str]:
    """The names of what a LiteRT file computes."""
    plain: Any = Interpreter(
        model_content=content,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    return {step["op_name"] for step in plain._get_ops_details()}
