"""The environment: what is missing or malformed stops the start; the README's table is the class."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from config.env import PROJECT, Environment, describe

TABLE = re.compile(r"<!-- settings -->\n(.*?)<!-- /settings -->", re.DOTALL)
KEY = "hush-hush, for no site but this test"
ROW = re.compile(r"^\| `(\w+)` \|(.*?)\|(.*)\|$", re.MULTILINE)


def start(tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Reading the settings in a fresh process, with these variables and no others of ours."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", "import config.settings as s; print(s.DATA_DIR, s.DEBUG)"],
        cwd=PROJECT,
        env={**kept, "SORTWISE_DATA_DIR": str(tmp_path), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_start_needs_the_secret_and_nothing_else(tmp_path):
    done = start(tmp_path, SORTWISE_SECRET_KEY=KEY)
    assert (done.returncode, done.stdout.split()) == (0, [str(tmp_path), "False"])


@pytest.mark.parametrize("variables", [{}, {"SORTWISE_SECRET_KEY": ""}])
def test_a_missing_secret_stops_the_start(tmp_path, variables):
    done = start(tmp_path, **variables)
    assert done.returncode == 1
    assert "Sortwise cannot start: SORTWISE_SECRET_KEY" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_short_secret_stops_every_process(tmp_path):
    done = start(tmp_path, SORTWISE_SECRET_KEY="x" * 31)
    assert done.returncode == 1
    assert "Sortwise cannot start: SORTWISE_SECRET_KEY" in done.stderr
    assert "xxx" not in done.stderr


@pytest.mark.parametrize(("said", "counted"), [("true", 1), ("false", 0), ("2", 2), ("", 0)])
def test_proxies_are_counted(monkeypatch, said, counted):
    monkeypatch.setenv("SORTWISE_BEHIND_PROXY", said)
    assert Environment().proxies == counted


def test_every_malformed_setting_is_named(tmp_path):
    done = start(
        tmp_path, SORTWISE_SECRET_KEY=KEY, SORTWISE_LEASE_SECONDS="soon", SORTWISE_MAX_UPLOAD_BYTES="0"
    )
    assert done.returncode == 1
    lines = done.stderr.strip().splitlines()
    assert [line.split(":")[1].strip() for line in lines] == [
        "SORTWISE_MAX_UPLOAD_BYTES",
        "SORTWISE_LEASE_SECONDS",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SORTWISE_UPLOAD_RATE", "often"),
        ("STORAGE_URL", "ftp://somewhere"),
        ("DATABASE_URL", "nonsense://x"),
        ("EMAIL_URL", "smtp://host:port"),
    ],
)
def test_a_malformed_address_is_named(tmp_path, name, value):
    done = start(tmp_path, SORTWISE_SECRET_KEY=KEY, **{name: value})
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith(f"Sortwise cannot start: {name}:")
    assert "Traceback" not in done.stderr


def test_the_secret_is_never_in_a_message(monkeypatch):
    monkeypatch.setenv("SORTWISE_SECRET_KEY", KEY)
    monkeypatch.setenv("SORTWISE_TOKEN_DAYS", "many")
    with pytest.raises(ValidationError) as caught:
        Environment()
    assert KEY not in describe(caught.value)


def test_lists_are_read_with_commas(monkeypatch):
    monkeypatch.setenv("SORTWISE_ALLOWED_HOSTS", "a.example, b.example,,")
    assert Environment().allowed_hosts == ["a.example", "b.example"]


def test_the_readme_has_every_setting_as_the_class_describes_it():
    found = TABLE.search((PROJECT / "README.md").read_text())
    assert found, "README.md has no table between <!-- settings --> and <!-- /settings -->"
    table = {name: meaning.strip() for name, _, meaning in ROW.findall(found.group(1))}
    described = {str(f.validation_alias): f.description for f in Environment.model_fields.values()}
    assert table == described
