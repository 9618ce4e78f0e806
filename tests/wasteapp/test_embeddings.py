"""Embeddings as they are kept: small, the same everywhere, and as far apart as they were."""

import hashlib

import numpy as np
import pytest

from wasteapp.services.embeddings import embedding_pack, embedding_unpack, farthest_first


def drawn(count, length=1280):
    return np.abs(np.random.default_rng(7).standard_normal((count, length))).astype(np.float32)


def test_distances_survive():
    vectors = drawn(40)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    kept = np.stack([embedding_unpack(packed=embedding_pack(embedding=v)) for v in vectors])
    before = np.linalg.norm(units[:, None] - units[None], axis=-1)[np.triu_indices(40, 1)]
    after = np.linalg.norm(kept[:, None] - kept[None], axis=-1)[np.triu_indices(40, 1)]
    assert np.abs(after / before - 1).max() < 0.4
    assert abs((after / before).mean() - 1) < 0.05


def test_it_is_128_bytes_and_never_another_projection():
    """Another seed or order would make all that is kept worthless."""
    packed = embedding_pack(embedding=np.arange(1280, dtype=np.float32))
    assert len(packed) == 128
    assert hashlib.sha256(np.sign(embedding_unpack(packed=packed)).tobytes()).hexdigest()[:8] == "ac178354"


@pytest.mark.parametrize("embedding", [None, np.zeros(8, np.float32)])
def test_what_has_no_direction_is_not_kept(embedding):
    assert embedding_pack(embedding=embedding) is None


def test_the_least_familiar_comes_first_and_the_unknown_after_it():
    east, north = np.eye(2, dtype=np.float32)
    packed = {
        name: embedding_pack(embedding=v) for name, v in {"e": east, "n": north, "ne": east + north}.items()
    }
    candidates = {"none": None, "e": packed["e"], "ne": packed["ne"], "n": packed["n"]}
    assert farthest_first(candidates=candidates, seen=[packed["e"]]) == ["n", "ne", "none", "e"]
    assert farthest_first(candidates=candidates, seen=[]) == list(candidates)
