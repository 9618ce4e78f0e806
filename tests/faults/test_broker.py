"""A broker that dies, forgets, stands still or is full: uploads never notice, and nothing is lost."""

import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
import redis

from tests.faults.ledger import Ledger
from tests.live.embedded import Embedded
from tests.live.site import Site, until
from tests.live.stack import Stack

BOUNCES = {Embedded: 2, Stack: 20}  # run.py waits longer and longer before it starts again what keeps dying


def test_a_broker_that_dies_and_forgets_loses_nothing(site: Site, ledger: Ledger) -> None:
    with site.stopped("classify"):
        ledger.upload_many(50, at_once=5)
        with site.broker() as broker:
            assert broker.llen("classify") >= 40  # the stopped worker has a few in hand
        site.signal("valkey", signal.SIGSTOP)
        for path in site.broker_data.iterdir():
            shutil.rmtree(path)
        site.signal("valkey", signal.SIGKILL)
        until(lambda: _answers(site), 30, "the next broker's start")
    ledger.settle()


@pytest.mark.parametrize("fault", ["paused", "full", "down"])
def test_uploads_are_accepted_without_a_broker(site: Site, ledger: Ledger, hold: float, fault: str) -> None:
    """Also those that would wait for their result; the backlog drains once it is back."""
    with FAULTS[fault](site):
        ledger.upload_many(16, at_once=4, wait=10)
        end = time.monotonic() + hold
        ledger.upload_many(16, at_once=4)
        while time.monotonic() < end:
            ledger.upload_many(8, at_once=4)
            time.sleep(1)
        assert ledger.p99 < 3
    ledger.settle()


def test_work_goes_on_after_the_broker_bounced(site: Site, ledger: Ledger) -> None:
    for _ in range(BOUNCES[type(site)]):
        leader = site.leader("valkey")
        assert leader, "no broker runs"
        leader.kill()
        ledger.upload()
        until(lambda: _answers(site), 40, "the next broker's start")
        ledger.upload()
    ledger.settle(60)
    assert ledger.upload(wait=10).status == 201, "the next photograph is published and picked up at once"


@contextmanager
def _full(site: Site) -> Iterator[None]:
    with site.broker() as broker:
        broker.config_set("maxmemory", 1)
        try:
            yield
        finally:
            broker.config_set("maxmemory", 0)


@contextmanager
def _down(site: Site) -> Iterator[None]:
    """Gone, and for as long as the test takes: run.py would start it again, so that its socket goes instead."""
    if isinstance(site, Stack):
        with site.without("valkey"):
            yield
        return
    socket = site.broker_socket
    aside = socket.rename(socket.with_suffix(".aside"))
    try:
        with site.broker_at(aside) as broker:
            broker.client_kill_filter(skipme=True)
        yield
    finally:
        aside.rename(socket)


FAULTS: dict[str, Callable[[Site], AbstractContextManager[None]]] = {
    "paused": lambda site: site.stopped("valkey"),
    "full": _full,
    "down": _down,
}


def _answers(site: Site) -> bool:
    try:
        with site.broker() as broker:
            return bool(broker.ping())
    except redis.RedisError:
        return False
