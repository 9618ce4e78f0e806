"""A model that is not intact: no photograph is judged by it, and none is lost."""

import signal

from tests.faults.ledger import Ledger
from tests.live.site import Site, until


def test_a_worker_refuses_a_damaged_model(site: Site, ledger: Ledger) -> None:
    """It says why and does not start; uploads wait, and finish once the model is mended."""
    folder = next(path for path in (site.data / "cache" / "models").iterdir() if path.is_dir())
    model = folder / "model.tflite"
    intact = model.read_bytes()
    said = len(site.log("classify"))
    model.write_bytes(intact[:-4096] + bytes(4096))
    try:
        site.signal("classify", signal.SIGKILL)
        until(lambda: "The worker does not start: " in site.log("classify")[said:], 60, "its refusal")
        ledger.upload_many(5)
        assert ledger.states() == {"queued": 5}
    finally:
        model.write_bytes(intact)
    ledger.settle()
    assert "model.tflite" in site.log("classify")[said:], "the sentence names the file"
