"""Workers that do not start because of the model."""

import signal
from contextlib import AbstractContextManager
from pathlib import Path

from tests.faults.ledger import Ledger
from tests.live.site import Site, until

REFUSAL = "The worker does not start: "


def model_folder(site: Site) -> Path:
    """Of the model in service, as the workers have it."""
    return next(path for path in (site.data / "cache" / "models").iterdir() if path.is_dir())


def refused(site: Site, ledger: Ledger, damage: AbstractContextManager[object], sentence: str) -> None:
    """The worker does not start while the damage lasts, and says why; uploads wait, and finish once it is mended."""
    said = len(site.log("classify"))
    with damage:
        site.signal("classify", signal.SIGKILL)
        until(lambda: REFUSAL in site.log("classify")[said:], 60, "its refusal")
        ledger.upload_many(5)
        assert ledger.states() == {"queued": 5}
    ledger.settle()
    assert sentence in site.log("classify")[said:].partition(REFUSAL)[2].partition("\n")[0]
