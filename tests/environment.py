"""The environment that the suite's own process runs in, set before Django reads its settings.

`SORTWISE_TEST_DATABASE_URL` (from `run.py test`) chooses the database; without it SQLite is used. The broker's
address leads nowhere: tests that want one start their own.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

DATA = Path(tempfile.mkdtemp(prefix="sortwise-tests-"))
(DATA / "tmp").mkdir()


@atexit.register
def clear(owner: int = os.getpid()) -> None:
    """A process that was forked from this one leaves the folder alone."""
    if os.getpid() == owner:
        shutil.rmtree(DATA, ignore_errors=True)


for name in [name for name in os.environ if name.startswith("SORTWISE_")]:
    if name not in ("SORTWISE_SHARED", "SORTWISE_TEST_DATABASE_URL", "SORTWISE_TEST_CHROMIUM"):
        del os.environ[name]

os.environ.update(
    SORTWISE_SECRET_KEY="for the tests alone, and long enough",
    SORTWISE_DATA_DIR=str(DATA),
    SORTWISE_ALLOWED_HOSTS="testserver,localhost,127.0.0.1",
    DATABASE_URL=os.environ.get("SORTWISE_TEST_DATABASE_URL", ""),
    BROKER_URL=f"redis+socket://{DATA}/no-broker.sock",
    STORAGE_URL="",
    EMAIL_URL="",
    DJANGO_SETTINGS_MODULE="config.settings",
    TF_CPP_MIN_LOG_LEVEL="3",
)
