#!/usr/bin/env python3
"""Sets Sortwise up and starts it: `./run.py`; tests it: `./run.py test`; manages it: `./run.py manage …`.

This file parses on every Python 3, so that a wrong one is told what is missing in a sentence; the work is
done in `launcher/`, which like this file imports the standard library only.
"""

import os
import sys


def refusal(version: "tuple[int, ...]", system: str) -> str:
    """One sentence when this Python or system cannot run Sortwise, else an empty string."""
    if system != "posix":
        return (
            "Sortwise runs on Linux and macOS. On Windows, start it inside WSL (Windows Subsystem for Linux)."
        )
    if not (3, 11) <= tuple(version[:2]) <= (3, 13):
        return (
            f"Sortwise needs Python 3.11, 3.12 or 3.13, and this is Python {version[0]}.{version[1]} "
            f"({sys.executable}). Start it with one of those, for example: python3.12 run.py"
        )
    return ""


if __name__ == "__main__":
    reason = refusal(tuple(sys.version_info[:3]), os.name)
    if reason:
        sys.stderr.write(reason + "\n")
        sys.exit(2)

    from launcher.main import main

    sys.exit(main(sys.argv[1:]))
