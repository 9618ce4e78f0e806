"""The virtual environment: when it is made, when it is left alone, and what a failure is called."""

import json
from pathlib import Path

import pytest

from launcher.environment import Environment, serving_locks
from launcher.installing import explain

NOTHING = "# nothing to install\n"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    (tmp_path / "requirements").mkdir()
    for name in ("serve", "cluster", "train", "test"):
        (tmp_path / "requirements" / f"{name}.txt").write_text(NOTHING)
    return Environment(tmp_path)


def test_it_is_made_once(environment: Environment, capsys: pytest.CaptureFixture[str]) -> None:
    environment.ensure(("serve",))
    assert environment.python.exists()
    assert "Installed in" in capsys.readouterr().out
    environment.ensure(("serve",))
    assert capsys.readouterr().out == ""


def test_an_interrupted_or_changed_install_is_done_again(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.ensure(("serve",))
    stamp = environment.folder / "sortwise-installed.json"
    stamp.unlink()
    environment.ensure(("serve",))
    environment.lock("serve").write_text(NOTHING * 2)
    environment.ensure(("serve",))
    assert capsys.readouterr().out.count("Installed in") == 3


def test_one_of_another_python_is_made_anew(environment: Environment) -> None:
    environment.ensure(("serve",))
    (environment.folder / "left-over").touch()
    environment.python.unlink()
    environment.python.write_text("#!/bin/sh\necho 3.9.1\n")
    environment.python.chmod(0o755)
    (environment.folder / "sortwise-installed.json").unlink()
    environment.ensure(("serve",))
    assert not (environment.folder / "left-over").exists()


def test_one_that_was_moved_is_made_anew(environment: Environment, tmp_path: Path) -> None:
    environment.ensure(("serve",))
    moved = Environment(tmp_path.rename(tmp_path.with_name("moved")))
    (moved.folder / "left-over").touch()
    moved.ensure(("serve",))
    assert not (moved.folder / "left-over").exists()


def test_the_tests_environment_can_serve_too(environment: Environment) -> None:
    environment.ensure(("test",))
    stamp = json.loads((environment.folder / "sortwise-installed.json").read_text())
    assert set(stamp) == {"serve", "cluster", "train", "test"}


def test_drivers_are_installed_where_the_addresses_need_them() -> None:
    assert serving_locks({}) == ("serve",)
    assert serving_locks({"DATABASE_URL": "postgres://x/y"}) == ("serve", "cluster")
    assert serving_locks({"STORAGE_URL": "s3://bucket"}) == ("serve", "cluster")
    assert serving_locks({}, trainer=True) == ("serve", "train")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "Because pywin32==308 has no wheels with a matching platform tag (e.g., `manylinux_2_36_x86_64`)",
            "no ready-made package of pywin32==308 for this platform",
        ),
        (
            "ERROR: No matching distribution found for pywin32==308",
            "no ready-made package of pywin32==308 for this platform",
        ),
        (
            "Because there is no version of x==9.9.9 and you require x==9.9.9",
            "no ready-made package of x==9.9.9",
        ),
        ("OSError: [Errno 28] No space left on device: '/x'", "disk became full"),
        ("cause: tcp connect error\ncause: Connection refused (os error 111)", "could not be reached"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "checksum differs"),
        ("Segmentation fault", "could not be installed"),
    ],
)
def test_a_failed_install_is_put_in_a_sentence(said: str, sentence: str) -> None:
    assert sentence in explain(said)
