"""`watch`: a camera or a video, labelled as it plays, in a window or into a file."""

import argparse
import importlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from PIL import Image
from tqdm import tqdm

from classifier.artefact import SHIPPED
from classifier.capture import Source, Target
from classifier.runtime import UNFAMILIAR, Classifier, load
from classifier.video import Answer, Frame, VideoError, label_frames

Sink = Callable[[Frame], bool]  # what takes a frame, and says whether it wants more


def add_arguments(parser: argparse.ArgumentParser, shared: Path | None) -> None:
    """The options of `watch`."""
    parser.add_argument("source", metavar="SOURCE", help="a camera's number (0 is the first) or a video file")
    parser.add_argument(
        "--model", type=Path, default=SHIPPED, metavar="FOLDER", help="default: the shipped one"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write it here (.mp4, .avi or .mkv), without a window"
    )
    parser.add_argument("--window", action="store_true", help="show it in a window too; q or Esc ends")
    parser.add_argument(
        "--every", type=_positive, default=1, metavar="N", help="ask the model every Nth frame only"
    )
    parser.add_argument("--max-frames", type=_positive, metavar="N", help="end after so many")


def run(options: argparse.Namespace) -> int:
    """Labels until the source ends, or q, Esc or Ctrl-C. Raises ArtefactError, VideoError."""
    if options.out and options.out.resolve() == Path(options.source).resolve():
        raise VideoError(f"{options.out} is what is watched; give the new video another name.")
    classifier = load(options.model)
    with ExitStack() as stack:
        source = stack.enter_context(Source(options.source))
        sinks = _sinks(stack, options, source.rate)
        labelled = label_frames(
            _frames(source, options.max_frames),
            partial(_ask, classifier),
            every=options.every,
            threshold=classifier.manifest.abstain_threshold,
        )
        count = _play(labelled, sinks)
    print(f"{count} frames{f', written to {options.out}' if options.out else ''}")
    return 0


def _ask(classifier: Classifier, image: Image.Image) -> Answer:
    prediction = classifier.predict(image)
    return prediction.probabilities, prediction.abstain_reason != UNFAMILIAR


def _sinks(stack: ExitStack, options: argparse.Namespace, rate: float) -> list[Sink]:
    """Where frames go: the file, the window, or both."""
    sinks: list[Sink] = []
    if options.out:
        sinks.append(stack.enter_context(Target(options.out, rate)).write)
    if options.window or not options.out:
        sinks.append(stack.enter_context(_window(f"{options.source} · q ends")).show)
    return sinks


def _window(title: str) -> Any:
    # Imported only now, since some Pythons come without tkinter and files are written without it too.
    try:
        return importlib.import_module("classifier.window").Window(title)
    except ModuleNotFoundError as error:
        raise VideoError(
            f"A window needs {error.name}, which is not here; write a file with --out."
        ) from error


def _frames(source: Source, most: int | None) -> Iterable[Frame]:
    total = min(source.count or most or 0, most or source.count or 0) or None
    progress: Iterable[Frame] = tqdm(islice(source.frames(), most), total=total, unit="frame", disable=None)
    return progress


def _play(frames: Iterable[Frame], sinks: Sequence[Sink]) -> int:
    """How many frames were played, until one of the sinks had enough."""
    count = 0
    try:
        for frame in frames:
            count += 1
            if not all(sink(frame) for sink in sinks):
                break
    except KeyboardInterrupt:
        pass  # how a camera without a window is ended; what was written is whole
    return count


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number, 1 or more")
    return int(text)
