"""Fine-tuning a network on a data-set folder, in stages.

AdamW with a warm-up and cosine decay, label smoothing, and an exponential moving average of the weights,
which is what is validated and kept. A stage begins with that average, a fresh optimiser, a view size and an
augmentation of its own, so that later ones can be larger and harder (Tan and Le, 2021,
https://arxiv.org/abs/2104.00298). Views are smaller than what is served: objects in a random crop look
larger than in the whole picture, and the larger serving size makes up for it (Touvron et al., 2019,
https://arxiv.org/abs/1906.06423). The weights that the stages ended with can be averaged in turn (Wortsman et
al., 2022, https://arxiv.org/abs/2203.05482). The test split is not touched here.

Nothing that serves imports this module: TensorFlow comes with it.
"""

import contextlib
import csv
import io
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from tqdm import tqdm

from classifier import architectures, batches, checkpoint, dataset, weights
from classifier.configuration import Stage, TrainConfig, best_epoch, learning_rates
from classifier.preprocessing import InputSpec, model_input

logger = logging.getLogger(__name__)

Floats = npt.NDArray[np.float32]

CHECKPOINT, BEST, STAGE, LOG = "checkpoint.npz", "best.npz", "stage{}.npz", "log.csv"


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


def train(
    config: TrainConfig,
    data: dataset.Dataset,
    source: batches.Source,
    initial: str | Path,
    work: Path,
    on_epoch: Callable[[dict[str, float]], object] = dict,
) -> Any:
    """The averaged Keras model after all stages; goes on from the checkpoint in `work` if it has one.

    Each epoch is a row of `work/log.csv` and told to `on_epoch`, also those before the checkpoint. With patience, what
    was best on the validation split; with `mean_of_stages`, the mean of what the stages ended with. `initial` is as
    `weights.initialise` takes it.
    Raises WeightsError, CheckpointError.
    """
    work.mkdir(parents=True, exist_ok=True)
    network = _prepare(config, initial)
    settings = {**config.of_weights(), "data": data.sha256}
    log = checkpoint.restore(work / CHECKPOINT, network.variables(), settings)
    for row in log:
        on_epoch(row)
    learn = _learner(config, network, source)
    accuracy = _validator(config, data)
    for stage in config.stages():
        while len(log) < stage.first + stage.epochs and not _is_spent(config, log):
            row = learn(stage, len(log))
            log.append({"epoch": len(log) + 1, **row, "val_accuracy": accuracy(network.average)})
            _keep(config, network, log, settings, work)
            on_epoch(log[-1])
    _conclude(config, network, settings, work)
    return network.average


def export(model: Any, spec: InputSpec) -> bytes:
    """A trained model as the LiteRT file that serves: float16 weights, a batch of 1, one signature with the
    inputs and outputs of `architectures.serving`."""
    graph = architectures.serving(model, height=spec.height, width=spec.width)
    converter = tf.lite.TFLiteConverter.from_keras_model(graph)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    with contextlib.redirect_stdout(io.StringIO()):  # it lists every variable
        return bytes(converter.convert())


def _conclude(config: TrainConfig, network: Network, settings: dict[str, Any], work: Path) -> None:
    """Puts what training is for into the average."""
    average = {"average": network.average.weights}
    if config.patience:
        _restore_kept(work / BEST, average, settings)
    if config.mean_of_stages:
        ends = []
        for number in range(len(config.stages())):
            _restore_kept(work / STAGE.format(number), average, settings)
            ends.append(network.average.get_weights())
        network.average.set_weights([np.mean(values, axis=0) for values in zip(*ends, strict=True)])


def _restore_kept(path: Path, groups: checkpoint.Groups, settings: dict[str, Any]) -> None:
    if not checkpoint.restore(path, groups, settings):
        raise checkpoint.CheckpointError(f"{path} is gone; give another --work folder to begin anew.")


def _is_spent(config: TrainConfig, log: checkpoint.Log) -> bool:
    """Whether the patience is at its end."""
    waited = len(log) - 1 - best_epoch(_accuracies(log)) if log else 0
    return bool(config.patience) and waited >= config.patience


def _accuracies(log: checkpoint.Log) -> list[float]:
    return [row["val_accuracy"] for row in log]


