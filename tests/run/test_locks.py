"""The files in requirements/ and pyproject.toml say the same."""

import re
import tomllib

import pytest

from launcher import ROOT
from launcher.locks import EXTRAS, FOLDER

PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)(?: ; (.+?))? \\$", re.MULTILINE)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def pins(name: str) -> set[tuple[str, str, str]]:
    return {match.groups(default="") for match in PINNED.finditer((FOLDER / f"{name}.txt").read_text())}  # type: ignore[misc]


def canonical(requirement: str) -> str:
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name
    return re.sub(r"[-_.]+", "-", name[0]).lower()


@pytest.mark.parametrize("name", EXTRAS)
def test_every_dependency_is_locked(name: str) -> None:
    extras = PROJECT["optional-dependencies"]
    wanted = [*PROJECT["dependencies"], *(each for extra in EXTRAS[name] for each in extras[extra])]
    assert {canonical(each) for each in wanted} <= {pin[0] for pin in pins(name)}


@pytest.mark.parametrize("name", EXTRAS)
def test_every_package_has_checksums_and_no_address(name: str) -> None:
    text = (FOLDER / f"{name}.txt").read_text()
    assert "://" not in text
    blocks = re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]
    assert blocks
    assert all("--hash=sha256:" in block for block in blocks)


@pytest.mark.parametrize("name", EXTRAS)
def test_the_widest_lock_has_the_versions_of_all(name: str) -> None:
    widest = {pin[:2] for pin in pins("test")}
    assert {pin[:2] for pin in pins(name)} <= widest


def test_what_serves_has_no_tensorflow() -> None:
    for name in ("serve", "cluster"):
        assert not any(pin[0].startswith("tensorflow") for pin in pins(name))
