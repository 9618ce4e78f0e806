"""A training whose worker is killed: it goes on after its last epoch, and its process does not outlive the worker."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psutil  # type: ignore[import-untyped]

from tests.faults.ledger import Ledger
from tests.faults.where import ON_POSTGRESQL
from tests.live.site import Site, until
from tests.wasteapp.frozen import noisy

# Of all faults the longest, and the same on either database: `tests/acceptance/test_loop.py` trains on SQLite.
pytestmark = ON_POSTGRESQL

ITEMS, EPOCHS = 12, 40
MISSING = "No training worker is running"
LABELS = ("wood", "glass")
SPREAD = (
    "from wasteapp.models import DatasetEntry; "
    "[DatasetEntry.objects.filter(pk=e.pk).update(split='val' if n % 6 > 3 else 'train') "
    "for n, e in enumerate(DatasetEntry.objects.order_by('label', 'pk'))]"
)


def test_a_training_killed_midway_goes_on_and_ends_with_a_candidate(site: Site, ledger: Ledger) -> None:
    run = _asked_for(site, ledger)
    person = site.admin_person()
    assert MISSING in person.get("/training/").text
    with _trainer(site) as worker:
        until(lambda: MISSING not in person.get("/training/").text, 60, "a worker that answers")
        until(lambda: len(_told(site, run)["epochs"]) >= 2, 180, "the second epoch")
        learning = [child for child in psutil.Process(worker.pid).children(recursive=True) if _learns(child)]
        assert learning
        for process in (psutil.Process(worker.pid), *psutil.Process(worker.pid).children(recursive=True)):
            if process not in learning:
                process.kill()
        killed = time.monotonic()
        until(lambda: not any(map(_lives, learning)), 20, "the end of what learnt")
    reached = len(_told(site, run)["epochs"])
    assert reached < EPOCHS
    with _trainer(site):
        until(lambda: len(_told(site, run)["epochs"]) > reached, 180, "the next epoch")
        ledger.recovered = time.monotonic() - killed
        until(lambda: _told(site, run)["job"]["state"] in ("done", "failed"), 240, "the end")
    told = _told(site, run)
    assert told["job"]["state"] == "done", told["log"]
    assert [epoch["number"] for epoch in told["epochs"]] == [*range(1, EPOCHS + 1)]
    assert "from before" in told["log"]
    assert told["result"] is not None
    assert not list((site.data / "training").iterdir())


def _asked_for(site: Site, ledger: Ledger) -> str:
    """The address of a training of the tiny network on a data set of this test's photographs."""
    admin = site.admin()
    for mark in range(ITEMS):
        taken = admin.upload(noisy("wood", 8000 + mark), wait=10, consent="true")
        item = taken.json["id"]
        ledger.accepted.append(item.replace("-", ""))
        until(lambda item=item: admin.get(f"items/{item}/").json["state"] == "done", 60, "its result")
        label = LABELS[mark % 2]
        assert admin.post(f"items/{item}/annotations/", {"kind": "correct", "label": label}).status == 201
    asked = admin.post(
        "datasets/", {"name": "To train from", "format": "csv", "filters": {"label": [*LABELS]}}
    )
    dataset = asked.json["id"]
    until(lambda: admin.get(f"datasets/{dataset}/").json["state"] == "done", 60, "the data set")
    assert site.spawn("spread", "shell", "-c", SPREAD).wait(60) == 0
    wish = {"dataset": dataset, "start": "none", "architecture": "tiny", "epochs": EPOCHS, "batch": 2}
    made = admin.post("training-runs/", wish)
    assert made.status == 202, made.text
    return f"training-runs/{made.json['id']}/"


@contextmanager
def _trainer(site: Site) -> Iterator[subprocess.Popen[bytes]]:
    worker = site.spawn("train", "worker", "train")
    try:
        yield worker
    finally:
        worker.terminate()
        worker.wait(30)
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)


def _learns(process: psutil.Process) -> bool:
    return "classifier.trainer" in process.cmdline()


def _lives(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def _told(site: Site, run: str) -> Any:
    return site.admin().get(run).json
