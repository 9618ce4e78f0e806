"""A trained Keras model as the graph that serves: LiteRT with float16 weights, a fixed batch of 1."""

import contextlib
import io
from pathlib import Path
from typing import Any

from classifier.manifest import MODEL
from classifier.preprocessing import InputSpec


def export(model: Any, spec: InputSpec, folder: Path) -> None:
    """Writes `model.tflite` into the folder.

    Its one signature takes `image` [1, H, W, 3] and gives `logits` [1, L], `activation_map` [1, h, w, L]
    (the classifier at every place of the last feature map: Zhou et al., 2016,
    https://arxiv.org/abs/1512.04150) and `embedding` [1, D], the mean of that feature map.
    """
    # TensorFlow is no part of the serving install.
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(_serving_model(model, spec))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    with contextlib.redirect_stdout(io.StringIO()):  # it lists every variable
        (folder / MODEL).write_bytes(converter.convert())


def _serving_model(model: Any, spec: InputSpec) -> Any:
    # As above.
    import keras

    image = keras.Input(batch_shape=(1, spec.height, spec.width, 3), name="image")
    features, logits = model(image)
    kernel, bias = model.get_layer("classifier").get_weights()
    everywhere = keras.layers.Conv2D(len(bias), 1)
    activation_map = everywhere(features)
    everywhere.set_weights([kernel[None, None], bias])
    embedding = keras.layers.GlobalAveragePooling2D()(features)
    outputs = {"logits": logits, "activation_map": activation_map, "embedding": embedding}
    return keras.Model(image, outputs)
