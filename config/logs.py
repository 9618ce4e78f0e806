"""What is logged, and how: an event a line, with the ids of its request and task and with its trace where it broke.

JSON for programs; at a terminal, or where a setting says so, lines for people. structlog writes both, and what the
libraries log by Python's own logging goes the same way.
"""

import logging.config
import sys
from io import StringIO
from logging import LogRecord
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

# Below these levels they tell of every message, query or signed request, with what is in them.
AT_LEAST = {
    "INFO": ("PIL", "amqp", "boto3", "botocore", "django.db.backends", "django.template", "kombu", "urllib3"),
    "WARNING": ("celery",),
    "ERROR": ("django.server",),
    # Both are told by django-structlog, with the ids and without what an address holds.
    "CRITICAL": ("celery.app.trace", "django.request"),
}
UNSAID = {"streaming_started", "streaming_finished"}  # a page of photographs would say each two dozen times


def configure(config: dict[str, Any]) -> None:
    """Django's `LOGGING_CONFIG`."""
    logging.config.dictConfig(config)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            _without_unsaid,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def logging_of(level: str, style: str) -> dict[str, Any]:
    """Python's logging from this level on, all to standard error; `style`: auto, json or lines."""
    levels = logging.getLevelNamesMapping()
    at_least = {
        name: max(least, level, key=levels.__getitem__) for least, names in AT_LEAST.items() for name in names
    }
    refusals = {"()": "django.utils.log.CallbackFilter", "callback": without_trace_of_refusals}
    stderr = {"class": "logging.StreamHandler", "formatter": "event", "filters": ["refusals"]}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"event": {"()": formatter, "style": style}},
        "filters": {"refusals": refusals},
        "handlers": {"stderr": stderr},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            **{name: {"level": least} for name, least in at_least.items()},
            **{name: {"handlers": [], "propagate": True} for name in ("django", "django.server", "_granian")},
        },
    }


def formatter(style: str) -> structlog.stdlib.ProcessorFormatter:
    """Writes events of structlog and records of Python's logging alike."""
    for_people = style == "lines" or (style == "auto" and sys.stderr.isatty())
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.contextvars.merge_contextvars],
        processors=[
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *(_lines() if for_people else _json()),
        ],
    )


def printable(text: str) -> str:
    """The text in one line, with nothing in it that a terminal obeys."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def without_trace_of_refusals(record: LogRecord) -> bool:
    """Keeps every record; one of a request that was refused says what was refused, not where in our code."""
    if getattr(record, "status_code", 500) < 500:
        record.exc_info = None
    return True


def _without_unsaid(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if event["event"] in UNSAID:
        raise structlog.DropEvent
    return event


def _json() -> list[Processor]:
    return [structlog.processors.format_exc_info, _in_order, structlog.processors.JSONRenderer()]


def _lines() -> list[Processor]:
    renderer = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), timestamp_key="time", exception_formatter=_trace
    )
    return [_printable, renderer]


def _printable(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """What somebody sent begins no line of its own, and tells the terminal nothing."""
    return {name: printable(value) if isinstance(value, str) else value for name, value in event.items()}


def _trace(file: TextIO, exc_info: ExcInfo) -> None:
    """Indented, since an exception's words may be somebody's too; what variables held is not in it."""
    text = StringIO()
    structlog.dev.plain_traceback(text, exc_info)
    file.writelines(f"\n    {printable(line)}" for line in text.getvalue().split("\n"))


def _in_order(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """When, how bad and what first, for whoever reads it as it is."""
    first = {name: event.pop(name) for name in ("time", "level", "event")}
    return {**first, **event}
