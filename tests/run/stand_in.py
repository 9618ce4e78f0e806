"""A supervisor with stand-in servers, which note their ids: `python -m tests.run.stand_in FOLDER`."""

import sys
from pathlib import Path

from launcher.data_directory import DataDirectory
from launcher.guard import Guard
from launcher.interrupts import Interrupts
from launcher.supervisor import Supervisor
from tests.run.conftest import python

NOTE = "import os, pathlib; pathlib.Path('{0}.pid').write_text(str(os.getpid())); "
WEB = NOTE.format("web") + "import time; time.sleep(600)"
# A worker whose pool child shares its group, as Celery's do.
WORKER = (
    NOTE.format("worker")
    + "import subprocess, time; child = subprocess.Popen(['sleep', '600']); "
    + "pathlib.Path('pool.pid').write_text(str(child.pid)); time.sleep(600)"
)


def main(folder: Path) -> None:
    interrupts = Interrupts()
    interrupts.listen()
    data = DataDirectory(folder)
    data.make()
    sockets = folder / "sockets"
    sockets.mkdir()
    with data.locked("http://127.0.0.1:1/") as lock, interrupts.deferred(), Guard(inherit=(lock,)) as guard:
        guard.remove(sockets)
        supervisor = Supervisor({"PATH": "/usr/bin:/bin"}, folder, data.logs, guard, interrupts)
        try:
            supervisor.start(python("web", WEB))
            supervisor.start(python("worker", WORKER, stop_rank=1))
            supervisor.watch()
        finally:
            supervisor.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
