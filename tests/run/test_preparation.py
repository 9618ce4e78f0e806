"""A data directory is prepared again when the program changed, or what it had made is gone."""

import os

import pytest

from launcher.preparation import KEPT, Preparation


@pytest.fixture
def prepared(tmp_path):
    root, folder = tmp_path / "project", tmp_path / "data"
    (root / "wasteapp").mkdir(parents=True)
    (root / "wasteapp" / "models.py").write_text("one")
    for name in KEPT:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    preparation = Preparation(root, folder, {})
    preparation.note()
    return preparation


def test_a_prepared_folder_is_current(prepared):
    assert prepared.is_current()


def test_a_changed_program_prepares_again(prepared):
    source = prepared.root / "wasteapp" / "models.py"
    os.utime(source, ns=(1, 1))
    assert not prepared.is_current()


@pytest.mark.parametrize("name", [*KEPT, "prepared"])
def test_what_is_gone_is_prepared_again(prepared, name):
    (prepared.folder / name).unlink()
    assert not prepared.is_current()


@pytest.mark.parametrize("name", ["DATABASE_URL", "STORAGE_URL", "SORTWISE_MODEL_DIR"])
def test_what_lies_elsewhere_is_prepared_at_every_start(prepared, name):
    assert not Preparation(prepared.root, prepared.folder, {name: "x"}).is_current()
