"""What follows a body: pooling and a dense layer, and the graph that serves."""

from collections.abc import Callable
from typing import Any

import keras

CLASSIFIER = "classifier"  # the dense layer's name


def classify(name: str, body: Callable[[Any], Any], *, classes: int, dropout: float) -> Any:
    """A Keras model from `image` [N, H, W, 3] to [the body's feature map, logits [N, classes]]."""
    image = keras.Input((None, None, 3), name="image")
    feature_map = body(image)
    embedding = keras.layers.GlobalAveragePooling2D(name="embedding")(feature_map)
    embedding = keras.layers.Dropout(dropout, name="dropout")(embedding)
    logits = keras.layers.Dense(classes, name=CLASSIFIER)(embedding)
    return keras.Model(image, [feature_map, logits], name=name)


def serving(model: Any, *, height: int, width: int) -> Any:
    """As `classifier.architectures.serving` says."""
    image = keras.Input(batch_shape=(1, height, width, 3), name="image")
    features, logits = model(image)
    kernel, bias = model.get_layer(CLASSIFIER).get_weights()
    everywhere = keras.layers.Conv2D(len(bias), 1)
    activation_map = everywhere(features)
    everywhere.set_weights([kernel[None, None], bias])
    embedding = keras.layers.GlobalAveragePooling2D()(features)
    return keras.Model(image, {"logits": logits, "activation_map": activation_map, "embedding": embedding})
