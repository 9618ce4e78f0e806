"""`python -m tests.faults`: the faults for some rounds, then their table; exit status 1 if any does not hold."""

import argparse
import sys

import pytest

PLUGINS = ("-p", "tests.faults.rounds", "-p", "no:tests.figures")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="run.py faults", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=1, help="how often each is tried (default: %(default)s)"
    )
    parser.add_argument("--database", choices=("embedded", "postgresql"), default="", help="default: both")
    parser.add_argument(
        "--hold", type=float, default=0, metavar="SECONDS", help="how long a broker is away, at least"
    )
    chosen, rest = parser.parse_known_args(argv)
    options = [f"--{name}={value}" for name, value in vars(chosen).items()]
    return int(
        pytest.main(["tests/faults", *PLUGINS, *options, "--durations=0", "--durations-min=3600", *rest])
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
