"""Models as people bring them, and what `convert` makes of each, as JSON for the tests."""

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from PIL import Image

from tests.classifier import pictures
from tests.classifier.tensorflow_worker import told

KERAS_2 = Path(__file__).parent / "course_keras2.h5"
layers = keras.layers
LOUD = keras.initializers.RandomNormal(stddev=3, seed=0)  # answers that differ from one another


def flat() -> Any:
    """The first network of many a course."""
    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(16, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(3, activation="softmax"),
        ]
    )


def pooled() -> Any:
    """Functional, and its activation is a layer."""
    image = keras.Input((40, 24, 3))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(8, 3, 2, activation="relu")(image))
    return keras.Model(image, layers.Activation("softmax")(layers.Dense(3)(layers.Dropout(0.2)(x))))


def mobile() -> Any:
    """A pretrained body within a model, which scales its input itself."""
    inner = keras.Input((32, 32, 3))
    x = layers.BatchNormalization()(layers.Conv2D(8, 3, 2, "same", use_bias=False)(inner))
    x = layers.Add()([x, layers.DepthwiseConv2D(3, padding="same")(layers.ReLU(6.0)(x))])
    body = keras.Model(inner, layers.Conv2D(16, 1, activation="relu")(x), name="body")
    image = keras.Input((32, 32, 3))
    x = layers.RandomFlip("horizontal")(layers.Rescaling(1 / 127.5, offset=-1)(image))
    x = layers.GlobalAveragePooling2D()(body(x, training=False))
    return keras.Model(image, layers.Dense(3, activation="softmax", kernel_initializer=LOUD)(x))


def binary() -> Any:
    """One unit for two labels; pictures of any size."""
    image = keras.Input((None, None, 3))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, activation="relu")(image))
    return keras.Model(image, layers.Dense(1, activation="sigmoid", kernel_initializer=LOUD)(x))


def several() -> Any:
    """Each label is right or wrong for itself."""
    return keras.Sequential([keras.Input((8, 8, 3)), layers.Flatten(), layers.Dense(3, activation="sigmoid")])


def grey() -> Any:
    """For pictures without colour."""
    return keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(3)])


def two_answers() -> Any:
    """With two ends."""
    image = keras.Input((8, 8, 3))
    flat = layers.Flatten()(image)
    return keras.Model(image, [layers.Dense(3)(flat), layers.Dense(3)(flat)])


def two_pictures() -> Any:
    """With two beginnings."""
    images = [keras.Input((8, 8, 3)), keras.Input((8, 8, 3))]
    return keras.Model(images, layers.Dense(3)(layers.Flatten()(layers.Add()(images))))


def code() -> Any:
    """With a Lambda layer."""
    halve = layers.Lambda(lambda x: x / 2, output_shape=(8, 8, 3))
    return keras.Sequential([keras.Input((8, 8, 3)), halve, layers.Flatten(), layers.Dense(3)])


def brightness() -> Any:
    """Tells dark from bright, of pixels from 0 to 1."""
    image = keras.Input((16, 16, 3))
    x = layers.Dense(2, activation="softmax")(layers.GlobalAveragePooling2D()(image))
    model = keras.Model(image, x)
    model.layers[-1].set_weights([np.array([[-9, 9]] * 3, np.float32), np.array([13.5, -13.5], np.float32)])
    return model


CAFFE = np.array([103.939, 116.779, 123.68])
TORCH = np.array([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]])
#: Name: the model, how it is kept, the scaling, what that does to pixels, more options.
BROUGHT: dict[str, tuple[Callable[[], Any], str, str, Callable[[Any], Any], list[str]]] = {
    "flat": (flat, ".h5", "0-1", lambda x: x / 255, []),
    "pooled": (pooled, ".keras", "-1-1", lambda x: x / 127.5 - 1, ["--check", "photos"]),
    "mobile": (mobile, ".keras", "none", lambda x: x, []),
    "binary": (binary, ".keras", "imagenet-caffe", lambda x: x[..., ::-1] - CAFFE, ["--size", "20x30"]),
    "saved": (flat, "", "imagenet-torch", lambda x: (x / 255 - TORCH[0]) / TORCH[1], []),
}


