"""How near a picture's embedding is to what was learnt: a prototype of each label, kept in the model folder.

A label's prototype is the mean direction of its training photographs' embeddings.
"""

import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def familiarity(embedding: npt.NDArray[np.floating], prototypes: Floats) -> float:
    """The cosine between an embedding [D] and the nearest prototype [P, D]: -1 to 1; 0 for an empty embedding."""
    length = float(np.linalg.norm(embedding))
    return float((prototypes @ embedding).max()) / length if length else 0.0


def prototypes_of(embeddings: npt.NDArray[np.floating], targets: npt.NDArray[np.int64]) -> Floats:
    """A direction of length 1 for each label that occurs, from embeddings [N, D] and positions [N]: float32 [P, D]."""
    directions = _unit(embeddings.astype(np.float64))
    means = [directions[targets == label].mean(axis=0) for label in np.unique(targets)]
    return _unit(np.stack(means)).astype(np.float32)


def save(prototypes: Floats, path: Path) -> None:
    """Writes them in float16."""
    np.savez(path, prototypes=prototypes.astype(np.float16))


def read(path: Path) -> Floats:
    """What `save` wrote: float32 [P, D]. Raises OSError, ValueError or KeyError for anything else."""
    try:
        with path.open("rb") as opened, np.load(opened) as file:
            prototypes = np.asarray(file["prototypes"], np.float32)
    except (zipfile.BadZipFile, EOFError, TypeError) as error:
        raise ValueError(f"{path.name} is no readable file of arrays") from error
    if prototypes.ndim != 2 or not len(prototypes) or not np.isfinite(prototypes).all():
        raise ValueError(f"{path.name} holds no prototypes")
    return prototypes


def _unit(vectors: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths == 0, 1, lengths), np.float64)
