"""`train`: from photographs and starting weights to a model folder; goes on where it was killed."""

import argparse
import importlib
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from classifier import dataset, weights
from classifier.architectures import ARCHITECTURES, architecture
from classifier.augmentation import AUGMENTATIONS
from classifier.commands.options import words
from classifier.commands.outputs import make_folder, new_model_folder
from classifier.configuration import DEFAULT, PER_STAGE, PRECISIONS, TrainConfig, flag, written
from classifier.labels import LABELS

OPTIONS = tuple(f.name for f in fields(TrainConfig) if f.name not in ("architecture", "labels"))

#: What each of OPTIONS is, in a line of help. Where it is not given, the network's recipe says.
MEANINGS = {
    "epochs": "times that every photograph is seen",
    "train_size": "pixels a side of a training view",
    "learning_rate": "of AdamW, after the warm-up",
    "augmentation": " or ".join(AUGMENTATIONS),
    "input_size": "pixels a side when validating and serving",
    "cache_size": "pixels a side of the photographs held in memory",
    "frozen_blocks": "the last block that stays as it came, with all before it; -1 frees all",
    "mean_of_stages": "whether the weights that the stages ended with are averaged",
    "patience": "epochs without a better validation after which training ends; 0 waits for all",
    "weight_decay": "of AdamW",
    "label_smoothing": "probability that is spread over all labels, 0 to 1",
    "dropout": "share of the embedding that is left out, 0 to 1",
    "precision": f"of what serves: {' or '.join(PRECISIONS)}",
    "twin_size": "pixels a side of the 8-bit twin; 0 makes none",
    "twin_crop": "how much of each side of a picture the twin sees, from the middle, 0 to 1",
    "batch": "photographs learnt from at once",
    "warmup_epochs": "in which the learning rate rises, at the start of each stage",
    "ema_decay": "of the moving average of the weights, a step",
    "rounded_epochs": "trained while rounded to 8 bit",
    "rounded_learning_rate": "while rounded",
    "seed": "of everything that is drawn",
}


def add_arguments(parser: argparse.ArgumentParser, shared: Path | None) -> None:
    """The options of `train`: paths, labels, the network, and whatever else TrainConfig has."""
    data = shared / "data" if shared else None
    parser.set_defaults(backbones=shared / "weights" if shared else None)
    parser.add_argument(
        "--data",
        type=Path,
        default=data,
        required=not data,
        help="folder with index.csv, or split/label/*, or a data set of ours, zipped or not",
    )
    parser.add_argument(
        "--weights",
        type=weights.source,
        help="file to start from, or imagenet (Keras fetches it), or none (from scratch); default: the network's",
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="the model folder to make; its name is the model's"
    )
    parser.add_argument(
        "--work", type=Path, help="checkpoints and log.csv; default: OUT with .work behind it"
    )
    parser.add_argument("--labels", type=words, default=LABELS, metavar="A,B,…")
    parser.add_argument("--architecture", choices=ARCHITECTURES, default=DEFAULT, help="default: %(default)s")
    usual = TrainConfig.of(DEFAULT)
    for name in OPTIONS:
        parser.add_argument(flag(name), type=_reader(name, getattr(usual, name)), help=_help(name, usual))


def run(options: argparse.Namespace) -> int:
    """Trains and writes the folder, which must not exist yet."""
    config = _config(options)
    start = options.weights or _start(config.architecture, options.backbones)
    work = options.work or options.out.with_name(f"{options.out.name}.work")
    if options.work:
        make_folder(options.work)
    with new_model_folder(options.out) as folder, dataset.unpacked(options.data) as photographs:
        weights.describe(start)  # a file that is none is refused now
        data = dataset.open_folder(photographs, config.labels)
        # Brings TensorFlow, which takes seconds and what serves has not.
        release = importlib.import_module("classifier.release")
        manifest = release.train_and_release(config, data, start, work, folder)
    for split in ("validation", "test"):
        if figures := manifest.metrics.get(split):
            print(f"{split}: {figures['accuracy']:.1%} of {figures['images']}")
    return 0


def _config(options: argparse.Namespace) -> TrainConfig:
    given = {name: getattr(options, name) for name in OPTIONS if getattr(options, name) is not None}
    return TrainConfig.of(options.architecture, labels=options.labels, **given)


def _start(name: str, backbones: Path | None) -> str | Path:
    """What a training of this network starts from when the command does not say. Raises WeightsError."""
    if start := architecture(name).weights:
        return weights.source(start)
    if backbones is None:
        raise weights.WeightsError(f"{name} has no weights to start from: give --weights FILE, or none.")
    return backbones / f"{name}_imagenet.npz"


def _reader(name: str, usual: Any) -> Callable[[str], Any]:
    """What reads an option: a number or word, or one for each stage with commas between."""
    if isinstance(usual, bool):
        return _truth
    if name not in PER_STAGE:
        return type(usual)
    kind = type(usual[0])

    def values(text: str) -> tuple[Any, ...]:
        return tuple(kind(part.strip()) for part in text.split(","))

    values.__name__ = f"{kind.__name__}, or several with commas,"  # what argparse calls it in a refusal
    return values


def _truth(text: str) -> bool:
    """Reads what `written` writes; bool("False") is true."""
    if text.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError("must be true or false")
    return text.lower() == "true"


def _help(name: str, usual: TrainConfig) -> str:
    kind = "; one a stage, with commas" if name in PER_STAGE else ""
    return f"{MEANINGS[name]}{kind}; {DEFAULT}: {written(getattr(usual, name))}"
