"""Workers that are killed, or told to stop, with photographs in work."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack

import psutil  # type: ignore[import-untyped]
import pytest

from launcher import ROOT
from tests.faults.holding import held
from tests.faults.killed_at import POINTS
from tests.faults.ledger import Ledger
from tests.faults.where import ON_SQLITE
from tests.live.site import Site, until

VICTIMS: dict[str, Callable[[Site], list[psutil.Process]]] = {
    "pool children": lambda site: site.pool("classify"),
    "parent": lambda site: site.group("classify")[:1],
    "whole group": lambda site: site.group("classify"),
}
SERVICES = ("web", "classify", "jobs", "sweep")


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_worker_killed_mid_prediction_loses_nothing(site: Site, ledger: Ledger, victim: str) -> None:
    """Both children hold a photograph when they die; four more wait behind."""
    _killed_mid_prediction(site, ledger, VICTIMS[victim])


@ON_SQLITE
def test_the_nursery_killed_mid_prediction_loses_nothing(site: Site, ledger: Ledger) -> None:
    """All servers end with it, and come back."""
    _killed_mid_prediction(site, ledger, lambda site: site.group("nursery")[:1])
    until(lambda: all(site.leader(service) for service in SERVICES) and site.answers(), 60, "all being back")


def _killed_mid_prediction(
    site: Site, ledger: Ledger, victims: Callable[[Site], list[psutil.Process]]
) -> None:
    with ExitStack() as holding:
        with site.stopped("classify"):
            ledger.upload_many(6)
            incoming = [site.data / "media" / "incoming" / item for item in ledger.accepted[:2]]
            holding.enter_context(held(*incoming))
        until(lambda: ledger.states()["running"] == 2, 30, "both being in work")
        readers = site.pool("classify")
        for process in victims(site):
            process.kill()
        until(lambda: not _any_alive(readers), 30, "the end of those who read the files")
    ledger.settle()


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_between_files_and_rows_leaves_no_file(
    site: Site, ledger: Ledger, point: str
) -> None:
    """Its message comes again and finds the result, or the sweeper sends it for another attempt."""
    before = {path.name for path in site.media("incoming")}  # what could not be read stays for a while
    with site.stopped("classify"):
        ledger.upload()
        prediction = site.rows.number("select max(id) from wasteapp_prediction")
        command = [sys.executable, "-m", "tests.faults.killed_at", point, str(prediction)]
        killed = subprocess.run(command, cwd=ROOT, env=site.environment, timeout=60)
        assert killed.returncode == -signal.SIGKILL
        assert len(site.media("items")) % 2 == 0
        assert {path.name for path in site.media("incoming")} - before == set(ledger.accepted)
    ledger.settle()


def test_children_killed_again_and_again_lose_nothing(site: Site, ledger: Ledger) -> None:
    """Wherever the work is at that moment: decoding, predicting, between the files and the commit."""
    with site.stopped("classify"):
        ledger.upload_many(40, at_once=4)
    for _ in range(6):
        time.sleep(random.uniform(0.02, 0.2))
        if children := site.pool("classify"):
            random.choice(children).kill()
    ledger.settle()


def _any_alive(processes: list[psutil.Process]) -> bool:
    return any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes)
