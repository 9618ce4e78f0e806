"""Hints that a photograph should be taken again: what may be wrong with it, judged without its label.

The thresholds were chosen on the validation split, by `python -m benchmarks.hints DATA`, which prints how often each
hint is given where it should and where it should not; `docs/models.md` has the figures.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image

TOO_DARK, BLURRED, TOO_SMALL, SEVERAL_THINGS = HINTS = ("too_dark", "blurred", "too_small", "several_things")

SIDE = 256  # pixels, of the grey copy that is judged, so that the resolution does not matter
DARK = 64.0  # brightness under it is too dark
BLUR = 0.31  # sharpness under it is blurred
SMALL = 96  # pixels; a shorter side under it is too small
RIVALRY = 6.0  # from here on there are several things

#: Parts of the picture in which a thing may stand out: height and width, as shares of the picture's.
PARTS = ((1 / 2, 1 / 2), (3 / 4, 3 / 8), (3 / 8, 3 / 4))

Grey = npt.NDArray[np.uint8]


def hints(image: Image.Image, evidence: npt.NDArray[np.floating] | None = None) -> tuple[str, ...]:
    """What to tell the photographer: those of HINTS that hold, in their order.

    `evidence` is as in `rivalry`; without it nothing is said of several things. Of a picture that is too dark or too
    small it is not said that it is blurred, since that cannot be told.
    """
    small = grey(image)
    dark, tiny = brightness(small) < DARK, min(image.size) < SMALL
    blurred = not dark and not tiny and sharpness(small) < BLUR
    several = evidence is not None and rivalry(evidence) >= RIVALRY
    return tuple(hint for hint, holds in zip(HINTS, (dark, blurred, tiny, several), strict=True) if holds)


def grey(image: Image.Image) -> Grey:
    """The picture's brightness, squashed: uint8 [SIDE, SIDE]."""
    copy = image.convert("L")
    copy = copy.reduce((max(1, copy.width // SIDE), max(1, copy.height // SIDE)))
    return np.asarray(copy.resize((SIDE, SIDE), Image.Resampling.BILINEAR))


def brightness(picture: Grey) -> float:
    """What the brightest twentieth of a grey picture exceeds, 0 to 255: a black thing on a white board is no dark
    photograph."""
    return _percentile(picture, 95)


def sharpness(picture: Grey) -> float:
    """How much of the strongest edges' height lies within a pixel: 1 for a step, 1/4 for a ramp over four pixels.

    A ratio, so that it depends neither on contrast nor on how many edges there are: the 99.8th percentile of the
    difference between neighbours over that between pixels four apart.
    """
    signed = picture.astype(np.int16)
    near, far = (_percentile(_differences(signed, step), 99.8) for step in (1, 4))
    return near / max(far, 4.0)


def rivalry(evidence: npt.NDArray[np.floating]) -> float:
    """How far two labels lead at once, each in a part of the picture apart from the other's; 0 where one label leads
    everywhere.

    `evidence` is the class activation map of all labels, [rows, cols, labels], over the temperature. Its mean over a
    part is the logits of that part alone (Zhou et al., 2016, https://arxiv.org/abs/1512.04150), so that a lead is in
    calibrated log-odds: the weaker of the two leads, in the best pair of parts.
    """
    boxes, apart = _parts(*evidence.shape[:2])
    logits = _means(evidence, boxes)
    second, first = np.moveaxis(np.partition(logits, -2, axis=1)[:, -2:], 1, 0)
    lead, label = first - second, logits.argmax(axis=1)
    pairs = apart & (label[:, np.newaxis] != label)
    return float(np.where(pairs, np.minimum(lead[:, np.newaxis], lead), 0.0).max())


def _differences(picture: npt.NDArray[np.int16], step: int) -> npt.NDArray[np.int16]:
    """Between pixels so far apart, along every second row and column: half the time, the same percentile."""
    rows, cols = picture[::2], picture[:, ::2]
    across, down = rows[:, step:] - rows[:, :-step], cols[step:] - cols[:-step]
    return np.abs(np.concatenate((across.ravel(), down.ravel())))


def _percentile(values: npt.NDArray[np.integer], percent: float) -> float:
    """By counting: five times as fast as numpy's for bytes."""
    counts = np.bincount(values.ravel(), minlength=256)
    return float(np.searchsorted(counts.cumsum(), percent / 100 * values.size))


@lru_cache
def _parts(rows: int, cols: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool]]:
    """Every place of every part, as top, left, bottom and right [K, 4], and which of them do not overlap [K, K]."""
    sizes = [(max(1, round(rows * high)), max(1, round(cols * wide))) for high, wide in PARTS]
    boxes = np.array(
        [
            (top, left, top + high, left + wide)
            for high, wide in sizes
            for top in range(rows - high + 1)
            for left in range(cols - wide + 1)
        ]
    )
    top, left, bottom, right = boxes.T[:, :, np.newaxis]
    apart = (top >= bottom.T) | (bottom <= top.T) | (left >= right.T) | (right <= left.T)
    return boxes, apart


def _means(evidence: npt.NDArray[np.floating], boxes: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """The evidence's mean over each box, [K, labels], from one running sum."""
    sums = np.pad(evidence.astype(np.float64).cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0), (0, 0)))
    top, left, bottom, right = boxes.T
    inside = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    area = (bottom - top) * (right - left)
    result: npt.NDArray[np.float64] = inside / area[:, np.newaxis]
    return result
