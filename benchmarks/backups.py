"""What a backup costs: `python -m benchmarks.backups 10000` fills a site, backs it up, checks the file, restores it.

On PostgreSQL where DATABASE_URL names an empty database; it is restored over itself. Clock, processor and memory of
each command are those of its own process.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def measure(environment: dict[str, str], *words: str) -> None:
    """Run a command of `manage.py` and print what it cost."""
    started = time.monotonic()
    process = subprocess.Popen([sys.executable, "manage.py", *words], cwd=ROOT, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(process.returncode)
    clock, processor = time.monotonic() - started, used.ru_utime + used.ru_stime
    print(f"{words[0]:8} {clock:8.1f} s  {processor:8.1f} s of processor  {used.ru_maxrss / 1024:6.0f} MB")


def main(number: int) -> None:
    with tempfile.TemporaryDirectory(prefix="sortwise-bench-") as folder:
        environment = {
            **os.environ,
            "SORTWISE_DATA_DIR": folder,
            "SORTWISE_SECRET_KEY": "for the benchmark alone, and long enough",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        file = f"{folder}/site.tar"
        command = [sys.executable, "-m", "benchmarks.backups_site", str(number)]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        measure(environment, "backup", file)
        print(f"{os.path.getsize(file) / 1e6:,.0f} MB; load {os.getloadavg()[0]:.1f}")
        measure(environment, "backup", "--verify", file)
        measure(environment, "restore", "--replace", file)


if __name__ == "__main__":
    main(int(sys.argv[1]))
