"""Everything that is written to the terminal: whole lines, from any thread, and never a reason to stop."""

import os
import sys
import threading
from collections.abc import Sequence

from launcher.events import event_of, in_words, is_routine, of_service

COLOURS = {"web": 36, "classify": 32, "jobs": 33, "sweep": 35, "valkey": 34, "prepare": 90, "nursery": 90}
_one_at_a_time = threading.RLock()
_progress_width = 0


def is_terminal() -> bool:
    return sys.stdout.isatty()


def say(text: str = "") -> None:
    """One line, or several, on standard output."""
    _write(f"{text}\n")


def complain(text: str) -> None:
    """A line that has to be seen: bold red on a terminal."""
    say(f"\033[1;31m{text}\033[0m" if is_terminal() else text)


def relay(name: str, line: str) -> None:
    """A child's line, behind the child's name; a line of JSON in words for people, and as it is for programs."""
    prefix, event = f"{name:>8} | ", event_of(line)
    if event and not is_terminal():
        say(of_service(line, name))
        return
    if is_terminal():
        prefix = f"\033[{COLOURS.get(name, 37)}m{prefix}\033[0m"
    if not event:
        say(prefix + line)
    elif not is_routine(event):
        say(prefix + in_words(event))


def progress(text: str) -> None:
    """On a terminal a line that the next one replaces, elsewhere a plain line."""
    global _progress_width
    with _one_at_a_time:
        if not is_terminal():
            say(text)
            return
        text = text[: _columns() - 1]
        _write(f"\r{text:<{_progress_width}}")
        _progress_width = len(text)


def frame(lines: Sequence[str]) -> None:
    """The lines inside a box."""
    width = max(len(line) for line in lines)
    edge = "─" * (width + 4)
    body = "\n".join(f"│  {line:<{width}}  │" for line in lines)
    say(f"\n┌{edge}┐\n{body}\n└{edge}┘\n")


def _columns() -> int:
    try:
        return os.get_terminal_size().columns or 80
    except OSError:
        return 80


def _write(text: str) -> None:
    global _progress_width
    with _one_at_a_time:
        if _progress_width and not text.startswith("\r"):
            text = f"\r{'':<{_progress_width}}\r{text}"
            _progress_width = 0
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except (OSError, ValueError):
            _write_nowhere_from_now_on()


def _write_nowhere_from_now_on() -> None:
    """The terminal was closed, or the pipe's reader went away: the servers go on."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
