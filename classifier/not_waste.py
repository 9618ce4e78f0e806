"""Pictures of things that are no waste: what a model should refuse to answer for.

Drawn by code from fixed seeds, and, where scikit-image is installed (the `train` extra), the sample photographs that
come in its wheel: people, a cat, space, textures, pages. None of them is kept in this project. The development part
serves to choose by and the reporting part to report; they share no kind of drawing and no photograph.
"""

import importlib.metadata
import importlib.util
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 512, 384
PER_KIND = 12
DEVELOPMENT, REPORTING = "development", "reporting"
PARTS = (DEVELOPMENT, REPORTING)

#: In scikit-image's wheel, alternating between the parts. Its coins are left out, since they are metal.
PHOTOGRAPHS = (
    "astronaut.png", "camera.png", "chelsea.png", "horse.png", "coffee.png", "motorcycle_left.png", "brick.png",
    "gravel.png", "grass.png", "clock_motion.png", "moon.png", "hubble_deep_field.jpg", "page.png", "text.png",
    "retina.jpg", "ihc.png", "rocket.jpg", "logo.png",
)  # fmt: skip
FACES = "lfw_subset.npy"  # 25 x 25 px in grey: 100 faces, then 100 that are none

Random = np.random.Generator
Draw = Callable[[Random], Image.Image]


@dataclass(frozen=True)
class Stranger:
    """A picture of no waste."""

    name: str
    kind: str  # of drawing, or "photograph" or "face"
    image: Image.Image


def strangers(part: str) -> Iterator[Stranger]:
    """The pictures of one of PARTS, always the same ones in the same order."""
    for kind, draw in DRAWINGS[part].items():
        for number in range(PER_KIND):
            seed = [number, *kind.encode()]
            yield Stranger(f"{kind} {number}", kind, draw(np.random.default_rng(seed)))
    folder = _sample_folder()
    if folder is not None:
        yield from _photographs(folder, part)
        yield from _faces(folder, part)


def origin() -> str | None:
    """What the photographs among them come from, with its version; None where it is not installed."""
    return f"scikit-image {importlib.metadata.version('scikit-image')}" if _sample_folder() else None


def _sample_folder() -> Path | None:
    found = importlib.util.find_spec("skimage")
    return Path(found.origin).parent / "data" if found and found.origin else None


def _photographs(folder: Path, part: str) -> Iterator[Stranger]:
    """Each whole, and its four quarters."""
    for name in PHOTOGRAPHS[PARTS.index(part) :: 2]:
        with Image.open(folder / name) as file:
            image = file.convert("RGB")
        middle, low = image.width // 2, image.height // 2
        yield Stranger(name, "photograph", image)
        for left, top in ((0, 0), (middle, 0), (0, low), (middle, low)):
            quarter = image.crop((left, top, left + middle, top + low))
            yield Stranger(f"{name} from {left}, {top}", "photograph", quarter)


def _faces(folder: Path, part: str) -> Iterator[Stranger]:
    faces = np.load(folder / FACES)[:100]
    start = PARTS.index(part) * 50
    for number in range(start, start + 2 * PER_KIND):
        grey = Image.fromarray((faces[number] * 255).astype(np.uint8))
        face = grey.resize((HEIGHT, HEIGHT), Image.Resampling.BICUBIC).convert("RGB")
        yield Stranger(f"face {number}", "face", face)


def _colour(random: Random, low: int = 0, high: int = 256) -> tuple[int, int, int]:
    red, green, blue = random.integers(low, high, 3).tolist()
    return red, green, blue


def _font(random: Random) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(float(random.integers(11, 28)))


def _words(random: Random, count: int) -> str:
    letters = [*string.ascii_lowercase]
    return " ".join("".join(random.choice(letters, random.integers(2, 10))) for _ in range(count))


def _picture(pixels: npt.NDArray[np.floating]) -> Image.Image:
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _noise(random: Random) -> Image.Image:
    return _picture(random.normal(random.uniform(60, 200), random.uniform(20, 90), (HEIGHT, WIDTH, 3)))


def _blank(random: Random) -> Image.Image:
    return Image.new("RGB", (WIDTH, HEIGHT), _colour(random))


