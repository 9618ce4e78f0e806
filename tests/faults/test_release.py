"""Another model in service while photographs come, and back: nothing is lost, nothing is mixed."""

import time
from collections.abc import Iterator

import pytest

from tests.faults.ledger import Ledger
from tests.faults.load import photographs_coming
from tests.faults.where import ON_POSTGRESQL
from tests.figures import FIGURE
from tests.live.client import Api
from tests.live.models import NEXT, send_model, turned
from tests.live.pictures import drawn
from tests.live.site import Site, until

# The same on either database; `tests/acceptance/test_loop.py` puts models in service on SQLite.
pytestmark = ON_POSTGRESQL

SECONDS = 10.0  # in which the workers take up what was put in service
SOME = 25  # photographs that each must have answered


@pytest.fixture
def other(site: Site) -> Iterator[dict[str, int | str]]:
    """A candidate whose answers tell it apart; never in service afterwards."""
    made = send_model(site.admin(), turned(f"turned-{time.monotonic_ns()}"))
    yield made
    active = site.rows.select("select id from wasteapp_modelversion where state = 'active'")
    if active == [(made["id"],)]:
        put(site.admin(), "roll-back")


def put(api: Api, path: str) -> dict[str, int | str]:
    """What an operator decides about a model, by API."""
    answer = api.post(f"models/{path}/")
    assert answer.status == 200, answer.text
    decided: dict[str, int | str] = answer.json
    return decided


def answered(site: Site, version: str) -> int:
    """How many photographs a version has answered."""
    return site.rows.number(
        "select count(*) from wasteapp_prediction p join wasteapp_modelversion v on v.id = p.model_version_id"
        f" where p.state = 'done' and v.name = '{version}'"
    )


def test_a_model_is_taken_up_and_taken_back_under_load(
    site: Site, ledger: Ledger, other: dict[str, int | str], request: pytest.FixtureRequest
) -> None:
    """The same picture over and over: each answer must be that of the version which its prediction names."""
    first = ledger.upload(drawn(), wait=20).json["prediction"]
    ledger.settle()
    name, before = str(other["name"]), str(first["model_version"])
    with photographs_coming(ledger, drawn()):
        put(site.admin(), f"{other['id']}/activate")
        seconds = until(lambda: answered(site, name), SECONDS, "its first answer")
        until(lambda: answered(site, name) >= SOME, 60, "more of its answers")
        assert put(site.admin(), "roll-back")["name"] == before
        since = answered(site, before)
        until(lambda: answered(site, before) > since, SECONDS, "an answer by the one of before")
        until(lambda: answered(site, before) >= since + SOME, 60, "more of its answers")
    ledger.settle()
    assert answers(site, ledger) == {(before, first["label"]), (name, NEXT[first["label"]])}
    assert ledger.upload(drawn(), wait=20).json["prediction"]["model_version"] == before
    line = f"first answer by a model that was put in service under load: after {seconds:.2f} s"
    request.node.user_properties.append((FIGURE, line))


def answers(site: Site, ledger: Ledger) -> set[tuple[str, str]]:
    """Which version gave which label for what the ledger accepted."""
    rows = site.rows.select(
        "select p.item_id, v.name, p.label from wasteapp_prediction p"
        " join wasteapp_modelversion v on v.id = p.model_version_id"
    )
    mine = set(ledger.accepted)
    return {(name, label) for item, name, label in rows if str(item).replace("-", "") in mine}


def test_a_shadow_answers_beside_and_is_shown_to_nobody(
    site: Site, ledger: Ledger, other: dict[str, int | str]
) -> None:
    put(site.admin(), f"{other['id']}/shadow")
    item = ledger.upload(drawn(), wait=20).json
    name = str(other["name"])
    until(lambda: answered(site, name) == 1, 30, "the shadow's answer")
    put(site.admin(), f"{other['id']}/retire")
    shown = site.admin().get(f"items/{item['id']}/").json["prediction"]
    assert (shown["model_version"], shown["label"]) == (
        item["prediction"]["model_version"],
        item["prediction"]["label"],
    )
    figures = site.admin().get(f"models/{other['id']}/").json["shadow"]["agreement"]
    assert (figures["part"], figures["whole"]) == (0, 1)
    assert (
        site.admin().delete(f"items/{item['id']}/").status == 204
    )  # the ledger counts one prediction an item
