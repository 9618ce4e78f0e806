"""Uploads that come all at once, twice, or break off."""

import asyncio
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.faults.later import aged
from tests.faults.ledger import Ledger
from tests.faults.load import photographs_coming
from tests.faults.where import ON_POSTGRESQL
from tests.live.client import multipart
from tests.live.flood import flood
from tests.live.pictures import drawn
from tests.live.site import until
from tests.live.stack import Stack

pytestmark = ON_POSTGRESQL

MANY = 1000
SECONDS = 600.0  # in which two processes answer all of them, on a machine that has other work
LARGE = 3_000_000  # bytes, that no connection's buffers hold


def test_a_thousand_uploads_at_once_meet_no_error(site: Stack, ledger: Ledger) -> None:
    answers = asyncio.run(flood(site.admin(), [drawn(mark, side=64) for mark in range(MANY)]))
    met = Counter(status for status, _ in answers)
    assert met.total() == MANY
    assert set(met) <= {201, 202, 429}, met
    for status, told in answers:
        if status != 429:
            ledger.accept(told["id"])
    ledger.settle(SECONDS)


def test_one_idempotency_key_at_once_makes_one_row(site: Stack, ledger: Ledger) -> None:
    content, before = drawn(4242), site.rows.stored()[0]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: site.admin().upload(content, key="the same"), range(8)))
    assert {answer.status for answer in answers} <= {201, 202}
    (item,) = {answer.json["id"] for answer in answers}
    assert site.rows.stored()[0] == before + 1
    ledger.accept(item)
    ledger.settle()


def test_an_upload_that_breaks_off_leaves_nothing(site: Stack, ledger: Ledger) -> None:
    before = site.rows.stored()
    with _half_sent(site):
        until(lambda: _temporary(site), 30, "its arrival")
    until(lambda: not _temporary(site), 30, "the end of its temporary file")
    assert site.rows.stored() == before
    ledger.upload()
    ledger.settle()


def test_what_a_killed_server_was_receiving_goes_within_the_hour(site: Stack, ledger: Ledger) -> None:
    with _half_sent(site):
        until(lambda: _temporary(site), 30, "its arrival")
        site.signal("web", signal.SIGKILL)
        until(site.answers, 60, "the next web server")
    (left,) = _temporary(site)
    aged(left)
    until(lambda: not left.exists(), 30, "the sweep")
    ledger.upload()
    ledger.settle()


def test_a_web_server_restarted_under_load_loses_nothing(site: Stack, ledger: Ledger) -> None:
    """SIGTERM: requests under way are answered, and those that come too early find no server."""
    with photographs_coming(ledger, spared=False) as met:
        for _ in range(2):
            before = len(ledger.accepted)
            until(lambda before=before: len(ledger.accepted) >= before + 10, 60, "some more")
            leader = site.leader("web")
            assert leader, "no web server runs"
            leader.terminate()
            leader.wait(30)
            until(site.answers, 60, "its next start")
    assert set(met) <= {0, 201, 202}, met
    ledger.settle()


@contextmanager
def _half_sent(site: Stack) -> Iterator[None]:
    """Inside, the first half of an upload has been sent."""
    body, kind = multipart({}, {"image": ("half.jpg", drawn() + bytes(LARGE))})
    head = {"Host": urlsplit(site.url).netloc, "Content-Type": kind, "Content-Length": str(len(body))}
    lines = [f"{name}: {value}" for name, value in {**head, **site.admin().headers}.items()]
    with socket.create_connection((urlsplit(site.url).hostname, urlsplit(site.url).port), 30) as connection:
        connection.sendall("\r\n".join(["POST /api/v1/items/ HTTP/1.1", *lines, "", ""]).encode())
        connection.sendall(body[: len(body) // 2])
        yield


def _temporary(site: Stack) -> list[Path]:
    return [path for path in (site.data / "tmp").iterdir() if path.is_file()]
