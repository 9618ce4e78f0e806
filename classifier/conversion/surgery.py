"""Taking the end of a Keras model apart: logits in place of probabilities, and what makes an activation map."""

from dataclasses import dataclass
from typing import Any

import keras

MAX_EMBEDDING = 4096  # wider than this it is a flattened picture
PASSING = (keras.layers.Dropout,)


@dataclass(frozen=True)
class Ending:
    """The end of a network."""

    form: str  # of its answer: "softmax", "sigmoid" or "linear"
    body: Any  # a Keras model up to what the last dense layer takes
    dense: Any

    def outputs(self, images: Any) -> dict[str, Any]:
        """`logits` [N, units] of images, and `activation_map` and `embedding` where the structure has them."""
        features, pooled = _feature_map(self.body), self.body
        kernel, *bias = self.dense.get_weights()
        shift = bias[0] if bias else kernel[0] * 0
        if features is None:
            vector = pooled(images, training=False)
            found = {"embedding": vector} if vector.shape[-1] <= MAX_EMBEDDING else {}
            return {"logits": keras.ops.cast(vector, "float32") @ kernel + shift, **found}
        maps = keras.ops.cast(features(images, training=False), "float32")
        embedding = keras.ops.mean(maps, axis=(1, 2))
        return {
            "logits": embedding @ kernel + shift,
            # No layer: its variables could bear the names of the model's own, and LiteRT would mix them up.
            "activation_map": keras.ops.conv(maps, kernel[None, None]) + shift,
            "embedding": embedding,
        }


def ending(model: Any) -> Ending | None:
    """The end of a model whose last layers are dense and perhaps an activation; None where they are others."""
    body, layer = _peel(model)
    form = None
    if isinstance(layer, keras.layers.Activation | keras.layers.Softmax):
        form = "softmax" if isinstance(layer, keras.layers.Softmax) else _name_of(layer.activation)
        body, layer = _peel(body) if body is not None else (None, None)
    if body is None or not isinstance(layer, keras.layers.Dense) or len(body.output_shape) != 2:
        return None
    own = _name_of(layer.activation)
    if form is None:
        form = own
    elif own != "linear":
        return None
    return Ending(form, body, layer) if form in ("softmax", "sigmoid", "linear") else None


def _name_of(activation: Any) -> str:
    return str(getattr(activation, "__name__", activation))


def _feature_map(body: Any) -> Any:
    """The model up to the feature map that a global average pools, with nothing but dropout behind; or None."""
    while body is not None:
        body, layer = _peel(body)
        if isinstance(layer, keras.layers.GlobalAveragePooling2D):
            plain = body is not None and not layer.keepdims and layer.data_format == "channels_last"
            return body if plain else None
        if not isinstance(layer, PASSING):
            return None
    return None


def _peel(model: Any) -> tuple[Any, Any]:
    """A model without its last layer, and that layer; nested models are entered.

    The first is None where nothing is before it, both are where the model forks.
    """
    tensors = getattr(model, "outputs", None)
    if not tensors or len(tensors) != 1 or len(model.inputs) != 1:
        return None, None
    layer, node, _ = tensors[0]._keras_history
    sources = layer._inbound_nodes[node].input_tensors
    if len(sources) != 1:
        return None, None
    before = None if sources[0] is model.inputs[0] else keras.Model(model.inputs, sources[0])
    if not isinstance(layer, keras.Model):
        return before, layer
    inner, last = _peel(layer)
    if before is None or inner is None:
        return (inner or before if last is not None else None), last
    return keras.Model(before.inputs, inner(before.outputs[0])), last
