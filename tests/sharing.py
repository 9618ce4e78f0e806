"""How tests are shared among processes (`pytest -n 2`): files whole, and folders whole whose tests share a site or a
trained network. Tests that commit empty their database, and with it what the migrations put there: they come last."""

from collections.abc import Sequence

import pytest
from xdist.remote import Producer
from xdist.scheduler.loadscope import LoadScopeScheduling

WHOLE = ("tests/acceptance/", "tests/classifier/", "tests/faults/")
COMMITS = "@commits"  # behind the name of a test, so that the scheduler, which sees names alone, knows it


class Sharing(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        if nodeid.endswith(COMMITS):
            return COMMITS
        return next((folder for folder in WHOLE if nodeid.startswith(folder)), nodeid.partition("::")[0])


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Sharing:
    return Sharing(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """pytest-django has put them behind all others that use the database; here they become one part of the work."""
    if hasattr(config, "workerinput"):
        for item in filter(_commits, items):
            item._nodeid = f"{item.nodeid}{COMMITS}"


def _commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    fixtures = getattr(item, "fixturenames", ())
    return bool(marker and marker.kwargs.get("transaction")) or "transactional_db" in fixtures
