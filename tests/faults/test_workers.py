"""Workers that are killed, or told to stop, with photographs in work."""

import random
import signal
import time
from collections.abc import Callable

import psutil  # type: ignore[import-untyped]
import pytest

from tests.faults.holding import held
from tests.faults.ledger import Ledger
from tests.live.embedded import Embedded
from tests.live.site import Site, until
from tests.live.stack import Stack

VICTIMS: dict[str, Callable[[Site], list[psutil.Process]]] = {
    "pool children": lambda site: site.pool("classify"),
    "parent": lambda site: site.group("classify")[:1],
    "whole group": lambda site: site.group("classify"),
}
RESTARTS = {Embedded: 1, Stack: 3}  # run.py waits longer and longer before it starts again what keeps ending


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_worker_killed_mid_prediction_loses_nothing(site: Site, ledger: Ledger, victim: str) -> None:
    """Both children hold a photograph when they die; four more wait behind."""
    site.signal("classify", signal.SIGSTOP)
    ledger.upload_many(6)
    with held(*(site.data / "media" / "incoming" / item for item in ledger.accepted[:2])):
        site.signal("classify", signal.SIGCONT)
        until(lambda: ledger.states()["running"] == 2, 30, "both being in work")
        readers = site.pool("classify")
        for process in VICTIMS[victim](site):
            process.kill()
        until(lambda: not _any_alive(readers), 30, "the end of those who read the files")
    ledger.settle()


def test_children_killed_again_and_again_lose_nothing(site: Site, ledger: Ledger) -> None:
    """Wherever the work is at that moment: decoding, predicting, between the files and the commit."""
    site.signal("classify", signal.SIGSTOP)
    ledger.upload_many(40, at_once=4)
    site.signal("classify", signal.SIGCONT)
    for _ in range(6):
        time.sleep(random.uniform(0.02, 0.2))
        if children := site.pool("classify"):
            random.choice(children).kill()
    ledger.settle()


def test_workers_stopped_under_load_lose_nothing(site: Site, ledger: Ledger) -> None:
    """SIGTERM, as a rolling restart does it, while photographs keep coming."""
    for _ in range(RESTARTS[type(site)]):
        ledger.upload_many(16, at_once=4)
        leader = site.leader("classify")
        assert leader, "no worker runs"
        leader.terminate()
        ledger.upload_many(8, at_once=4)
        leader.wait(30)
        until(lambda: site.pool("classify"), 30, "the next worker's start")
    ledger.settle()


def _any_alive(processes: list[psutil.Process]) -> bool:
    return any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes)
