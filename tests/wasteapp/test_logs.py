"""What the log says of a request that failed: the trace of what broke, not of what was refused."""

import io
import logging
from types import SimpleNamespace

import pytest
from django.http import Http404
from django.utils.log import CallbackFilter, log_response

from config.logs import logging_of, without_trace_of_refusals


@pytest.fixture
def written():
    """What goes through the filter, as it is written."""
    stream, logger = io.StringIO(), logging.getLogger("django.request")
    handler = logging.StreamHandler(stream)
    handler.addFilter(CallbackFilter(without_trace_of_refusals))
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)


@pytest.mark.parametrize(("status", "traced"), [(403, False), (404, False), (500, True)])
def test_only_what_broke_is_traced(written, rf, status, traced):
    response = SimpleNamespace(status_code=status)

    log_response("At %s", "/x/", response=response, request=rf.get("/x/"), exception=Http404("nothing here"))

    assert "At /x/" in written.getvalue()
    assert ("nothing here" in written.getvalue()) is traced


def test_the_filter_is_on_what_is_written(settings):
    assert logging_of(settings.LOGGING["root"]["level"]) == settings.LOGGING
    assert settings.LOGGING["handlers"]["stderr"]["filters"] == ["refusals"]
