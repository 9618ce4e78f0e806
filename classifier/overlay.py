"""Where a model looked, as a picture: the activation map in colour over the photograph.

The colours are inferno's (Smith and van der Walt, 2015, CC0, https://bids.github.io/colormap/): equal steps of
the map look equally far apart, to the colour-blind and in grey too.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image

STRENGTH = 0.75  # opacity where the map is 1; where it is 0 the photograph stays as it was

#: Inferno at 17 equal steps from 0 to 1; straight lines between them are within 7 of 255 of it.
ANCHORS = np.array(
    [
        *((0, 0, 4), (11, 7, 36), (33, 12, 74), (61, 9, 101), (87, 16, 110), (113, 25, 110)),
        *((138, 34, 106), (163, 44, 97), (188, 55, 84), (210, 70, 68), (228, 90, 49), (241, 115, 29)),
        *((249, 142, 9), (252, 172, 17), (249, 203, 53), (242, 234, 105), (252, 255, 164)),
    ],
    np.float32,
)
STEPS = np.linspace(0, 1, 256)
TABLE = np.stack([np.interp(STEPS, np.linspace(0, 1, 17), ANCHORS[:, k]) for k in range(3)], axis=1)


def overlay(
    image: Image.Image,
    activation_map: npt.NDArray[np.floating],
    *,
    strength: float = STRENGTH,
    crop: float = 1.0,
) -> Image.Image:
    """The photograph under its activation map, as `heat` colours that: RGB of the photograph's size."""
    colours = heat(activation_map, image.size, strength=strength, crop=crop)
    return Image.composite(colours.convert("RGB"), image.convert("RGB"), colours.getchannel("A"))


def heat(
    activation_map: npt.NDArray[np.floating],
    size: tuple[int, int],
    *,
    strength: float = STRENGTH,
    crop: float = 1.0,
) -> Image.Image:
    """A map [rows, cols] from 0 to 1 as RGBA of `size` (width, height), to be laid over the photograph.

    Bright and opaque (as far as `strength`, 0 to 1) where the map is high, transparent where it is 0 and outside
    the middle that the network saw: `crop` of each side, as in its `InputSpec`. Raises ValueError for a map of
    another shape.
    """
    levels = _enlarge(activation_map, size, crop)
    rgba = np.empty((*levels.shape, 4), np.uint8)
    rgba[..., :3] = TABLE.round().astype(np.uint8)[levels]
    rgba[..., 3] = (levels * np.float32(strength)).round()
    return Image.fromarray(rgba)


def _enlarge(
    activation_map: npt.NDArray[np.floating], size: tuple[int, int], crop: float
) -> npt.NDArray[np.uint8]:
    """The map without steps in the middle, and 0 around it: uint8 [height, width]."""
    if activation_map.ndim != 2:
        raise ValueError(f"An activation map has two dimensions, not {activation_map.ndim}.")
    width, height = (max(1, round(side * crop)) for side in size)
    smooth = Image.fromarray(activation_map.astype(np.float32)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    top, left = (size[1] - height) // 2, (size[0] - width) // 2
    levels = np.zeros((size[1], size[0]), np.uint8)
    levels[top : top + height, left : left + width] = (np.asarray(smooth).clip(0, 1) * 255).round()
    return levels
