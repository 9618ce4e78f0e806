"""An export whose worker dies midway: a whole file or none, and in the end a whole one."""

import signal
import time
from io import BytesIO

import pytest

from classifier.formats.imagefolder import read_imagefolder
from classifier.formats.parquet import read_parquet
from classifier.formats.webdataset import read_webdataset
from tests.faults.holding import held
from tests.faults.ledger import Ledger
from tests.faults.where import ON_POSTGRESQL
from tests.live.client import Api
from tests.live.pictures import drawn
from tests.live.site import Site, until

# The export itself does not know the database; SQLite has it in tests/wasteapp.
pytestmark = ON_POSTGRESQL

ITEMS = 6
READERS = {"imagefolder": read_imagefolder, "parquet": read_parquet, "webdataset": read_webdataset}


@pytest.mark.parametrize("format", READERS)
def test_an_export_killed_midway_is_whole_or_absent(site: Site, ledger: Ledger, format: str) -> None:
    earlier = site.media("exports")
    items = [_verified(site.admin(), ledger, mark) for mark in range(ITEMS)]
    middle = site.rows.select(f"select image from wasteapp_item order by id desc limit 1 offset {ITEMS // 2}")
    with held(site.data / "media" / middle[0][0]):
        asked = site.admin().post("datasets/", {"name": "Killed midway", "format": format})
        assert asked.status == 202, asked.text
        export = f"datasets/{asked.json['id']}/"
        until(lambda: _job(site) == "running", 20, "its start")
        time.sleep(1)  # until it reads the file that never comes
        assert site.admin().get(f"{export}download/").status == 409
        site.signal("jobs", signal.SIGKILL)
    assert site.media("exports") == earlier
    killed = time.monotonic()
    until(lambda: site.admin().get(f"{export}download/").status == 200, 60, "the export")
    ledger.recovered = time.monotonic() - killed
    _check(format, site.admin().get(f"{export}download/").body, items)
    assert len(site.media("exports")) == len(earlier) + 1


def _verified(admin: Api, ledger: Ledger, mark: int) -> str:
    """The id of a new item that data sets may hold."""
    taken = admin.upload(drawn(7000 + mark), wait=10, consent="true")
    item: str = taken.json["id"]
    ledger.accepted.append(item.replace("-", ""))
    until(lambda: admin.get(f"items/{item}/").json["state"] == "done", 60, "its result")
    said = admin.post(f"items/{item}/annotations/", {"kind": "correct", "label": "wood"})
    assert said.status == 201, said.text
    return item


def _job(site: Site) -> str:
    return str(site.rows.select("select state from wasteapp_job order by id desc limit 1")[0][0])


def _check(format: str, content: bytes, items: list[str]) -> None:
    """Whole: every photograph is there, each with its checksum."""
    assert {record.id for record, _ in READERS[format](BytesIO(content))} >= set(items)