def _keep(
    config: TrainConfig, network: Network, log: checkpoint.Log, settings: dict[str, Any], work: Path
) -> None:
    """The checkpoint last: a run killed in between does the epoch again."""
    average = {"average": network.average.weights}
    if config.patience and best_epoch(_accuracies(log)) == len(log) - 1:
        checkpoint.save(work / BEST, average, settings, log)
    for number, stage in enumerate(config.stages()):
        if config.mean_of_stages and len(log) == stage.first + stage.epochs:
            checkpoint.save(work / STAGE.format(number), average, settings, log)
    checkpoint.save(work / CHECKPOINT, network.variables(), settings, log)
    _tell(work / LOG, log)


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


def _prepare(config: TrainConfig, initial: str | Path) -> Network:
    keras.utils.set_random_seed(config.seed)
    student = _build(config)
    weights.initialise(student, initial, config.labels, config.architecture)
    average = _build(config)
    average.set_weights(student.get_weights())
    optimizer = keras.optimizers.AdamW(weight_decay=config.weight_decay)
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


def _learner(
    config: TrainConfig, network: Network, source: batches.Source
) -> Callable[[Stage, int], dict[str, float]]:
    """A function that learns from one epoch of a stage and gives its row of the log."""
    step = _train_step(config, network)

    def learn(stage: Stage, epoch: int) -> dict[str, float]:
        if epoch == stage.first:
            _begin(network)
        _wind_dropout(network.student, epoch * source.steps)
        total, warmup = stage.epochs * source.steps, config.warmup_epochs * source.steps
        rates = learning_rates(stage.learning_rate, total, warmup).reshape(stage.epochs, source.steps)
        drawn = source.epoch(epoch, size=stage.train_size, augmentation=stage.augmentation)
        return run_epoch(step, drawn, rates[epoch - stage.first], f"epoch {epoch + 1}/{sum(config.epochs)}")

    return learn


def _begin(network: Network) -> None:
    """Makes the learner and the optimiser new for a stage: the learner starts from the average."""
    network.student.set_weights(network.average.get_weights())
    for variable in network.optimizer.variables:
        variable.assign(variable * 0)


def _wind_dropout(model: Any, steps: int) -> None:
    """Puts what dropout draws from where it stands after so many steps, also where those were made by a run that
    was killed."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            state = layer.seed_generator.state
            state.assign([state[0], steps])


def _train_step(config: TrainConfig, network: Network) -> Any:
    """A graph that learns from one batch and gives its loss and accuracy."""
    variables = network.student.trainable_variables
    pairs = list(zip(network.average.weights, network.student.weights, strict=True))

    def step(images: Any, targets: Any, learning_rate: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            _, logits = network.student(images, training=True)
            smooth = targets * (1 - config.label_smoothing) + config.label_smoothing / len(config.labels)
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(smooth, logits))
        network.optimizer.learning_rate.assign(learning_rate)
        network.optimizer.apply(tape.gradient(loss, variables), variables)
        steps = tf.cast(network.optimizer.iterations, tf.float32)
        decay = tf.minimum(config.ema_decay, steps / (steps + 10.0))  # the first averages are short
        for average, value in pairs:
            average.assign(decay * average + (1 - decay) * value)
        right = tf.cast(tf.argmax(logits, 1) == tf.argmax(targets, 1), tf.float32)
        return loss, tf.reduce_mean(right)

    return tf.function(step, reduce_retracing=True)


def run_epoch(step: Any, drawn: Any, rates: Floats, title: str) -> dict[str, float]:
    """The mean loss and accuracy over an epoch's batches, learnt from at these rates, and its seconds.

    `step` takes images, targets and a learning rate, and gives a loss and an accuracy.
    """
    started = time.monotonic()
    results = []
    progress = tqdm(zip(drawn, rates, strict=True), title, len(rates), disable=None)
    for (images, targets), rate in progress:
        loss, right = (float(value) for value in step(images, targets, rate))
        results.append((loss, right))
        progress.set_postfix(loss=f"{loss:.3f}")
    loss, right = np.mean(results, axis=0)
    return {"loss": loss, "train_accuracy": right, "seconds": round(time.monotonic() - started, 1)}


def _tell(path: Path, log: checkpoint.Log) -> None:
    """Writes the log whole: a run killed after its checkpoint has then lost no row of it."""
    logger.info("  ".join(f"{key} {value:.4g}" for key, value in log[-1].items()))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, log[-1])
        writer.writeheader()
        writer.writerows(log)
