"""How often each hint is given: `python -m benchmarks.hints DATA`, on the validation split.

Photographs as they are should get none. Darkened, blurred and tiny copies of them should get theirs, and so should
photographs of different labels set beside one another; those of one label should not. Then, for each measure, what it
would catch at other thresholds: `classifier/quality.py` has those that were taken.
"""

import argparse
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter
from tqdm import tqdm

from classifier import dataset, quality
from classifier.artefact import SHIPPED
from classifier.runtime import Classifier, load, model_input

SEED = 0
COMPOSITES = 150  # of each kind
CELL = 384  # pixels a side, of a photograph in a composite
FALSE_ALARMS = (0.005, 0.01, 0.015, 0.02, 0.03)

Pictures = Iterable[Image.Image]


def main() -> None:
    """Print the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="a folder with index.csv")
    parser.add_argument("--model", type=Path, default=SHIPPED)
    options = parser.parse_args()
    classifier = load(options.model)
    data = dataset.load(options.data, classifier.manifest.labels)
    samples = data.split("val")
    photographs = [dataset.read_image(data.folder, s) for s in tqdm(samples, desc="reading", disable=None)]
    rates(classifier, photographs)
    ordinary, blurred = (sharpnesses(pictures) for pictures in (photographs, map(blur, photographs)))
    print("\nblurred: threshold, ordinary photographs under it, blurred ones under it")
    for share in FALSE_ALARMS:
        threshold = float(np.quantile(ordinary, share))
        print(f"  {threshold:.3f} {(ordinary < threshold).mean():7.1%} {(blurred < threshold).mean():7.1%}")
    several_things(classifier, photographs, [sample.label for sample in samples])


def rates(classifier: Classifier, photographs: Sequence[Image.Image]) -> None:
    """How many photographs get each hint, as they are and spoilt."""
    kinds = {
        "as they are": photographs,
        "darkened to 15 %": map(darken, photographs),
        "blurred, 6 px of 1,024": map(blur, photographs),
        "shrunk to 95 px": map(shrink, photographs),
    }
    print(f"{'':24}{'any':>8}" + "".join(f"{hint:>16}" for hint in quality.HINTS))
    for name, pictures in kinds.items():
        found = [classifier.predict(p).hints for p in tqdm(pictures, desc=name, disable=None)]
        shares = [np.mean([hint in hints for hints in found]) for hint in quality.HINTS]
        print(f"{name:24}{np.mean([bool(h) for h in found]):8.1%}" + "".join(f"{s:16.1%}" for s in shares))


def several_things(classifier: Classifier, photographs: Sequence[Image.Image], labels: Sequence[str]) -> None:
    """Rivalry in photographs and in composites of them."""
    rng = random.Random(SEED)
    of_label = {
        label: [p for p, other in zip(photographs, labels, strict=True) if other == label] for label in labels
    }
    kinds = {
        "two side by side": lambda: side_by_side(different(of_label, 2, rng)),
        "three side by side": lambda: side_by_side(different(of_label, 3, rng)),
        "four in a square": lambda: square(different(of_label, 4, rng)),
        "two of one label": lambda: side_by_side(rng.sample(of_label[rng.choice(sorted(of_label))], 2)),
    }
    ordinary = rivalries(classifier, photographs, "as they are")
    found = {
        name: rivalries(classifier, (make() for _ in range(COMPOSITES)), name) for name, make in kinds.items()
    }
    print("\nseveral things: threshold, ordinary photographs from it on, " + ", ".join(kinds))
    chosen = (float(np.quantile(ordinary, 1 - share)) for share in FALSE_ALARMS)
    for threshold in (quality.RIVALRY, *chosen):
        shares = [(values >= threshold).mean() for values in (ordinary, *found.values())]
        print(f"  {threshold:6.2f}" + "".join(f"{share:8.1%}" for share in shares))


def sharpnesses(pictures: Pictures) -> npt.NDArray[np.float64]:
    """`quality.sharpness` of each."""
    return np.array([quality.sharpness(quality.grey(picture)) for picture in pictures])


def rivalries(classifier: Classifier, pictures: Pictures, name: str) -> npt.NDArray[np.float64]:
    """`quality.rivalry` of each."""
    spec, temperature = classifier.manifest.input, classifier.manifest.temperature
    maps = (
        classifier.run(model_input(p, spec))["activation_map"]
        for p in tqdm(pictures, desc=name, disable=None)
    )
    return np.array([quality.rivalry(evidence / temperature) for evidence in maps])


def darken(image: Image.Image) -> Image.Image:
    """A sixth or so of the light."""
    return image.point(lambda value: value * 0.15)


def blur(image: Image.Image) -> Image.Image:
    """As a Gaussian of 6 px does to a photograph of 1,024 px."""
    return image.filter(ImageFilter.GaussianBlur(6 * max(image.size) / 1024))


def shrink(image: Image.Image) -> Image.Image:
    """The longest side at 95 px."""
    copy = image.copy()
    copy.thumbnail((95, 95))
    return copy


def different(of_label: dict[str, list[Image.Image]], count: int, rng: random.Random) -> list[Image.Image]:
    """Photographs of so many labels."""
    return [rng.choice(of_label[label]) for label in rng.sample(sorted(of_label), count)]


def side_by_side(pictures: Sequence[Image.Image]) -> Image.Image:
    """In a row."""
    composite = Image.new("RGB", (CELL * len(pictures), CELL))
    for number, picture in enumerate(pictures):
        composite.paste(picture.resize((CELL, CELL)), (CELL * number, 0))
    return composite


def square(pictures: Sequence[Image.Image]) -> Image.Image:
    """Two rows of two."""
    composite = Image.new("RGB", (CELL * 2, CELL * 2))
    for number, picture in enumerate(pictures):
        composite.paste(picture.resize((CELL, CELL)), (CELL * (number % 2), CELL * (number // 2)))
    return composite


if __name__ == "__main__":
    main()
