"""A classifier that needs no model, for tests: it looks at the colour of the picture."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from classifier.labels import LABELS, stream_of
from classifier.runtime import LOW_CONFIDENCE, Prediction

#: The colour that FakeClassifier takes for each label; a picture filled with one gets that label.
COLOURS: dict[str, tuple[int, int, int]] = {
    "cardboard": (180, 130, 70),
    "glass": (0, 160, 80),
    "metal": (128, 128, 128),
    "organic": (250, 150, 0),
    "paper": (255, 255, 255),
    "plastic": (0, 90, 255),
    "textile": (200, 0, 160),
    "trash": (0, 0, 0),
    "wood": (90, 50, 20),
}


@dataclass(frozen=True)
class FakeClassifier:
    """Gives the label whose colour is nearest to the picture's mean, always with the same confidence."""

    labels: Sequence[str] = LABELS
    confidence: float = 0.9
    abstain_threshold: float = 0.5

    def predict(self, image: Image.Image) -> Prediction:
        """As Classifier.predict: the embedding is the mean colour, the map bright in the middle, all is familiar."""
        started = time.perf_counter()
        colour = np.asarray(image.convert("RGB"), np.float32).mean(axis=(0, 1))
        label = min(self.labels, key=lambda name: float(np.square(colour - COLOURS[name]).sum()))
        abstained = self.confidence < self.abstain_threshold
        return Prediction(
            label=label,
            stream=stream_of(label),
            confidence=self.confidence,
            abstained=abstained,
            abstain_reason=LOW_CONFIDENCE if abstained else "",
            probabilities=self._probabilities(label),
            activation_map=np.outer(*[np.hanning(8).astype(np.float32)] * 2),
            embedding=colour / np.float32(255),
            latency_ms=(time.perf_counter() - started) * 1000,
            familiarity=1.0,
        )

    def _probabilities(self, label: str) -> dict[str, float]:
        rest = (1 - self.confidence) / (len(self.labels) - 1)
        return {name: self.confidence if name == label else rest for name in self.labels}
