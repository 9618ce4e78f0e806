"""One `run.py` from nothing, for the first hour and all that comes after it; the last file stops it."""

from collections.abc import Iterator

import pytest

from tests.live.embedded import Embedded

# As many as the loop's test has, where a site would want a hundred.
GATE = {"SORTWISE_HOLDOUT_LEAST": "4", "SORTWISE_HOLDOUT_LEAST_LABEL": "2"}


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    site = Embedded(tmp_path_factory.mktemp("first-hour") / "data", **GATE)
    try:
        site.wait()
        yield site
    finally:
        if site.process.poll() is None:
            site.stop()
