"""A site on real processes, and a ledger of what it accepted; a table of figures at the end.

Every test leaves the site whole for the next one. Leases and sweeps are short, so that recovery is too.
"""

import os
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from launcher import postgres
from launcher.guard import Guard
from tests.faults.ledger import Ledger
from tests.figures import FAULT
from tests.live.embedded import Embedded
from tests.live.site import Site
from tests.live.stack import Stack

POSTGRESQL = bool(os.environ.get("SORTWISE_TEST_DATABASE_URL"))  # these tests start one of their own
SHORT = {
    "SORTWISE_LEASE_SECONDS": "4",
    "SORTWISE_SWEEP_SECONDS": "1",
    "SORTWISE_RESEND_SECONDS": "2",
    "SORTWISE_BREAKER_SECONDS": "1",
    "SORTWISE_TRIAL_SECONDS": "1",
    "SORTWISE_UPLOAD_RATE": "1000000/hour",
    "SORTWISE_ADDRESS_UPLOAD_RATE": "1000000/hour",
    "SORTWISE_REQUEST_RATE": "1000000/minute",
    "SORTWISE_QUOTA_ITEMS": "1000000",
}


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
    packages = Path(sysconfig.get_path("purelib"))
    with Guard() as guard, postgres.running(guard, packages) as server:
        assert server, "no PostgreSQL starts here"
        site = Stack(data, server, **SHORT)
        try:
            site.start_all()
            yield site
        finally:
            site.close()


def databases(config: pytest.Config) -> list[str]:
    """On which the faults are tried: `run.py faults` may name one, `run.py test` may have SQLite alone."""
    if wanted := config.getoption("database", ""):
        return [wanted]
    both = POSTGRESQL or config.getoption("rounds", 0)
    return ["embedded", "postgresql"] if both else ["embedded"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what is for PostgreSQL alone where it is not tried."""
    unwanted = {"embedded", "postgresql"} - set(databases(config))
    here = str(Path(__file__).parent)
    items[:] = [
        item for item in items if not (str(item.path).startswith(here) and _database(item) in unwanted)
    ]


def _database(item: pytest.Item) -> str:
    return str(item.callspec.params.get("site", "")) if isinstance(item, pytest.Function) else ""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marks = metafunc.definition.iter_markers("parametrize")
    if "site" in metafunc.fixturenames and not any(mark.args[0] == "site" for mark in marks):
        metafunc.parametrize("site", databases(metafunc.config), indirect=True)


@pytest.fixture(scope="package")
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
    request.node.user_properties.append((FAULT, (request.node.name, ledger.figures)))


@pytest.fixture
def hold(request: pytest.FixtureRequest) -> float:
    """Seconds that a fault lasts which may last any time."""
    return float(request.config.getoption("hold", 0))
