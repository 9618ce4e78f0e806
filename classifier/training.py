"""Fine-tuning a network on a data-set folder.

AdamW with a warm-up and cosine decay, label smoothing, and an exponential moving average of the weights,
which is what is validated and kept. Views are smaller than what is served: objects in a random crop look
larger than in the whole picture, and the larger serving size makes up for it (Touvron et al., 2019,
https://arxiv.org/abs/1906.06423). The test split is not touched here.
"""

import contextlib
import csv
import io
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from classifier import architectures, checkpoint, dataset, weights
from classifier.augmentation import Augmentation, random_view
from classifier.labels import LABELS
from classifier.preprocessing import InputSpec, model_input, scale

logger = logging.getLogger(__name__)

Pixels = npt.NDArray[np.uint8]
Targets = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides what a training run gives, but for the data and the weights it starts from."""

    architecture: str = "efficientnet-lite0"
    labels: tuple[str, ...] = LABELS
    epochs: int = 16
    batch: int = 32
    train_size: int = 224  # pixels a side of a training view
    input_size: int = 256  # pixels a side when validating and serving
    cache_size: int = 384  # pixels a side of the photographs held in memory
    learning_rate: float = 4e-4
    warmup_epochs: int = 1
    weight_decay: float = 0.02
    label_smoothing: float = 0.1
    dropout: float = 0.25
    frozen_blocks: int = 2  # the stem and blocks 0 to this stay as they came; -1 frees all
    ema_decay: float = 0.995  # a step
    augmentation: Augmentation = field(default_factory=Augmentation)
    seed: int = 0


@dataclass(frozen=True)
class Network:
    """The network in training, its moving average, and the optimiser between them."""

    student: Any
    average: Any
    optimizer: Any

    def variables(self) -> dict[str, Any]:
        """What a checkpoint must hold."""
        return {
            "student": self.student.weights,
            "average": self.average.weights,
            "optimizer": self.optimizer.variables,
        }


def train(config: TrainConfig, data: dataset.Dataset, initial: Path, work: Path) -> Any:
    """The averaged Keras model after `config.epochs`; goes on from the checkpoint in `work` if it has one.

    Each epoch is a row of `work/log.csv`. Raises DatasetError, WeightsError, CheckpointError.
    """
    arrays = weights.read(initial)
    work.mkdir(parents=True, exist_ok=True)
    samples = data.split("train")
    _check_size(config, data)
    steps = len(samples) // config.batch
    network = _prepare(config, arrays, steps)
    settings = {**asdict(config), "labels": list(config.labels), "data": data.sha256}
    log = checkpoint.restore(work / "checkpoint.npz", network.variables(), settings)
    if len(log) == config.epochs:
        return network.average
    pixels = dataset.read_pixels(data, samples, config.cache_size)
    targets = dataset.targets(samples, config.labels)
    step, accuracy = _train_step(config, network), _validator(config, data)
    for epoch in range(len(log), config.epochs):
        row = _run_epoch(config, network, step, _batches(config, pixels, targets, epoch), steps, epoch)
        log.append({**row, "val_accuracy": accuracy(network.average)})
        checkpoint.save(work / "checkpoint.npz", network.variables(), settings, log)
        _tell(work / "log.csv", log)
    return network.average


def export(model: Any, spec: InputSpec) -> bytes:
    """A trained model as the LiteRT file that serves: float16 weights, a batch of 1, one signature with the
    inputs and outputs of `architectures.serving`."""
    # As below: only training may need TensorFlow.
    import tensorflow as tf

    graph = architectures.serving(model, height=spec.height, width=spec.width)
    converter = tf.lite.TFLiteConverter.from_keras_model(graph)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    with contextlib.redirect_stdout(io.StringIO()):  # it lists every variable
        return bytes(converter.convert())


def _check_size(config: TrainConfig, data: dataset.Dataset) -> None:
    if len(data.split("train")) < config.batch or not data.split("val"):
        raise dataset.DatasetError(
            f"Training needs at least {config.batch} photographs to learn from and one to validate on."
        )


def _validator(config: TrainConfig, data: dataset.Dataset) -> Callable[[Any], float]:
    """A function that gives the share of the validation split that a model gets right at the serving size."""
    samples = data.split("val")
    spec = InputSpec(config.input_size, config.input_size)
    inputs = np.concatenate([model_input(dataset.read_image(data.folder, s), spec) for s in samples])
    targets = dataset.targets(samples, config.labels)

    def accuracy(model: Any) -> float:
        _, logits = model.predict(inputs, batch_size=config.batch, verbose=0)
        return float(np.mean(logits.argmax(axis=1) == targets))

    return accuracy


def _prepare(config: TrainConfig, arrays: weights.Arrays, steps: int) -> Network:
    # TensorFlow is no part of the serving install, and TrainConfig is read without it.
    import keras

    keras.utils.set_random_seed(config.seed)
    student = _build(config)
    weights.load_into(student, arrays, config.labels)
    average = _build(config)
    average.set_weights(student.get_weights())
    warmup = min(config.warmup_epochs * steps, config.epochs * steps // 2)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, config.epochs * steps - warmup, warmup_target=config.learning_rate, warmup_steps=warmup
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=config.weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    optimizer.build(student.trainable_variables)
    return Network(student, average, optimizer)


def _build(config: TrainConfig) -> Any:
    return architectures.build(
        config.architecture,
        classes=len(config.labels),
        dropout=config.dropout,
        frozen_blocks=config.frozen_blocks,
    )


def _train_step(config: TrainConfig, network: Network) -> Any:
    """A graph that learns from one batch and gives its loss and accuracy."""
    # As above: only training may need TensorFlow.
    import tensorflow as tf

    variables = network.student.trainable_variables
    pairs = list(zip(network.average.weights, network.student.weights, strict=True))

    def step(images: Any, labels: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            _, logits = network.student(images, training=True)
            smooth = tf.one_hot(labels, len(config.labels)) * (1 - config.label_smoothing)
            smooth += config.label_smoothing / len(config.labels)
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(smooth, logits))
        network.optimizer.apply(tape.gradient(loss, variables), variables)
        steps = tf.cast(network.optimizer.iterations, tf.float32)
        decay = tf.minimum(config.ema_decay, steps / (steps + 10.0))  # the first averages are short
        for average, value in pairs:
            average.assign(decay * average + (1 - decay) * value)
        right = tf.cast(tf.argmax(logits, 1) == labels, tf.float32)
        return loss, tf.reduce_mean(right)

    return tf.function(step, reduce_retracing=True)


def _batches(
    config: TrainConfig, pixels: Pixels, targets: Targets, epoch: int
) -> Iterator[tuple[npt.NDArray[np.float32], Targets]]:
    """One epoch in random order; what is drawn depends on the seed and the epoch alone, so a resumed run
    sees what an uninterrupted one would have. The next batch is drawn while the last one is learnt from."""
    random = np.random.default_rng((config.seed, epoch))
    order = random.permutation(len(pixels))
    spec = InputSpec(config.train_size, config.train_size)

    def draw(indices: Any) -> tuple[npt.NDArray[np.float32], Targets]:
        views = [random_view(pixels[i], config.train_size, config.augmentation, random) for i in indices]
        return scale(np.stack(views), spec), targets[indices]

    chunks = [order[at : at + config.batch] for at in range(0, len(order) - config.batch + 1, config.batch)]
    with ThreadPoolExecutor(1) as executor:
        ahead = executor.submit(draw, chunks[0])
        for chunk in chunks[1:]:
            ready, ahead = ahead, executor.submit(draw, chunk)
            yield ready.result()
        yield ahead.result()


def _run_epoch(
    config: TrainConfig, network: Network, step: Any, batches: Any, steps: int, epoch: int
) -> dict[str, float]:
    started = time.monotonic()
    results = []
    progress = tqdm(batches, f"epoch {epoch + 1}/{config.epochs}", steps, disable=None)
    for images, labels in progress:
        loss, right = (float(value) for value in step(images, labels))
        results.append((loss, right))
        progress.set_postfix(loss=f"{loss:.3f}")
    loss, right = np.mean(results, axis=0)
    return {
        "epoch": epoch + 1,
        "loss": loss,
        "train_accuracy": right,
        "seconds": round(time.monotonic() - started, 1),
    }


def _tell(path: Path, log: checkpoint.Log) -> None:
    """Writes the log whole: a run killed after its checkpoint has then lost no row of it."""
    logger.info("  ".join(f"{key} {value:.4g}" for key, value in log[-1].items()))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, log[-1])
        writer.writeheader()
        writer.writerows(log)
