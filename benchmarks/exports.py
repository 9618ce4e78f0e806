"""What exporting a large data set costs: `python -m benchmarks.exports [--items 100000]`.

Rate and peak memory of each format, against a plain zip of the same bytes. A thousand drawn JPEGs stand in for all
photographs, so that the disk's cache, not the disk, is read from. Every figure is of a process of its own.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

FORMATS = ("plain", "imagefolder", "parquet", "webdataset", "csv")


def main() -> None:
    """Fill a site of its own, then measure each format."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    items = str(parser.parse_args().items)
    with tempfile.TemporaryDirectory(prefix="sortwise-bench-") as folder:
        os.environ |= settings(Path(folder))
        run("fill", items)
        print(f"{items} photographs; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
        plain: dict[str, float] = {}
        for name in FORMATS:
            told = run(name, items)
            plain = plain or told
            clock, cpu = (told[rate] / plain[rate] for rate in ("rate", "cpu_rate"))
            print(
                f"{name:12} {told['rate']:7,.0f} a second ({clock:.0%} of the plain zip), "
                f"{told['cpu_rate']:7,.0f} a second of one core ({cpu:.0%}); "
                f"peak {told['peak_mb']:,.0f} MB; {told['size_mb']:,.0f} MB written",
                flush=True,
            )


def settings(folder: Path) -> dict[str, str]:
    """The environment of a site without a broker."""
    (folder / "tmp").mkdir()
    return {
        "SORTWISE_SECRET_KEY": "for the benchmark alone, and long enough",
        "SORTWISE_DATA_DIR": str(folder),
        "BROKER_URL": f"redis+socket://{folder}/none.sock",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SORTWISE_LOG_LEVEL": "ERROR",
    }


def run(part: str, items: str) -> dict[str, Any]:
    """What a process of its own measured."""
    command = [sys.executable, "-m", "benchmarks.exports_site", part, items]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, Any] = json.loads(told.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
