"""docs/security.md names tests that exist, and limits that hold."""

import re
from pathlib import Path

from classifier import preprocessing
from classifier.artefact import MAX_BYTES
from config.env import PROJECT, Environment
from config.settings import RATES
from wasteapp.services.model_upload import MOST_ENTRIES

PAGE = (PROJECT / "docs" / "security.md").read_text()
NAMED = re.compile(r"`((?:[\w]+/)?test_\w+\.py)::(test_\w+)`")


def test_every_test_that_the_page_names_exists():
    missing = [
        f"{file}::{name}"
        for file, name in sorted(set(NAMED.findall(PAGE)))
        if not any(
            defines(path, name) for path in (PROJECT / "tests").rglob(Path(file).name) if fits(path, file)
        )
    ]
    assert missing == []
    assert len(NAMED.findall(PAGE)) > 70


def fits(path: Path, file: str) -> bool:
    return path.as_posix().endswith(f"/{file}")


def defines(path: Path, name: str) -> bool:
    return re.search(rf"^ *def {name}\(", path.read_text(), re.MULTILINE) is not None


def test_the_page_names_the_limits_of_every_upload():
    default = {name: field.default for name, field in Environment.model_fields.items()}
    for text in (
        f"`SORTWISE_MAX_UPLOAD_BYTES` ({default['max_upload_bytes'] // 1_000_000} MB)",
        f"`SORTWISE_MAX_IMAGE_PIXELS` ({default['max_image_pixels'] // 1_000_000} million)",
        f"`SORTWISE_MAX_IMPORT_BYTES` ({default['max_import_bytes'] // 1_000_000_000} GB)",
        f"{MAX_BYTES >> 20} MB, also unpacked, and {MOST_ENTRIES} files",
        f"{preprocessing.MAX_FRAMES:,} frames",
    ):
        assert text in PAGE


def test_the_page_names_the_rates_as_they_come():
    for name in ("request_rate", "upload_rate", "address_upload_rate", "job_rate"):
        assert f"`SORTWISE_{name.upper()}`, {Environment.model_fields[name].default}" in PAGE
    assert RATES["token"] == {"address": "20/hour"}
