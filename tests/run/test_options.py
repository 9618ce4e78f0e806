"""The command line."""

from pathlib import Path

import pytest

from launcher import options
from launcher.errors import LaunchError


def test_without_words_it_serves_here() -> None:
    command, chosen, rest = options.read([])
    assert (command, rest) == ("serve", [])
    assert chosen.url == "http://127.0.0.1:8000/"
    assert chosen.browser


def test_it_trains_where_it_is_told_to() -> None:
    assert not options.read([])[1].trainer
    assert options.read(["--trainer"])[1].trainer


def test_words_after_the_command_are_left_alone() -> None:
    command, chosen, rest = options.read(["--data-dir", "test", "manage", "migrate", "--plan", "-v", "2"])
    assert command == "manage"
    assert chosen.data_dir == Path("test").resolve()
    assert rest == ["migrate", "--plan", "-v", "2"]


def test_pytest_gets_its_own_options() -> None:
    assert options.read(["test", "-k", "upload", "-x"])[2] == ["-k", "upload", "-x"]


def test_the_data_directory_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SORTWISE_DATA_DIR", str(tmp_path))
    assert options.read([])[1].data_dir == tmp_path


def test_a_certificate_needs_its_key() -> None:
    with pytest.raises(LaunchError, match="belong together"):
        options.read(["--tls-cert", "a.pem"])


def test_a_certificate_means_https() -> None:
    chosen = options.read(["--tls-cert", "a.pem", "--tls-key", "b.pem", "--port", "8443"])[1]
    assert chosen.url == "https://127.0.0.1:8443/"


@pytest.mark.parametrize(
    "words", [["--port", "0"], ["--port", "70000"], ["--workers", "0"], ["--wrokers", "2"]]
)
def test_nonsense_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        options.read(words)
    assert ended.value.code == 2
    assert words[0] in capsys.readouterr().err
