"""`predict`: one line a photograph, readable or as JSON."""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from classifier.artefact import SHIPPED
from classifier.preprocessing import KEPT_SIDE, ImageError, decode
from classifier.runtime import Classifier, Prediction, PredictionError, load

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".gif"}


def add_arguments(parser: argparse.ArgumentParser, shared: Path | None) -> None:
    """The options of `predict`."""
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a photograph, or a folder of them"
    )
    parser.add_argument(
        "--model", type=Path, default=SHIPPED, metavar="FOLDER", help="default: the shipped one"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(options: argparse.Namespace) -> int:
    """Prints every answer; 1 when a photograph could not be read, else 0. Raises ArtefactError."""
    classifier = load(options.model)
    failed = False
    for path in tqdm(_find(options.paths), unit="photo", disable=None):
        answer = _answer(classifier, path)
        failed = failed or "error" in answer
        tqdm.write(json.dumps(answer) if options.json else _readable(answer))
    return int(failed)


def _find(paths: Sequence[Path]) -> list[Path]:
    return [found for path in paths for found in (_pictures(path) if path.is_dir() else (path,))]


def _pictures(folder: Path) -> Iterator[Path]:
    return iter(sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file()))


def _answer(classifier: Classifier, path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            prediction = classifier.predict(decode(file, max_side=KEPT_SIDE))
    except OSError as error:
        return {"path": str(path), "error": error.strerror or str(error)}
    except (ImageError, PredictionError) as error:
        return {"path": str(path), "error": str(error)}
    return {"path": str(path), **_fields(prediction)}


def _fields(prediction: Prediction) -> dict[str, Any]:
    names = ("label", "stream", "confidence", "abstained", "probabilities")
    return {name: getattr(prediction, name) for name in names}


def _readable(answer: dict[str, Any]) -> str:
    if "error" in answer:
        return f"{answer['path']}: {answer['error']}"
    unsure = ", not sure" if answer["abstained"] else ""
    return f"{answer['path']}: {answer['label']}, {answer['stream']}, {answer['confidence']:.0%}{unsure}"
