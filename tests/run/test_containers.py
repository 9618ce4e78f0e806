"""docker-compose.yml and the Dockerfile run what run.py runs."""

import json
import re
from fnmatch import fnmatch
from typing import Any

import pytest
import yaml

from classifier.artefact import SHIPPED, read_manifest
from launcher import ROOT, commands

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OURS = {
    "prepare": commands.PREPARE,
    "web": commands.web("0.0.0.0", 8000),
    "classify": commands.classify(2),
    "jobs": commands.JOBS,
    "trainer": commands.TRAIN,
    "sweep": commands.SWEEP,
}


def with_defaults(words: list[str]) -> tuple[str, ...]:
    """As Compose reads them when .env sets nothing."""
    return tuple(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", word) for word in words)


@pytest.mark.parametrize("name", OURS)
def test_a_service_runs_the_command_of_run_py(name: str) -> None:
    assert with_defaults(SERVICES[name]["command"]) == OURS[name]


def test_the_image_serves_the_web_as_run_py_does() -> None:
    command = re.search(r"^CMD (\[.+\])$", DOCKERFILE, re.MULTILINE)
    assert command
    assert tuple(json.loads(command[1])) == OURS["web"]


@pytest.mark.parametrize(
    ("name", "queue"), [("classify", "classify"), ("jobs", "jobs"), ("trainer", "train"), ("sweep", "sweep")]
)
def test_a_worker_is_asked_whether_it_lives(name: str, queue: str) -> None:
    assert tuple(SERVICES[name]["healthcheck"]["test"][1:]) == commands.alive(queue)


def test_only_the_trainer_s_image_has_tensorflow() -> None:
    extras = {name: SERVICES[name]["build"] for name in OURS if SERVICES[name]["build"] != "."}
    assert extras == {"trainer": {"context": ".", "args": {"EXTRA": "train"}}}
    assert re.search(r"^ARG EXTRA=cluster$", DOCKERFILE, re.MULTILINE)
    assert "tensorflow" not in (ROOT / "requirements/cluster.txt").read_text()


@pytest.mark.parametrize("name", OURS)
def test_all_of_ours_share_the_data_and_have_no_privileges(name: str) -> None:
    assert SERVICES[name]["volumes"] == ["data:/data"]
    assert SERVICES[name]["cap_drop"] == ["ALL"]


def test_every_secret_has_to_be_given() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for name in ("SORTWISE_SECRET_KEY", "POSTGRES_PASSWORD"):
        assert set(re.findall(rf"\$\{{{name}(..)", text)) == {":?"}


def test_the_image_runs_as_nobody_special_from_the_hashed_lock() -> None:
    assert re.search(r"^USER sortwise$", DOCKERFILE, re.MULTILINE)
    assert "--require-hashes" in DOCKERFILE
    assert "requirements/cluster.txt" in DOCKERFILE
    assert re.search(r"^HEALTHCHECK", DOCKERFILE, re.MULTILINE)


def test_what_the_dockerfile_copies_is_let_into_the_build() -> None:
    allowed = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert {"manage.py", "config", "classifier", "wasteapp", "templates", "requirements/cluster.txt"} <= set(
        allowed
    )
    assert all((ROOT / name).exists() for name in allowed)


def test_every_file_of_the_model_that_ships_is_let_into_the_build() -> None:
    """`prepare` verifies all of them, also those that serving never reads."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    kept_out = [line.replace("**/", "*") for line in lines if line[:1] not in ("", "#", "!") and line != "*"]
    folder = SHIPPED.relative_to(ROOT).as_posix()
    names = [f"{folder}/{name}" for name in ("manifest.json", *read_manifest(SHIPPED).files)]
    assert not [name for name in names if any(fnmatch(name, pattern) for pattern in kept_out)]
