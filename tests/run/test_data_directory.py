"""The folder that keeps everything."""

import stat
from pathlib import Path

import pytest

from launcher import options, settings
from launcher.data_directory import DataDirectory, require_space
from launcher.errors import LaunchError


@pytest.fixture
def data(tmp_path: Path) -> DataDirectory:
    folder = DataDirectory(tmp_path / "data")
    folder.make()
    return folder


def test_the_secret_key_is_made_once_and_for_its_owner(data: DataDirectory) -> None:
    key = data.secret_key()
    assert len(key) > 60
    assert data.secret_key() == key
    assert stat.S_IMODE((data.path / "secret_key").stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LaunchError, match=r"Cannot write to the data directory .*file/data"):
        DataDirectory(tmp_path / "file" / "data").make()


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    with pytest.raises(LaunchError, match="The disk is full"):
        require_space(tmp_path, 10**12)


def test_nobody_runs_on_a_folder_that_nobody_locks(data: DataDirectory) -> None:
    with data.locked("http://127.0.0.1:1/"):
        running = data.running()
        assert running is not None
        assert running.url == "http://127.0.0.1:1/"
    assert data.running() is None


def test_the_persons_settings_win_over_ours(data: DataDirectory) -> None:
    chosen = options.read(["--tls", "--host", "192.0.2.7"])[1]
    own = {
        "SORTWISE_ALLOWED_HOSTS": "bin.example.org",
        "DATABASE_URL": "postgres://x/y",
        "SORTWISE_SECRET_KEY": "",
    }
    found = settings.for_children(chosen, data, "redis://x", own)
    assert found["SORTWISE_ALLOWED_HOSTS"] == "bin.example.org"
    assert found["DATABASE_URL"] == "postgres://x/y"
    assert found["SORTWISE_SECRET_KEY"] == data.secret_key()
    assert found["SORTWISE_DATA_DIR"] == str(data.path)
    assert found["SORTWISE_TLS"] == "true"
