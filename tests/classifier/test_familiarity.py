from pathlib import Path

import numpy as np
import pytest

from classifier import familiarity

EMBEDDINGS = np.array([[3.0, 0.0], [0.0, 5.0], [0.0, 1.0], [0.0, 0.0]])


def test_a_prototype_is_the_mean_direction_of_its_label() -> None:
    prototypes = familiarity.prototypes_of(EMBEDDINGS[:3], np.array([0, 0, 2]))

    assert prototypes.tolist() == [pytest.approx([0.5**0.5, 0.5**0.5]), [0.0, 1.0]]


def test_familiarity_is_the_cosine_with_the_nearest() -> None:
    prototypes = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)

    assert familiarity.familiarity(np.array([2.0, 0.0]), prototypes) == pytest.approx(1.0)
    assert familiarity.familiarity(np.array([3.0, 4.0]), prototypes) == pytest.approx(0.8)
    assert familiarity.familiarity(np.array([-1.0, -1.0]), prototypes) == pytest.approx(-(0.5**0.5))
    assert familiarity.familiarity(np.zeros(2), prototypes) == 0.0


def test_an_empty_embedding_has_no_direction() -> None:
    assert np.isfinite(familiarity.prototypes_of(EMBEDDINGS, np.zeros(4, np.int64))).all()


def test_prototypes_are_read_as_they_were_saved(tmp_path: Path) -> None:
    prototypes = np.array([[1.0, 0.0], [0.6, 0.8]], np.float32)

    familiarity.save(prototypes, tmp_path / "p.npz")

    assert familiarity.read(tmp_path / "p.npz") == pytest.approx(prototypes, abs=1e-3)


@pytest.mark.parametrize("wrong", [np.zeros(3), np.zeros((0, 3)), np.full((1, 3), np.nan)])
def test_read_refuses_what_are_no_prototypes(tmp_path: Path, wrong: np.ndarray) -> None:
    np.savez(tmp_path / "p.npz", prototypes=wrong)

    with pytest.raises(ValueError, match="no prototypes"):
        familiarity.read(tmp_path / "p.npz")


def test_read_refuses_a_file_that_was_cut_off(tmp_path: Path) -> None:
    np.savez(tmp_path / "p.npz", prototypes=np.eye(64))
    (tmp_path / "p.npz").write_bytes((tmp_path / "p.npz").read_bytes()[:3000])

    with pytest.raises(ValueError, match="no readable file of arrays"):
        familiarity.read(tmp_path / "p.npz")
