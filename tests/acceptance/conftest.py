"""One `run.py` from nothing, for all of the first hour."""

from collections.abc import Iterator

import pytest

from tests.live.embedded import Embedded


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    site = Embedded(tmp_path_factory.mktemp("first-hour") / "data")
    try:
        site.wait()
        yield site
    finally:
        if site.process.poll() is None:
            site.stop()
