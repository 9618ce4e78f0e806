"""How tests are shared among processes (`pytest -n 2`): files whole, and folders whole whose tests share a site or a
trained network."""

import pytest
from xdist.remote import Producer
from xdist.scheduler.loadscope import LoadScopeScheduling

WHOLE = ("tests/acceptance/", "tests/classifier/", "tests/faults/")


class Sharing(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in WHOLE if nodeid.startswith(folder)), nodeid.partition("::")[0])


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Sharing:
    return Sharing(config, log)
