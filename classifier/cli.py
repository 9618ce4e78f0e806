"""The command line: `python -m classifier COMMAND`, as COMMANDS lists them.

A command's module is imported only when it is asked for, so that `predict` runs without the `train` extra.
"""

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from classifier.architectures import ArchitectureError
from classifier.artefact import ArtefactError
from classifier.checkpoint import CheckpointError
from classifier.configuration import ConfigurationError
from classifier.dataset import DatasetError
from classifier.runtime import PredictionError
from classifier.video import VideoError
from classifier.weights import WeightsError

COMMANDS = {
    "predict": "label photographs",
    "train": "make a model folder from a data-set folder",
    "evaluate": "measure a model on a data-set folder",
    "convert": "make a model folder of a Keras file or a SavedModel",
    "card": "write the card of a model folder anew, from its manifest",
    "explore": "show what is in a folder of labelled photographs",
    "watch": "label a camera or a video as it plays",
}

ERRORS = (
    ArtefactError,
    CheckpointError,
    ConfigurationError,
    DatasetError,
    ArchitectureError,
    PredictionError,
    VideoError,
    WeightsError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; the exit status: 0, or 1 when a photograph failed, or 2 when the command did."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow tells at length what the CPU can do
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    listing = "\n".join(f"  {name:10}{purpose}" for name, purpose in COMMANDS.items())
    parser = argparse.ArgumentParser(
        "python -m classifier",
        description=f"commands:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="the command's own; see COMMAND --help")
    options = parser.parse_args(arguments)
    return _run(options.command, options.arguments)


def _run(name: str, arguments: Sequence[str]) -> int:
    try:
        command = importlib.import_module(f"classifier.commands.{name}")
        parser = argparse.ArgumentParser(f"python -m classifier {name}", description=COMMANDS[name])
        command.add_arguments(parser, _shared())
        status: int = command.run(parser.parse_args(arguments))
    except ModuleNotFoundError as error:
        extra = "video" if error.name == "cv2" else "train"
        print(f"{name} needs the `{extra}` extra: there is no {error.name} here.", file=sys.stderr)
        return 2
    except ERRORS as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:  # a folder that cannot be made, a full disk
        print(f"{error.filename}: {error.strerror}." if error.filename else error, file=sys.stderr)
        return 2
    return status


def _shared() -> Path | None:
    """The folder with `data/` and `weights/` that paths default to, where the environment names one."""
    shared = os.environ.get("SORTWISE_SHARED")
    return Path(shared) if shared else None