def _gradient(random: Random) -> Image.Image:
    along = np.linspace(0, 1, WIDTH)[np.newaxis, :, np.newaxis].repeat(HEIGHT, 0)
    first, second = (np.array(_colour(random), float) for _ in range(2))
    return _picture(first + (second - first) * along).rotate(float(random.integers(4) * 90))


def _text(random: Random) -> Image.Image:
    image = Image.new("RGB", (WIDTH, HEIGHT), _colour(random, 200))
    draw, font = ImageDraw.Draw(image), _font(random)
    for top in range(16, HEIGHT - 16, 30):
        draw.text((20, top), _words(random, 8), _colour(random, 0, 90), font)
    return image


def _stripes(random: Random) -> Image.Image:
    image = Image.new("RGB", (WIDTH, HEIGHT), _colour(random))
    draw, width, colour = ImageDraw.Draw(image), int(random.integers(4, 50)), _colour(random)
    for left in range(-HEIGHT, WIDTH, 2 * width):
        lean = int(random.integers(2)) * HEIGHT
        draw.line((left, 0, left + lean, HEIGHT), colour, width)
    return image


def _clouds(random: Random) -> Image.Image:
    """Noise of low frequency, as a picture out of focus has."""
    cells = int(random.integers(3, 12))
    coarse = _picture(random.uniform(0, 255, (cells, cells, 3)))
    return coarse.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)


def _speckle(random: Random) -> Image.Image:
    """Salt and pepper."""
    grey = np.where(random.random((HEIGHT, WIDTH, 1)) < random.uniform(0.1, 0.5), 255.0, 20.0)
    return _picture(grey.repeat(3, 2))


def _glow(random: Random) -> Image.Image:
    """A gradient round a point, as of a lamp."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    distance = np.hypot(x - random.uniform(0, WIDTH), y - random.uniform(0, HEIGHT))
    near, far = (np.array(_colour(random), float) for _ in range(2))
    return _picture(far + (near - far) * np.exp(-distance / random.uniform(60, 300))[..., np.newaxis])


def _screenshot(random: Random) -> Image.Image:
    """A window with a bar, a list at its side and lines of text."""
    image = Image.new("RGB", (WIDTH, HEIGHT), _colour(random, 235))
    draw, font, accent = ImageDraw.Draw(image), ImageFont.load_default(12), _colour(random, 0, 200)
    draw.rectangle((0, 0, WIDTH, 34), accent)
    draw.rectangle((0, 34, 120, HEIGHT), _colour(random, 205, 235))
    for top in range(48, HEIGHT - 20, 24):
        draw.text((12, top), _words(random, 1), _colour(random, 0, 90), font)
        draw.text((140, top), _words(random, int(random.integers(2, 8))), _colour(random, 0, 90), font)
    draw.rounded_rectangle((WIDTH - 110, HEIGHT - 50, WIDTH - 20, HEIGHT - 20), 6, accent)
    return image


def _chart(random: Random) -> Image.Image:
    """Bars over an axis."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw, bars = ImageDraw.Draw(image), int(random.integers(4, 14))
    step, colour = (WIDTH - 80) // bars, _colour(random, 0, 220)
    for bar in range(bars):
        left, top = 50 + bar * step, int(random.integers(40, HEIGHT - 60))
        draw.rectangle((left, top, left + step * 2 // 3, HEIGHT - 40), colour)
    draw.line((40, 20, 40, HEIGHT - 40, WIDTH - 20, HEIGHT - 40), "black", 2)
    draw.text((60, 10), _words(random, 4), "black", ImageFont.load_default(16))
    return image


def _board(random: Random) -> Image.Image:
    """A chequered board."""
    side, dark, light = int(random.integers(12, 80)), _colour(random, 0, 128), _colour(random, 128)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    even = ((x // side + y // side) % 2 == 0)[..., np.newaxis]
    return _picture(np.where(even, np.array(dark, float), np.array(light, float)))


#: Part -> kind -> what draws one. The parts share no kind, so that what is chosen has to hold for new ones.
DRAWINGS: dict[str, dict[str, Draw]] = {
    DEVELOPMENT: {"noise": _noise, "blank": _blank, "gradient": _gradient, "text": _text, "stripes": _stripes},
    REPORTING: {
        "clouds": _clouds, "speckle": _speckle, "glow": _glow, "screenshot": _screenshot, "chart": _chart,
        "board": _board,
    },
}  # fmt: skip