def keras2(folder: Path) -> dict[str, Any]:
    """A file that Keras 2 wrote: augmentation, `preprocess_input` and a nested model within. tf_keras 2.21 gave it
    0.2242, 0.4213 and 0.3545 for the first of these pictures, and 0.1892, 0.4745 and 0.3363 for the second."""
    shutil.copy(KERAS_2, folder / "keras2.h5")
    told = _convert(folder, "keras2", "keras2.h5", "none")
    pixels = np.random.default_rng(0).integers(0, 256, (2, 24, 24, 3), np.uint8)
    for number, picture in enumerate(pixels):
        Image.fromarray(picture).save(folder / f"{number}.png")
    return told


def shapes(folder: Path) -> dict[str, Any]:
    """Converts one of each kind: what is printed, and the model's own answer for the photograph."""
    (folder / "photos").mkdir()
    pictures.photo().save(folder / "photos" / "a.png")
    pictures.photo().transpose(Image.Transpose.ROTATE_90).save(folder / "photos" / "b.png")
    return {name: _brought(folder, name) for name in BROUGHT}


def _brought(folder: Path, name: str) -> dict[str, Any]:
    make, suffix, scaling, feed, options = BROUGHT[name]
    keras.utils.set_random_seed(0)
    model = make()
    _keep(model, folder / f"{name}{suffix or '.saved'}")
    told = _convert(folder, name, f"{name}{suffix or '.saved'}", scaling, *options)
    height, width = (20, 30) if name == "binary" else model.input_shape[1:3]
    pixels = np.asarray(pictures.photo().resize((width, height), Image.Resampling.BICUBIC), np.float64)
    return {"told": told, "answer": model.predict(feed(pixels)[None], verbose=0)[0].tolist()}


def _keep(model: Any, path: Path) -> None:
    if path.suffix == ".saved":
        model.export(path, verbose=False)
    else:
        model.save(path)


def _convert(folder: Path, name: str, file: str, scaling: str, *options: str) -> dict[str, Any]:
    """Exit status and what was printed; names of files are within `folder`."""
    labels = "glass,metal" if name in ("binary", "brightness") else "glass,metal,wood"
    arguments = [
        "convert",
        file,
        "--out",
        f"out/{name}",
        "--labels",
        labels,
        f"--scaling={scaling}",
        *options,
    ]
    with contextlib.chdir(folder):
        return told(arguments)


def refusals(folder: Path) -> dict[str, Any]:
    """What is refused and why; and what a wrong scaling looks like."""
    for make in (several, grey, two_answers, two_pictures, code, binary, flat, brightness):
        _keep(make(), folder / f"{make.__name__}.keras")
    flat().save_weights(folder / "only.weights.h5")
    (folder / "rubbish.h5").write_bytes(b"rubbish")
    (folder / "empty").mkdir()
    _label_by_brightness(folder / "labelled")
    return {
        "several": _convert(folder, "several", "several.keras", "0-1"),
        "grey": _convert(folder, "grey", "grey.keras", "0-1"),
        "two_answers": _convert(folder, "two_answers", "two_answers.keras", "0-1"),
        "two_pictures": _convert(folder, "two_pictures", "two_pictures.keras", "0-1"),
        "code": _convert(folder, "code", "code.keras", "0-1"),
        "trusted": _convert(folder, "trusted", "code.keras", "0-1", "--trust"),
        "no_size": _convert(folder, "binary", "binary.keras", "0-1"),
        "other_size": _convert(folder, "other_size", "flat.keras", "0-1", "--size", "64"),
        "labels": _convert(folder, "labels", "brightness.keras", "0-1"),
        "weights_alone": _convert(folder, "weights_alone", "only.weights.h5", "0-1"),
        "rubbish": _convert(folder, "rubbish", "rubbish.h5", "0-1"),
        "gone": _convert(folder, "gone", "gone.keras", "0-1"),
        "empty": _convert(folder, "empty", "empty", "0-1"),
        "no_pictures": _convert(folder, "no_pictures", "flat.keras", "0-1", "--check", "empty"),
        "right": _convert(folder, "brightness", "brightness.keras", "0-1", "--check", "labelled"),
        "wrong": {
            **_convert(
                folder, "wrong", "brightness.keras", "-1-1", "--check", "labelled", "--labels", "glass,metal"
            )
        },
        "left": sorted(path.name for path in (folder / "out").iterdir()),
    }


def _label_by_brightness(folder: Path) -> None:
    random = np.random.default_rng(0)
    for label, middle in (("glass", 60), ("metal", 190)):
        (folder / label).mkdir(parents=True)
        for number in range(6):
            noise = random.integers(-40, 40, (20, 20, 3)) + middle
            Image.fromarray(noise.astype(np.uint8)).save(folder / label / f"{number}.png")
