"""The command line of `run.py`."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from launcher import ROOT, addresses
from launcher.errors import LaunchError

COMMANDS = ("test", "faults", "bench", "manage", "backup", "restore", "lock", "audit", "sbom", "guard")
MOST_WORKERS = 4  # on its own; --workers may ask for more

DESCRIPTION = """\
Sets Sortwise up on this machine and starts it.

  ./run.py                    start; everything is kept in the data directory
  ./run.py test [ARGS]        check and test it; ARGS go to pytest, and leave the linters out
  ./run.py faults [ARGS]      kill, fill and cut off what it is made of, and count what is lost; --help says how
  ./run.py bench [ARGS]       measure it, on two cores; --help says what
  ./run.py manage COMMAND     Django's manage.py with the same settings
  ./run.py backup [FILE]      the whole site in one file, while it goes on; --verify FILE checks one
  ./run.py restore FILE       a backup in the site's place, which must be stopped
  ./run.py lock [ARGS]        make the files in requirements/ again (needs uv; --upgrade for newer versions)
  ./run.py audit [ARGS]       ask OSV what is known against the locked packages; ARGS go to pip-audit
  ./run.py sbom [FILE]        write which packages those are (CycloneDX)
"""


@dataclass(frozen=True)
class Options:
    host: str
    port: int
    data_dir: Path
    workers: int
    tls: bool
    tls_cert: Path | None
    tls_key: Path | None
    browser: bool
    trainer: bool

    @property
    def url(self) -> str:
        """The address for this machine's browser."""
        return addresses.url(self.host, self.port, self.tls)


def read(argv: Sequence[str]) -> tuple[str, Options, list[str]]:
    """The command (`serve` when none is named), the options before it, the words after it.

    Raises LaunchError for options that contradict one another, SystemExit for unreadable ones.
    """
    before, command, after = _split(argv)
    chosen = _parser().parse_args(before)
    if bool(chosen.tls_cert) != bool(chosen.tls_key):
        raise LaunchError("--tls-cert and --tls-key belong together: name both files, or neither.", 2)
    options = Options(
        host=chosen.host,
        port=chosen.port,
        data_dir=chosen.data_dir.expanduser().resolve(),
        workers=chosen.workers,
        tls=chosen.tls or chosen.tls_cert is not None,
        tls_cert=chosen.tls_cert and chosen.tls_cert.resolve(),
        tls_key=chosen.tls_key and chosen.tls_key.resolve(),
        browser=not chosen.no_browser,
        trainer=chosen.trainer,
    )
    return command, options, after


def _split(argv: Sequence[str]) -> tuple[list[str], str, list[str]]:
    """argparse would reorder the words that are meant for pytest and manage.py."""
    takes_value = {"--host", "--port", "--data-dir", "--workers", "--tls-cert", "--tls-key"}
    for place, word in enumerate(argv):
        if word in COMMANDS and (place == 0 or argv[place - 1] not in takes_value):
            return list(argv[:place]), word, list(argv[place + 1 :])
    return list(argv), "serve", []


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run.py",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add(
        "--host",
        default="127.0.0.1",
        help="address to listen on; 0.0.0.0 for every one (default: %(default)s)",
    )
    add("--port", type=_port, default=8000, help="default: %(default)s")
    add("--data-dir", type=Path, default=_data_dir(), metavar="FOLDER", help="default: %(default)s")
    add(
        "--workers",
        type=_count,
        default=_workers(),
        metavar="N",
        help="photographs at once (default: %(default)s)",
    )
    add("--tls", action="store_true", help="serve HTTPS, with a certificate made for this machine")
    add("--tls-cert", type=Path, metavar="FILE", help="serve HTTPS with this certificate (PEM)")
    add("--tls-key", type=Path, metavar="FILE", help="and its key (PEM)")
    add("--no-browser", action="store_true", help="do not open the page")
    add("--trainer", action="store_true", help="train models here too; installs TensorFlow, some 2 GB")
    return parser


def _data_dir() -> Path:
    return Path(os.environ.get("SORTWISE_DATA_DIR") or ROOT / "var")


def _workers() -> int:
    return max(1, min(os.cpu_count() or 1, MOST_WORKERS))


def _port(text: str) -> int:
    return _whole_number(text, 1, 65535)


def _count(text: str) -> int:
    return _whole_number(text, 1, 256)


def _whole_number(text: str, least: int, most: int) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
    return int(text)
