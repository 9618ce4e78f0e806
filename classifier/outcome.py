"""What a model gave for photographs whose labels are known: all that the figures are computed from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from classifier.dataset import Dataset, DatasetError, Sample, read_image, targets
from classifier.familiarity import familiarity
from classifier.preprocessing import model_input
from classifier.runtime import Classifier, softmax

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Outcome:
    """What a model gave for samples whose labels are known."""

    labels: tuple[str, ...]
    logits: Floats  # [N, L]
    targets: Indices  # [N], positions in labels
    sources: tuple[str, ...]  # [N], where each came from
    paths: tuple[str, ...] = ()  # [N], within the data set's folder
    familiarity: Floats | None = None  # [N], -1 to 1; None where the model keeps no prototypes

    @property
    def guesses(self) -> Indices:
        """The most probable label of each: int64 [N]."""
        return np.asarray(self.logits.argmax(axis=1), np.int64)

    @property
    def right(self) -> Flags:
        """Whether each guess is its target: bool [N]."""
        return np.equal(self.guesses, self.targets)

    def probabilities(self, temperature: float) -> Floats:
        """Of every label: [N, L]."""
        return softmax(self.logits / temperature)

    def confidences(self, temperature: float) -> Floats:
        """The probability of each guess: [N]."""
        return np.asarray(self.probabilities(temperature).max(axis=1))

    def only(self, rows: npt.NDArray[np.bool_ | np.int64]) -> "Outcome":
        """The outcome of some of the samples: a mask, or positions in any order."""
        positions = np.arange(len(self.targets))[rows].tolist()
        return replace(
            self,
            logits=self.logits[rows],
            targets=self.targets[rows],
            sources=tuple(self.sources[i] for i in positions),
            paths=tuple(self.paths[i] for i in positions) if self.paths else (),
            familiarity=None if self.familiarity is None else self.familiarity[rows],
        )


def run(classifier: Classifier, data: Dataset, samples: Sequence[Sample]) -> Outcome:
    """A model's outcome on samples, read and scaled exactly as in serving. Raises DatasetError."""
    return _run(classifier, data, samples, _refuse)


def run_readable(
    classifier: Classifier, data: Dataset, samples: Sequence[Sample]
) -> tuple[Outcome, dict[str, str]]:
    """The outcome on the samples that can be read, and of the others {path: why not}.

    Raises DatasetError where none can.
    """
    unreadable: dict[str, str] = {}

    def note(sample: Sample, error: DatasetError) -> None:
        unreadable[sample.path] = str(error)

    return _run(classifier, data, samples, note), unreadable


def _run(
    classifier: Classifier,
    data: Dataset,
    samples: Sequence[Sample],
    on_error: Callable[[Sample, DatasetError], None],
) -> Outcome:
    read, logits, familiar = [], [], []
    for sample in tqdm(samples, desc="evaluating", unit="photo", disable=None):
        try:
            inputs = model_input(read_image(data.folder, sample), classifier.manifest.input)
        except DatasetError as error:
            on_error(sample, error)
            continue
        outputs = classifier.run(inputs)
        read.append(sample)
        logits.append(outputs["logits"].astype(np.float64))
        if classifier.prototypes is not None:
            familiar.append(familiarity(outputs["embedding"], classifier.prototypes))
    if not read:
        raise DatasetError(f"None of the {len(samples)} photographs in {data.folder} can be read.")
    labels = classifier.manifest.labels
    return Outcome(
        labels,
        np.stack(logits),
        targets(read, labels),
        sources=tuple(sample.source for sample in read),
        paths=tuple(sample.path for sample in read),
        familiarity=np.array(familiar) if familiar else None,
    )


def _refuse(_: Sample, error: DatasetError) -> None:
    raise error
