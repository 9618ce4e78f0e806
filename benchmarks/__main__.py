"""`./run.py bench`: the figures of docs/performance.md and docs/scaling.md, measured in one run.

Everything runs on the same two cores, ours and what it is held against. Prints Markdown.
"""

import argparse
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.bench_setup import Setup
from benchmarks.figures import FIGURES
from benchmarks.photographs import drawn, spread

CORES = 2
PHOTOGRAPHS = 1_300  # so that none is posted twice: one that looks like another costs more


def main() -> None:
    """A heading that says where and when, then each figure's tables."""
    options = _options()
    cores = _keep_to(CORES)
    photographs = _photographs(options)
    setup = Setup(photographs, options.quick, options.server, cores)
    print(f"## {setup.database}\n")
    print(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.machine()}, {cores} cores, "
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} before it began.\n",
        flush=True,
    )
    for figure in FIGURES:
        if figure.name in (options.figures or [figure.name]):
            _print(figure.name, figure.goal, [table.markdown() for table in figure.measure(setup)])


def _print(name: str, goal: str, tables: list[str]) -> None:
    print(f"### {name}\n\n{goal} `./run.py bench {name}`\n", *tables, sep="\n", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py bench", description=__doc__)
    names = [figure.name for figure in FIGURES]
    parser.add_argument("figures", nargs="*", choices=[[], *names], help="all of them to begin with")
    parser.add_argument("--photographs", type=Path, help="a folder of JPEG files; drawn ones to begin with")
    parser.add_argument("--quick", action="store_true", help="as little as shows that it runs")
    parser.add_argument("--database", choices=("embedded", "postgresql"), default="embedded")
    parser.add_argument("--server", default="", help=argparse.SUPPRESS)  # launcher.benching started it
    return parser.parse_args()


def _photographs(options: argparse.Namespace) -> list[bytes]:
    shared = os.environ.get("SORTWISE_SHARED", "")
    folder = options.photographs or (Path(shared) / "data" if shared else None)
    number = 5 if options.quick else PHOTOGRAPHS
    return [path.read_bytes() for path in spread(folder, number)] if folder else drawn(number)


def _keep_to(cores: int) -> int:
    """Keeps this process and all that it starts to so many cores, where the system can; how many it has."""
    if not hasattr(os, "sched_setaffinity"):
        return os.cpu_count() or 1
    allowed = sorted(os.sched_getaffinity(0))[:cores]
    os.sched_setaffinity(0, allowed)
    return len(allowed)


if __name__ == "__main__":
    main()
