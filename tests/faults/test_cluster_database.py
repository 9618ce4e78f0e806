"""A PostgreSQL server that is restarted, in order or by a crash, while requests and workers use it."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import psycopg
import pytest

from tests.faults.later import an_hour_later
from tests.faults.ledger import Ledger
from tests.faults.load import photographs_coming
from tests.faults.where import ON_POSTGRESQL
from tests.live.site import until
from tests.live.stack import Stack

pytestmark = [
    ON_POSTGRESQL,
    pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGQUIT], ids=["in order", "by a crash"]),
]

WAITING = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"


def test_a_database_restarted_mid_request_accepts_nothing_without_a_row(
    site: Stack, ledger: Ledger, end: signal.Signals
) -> None:
    """Whoever uploads meanwhile gets 500 or more, or is accepted: then the row is there."""
    with photographs_coming(ledger, spared=False) as met:
        until(lambda: len(ledger.accepted) >= 5, 30, "a first few")
        site.server.stop(end)
        until(lambda: sum(met[status] for status in met if status >= 500) >= 2, 30, "a refusal")
        assert site.server.start()
        before = len(ledger.accepted)
        until(lambda: len(ledger.accepted) >= before + 5, 30, "the next few")
    ledger.settle(tidied=lambda: an_hour_later(site))


def test_a_database_restarted_as_a_worker_saves_gives_one_result(
    site: Stack, ledger: Ledger, end: signal.Signals
) -> None:
    """Both children stand in the middle of their commits."""
    with ExitStack() as locked:
        with site.stopped("classify"):
            ledger.upload_many(4)
            locked.enter_context(_locked(site))
        until(lambda: site.rows.number(WAITING) == 2, 30, "both being about to save")
        site.server.stop(end)
    assert site.server.start()
    ledger.settle()


@contextmanager
def _locked(site: Stack) -> Iterator[None]:
    """Nobody saves a photograph inside, as long as the server stands."""
    connection = psycopg.connect(site.rows.address)
    connection.execute("select id from wasteapp_item for update")
    try:
        yield
    finally:
        with suppress(psycopg.Error):
            connection.close()
