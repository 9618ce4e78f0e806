"""The servers' events, a line of JSON each: as they are for programs, in words at a terminal."""

import json
from typing import Any

ROUTINE = ("debug", "info")  # stands in the log's file alone when people look on
TOLD = ("time", "level", "event", "logger", "exception")


def event_of(line: str) -> dict[str, Any] | None:
    """The event in a line of JSON; None for any other line."""
    if not line.startswith("{"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if "event" in found else None


def is_routine(event: dict[str, Any]) -> bool:
    return event.get("level") in ROUTINE


def in_words(event: dict[str, Any]) -> str:
    """The event for people: when, what, what else is known of it, and its trace below."""
    time = str(event.get("time", ""))[11:19]
    known = [f"{name}={value}" for name, value in event.items() if name not in TOLD]
    trace = str(event.get("exception", ""))
    words = " ".join([time, str(event.get("level", "")), str(event["event"]), *known]).strip()
    return f"{words}\n{trace}" if trace else words


def of_service(line: str, name: str) -> str:
    """The same line of JSON with the service's name in it."""
    return f'{{"service": "{name}", {line[1:].lstrip()}'
