"""What happens to a photograph while a worker has it: poison, a word of its owner, a clock that is wrong."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from launcher import commands
from tests.faults.holding import fed, held
from tests.faults.ledger import Ledger
from tests.faults.poison import POISONS, poison
from tests.faults.where import ON_POSTGRESQL
from tests.figures import FIGURE
from tests.live.site import until
from tests.live.stack import Stack

pytestmark = ON_POSTGRESQL

FAKETIME = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
NEIGHBOURS = 3  # of each poison


def test_poison_is_set_aside_and_its_neighbours_finish(site: Stack, ledger: Ledger) -> None:
    """A picture that kills its process, one that never ends, one that takes all memory: three attempts each."""
    with site.without("classify"):
        for mark, kind in enumerate(POISONS):
            ledger.upload(poison(kind, 9000 + mark))
            ledger.upload_many(NEIGHBOURS)
        with site.another("python", "-m", "tests.faults.poisoned", SORTWISE_LEASE_SECONDS="5"):
            ledger.settle(failing=len(POISONS))
    failed = site.rows.select(
        "select attempt, error_code, error from wasteapp_prediction where state = 'failed' order by id desc"
    )[: len(POISONS)]
    assert {(attempt, code) for attempt, code, _ in failed} == {(3, "crashed")}
    assert all("broke off three times" in told for *_, told in failed)


def test_a_correction_during_inference_stays(site: Stack, ledger: Ledger) -> None:
    with site.stopped("classify"):
        item = ledger.upload().json["id"]
        incoming = site.data / "media" / "incoming" / ledger.accepted[0]
        holding = ExitStack()
        holding.enter_context(held(incoming))
    with holding:
        until(lambda: ledger.states() == {"running": 1}, 30, "its being in work")
        said = site.admin().post(f"items/{item}/annotations/", {"kind": "correct", "label": "textile"})
        assert said.status == 201, said.text
        fed(incoming)
        until(lambda: ledger.states() == {"done": 1}, 30, "its result")
    ledger.settle()
    shown = site.admin().get(f"items/{item}/").json
    assert (shown["label"], shown["verified_label"]) == ("textile", "textile")
    assert shown["prediction"]["label"]


def test_clocks_two_hours_off_duplicate_nothing(
    site: Stack, ledger: Ledger, request: pytest.FixtureRequest
) -> None:
    """One worker's is ahead, another's behind, and sweepers' ahead; the one that is ahead is killed at work."""
    if FAKETIME is None:
        reason = "clocks that are off were not tried: this machine has no libfaketime (install faketime)"
        request.node.user_properties.append((FIGURE, reason))
        return
    with ExitStack() as others:
        others.enter_context(site.without("classify"))
        ledger.upload_many(30, at_once=3)
        ahead = others.enter_context(site.another(*commands.classify(2), **_clock("+2h")))
        until(lambda: ledger.states()["done"] >= 5, 60, "its first results")
        others.enter_context(site.another(*commands.classify(2), **_clock("-2h")))
        ledger.upload_many(30, at_once=3)
        for process in [ahead, *ahead.children(recursive=True)]:
            process.kill()
        for _ in range(3):
            with site.another(
                "python", "-m", "tests.faults.sweep_at_once", "0", "1", **_clock("+2h")
            ) as sweeper:
                sweeper.wait(60)
        ledger.upload_many(6)
        ledger.settle()
    behind = site.rows.number("select count(*) from wasteapp_prediction where finished < created")
    assert behind == 0, "times are the database's"


def _clock(offset: str) -> dict[str, str]:
    return {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME": offset,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",  # files have the times of the machine that keeps them
    }
