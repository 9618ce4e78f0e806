"""A network that somebody brought, as the LiteRT file that serves."""

import contextlib
import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from classifier.conversion.errors import ConversionError
from classifier.conversion.loading import Network
from classifier.conversion.scaling import Scaling
from classifier.conversion.surgery import ending
from classifier.manifest import OUTPUTS

LEAST = 1e-7  # of a probability, before its logarithm
BATCH = 16

Floats = npt.NDArray[np.floating[Any]]


class Converted:
    """A network with what its answer means: the graph that serves, and what it is held against."""

    def __init__(self, network: Network, labels: int, height: int, width: int, scaling: Scaling) -> None:
        """Raises ConversionError where its answers are not for so many labels."""
        self._network, self._scaling = network, scaling
        self._shape = (1, height, width, 3)
        if network.keras_model is not None and not network.keras_model.built:
            network.keras_model.build((None, *self._shape[1:]))
        self._ending = None if network.keras_model is None else ending(network.keras_model)
        self._form = self._ending.form if self._ending else ""
        self._check(labels)

    def probabilities(self, pixels: npt.NDArray[np.uint8], scaling: Scaling | None = None) -> Floats:
        """What the network itself gives for pixels [N, H, W, 3], as probabilities [N, L]; under another scaling
        where that is given."""
        answers = self._answers((scaling or self._scaling).whole(pixels))
        if self._form == "sigmoid":
            return np.concatenate([1 - answers, answers], axis=1)
        if self._form == "linear":
            return np.asarray(tf.nn.softmax(self._pair(answers)))
        return answers

    def export(self, *, half: bool) -> tuple[bytes, tuple[str, ...]]:
        """The LiteRT file (a batch of 1, float16 weights for `half`, else float32), and the outputs that it has."""
        module = tf.Module()
        module.kept = self._network.keep
        # Keras's random layers hold variables that TensorFlow does not find by itself.
        module.states = [v.value for v in getattr(self._network.keras_model, "variables", ())]
        answer = self._explained(module) if self._ending else self._plain()
        spec = tf.TensorSpec(self._shape, tf.float32, name="image")
        module.serve = tf.function(answer, input_signature=[spec])
        names = tuple(
            name for name in OUTPUTS if name in module.serve.get_concrete_function().structured_outputs
        )
        return _lite(module, half=half), names

    def _check(self, labels: int) -> None:
        noise = np.random.default_rng(0).integers(0, 256, (4, *self._shape[1:]), np.uint8)
        answers = self._answers(self._scaling.whole(noise))
        self._form = self._form or _form_of(answers)
        if answers.ndim != 2 or (answers.shape[1], labels) not in {(labels, labels), (1, 2)}:
            units = answers.shape[-1]
            raise ConversionError(f"The model answers for {units} labels, and {labels} were given.")
        if self._form == "sigmoid" and answers.shape[1] != 1:
            raise ConversionError(
                "Each of the model's answers is a probability of its own (sigmoid), so several labels can be right "
                "at once. Only models that choose one label can be served."
            )

    def _answers(self, images: Floats) -> Floats:
        """The network's own answers, [N, units]."""
        parts = [images[at : at + BATCH] for at in range(0, len(images), BATCH)]
        return np.concatenate([np.asarray(self._network.answer(part), np.float32) for part in parts])

    def _explained(self, module: Any) -> Callable[[Any], dict[str, Any]]:
        """With logits from before the activation, and a map and an embedding where the structure has them."""
        assert self._ending
        image = keras.Input(batch_shape=self._shape, name="image")
        outputs = self._ending.outputs(self._scaling.channels(image))
        for name in {"logits", "activation_map"} & {*outputs}:
            outputs[name] = self._pair(outputs[name])
        module.model = keras.Model(image, outputs)
        return lambda image: dict(module.model(image, training=False))

    def _plain(self) -> Callable[[Any], dict[str, Any]]:
        """Logits alone: the logarithm of probabilities, or the answers as they are."""

        def answer(image: Any) -> dict[str, Any]:
            answers = tf.cast(self._network.answer(self._scaling.channels(image)), tf.float32)
            if self._form == "linear":
                return {"logits": self._pair(answers)}
            if self._form == "sigmoid":
                answers = tf.concat([1 - answers, answers], axis=1)
            return {"logits": tf.math.log(tf.maximum(answers, LEAST))}

        return answer

    def _pair(self, logits: Any) -> Any:
        """The logits [..., L] of two labels, where one unit speaks for the second against the first."""
        if logits.shape[-1] != 1:
            return logits
        return keras.ops.concatenate([keras.ops.zeros_like(logits), logits], axis=-1)


def _form_of(answers: Floats) -> str:
    """What answers look like, where the network's structure does not tell."""
    if answers.min() < 0 or answers.max() > 1:
        return "linear"
    return "softmax" if np.allclose(answers.sum(axis=-1), 1, atol=1e-3) else "sigmoid"


def _lite(module: Any, *, half: bool) -> bytes:
    with tempfile.TemporaryDirectory(prefix="convert.") as folder, contextlib.redirect_stdout(io.StringIO()):
        path = str(Path(folder) / "graph")
        tf.saved_model.save(module, path, signatures={"serving_default": module.serve})
        converter = tf.lite.TFLiteConverter.from_saved_model(path)
        if half:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
        try:
            return bytes(converter.convert())
        # The converter has no exception of its own.
        except Exception as error:
            reason = " ".join(str(error).split())[:300]
            raise ConversionError(
                f"The model computes something that LiteRT does not have: {reason}"
            ) from error
