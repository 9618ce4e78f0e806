"""A stream of pictures, labelled: probabilities smoothed over time, and drawn into every picture.

Nothing here knows where pictures come from or go to; that is `classifier.capture` and `classifier.window`.
"""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from classifier.labels import stream_of
from classifier.preprocessing import KEPT_SIDE, thumbnail

TIME_CONSTANT = 0.5  # seconds after which what was seen before counts for 1/e = 37 %
BAND = (0.08, 0.11)  # at most these shares of width and height, for the band with the words

Frame = tuple[float, Image.Image]  # seconds since the first picture; the picture
Answer = tuple[Mapping[str, float], bool]  # the probability of every label; whether the picture is familiar


class VideoError(Exception):
    """A source that cannot be read, or a target that cannot be written or shown."""


@dataclass(frozen=True)
class Verdict:
    """What is drawn into a picture."""

    label: str
    confidence: float  # 0 to 1, smoothed
    sure: bool


class Smoother:
    """An exponential moving average of probabilities, the same at any frame rate.

    The newest counts for 1 - exp(-dt / TIME_CONSTANT), dt being the seconds since the one before:
    https://en.wikipedia.org/wiki/Exponential_smoothing#Time_constant
    """

    def __init__(self) -> None:
        self._probabilities: dict[str, float] = {}
        self._seconds = 0.0

    def update(self, probabilities: Mapping[str, float], seconds: float) -> tuple[str, float]:
        """The most probable label and its probability, with those of this time counted in."""
        before = self._probabilities or probabilities
        newest = 1 - math.exp(-max(0.0, seconds - self._seconds) / TIME_CONSTANT)
        self._probabilities = {
            label: before[label] + newest * (now - before[label]) for label, now in probabilities.items()
        }
        self._seconds = seconds
        return max(self._probabilities.items(), key=lambda item: item[1])


class Rate:
    """Frames a second, over the last second or so."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._interval = 0.0

    def tick(self, now: float) -> float:
        """The rate when another frame is done at `now`, in seconds; 0 for the first."""
        if self._last is not None:
            passed = now - self._last
            newest = 1 - math.exp(-passed) if self._interval else 1.0
            self._interval += newest * (passed - self._interval)
        self._last = now
        return 1 / self._interval if self._interval else 0.0


def label_frames(
    frames: Iterable[Frame],
    ask: Callable[[Image.Image], Answer],
    *,
    every: int,
    threshold: float,
) -> Iterator[Frame]:
    """Each frame with label, confidence and frame rate drawn into it.

    `ask` is asked every so many frames; in between its last answer stands. Under the confidence `threshold`, and where
    the picture is unfamiliar, the label has a question mark.
    """
    smoother, rate = Smoother(), Rate()
    verdict = Verdict("", 0.0, sure=False)
    for number, (seconds, image) in enumerate(frames):
        if number % every == 0:
            probabilities, familiar = ask(thumbnail(image, KEPT_SIDE))
            label, confidence = smoother.update(probabilities, seconds)
            verdict = Verdict(label, confidence, sure=familiar and confidence >= threshold)
        yield seconds, draw(image, verdict, rate.tick(time.perf_counter()))


def draw(image: Image.Image, verdict: Verdict, rate: float) -> Image.Image:
    """A copy with a dark band at the bottom: label and stream at its left, confidence and rate at its right."""
    shown = image.convert("RGB")
    height = max(16, round(min(image.width * BAND[0], image.height * BAND[1])))
    band = Image.new("RGB", (image.width, height), "black")
    shown.paste(
        Image.blend(shown.crop((0, image.height - height, *image.size)), band, 0.7),
        (0, image.height - height),
    )
    pen, font = ImageDraw.Draw(shown), ImageFont.load_default(height * 0.55)
    middle = image.height - height // 2
    mark = "" if verdict.sure else "?"
    left = f"{verdict.label}{mark} · {stream_of(verdict.label)}"
    pen.text((height // 3, middle), left, "white", font, anchor="lm")
    right = f"{verdict.confidence:.0%} · {rate:.0f} fps"
    pen.text((image.width - height // 3, middle), right, "white", font, anchor="rm")
    return shown
