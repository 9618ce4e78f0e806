"""How a network was fed when it was trained, by name. No TensorFlow here."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from classifier.preprocessing import InputSpec

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Scaling:
    """Bytes 0 to 255 times `factor` plus `offset`; then, inside the converted graph, the channels."""

    name: str
    factor: float
    offset: float
    blue_first: bool = False  # the network expects B, G, R
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)  # subtracted, in the network's order of channels
    deviation: tuple[float, float, float] = (1.0, 1.0, 1.0)  # then divided by

    def spec(self, height: int, width: int) -> InputSpec:
        """What the runtime does."""
        return InputSpec(height, width, self.factor, self.offset)

    def channels(self, images: Floats) -> Floats:
        """What the graph does: [N, H, W, 3], NumPy or TensorFlow."""
        ordered = images[..., ::-1] if self.blue_first else images
        mean, deviation = (np.array(values, np.float32) for values in (self.mean, self.deviation))
        result: Floats = (ordered - mean) / deviation
        return result

    def whole(self, pixels: npt.NDArray[np.uint8]) -> Floats:
        """Both, for pixels [N, H, W, 3]: what the network itself expects."""
        return self.channels(pixels.astype(np.float32) * np.float32(self.factor) + np.float32(self.offset))


#: The last two are the modes "torch" and "caffe" of `preprocess_input` in keras.applications; "-1-1" is its "tf".
SCALINGS = MappingProxyType(
    {
        scaling.name: scaling
        for scaling in (
            Scaling("0-1", 1 / 255, 0.0),
            Scaling("-1-1", 1 / 127.5, -1.0),
            Scaling("none", 1.0, 0.0),
            Scaling(
                "imagenet-torch", 1 / 255, 0.0, mean=(0.485, 0.456, 0.406), deviation=(0.229, 0.224, 0.225)
            ),
            Scaling("imagenet-caffe", 1.0, 0.0, blue_first=True, mean=(103.939, 116.779, 123.68)),
        )
    }
)
