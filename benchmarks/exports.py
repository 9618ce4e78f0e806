"""What freezing and exporting a large data set costs: `python -m benchmarks.exports [--items 100000]`.

Rate and peak memory of the snapshot and of each format, against a plain zip of the same bytes. A thousand drawn JPEGs
stand in for all photographs, so that the disk's cache, not the disk, is read from. Every figure is of a process of its
own.
"""

import argparse
import os
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.bench_setup import Setup
from benchmarks.tables import Table

FORMATS = ("imagefolder", "parquet", "webdataset", "csv")
GOAL = 0.6  # of the plain zip's rate, freezing and exporting together
ITEMS, FEW = 100_000, 200
COLUMNS = (
    "what is done",
    "photographs a second",
    "of the plain zip’s",
    "with freezing",
    "goal",
    "of a core’s time",
    "peak memory of its own, MB",
)


def main() -> None:
    """Fill a site of its own, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=ITEMS)
    items = parser.parse_args().items
    print(table(Setup([], False, "", os.cpu_count() or 1), items).markdown())


def measure(setup: Setup) -> Sequence[Table]:
    """For `./run.py bench`."""
    return [table(setup, FEW if setup.quick else ITEMS)]


def table(setup: Setup, items: int) -> Table:
    """A row for freezing, for each format and for the plain zip."""
    with setup.site() as environment:
        environment |= {"BROKER_URL": f"redis+socket://{environment['SORTWISE_DATA_DIR']}/none.sock"}

        def run(part: str) -> dict[str, Any]:
            told: dict[str, Any] = setup.ask(environment, "benchmarks.exports_site", part, str(items))
            return told

        run("fill")
        return Table(f"{items:,} photographs", rows(run), COLUMNS)


def rows(run: Callable[[str], dict[str, Any]]) -> list[list[str]]:
    """The plain zip before and after the others, since a machine is never quite at rest."""
    first, frozen = run("plain"), run("freeze")
    formats = {name: run(name) for name in FORMATS}
    plain = [first, run("plain")]
    rate, worked = (sum(each[key] for each in plain) / 2 for key in ("rate", "cpu_rate"))
    lines = [_line("plain zip, ten lines", first, rate, worked), _line("freezing", frozen, rate, worked)]
    for name, told in formats.items():
        both = 1 / (1 / told["rate"] + 1 / frozen["rate"])
        line = _line(name, told, rate, worked)
        line[3:5] = [f"{both / rate:.2f}", f"at least {GOAL}"]
        lines.append(line)
    return lines


def _line(name: str, told: dict[str, Any], rate: float, worked: float) -> list[str]:
    share = told["cpu_rate"] / worked
    return [
        name,
        f"{told['rate']:,.0f}",
        f"{told['rate'] / rate:.2f}",
        "",
        "",
        f"{share:.2f}",
        f"{told['peak_mb']:,.0f}",
    ]


if __name__ == "__main__":
    main()
