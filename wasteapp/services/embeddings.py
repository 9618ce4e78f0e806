"""Embeddings as they are kept: small, and still as far from each other as they were.

A network's pooled embedding (1,280 numbers, say) is projected to 64 by a random matrix with a fixed seed and kept as
float16: 128 bytes a prediction. Distances survive within a few tenths of themselves, which is enough to tell what is
unlike: Johnson and Lindenstrauss, 1984; for such matrices Dasgupta and Gupta, 2003, https://doi.org/10.1002/rsa.10073.
Distances mean something between embeddings of one model version alone.
"""

from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

import numpy as np
import numpy.typing as npt

SIDE = 64
SEED = 20261121  # another one would make the kept embeddings worthless

Floats = npt.NDArray[np.float32]
Key = TypeVar("Key", bound=Hashable)


def embedding_pack(*, embedding: Floats | None) -> bytes | None:
    """A unit vector's 64 projections as 128 bytes; None for none, or for one that has no direction."""
    if embedding is None or not (length := float(np.linalg.norm(embedding))):
        return None
    unit = np.asarray(embedding, np.float32) / length
    return (unit @ _matrix(len(unit))).astype("<f2").tobytes()


def embedding_unpack(*, packed: bytes) -> Floats:
    """[64] of what `embedding_pack` made."""
    return np.frombuffer(packed, "<f2").astype(np.float32)


def farthest_first(*, candidates: Mapping[Key, bytes | None], seen: Sequence[bytes]) -> list[Key]:
    """The candidates, what is least like anything seen first; in their order where nothing is known.

    Farthest first, as core-set selection does: Sener and Savarese, 2018, https://arxiv.org/abs/1708.00489.
    """
    if not seen:
        return list(candidates)
    known = np.stack([embedding_unpack(packed=packed) for packed in seen])  # [S, 64]

    def nearest(key: Key) -> float:
        packed = candidates[key]
        if packed is None:
            return 0.0
        return float(np.linalg.norm(known - embedding_unpack(packed=packed), axis=1).min())

    return sorted(candidates, key=nearest, reverse=True)


@lru_cache(maxsize=4)
def _matrix(length: int) -> Floats:
    """[length, 64]; the same one in every process."""
    drawn = np.random.default_rng(SEED).standard_normal((length, SIDE), np.float32)
    return drawn / np.float32(np.sqrt(SIDE))
