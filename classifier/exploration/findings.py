"""What is odd in a survey: near-duplicates that straddle splits, and labels that a model is sure are others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier.exploration.survey import Photograph, Survey

HASH_DISTANCE = 6  # of 64 bits; so many may differ
SIMILARITY = 0.9  # cosine of the embeddings, at least
SURE = 0.9  # a model's confidence, from which its disagreement with a label is told
BLOCK = 512  # photographs compared with all others at a time, which bounds the memory


@dataclass(frozen=True)
class Twins:
    """Two photographs of different splits that look the same."""

    first: Photograph
    second: Photograph
    distance: int  # bits that differ in their perceptual hashes
    similarity: float | None  # cosine of their embeddings, where both have one


def twins_across_splits(survey: Survey) -> list[Twins]:
    """Near-duplicates in different splits, the nearest first: a test on such a pair measures memory, not skill.

    The hashes must be near, and the embeddings too where a model gave them: a thing alone on a white board has a
    hash like many another's.
    """
    photographs = survey.photographs
    found = [_twins(photographs[i], photographs[j], distance) for i, j, distance in _near(photographs)]
    alike = [twins for twins in found if twins.similarity is None or twins.similarity >= SIMILARITY]
    return sorted(alike, key=lambda twins: (twins.distance, -(twins.similarity or 0.0)))


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


def _near(photographs: Sequence[Photograph]) -> Iterator[tuple[int, int, int]]:
    """Pairs of positions in different splits whose hashes are near, and how many bits differ."""
    hashes = np.array([p.perceptual_hash for p in photographs], np.int64).view(np.uint64)
    splits = np.unique([p.sample.split for p in photographs], return_inverse=True)[1]
    for start in range(0, len(photographs), BLOCK):
        rows = slice(start, start + BLOCK)
        distances = np.bitwise_count(hashes[rows, np.newaxis] ^ hashes[start:])
        near = (distances <= HASH_DISTANCE) & (splits[rows, np.newaxis] != splits[start:])
        for i, j in np.argwhere(near).tolist():
            if i < j:
                yield start + i, start + j, int(distances[i, j])


def _twins(first: Photograph, second: Photograph, distance: int) -> Twins:
    embeddings = [
        p.opinion.embedding for p in (first, second) if p.opinion and p.opinion.embedding is not None
    ]
    return Twins(first, second, distance, _cosine(*embeddings) if len(embeddings) == 2 else None)


def _cosine(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> float:
    return float(a @ b / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-12))
