"""What is odd in a survey: near-duplicates that straddle splits, and labels that a model is sure are others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from classifier.exploration.survey import Photograph, Survey
from classifier.runtime import Floats

Positions = npt.NDArray[np.intp]
Bits = npt.NDArray[np.uint8]

HASH_DISTANCE = 12  # of 64 bits; so many may differ where embeddings agree too
HASH_ALONE = 2  # so many where there are none
SIMILARITY = 0.93  # cosine of the embeddings, at least
SURE = 0.9  # a model's confidence, from which its disagreement with a label is told
BLOCK = 256  # photographs compared with all others at a time, which bounds the memory


@dataclass(frozen=True)
class Twins:
    """Two photographs of different splits that look the same."""

    first: Photograph
    second: Photograph
    distance: int  # bits that differ in their perceptual hashes
    similarity: float | None  # cosine of their embeddings, where a model gave them


def twins_across_splits(survey: Survey) -> list[Twins]:
    """Near-duplicates in different splits, the most alike first: a test on such a pair measures memory, not skill.

    The hashes must be near, and the embeddings too where a model gave them: a thing alone on a white board has a
    hash like many another's.
    """
    photographs = survey.photographs
    embeddings = _embeddings(photographs)
    found = (_same_hashes if embeddings is None else partial(_same_things, embeddings))(photographs)
    twins = [Twins(photographs[i], photographs[j], bits, cosine) for i, j, bits, cosine in found]
    return sorted(twins, key=lambda pair: (-(pair.similarity or 0.0), pair.distance))


def doubtful(survey: Survey) -> list[Photograph]:
    """Photographs of which the model is sure that they are something else, the surest first.

    Either the label is wrong or the model is; a label that the model does not know says nothing.
    """
    found = [(p.opinion.confidence, p) for p in survey.photographs if p.opinion and _contradicted(p)]
    return [photograph for _, photograph in sorted(found, key=lambda pair: -pair[0])]


def _contradicted(photograph: Photograph) -> bool:
    opinion = photograph.opinion
    return (
        opinion is not None
        and opinion.of_label is not None
        and opinion.label != photograph.sample.label
        and opinion.confidence >= SURE
    )


def _same_hashes(photographs: Sequence[Photograph]) -> Iterator[tuple[int, int, int, None]]:
    for i, j, bits in _near(photographs, HASH_ALONE):
        yield from ((a, b, c, None) for a, b, c in zip(i.tolist(), j.tolist(), bits.tolist(), strict=True))


def _same_things(
    embeddings: Floats, photographs: Sequence[Photograph]
) -> Iterator[tuple[int, int, int, float]]:
    for i, j, bits in _near(photographs, HASH_DISTANCE):
        cosine = np.einsum("ij,ij->i", embeddings[i], embeddings[j])
        kept = cosine >= SIMILARITY
        columns = (values[kept].tolist() for values in (i, j, bits, cosine))
        yield from zip(*columns, strict=True)


def _embeddings(photographs: Sequence[Photograph]) -> Floats | None:
    """All embeddings at length 1, [N, D]; None unless there are all."""
    found = [p.opinion.embedding for p in photographs if p.opinion and p.opinion.embedding is not None]
    if not found or len(found) < len(photographs):
        return None
    stacked = np.stack(found).astype(np.float32)
    unit: Floats = stacked / np.maximum(np.linalg.norm(stacked, axis=1, keepdims=True), 1e-12)
    return unit


def _near(photographs: Sequence[Photograph], most: int) -> Iterator[tuple[Positions, Positions, Bits]]:
    """Pairs of positions in different splits whose hashes are near, and how many bits differ; a block at a time."""
    hashes = np.array([p.perceptual_hash for p in photographs], np.int64).view(np.uint64)
    splits = np.unique([p.sample.split for p in photographs], return_inverse=True)[1]
    for start in range(0, len(photographs), BLOCK):
        rows = slice(start, start + BLOCK)
        distances = np.bitwise_count(hashes[rows, np.newaxis] ^ hashes[start:])
        i, j = np.nonzero((distances <= most) & (splits[rows, np.newaxis] != splits[start:]))
        once = i < j
        yield start + i[once], start + j[once], distances[i[once], j[once]]
