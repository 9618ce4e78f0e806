"""`train`: from photographs and starting weights to a model folder; goes on where it was killed."""

import argparse
import tempfile
from dataclasses import fields
from pathlib import Path

from classifier import dataset
from classifier.artefact import ArtefactError
from classifier.labels import LABELS
from classifier.release import Origin, release
from classifier.training import TrainConfig, train

#: The fields of TrainConfig that are options; the others have one value for all.
OPTIONS = tuple(f for f in fields(TrainConfig) if isinstance(f.default, (int, float, str)))


def add_arguments(parser: argparse.ArgumentParser, shared: Path | None) -> None:
    """The options of `train`: paths, labels, and what TrainConfig has."""
    data, weights = (
        (shared / "data", shared / "weights/efficientnet_lite0_imagenet.npz") if shared else (None,) * 2
    )
    parser.add_argument("--data", type=Path, default=data, required=not data, help="folder with index.csv")
    parser.add_argument(
        "--weights", type=Path, default=weights, required=not weights, help=".npz to start from"
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="the model folder to make; its name is the model's"
    )
    parser.add_argument(
        "--work", type=Path, help="checkpoints and log.csv; default: OUT with .work behind it"
    )
    parser.add_argument("--labels", type=lambda text: tuple(text.split(",")), default=LABELS, metavar="A,B,…")
    for option in OPTIONS:
        kind = type(option.default)
        parser.add_argument(
            _flag(option.name), type=kind, default=option.default, help="default: %(default)s"
        )


def run(options: argparse.Namespace) -> int:
    """Trains and writes the folder, which must not exist yet."""
    if options.out.exists():
        raise ArtefactError(f"{options.out} exists already; give the new model another folder.")
    config = TrainConfig(labels=options.labels, **{o.name: getattr(options, o.name) for o in OPTIONS})
    data = dataset.load(options.data, config.labels)
    work = options.work or options.out.with_name(f"{options.out.name}.work")
    model = train(config, data, options.weights, work)
    origin = Origin(config, data, options.weights, _command(config, options))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".train.", dir=options.out.parent) as partial:
        manifest = release(model, origin, Path(partial) / options.out.name)
        (Path(partial) / options.out.name).rename(options.out)
    for split, figures in manifest.metrics.items():
        print(f"{split}: {figures['accuracy']:.1%} of {figures['images']}")
    return 0


def _command(config: TrainConfig, options: argparse.Namespace) -> str:
    """The command that makes the model again, with the folders of this machine left out."""
    words = ["python -m classifier train", "--data DATA", f"--weights {options.weights.name}"]
    words.append(f"--out {options.out.name}")
    if config.labels != LABELS:
        words.append(f"--labels {','.join(config.labels)}")
    for option in OPTIONS:
        if (value := getattr(config, option.name)) != option.default:
            words.append(f"{_flag(option.name)} {value}")
    return " ".join(words)


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
