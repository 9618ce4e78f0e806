"""Where commands write."""

from pathlib import Path

import pytest

from classifier.artefact import ArtefactError
from classifier.commands.outputs import make_folder, new_model_folder


def test_a_model_folder_is_there_when_it_is_whole(tmp_path: Path) -> None:
    with new_model_folder(tmp_path / "deep" / "model") as folder:
        folder.mkdir()
        (folder / "manifest.json").touch()
        assert folder.name == "model"
        assert not (tmp_path / "deep" / "model").exists()

    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["model"]
    assert (tmp_path / "deep" / "model" / "manifest.json").exists()


def test_what_failed_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with new_model_folder(tmp_path / "model") as folder:
            folder.mkdir()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert not any(tmp_path.iterdir())


def test_what_a_killed_run_left_is_cleared_and_what_another_does_is_not(tmp_path: Path) -> None:
    for left in (".model.partial/model", ".model.2.partial/model.2"):
        (tmp_path / left).mkdir(parents=True)

    with new_model_folder(tmp_path / "model") as folder:
        assert not folder.exists()
        folder.mkdir()

    assert {path.name for path in tmp_path.iterdir()} == {"model", ".model.2.partial"}


def test_a_model_that_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()

    with pytest.raises(ArtefactError, match="exists already"), new_model_folder(tmp_path / "model"):
        pass

    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_folder_that_nothing_can_be_written_into_is_refused() -> None:
    """Not even by an administrator, and where there is none it cannot be made."""
    with pytest.raises(OSError, match="'/proc'"):
        make_folder(Path("/proc"))
