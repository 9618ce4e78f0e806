"""What only a database with many writers can show."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from celery import Celery

from launcher import ROOT
from tests.faults.ledger import Ledger
from tests.live.site import until
from tests.live.stack import Stack

pytestmark = pytest.mark.parametrize("site", ["postgresql"], indirect=True)


def test_a_message_delivered_a_hundred_times_gives_one_result(site: Stack, ledger: Ledger) -> None:
    site.signal("classify", signal.SIGSTOP)
    ledger.upload()
    prediction = site.rows.number("select max(id) from wasteapp_prediction")
    _send(site, prediction, times=100)
    with site.another("classify", concurrency=8), site.broker() as broker:
        until(lambda: broker.llen("classify") == 0 and broker.hlen("unacked") == 0, 60, "the last delivery")
        site.signal("classify", signal.SIGCONT)
        ledger.settle()
    attempts = site.rows.number(f"select attempt from wasteapp_prediction where id = {prediction}")
    assert attempts == 1


def test_sweepers_at_once_dispatch_once(site: Stack, ledger: Ledger) -> None:
    with site.without("sweep"), site.without("classify"), site.broker() as broker:
        site.signal("valkey", signal.SIGSTOP)
        ledger.upload_many(40, at_once=4)
        site.signal("valkey", signal.SIGCONT)
        time.sleep(0.5)  # what was sent to the paused broker and given up
        broker.delete("classify")
        assert sum(_sweep(site, processes=2, threads=4)) == 40
        assert broker.llen("classify") == 40
    ledger.settle()


def _send(site: Stack, prediction: int, times: int) -> None:
    with Celery(broker=site.broker_url, set_as_current=False) as app:
        for _ in range(times):
            app.send_task("wasteapp.tasks.classify", args=[prediction], queue="classify", ignore_result=True)


def _sweep(site: Stack, processes: int, threads: int) -> list[int]:
    command = [sys.executable, "-m", "tests.faults.sweep_at_once", str(time.time() + 4), str(threads)]
    run = partial(subprocess.run, command, cwd=ROOT, env=site.environment, stdout=subprocess.PIPE, timeout=60)
    with ThreadPoolExecutor(processes) as pool:
        return [int(done.stdout) for done in pool.map(lambda _: run(check=True), range(processes))]
