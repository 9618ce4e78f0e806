"""What a real deployment says of itself: Django's own checks, TLS, cookies; and that no secret is in the tree."""

import json
import os
import re
import secrets
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from config.env import PROJECT

# As docker-compose.yml has it.
DEPLOYED = {
    "SORTWISE_ALLOWED_HOSTS": "localhost,sort.example.org",
    "SORTWISE_TRUSTED_ORIGINS": "https://sort.example.org",
    "SORTWISE_TLS": "true",
    "SORTWISE_BEHIND_PROXY": "1",
}
ASKED = """
import json, django
django.setup()
from django.conf import settings
from django.core.management import call_command
from django.test import Client
call_command("check", deploy=True, fail_level="WARNING")
names = ["SESSION", "CSRF", "LANGUAGE"]
cookies = {n: [getattr(settings, f"{n}_COOKIE_{x}") for x in ("NAME", "SECURE", "HTTPONLY", "SAMESITE", "DOMAIN",
           "PATH")] for n in names}
client = Client(SERVER_NAME="sort.example.org")
plain, health = client.get("/guide/"), client.get("/healthz")
by_tls = client.get("/healthz", headers={"X-Forwarded-Proto": "https"})
print(json.dumps({"cookies": cookies, "plain": [plain.status_code, plain["Location"]], "health": health.status_code,
                  "hsts": by_tls["Strict-Transport-Security"]}))
"""
SECRETS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/]{20}"),
    "a key of Django's template": re.compile(r"django-insecure-\w{10}"),
    "a key of AWS": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "a token of GitHub": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{30}"),
    "a secret that is given": re.compile(
        r"^(?:export )?(?:SORTWISE_SECRET_KEY|POSTGRES_PASSWORD)=[\"']?[\w+/=-]{8,}", re.MULTILINE
    ),
}


@cache
def deployed() -> subprocess.CompletedProcess[str]:
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "SORTWISE_DATA_DIR") if name in os.environ
    }
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings", "SORTWISE_SECRET_KEY": secrets.token_urlsafe(48)}
    return subprocess.run(
        [sys.executable, "-c", ASKED],
        cwd=PROJECT,
        env={**kept, **settings, **DEPLOYED},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def found() -> dict:
    return json.loads(deployed().stdout.splitlines()[-1])


def test_django_has_nothing_to_say_of_a_deployment():
    assert (deployed().returncode, "no issues" in deployed().stdout) == (0, True), deployed().stderr


def test_cookies_are_bound_to_the_host_and_to_tls(found):
    assert found["cookies"] == {
        "SESSION": ["__Host-sessionid", True, True, "Lax", None, "/"],
        "CSRF": ["__Host-csrftoken", True, True, "Lax", None, "/"],
        "LANGUAGE": ["__Host-django_language", True, True, "Lax", None, "/"],
    }


def test_plain_http_is_sent_on_and_tls_is_remembered(found):
    assert found["plain"] == [301, "https://sort.example.org/guide/"]
    assert found["health"] == 200  # whoever asks from beside it has no certificate
    assert found["hsts"] == "max-age=31536000"


def tracked() -> list[Path]:
    """The text files of the tree, as git has them, or as they lie where there is no git."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, check=False)
    names = listed.stdout.decode().split("\0") if listed.returncode == 0 else []
    paths = [PROJECT / name for name in names if name] or [
        path
        for path in PROJECT.rglob("*")
        if not {".venv", "var", ".git"} & set(path.relative_to(PROJECT).parts)
    ]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:1024]]


def test_no_secret_is_in_the_tree():
    found = [
        f"{path.relative_to(PROJECT)}: {what}"
        for path in tracked()
        for what, pattern in SECRETS.items()
        if pattern.search(path.read_text(errors="replace"))
    ]
    assert found == []


def test_a_secret_in_the_tree_would_be_found():
    for line in ("SORTWISE_SECRET_KEY=changeme123", "AKIA" + "A" * 16, "django-insecure-" + "x" * 20):
        assert any(pattern.search(line) for pattern in SECRETS.values())
