"""What a cluster is asked besides: many writers at once, services that restart one by one."""

import dbm
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import psutil  # type: ignore[import-untyped]
from celery import Celery

from launcher import ROOT, commands
from tests.faults.ledger import Ledger
from tests.faults.where import ON_POSTGRESQL
from tests.live.site import until
from tests.live.stack import Stack

pytestmark = ON_POSTGRESQL


def test_a_message_delivered_a_hundred_times_gives_one_result(site: Stack, ledger: Ledger) -> None:
    with site.stopped("classify"), site.broker() as broker:
        ledger.upload()
        in_hand = broker.hlen("unacked")  # of workers that an earlier test killed
        prediction = site.rows.number("select max(id) from wasteapp_prediction")
        _send(site, prediction, times=100)
        with site.another(*commands.classify(8)):
            ledger.settle()
            until(lambda: not broker.llen("classify"), 30, "the last delivery")
            until(lambda: broker.hlen("unacked") <= in_hand, 30, "the end of the last delivery")
    attempts = site.rows.number(f"select attempt from wasteapp_prediction where id = {prediction}")
    assert attempts == 1


def test_sweepers_at_once_dispatch_once(site: Stack, ledger: Ledger) -> None:
    with site.without("sweep"), site.without("classify"), site.broker() as broker:
        with site.stopped("valkey"):
            ledger.upload_many(40, at_once=4)
        time.sleep(0.5)  # what was sent to the paused broker and given up
        broker.delete("classify")
        assert sum(_sweep(site, processes=2, threads=4)) == 40
        assert broker.llen("classify") == 40
    ledger.settle()


def test_a_sweeper_whose_schedule_was_cut_short_sweeps_again(site: Stack, ledger: Ledger) -> None:
    """As where it was killed while it wrote the file."""
    with site.without("sweep"):
        with site.stopped("valkey"):
            ledger.upload_many(4)
        with dbm.open(str(site.data / "beat-schedule"), "w") as schedule:
            schedule["entries"] = b""
    ledger.settle()


def test_a_sweeper_whose_beat_was_killed_sweeps_again(site: Stack, ledger: Ledger) -> None:
    before = site.leader("sweep")
    assert before, "no sweeper runs"
    until(lambda: len(before.children()) == 2, 30, "its child and its beat")
    for process in before.children():
        process.kill()
    with site.stopped("valkey"):
        ledger.upload_many(4)
    ledger.settle()
    until(lambda: not before.is_running() or before.status() == psutil.STATUS_ZOMBIE, 30, "the old one's end")


def test_a_rolling_restart_under_load_loses_nothing(site: Stack, ledger: Ledger) -> None:
    """SIGTERM for the workers in turn, while photographs keep coming."""
    for service in ("classify", "sweep", "classify"):
        ledger.upload_many(16, at_once=4)
        leader = site.leader(service)
        assert leader, f"no {service} runs"
        leader.terminate()
        ledger.upload_many(8, at_once=4)
        leader.wait(30)
        until(lambda name=service: site.leader(name), 30, "its next start")
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
