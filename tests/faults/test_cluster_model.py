"""A model of another checksum than the one in service, and one that is gone altogether."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.ledger import Ledger
from tests.faults.refusing import model_folder, refused
from tests.faults.where import ON_POSTGRESQL
from tests.live.stack import Stack

pytestmark = ON_POSTGRESQL


def test_a_worker_refuses_another_model_than_the_registered_one(site: Stack, ledger: Ledger) -> None:
    refused(site, ledger, _another(site), "is not the model that was registered")


def test_a_worker_refuses_to_start_without_a_model(site: Stack, ledger: Ledger) -> None:
    refused(site, ledger, _gone(site), "is missing from storage")


@contextmanager
def _another(site: Stack) -> Iterator[None]:
    """Its manifest says something else, so that its checksum does."""
    manifest = model_folder(site) / "manifest.json"
    intact = manifest.read_bytes()
    manifest.write_bytes(intact.replace(b'"labels"', b'"extra": 1, "labels"', 1))
    try:
        yield
    finally:
        manifest.write_bytes(intact)


@contextmanager
def _gone(site: Stack) -> Iterator[None]:
    """From this machine and from storage."""
    name = site.rows.select("select archive from wasteapp_modelversion where state = 'active'")[0][0]
    places = [model_folder(site), site.data / "media" / name]
    aside = [place.rename(site.data / f"aside-{number}") for number, place in enumerate(places)]
    try:
        yield
    finally:
        for place, was in zip(places, aside, strict=True):
            was.rename(place)
