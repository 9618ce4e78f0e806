"""What is logged, and how: a line for each event, with its trace where something broke."""

from logging import LogRecord
from typing import Any


def without_trace_of_refusals(record: LogRecord) -> bool:
    """Keeps every record; one of a request that was refused says who could not open what, not where in our code."""
    if getattr(record, "status_code", 500) < 500:
        record.exc_info = None
    return True


def logging_of(level: str) -> dict[str, Any]:
    """Python's logging from this level on, all to standard error."""
    refusals = {"()": "django.utils.log.CallbackFilter", "callback": without_trace_of_refusals}
    stderr = {"class": "logging.StreamHandler", "formatter": "line", "filters": ["refusals"]}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
        "filters": {"refusals": refusals},
        "handlers": {"stderr": stderr},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {"django": {"handlers": [], "propagate": True}},
    }
