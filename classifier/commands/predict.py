"""`predict`: one line a photograph, readable or as JSON; with `--overlay` also a picture of where the model looked."""

import argparse
import json
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from PIL import Image
from tqdm import tqdm

from classifier.artefact import SHIPPED, ArtefactError
from classifier.commands.outputs import make_folder
from classifier.overlay import overlay
from classifier.preprocessing import KEPT_SIDE, ImageError, decode, encode
from classifier.runtime import Classifier, Floats, Prediction, PredictionError, load

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".gif"}


class Overlays:
    """A folder of pictures of where the model looked, each named after its photograph, which it never overwrites."""

    def __init__(self, folder: Path, classifier: Classifier) -> None:
        """Makes the folder. Raises ArtefactError for a model that cannot say where it looks."""
        manifest = classifier.manifest
        if "activation_map" not in manifest.outputs:
            raise ArtefactError(
                f"The model {manifest.name} cannot say where it looks: it has no activation map."
            )
        make_folder(folder)
        self._folder = folder
        self._crop = manifest.input.crop
        self._taken: set[str] = set()

    def write(self, path: Path, image: Image.Image, activation_map: Floats) -> Path:
        """Writes the picture; photographs that share a name get a number behind it."""
        names = (f"{path.stem}{f'-{number}' if number else ''}.overlay.jpg" for number in count())
        name = next(name for name in names if name not in self._taken)
        self._taken.add(name)
        (self._folder / name).write_bytes(encode(overlay(image, activation_map, crop=self._crop)))
        return self._folder / name


def add_arguments(parser: argparse.ArgumentParser, shared: Path | None) -> None:
    """The options of `predict`."""
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a photograph, or a folder of them"
    )
    parser.add_argument(
        "--model", type=Path, default=SHIPPED, metavar="FOLDER", help="default: the shipped one"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument(
        "--overlay", type=Path, metavar="DIR", help="write here where the model looked, as JPEGs"
    )


def run(options: argparse.Namespace) -> int:
    """Prints every answer; 1 when a photograph could not be read, else 0. Raises ArtefactError."""
    classifier = load(options.model)
    overlays = Overlays(options.overlay, classifier) if options.overlay else None
    failed = False
    for path in tqdm(_find(options.paths), unit="photo", disable=None):
        answer = _answer(classifier, path, overlays)
        failed = failed or "error" in answer
        tqdm.write(_json(answer) if options.json else _readable(answer))
    return int(failed)


def _find(paths: Sequence[Path]) -> list[Path]:
    return [found for path in paths for found in (_pictures(path) if path.is_dir() else (path,))]


def _pictures(folder: Path) -> Iterator[Path]:
    return iter(sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file()))


def _answer(classifier: Classifier, path: Path, overlays: Overlays | None) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            image = decode(file, max_side=KEPT_SIDE)
        prediction = classifier.predict(image)
    except OSError as error:
        return {"path": str(path), "error": error.strerror or str(error)}
    except (ImageError, PredictionError) as error:
        return {"path": str(path), "error": str(error)}
    answer = {"path": str(path), **_fields(prediction)}
    if overlays and prediction.activation_map is not None:
        answer["overlay"] = str(overlays.write(path, image, prediction.activation_map))
    return answer


def _fields(prediction: Prediction) -> dict[str, Any]:
    names = ("label", "stream", "confidence", "abstained", "probabilities", "hints")
    return {name: getattr(prediction, name) for name in names}


def _json(answer: dict[str, Any]) -> str:
    """Without hints: programs count on these fields alone."""
    return json.dumps({name: value for name, value in answer.items() if name != "hints"})


def _readable(answer: dict[str, Any]) -> str:
    if "error" in answer:
        return f"{answer['path']}: {answer['error']}"
    unsure = ", not sure" if answer["abstained"] else ""
    again = f"; take it again: {', '.join(answer['hints']).replace('_', ' ')}" if answer["hints"] else ""
    return (
        f"{answer['path']}: {answer['label']}, {answer['stream']}, {answer['confidence']:.0%}{unsure}{again}"
    )
