"""Small print of HTTP that clients rely on."""

import pytest
from django.core.management import CommandError, call_command

from config.celery import app
from wasteapp import worker
from wasteapp.api.items import WAIT
from wasteapp.web.stored import RANGE


@pytest.mark.parametrize("path", ["/", "/guide/", "/items/", "/profile/", "/datasets/", "/datasets/new/"])
def test_head_is_answered_where_get_is(otto, page_of, path):
    response = page_of(otto).head(path)
    assert (response.status_code, response.content) == (200, b"")


def test_head_on_an_item_deletes_nothing(alice, make_item, page_of):
    item = make_item(alice)
    assert page_of(alice).head(f"/items/{item.pk}/delete/").status_code == 200
    item.refresh_from_db()


@pytest.mark.parametrize("text", ["wait=5", "Wait=5", "respond-async, WAIT=5"])
def test_a_preference_is_read_in_any_case(text):
    assert WAIT.search(text).group(1) == "5"


@pytest.mark.parametrize("text", [f"bytes={'9' * 5000}-", f"bytes=-{'9' * 19}", "bytes=0-" + "9" * 19])
def test_a_range_beyond_all_numbers_is_none(text):
    assert RANGE.fullmatch(text) is None


@pytest.mark.parametrize(("machine", "alive"), [("here", True), ("there", False)])
def test_a_worker_is_alive_on_this_machine_alone(monkeypatch, machine, alive):
    def ping(destination=None, timeout=0):
        names = [f"classify@{machine}"]
        return [{name: {"ok": "pong"}} for name in names if destination is None or name in destination]

    monkeypatch.setattr(app.control, "ping", ping)
    monkeypatch.setattr(worker, "gethostname", lambda: "here")
    if alive:
        call_command("worker_alive", "classify")
    else:
        with pytest.raises(CommandError, match="classify@here does not answer"):
            call_command("worker_alive", "classify")
