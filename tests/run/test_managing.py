"""Backing up and restoring from the command line."""

from pathlib import Path

import pytest

from launcher import managing, options
from launcher.data_directory import DataDirectory
from launcher.errors import LaunchError
from launcher.preparation import STAMP


@pytest.fixture
def became(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words with which this process would have become `manage.py`."""
    words: list[str] = []
    monkeypatch.setattr(managing, "manage", lambda chosen, rest: words.extend(rest) or 0)
    return words


def test_files_are_named_from_where_the_person_is(
    became: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command, chosen, rest = options.read(["--data-dir", "data", "backup", "--verify", "site.tar"])
    assert command == "backup"
    managing.backup(chosen, rest)
    assert became == ["backup", "--verify", str(tmp_path / "site.tar")]


def test_standard_output_is_no_file(became: list[str]) -> None:
    managing.backup(options.read([])[1], ["-"])
    assert became == ["backup", "-"]


def test_nothing_is_restored_under_a_running_site(became: list[str], tmp_path: Path) -> None:
    chosen = options.read(["--data-dir", str(tmp_path)])[1]
    folder = DataDirectory(tmp_path)
    folder.make()
    with folder.locked("http://localhost:1/"), pytest.raises(LaunchError, match="already running"):
        managing.restore(chosen, ["site.tar"])
    assert became == []
    managing.restore(chosen, ["site.tar"])
    assert became[0] == "restore"


def test_what_was_restored_is_prepared_at_the_next_start(became: list[str], tmp_path: Path) -> None:
    (tmp_path / STAMP).touch()
    managing.restore(options.read(["--data-dir", str(tmp_path)])[1], ["--replace", "site.tar"])
    assert not (tmp_path / STAMP).exists()
