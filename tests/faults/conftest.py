"""A site on real processes, and a ledger of what it accepted; a table of figures at the end.

Every test leaves the site whole for the next one. Leases and sweeps are short, so that recovery is too.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.ledger import Ledger
from tests.figures import FAULT, NAME_WIDTH
from tests.live.embedded import Embedded
from tests.live.site import Site
from tests.live.stack import Stack, database

SERVER = os.environ.get("SORTWISE_TEST_DATABASE_URL", "")
SHORT = {
    "SORTWISE_LEASE_SECONDS": "4",
    "SORTWISE_SWEEP_SECONDS": "1",
    "SORTWISE_RESEND_SECONDS": "2",
    "SORTWISE_BREAKER_SECONDS": "1",
    "SORTWISE_TRIAL_SECONDS": "1",
    "SORTWISE_UPLOAD_RATE": "100000/hour",
}
collect_ignore = [] if SERVER else ["test_postgresql.py"]  # `run.py test` says at its end what was lacking


@contextmanager
def embedded(data: Path) -> Iterator[Site]:
    site = Embedded(data, **SHORT)
    try:
        site.wait()
        yield site
    finally:
        site.stop()


@contextmanager
def stack(data: Path) -> Iterator[Site]:
    with database(SERVER) as address:
        site = Stack(data, address, **SHORT)
        try:
            site.start_all()
            yield site
        finally:
            site.close()


@pytest.fixture(scope="package", params=["embedded", *(["postgresql"] if SERVER else [])])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site, with a first photograph worked off."""
    start = {"embedded": embedded, "postgresql": stack}[request.param]
    with start(tmp_path_factory.mktemp(request.param) / "data") as site:
        first = Ledger(site)
        first.upload(wait=10)
        first.settle()
        yield site


@pytest.fixture
def ledger(site: Site, request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """Begins empty; what it comes to is a line of the table."""
    ledger = Ledger(site)
    yield ledger
    request.node.user_properties.append((FAULT, f"{request.node.name:<{NAME_WIDTH}}{ledger.line()}"))
