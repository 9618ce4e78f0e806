"""`convert`: from somebody's Keras file or SavedModel to a model folder."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from classifier.commands.options import words
from classifier.commands.outputs import new_model_folder
from classifier.conversion import SCALINGS, Conversion, ConversionError, Request, convert
from classifier.labels import stream_of

EPILOG = """\
scalings (what the network was fed when it was trained):
  0-1              bytes / 255
  -1-1             bytes / 127.5 - 1; write it --scaling=-1-1
  none             bytes as they are, 0 to 255: also where the model scales them itself
  imagenet-torch   bytes / 255, then ImageNet's mean and deviation of each channel
  imagenet-caffe   blue first, ImageNet's mean of each channel subtracted

A file with a Lambda layer holds code, which loading would run; it is refused without --trust. A SavedModel is a
program too: convert what comes from people you know.
"""


def add_arguments(parser: argparse.ArgumentParser, shared: Path | None) -> None:
    """The options of `convert`."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    parser.add_argument("model", type=Path, metavar="MODEL", help=".h5, .keras, or a SavedModel's folder")
    labels = parser.add_mutually_exclusive_group(required=True)
    labels.add_argument("--labels", type=words, metavar="A,B,…", help="in the order of its answers")
    labels.add_argument("--labels-file", type=Path, metavar="FILE", help="the same, one a line")
    parser.add_argument("--scaling", choices=SCALINGS, required=True)
    parser.add_argument("--size", type=_size, metavar="H[xW]", help="pixels, where the model takes any size")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="the model folder to make")
    parser.add_argument("--name", help="the model's name; default: that of the folder")
    parser.add_argument(
        "--check",
        type=Path,
        metavar="FOLDER",
        help="pictures to check on; labelled by sub-folder they fit the confidence and show the accuracy",
    )
    parser.add_argument("--trust", action="store_true", help="run code that the file holds")


def run(options: argparse.Namespace) -> int:
    """Converts, and tells what was found. Raises ConversionError, DatasetError, ArtefactError."""
    request = Request(
        model=options.model,
        name=options.name or options.out.name,
        labels=options.labels or _lines(options.labels_file),
        scaling=SCALINGS[options.scaling],
        size=options.size,
        pictures=options.check,
        trust=options.trust,
    )
    with new_model_folder(options.out) as folder:
        conversion = convert(request, folder)
    _tell(conversion)
    return 0


def _tell(conversion: Conversion) -> None:
    manifest, findings = conversion.manifest, conversion.findings
    print(
        f"{manifest.name}: {manifest.input.height} x {manifest.input.width} px, gives {_list(manifest.outputs)}"
    )
    print(f"labels: {_list(f'{label} ({stream_of(label)})' for label in manifest.labels)}")
    print(
        f"differs from the model by at most {findings['largest_difference']:.6f} in any probability "
        f"on {findings['pictures']} pictures ({findings['pictures_origin']})"
    )
    if figures := manifest.metrics.get("check"):
        print(f"right on {figures['accuracy']:.1%} of {figures['images']} labelled pictures")
    if better := findings.get("better_scaling"):
        share = findings["accuracy_by_scaling"][better]
        print(f"with another scaling it is right on {share:.1%}: did you mean --scaling={better}?")


def _list(words: Iterable[str]) -> str:
    return ", ".join(words)


def _lines(path: Path) -> tuple[str, ...]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConversionError(f"{path} cannot be read as lines of text.") from error
    return tuple(line.strip() for line in lines if line.strip())


def _size(text: str) -> tuple[int, int]:
    sides = [int(side) for side in text.split("x") if side.isdecimal()]
    if len(sides) != text.count("x") + 1 or len(sides) > 2 or 0 in sides:
        raise argparse.ArgumentTypeError("must be pixels a side, as 224 or 240x320 (height, width)")
    return sides[0], sides[-1]
