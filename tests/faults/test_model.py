"""A model that is not intact: no photograph is judged by it, and none is lost."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.ledger import Ledger
from tests.faults.refusing import model_folder, refused
from tests.faults.where import ON_POSTGRESQL
from tests.live.site import Site

# No database has a part in it.
pytestmark = ON_POSTGRESQL


def test_a_worker_refuses_a_damaged_model(site: Site, ledger: Ledger) -> None:
    """The sentence names the file."""
    refused(site, ledger, _damaged(site), "model.tflite")


@contextmanager
def _damaged(site: Site) -> Iterator[None]:
    model = model_folder(site) / "model.tflite"
    intact = model.read_bytes()
    model.write_bytes(intact[:-4096] + bytes(4096))
    try:
        yield
    finally:
        model.write_bytes(intact)
