"""What a watchman is told: that nobody answers, though the processes may be there, and where a photograph went."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.faults.ledger import Ledger
from tests.live.client import multipart, send
from tests.live.pictures import drawn
from tests.live.site import Site, until

NOTICED = 30.0  # seconds, with a trial each second, on a busy machine
ID = "7d1b-followed-through"


def told(site: Site, path: str) -> tuple[int, Any]:
    answer = send(site.url, "GET", path)
    return answer.status, answer.json


def healthy(site: Site) -> bool:
    return told(site, "/health/")[0] == 200


@contextmanager
def hanging(site: Site) -> Iterator[None]:
    """Inside, the pool children hang; their worker's main process still answers whoever asks whether it is there."""
    children = site.pool("classify")
    assert children
    for child in children:
        child.suspend()
    try:
        yield
    finally:
        for child in children:
            child.resume()


def test_workers_that_hang_are_noticed_and_uploads_are_accepted(site: Site, ledger: Ledger) -> None:
    until(lambda: healthy(site), NOTICED, "its health")
    with hanging(site):
        until(lambda: not healthy(site), NOTICED, "the news that nobody answers")
        assert told(site, "/health/")[1]["workers"].startswith("no worker has answered since")
        assert told(site, "/readyz")[0] == 200
        ledger.upload()
    until(lambda: healthy(site), NOTICED, "its health, again")
    ledger.settle()


def test_one_id_follows_a_photograph_from_request_to_result(site: Site, ledger: Ledger) -> None:
    body, kind = multipart({}, {"image": ("photo.jpg", drawn(7))})
    headers = {**site.admin().headers, "Content-Type": kind, "Prefer": "wait=10", "X-Request-ID": ID}
    answer = send(site.url, "POST", "/api/v1/items/", body, headers)
    assert (answer.status, answer.headers["X-Request-ID"]) == (201, ID)
    ledger.accepted.append(answer.json["id"].replace("-", ""))
    ledger.settle()
    until(lambda: len(found(site)) == 2, NOTICED, "both lines")
    web, worker = found(site)
    assert (web["event"], worker["event"]) == ("request_finished", "prediction_done")
    assert web["item"] == worker["item"] == answer.json["id"]
    assert worker["task_id"]


def found(site: Site) -> list[dict[str, Any]]:
    lines = [line for name in ("web", "classify") for line in site.log(name).splitlines()]
    return [json.loads(line) for line in lines if ID in line]
