"""What the log says: of a request and its photograph by one id, of what broke its trace, of people their id."""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
import structlog
from django.core import mail
from django.http import Http404
from django.utils.log import log_response

from config.logs import formatter, logging_of
from tests.wasteapp.conftest import PASSWORD, photograph
from wasteapp.models import Item, Prediction, SiteSettings, Source, User
from wasteapp.services.accounts import invitation_create, token_create
from wasteapp.services.inference import prediction_run
from wasteapp.services.intake import item_create
from wasteapp.services.snapshots import dataset_create
from wasteapp.services.work import job_run

ID = "6f1c2a90-from.proxy"
Events = Callable[[], list[dict]]


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything, from DEBUG on, as the settings write it where there is no terminal."""
    stream, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter("json"))
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.setLevel(before)
    root.removeHandler(handler)


@pytest.fixture
def events(logged: io.StringIO) -> Events:
    return lambda: [json.loads(line) for line in logged.getvalue().splitlines()]


def of(events: Events, name: str) -> list[dict]:
    return [event for event in events() if event["event"] == name]


def test_an_answer_has_its_id_and_so_has_its_line(client, db, events):
    answer = client.get("/guide/", headers={"X-Request-ID": ID})
    (line,) = of(events, "request_finished")
    assert answer["X-Request-ID"] == line["request_id"] == ID
    assert (line["request"], line["code"], line["level"]) == ("GET /guide/", 200, "info")
    assert line["duration_ms"] > 0


@pytest.mark.parametrize(
    "sent", ["", "short", "x" * 65, "a b c d e f g", "id\nforged line", "<script>alert()"]
)
def test_an_id_that_is_none_is_replaced(client, db, events, sent):
    answer = client.get("/guide/", headers={"X-Request-ID": sent})
    assert answer["X-Request-ID"] == of(events, "request_finished")[0]["request_id"]
    assert len(answer["X-Request-ID"]) == 36


def test_who_asked_is_an_id(page_of, alice, events):
    page_of(alice).get("/items/")
    assert of(events, "request_finished")[0]["user_id"] == alice.pk


def test_what_is_asked_all_the_time_is_said_when_it_fails(client, db, events, monkeypatch):
    client.get("/healthz")
    client.get("/readyz")
    assert of(events, "request_finished") == []
    monkeypatch.setattr("wasteapp.web.health._storage", lambda: "cannot be written")
    client.get("/readyz")
    assert of(events, "request_finished")[0]["code"] == 503


def test_a_photograph_is_followed_by_one_id(alice, page_of, version, events, monkeypatch):
    """From the request through the message, whose header carries it, to the worker's line."""
    sent = []
    monkeypatch.setattr("wasteapp.services.intake.publish", lambda **_: sent.append(bound()) or True)
    monkeypatch.setattr("django.db.transaction.on_commit", lambda then, robust: then())
    answer = page_of(alice).post("/items/new/", {"image": photograph()}, headers={"X-Request-ID": ID})
    assert answer.status_code == 302
    prediction = Prediction.objects.get()
    context = {"request_id": ID, "item": str(prediction.item_id), "prediction": prediction.pk}
    assert sent[0].items() >= context.items()
    with structlog.contextvars.bound_contextvars(**sent[0]):  # as django-structlog does in the worker
        prediction_run(prediction_id=prediction.pk)
    (line,) = of(events, "prediction_done")
    assert line.items() >= {**context, "model": version.name, "attempt": 1}.items()
    assert min(line["wait_ms"], line["work_ms"], line["model_ms"]) >= 0
    assert of(events, "request_finished")[0].items() >= context.items()


def bound() -> dict:
    return dict(structlog.contextvars.get_contextvars())


def test_a_failed_photograph_says_why(alice, version, events, own_storage):
    item = item_create(owner=alice, file=photograph(), source=Source.UPLOAD).item
    (own_storage / item.incoming).unlink()
    prediction_run(prediction_id=item.predictions.get().pk)
    (line,) = of(events, "prediction_failed")
    assert line.items() >= {"code": "missing", "item": str(item.pk), "level": "warning"}.items()


def test_a_job_says_how_it_ended(otto, events):
    dataset = dataset_create(name="d", asked_by=otto)
    job = dataset.exports.get().job
    job_run(job_id=str(job.pk))
    (line,) = of(events, "job_ended")
    assert line.items() >= {"job": str(job.pk), "kind": "export", "outcome": "done", "attempt": 1}.items()


@pytest.mark.parametrize("path", ["/guide/", "/api/v1/items/"])
def test_what_broke_is_traced_and_its_answer_tells_the_id(page_of, alice, events, monkeypatch, path):
    def broken(*_args, **_kwargs):
        raise RuntimeError("no such bin")

    monkeypatch.setattr("wasteapp.web.pages.bins", broken)
    monkeypatch.setattr("wasteapp.api.items.ItemViewSet.get_queryset", broken)
    client = page_of(alice)
    client.raise_request_exception = False
    answer = client.get(path, headers={"X-Request-ID": ID})
    assert (answer.status_code, ID in answer.text) == (500, True)
    (line,) = [event for event in events() if event["level"] == "error"]
    assert (line["event"], line["request_id"], line["user_id"]) == ("request_failed", ID, alice.pk)
    assert "RuntimeError: no such bin" in line["exception"]


@pytest.mark.parametrize(("status", "traced"), [(403, False), (404, False), (500, True)])
def test_of_python_s_own_records_only_what_broke_is_traced(rf, status, traced):
    logger = logging.getLogger("django.security.Test")
    response = type("Response", (), {"status_code": status})
    stream = io.StringIO()
    handler = logging.getLogger().handlers[0]
    handler.setStream(stream)
    try:
        log_response(
            "At %s",
            "/x/",
            response=response,
            request=rf.get("/x/"),
            exception=Http404("nothing"),
            logger=logger,
        )
    finally:
        handler.setStream(sys.stderr)
    assert "At /x/" in stream.getvalue()
    assert ("Http404" in stream.getvalue()) is traced


def test_a_busy_site_s_log_holds_no_secrets(alice, ada, page_of, client, version, logged, settings, work):
    """Names, addresses, passwords, tokens, keys in addresses, what was searched for, file names, notes."""
    settings.MAIL_ENABLED = True
    secret, visitor = "zebra-7391", page_of()
    token = token_create(user=alice, name="phone").token
    _, invitation = invitation_create(created_by=ada)
    SiteSettings.objects.update_or_create(pk=1, defaults={"signup_open": True})
    visitor.post("/accounts/login/", {"login": "alice@example.org", "password": f"{secret}-wrong"})
    visitor.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    visitor.get(f"/join/{invitation}/")
    visitor.get(f"/join/{secret}-key/")
    visitor.get("/accounts/password/reset/key/1-abcdef-0123456789abcdef/")
    visitor.post("/items/new/", {"image": photograph(name=f"{secret}.jpg"), "note": secret})
    visitor.get("/items/", {"search": secret})
    visitor.get(f"/items/{secret}/nothing/")
    api = {"authorization": f"Token {token}", "cookie": f"sessionid={secret}"}
    client.get("/api/v1/items/", {"search": secret}, headers=api)
    client.post("/api/v1/items/", {"image": photograph(name=f"{secret}-2.jpg")}, headers=api)
    client.post("/api/v1/tokens/", {"username": "alice", "password": f"{secret}-wrong"})
    client.post(
        "/accounts/signup/", {"username": secret, "email": f"{secret}@example.org", "password1": secret}
    )
    client.post("/accounts/password/reset/", {"email": "alice@example.org"})
    work()
    said = logged.getvalue()
    assert said.count("request_finished") >= 12
    assert said.count("prediction_done") == Item.objects.count() == 2
    hidden = [
        secret,
        PASSWORD,
        token,
        invitation,
        "abcdef-0123456789abcdef",
        "example.org",
        '"alice',
        "Authorization",
    ]
    assert [word for word in hidden if word in said] == []
    assert User.objects.count() >= 2
    assert not mail.outbox or "alice@example.org" in mail.outbox[0].to


@pytest.mark.parametrize("style", ["json", "lines"])
def test_what_somebody_sent_begins_no_line_and_tells_a_terminal_nothing(client, db, style):
    stream, sent = io.StringIO(), "\x1b[2J\x9b2J\u202e\r\n2026-11-21 [info] forged"
    handler, root = logging.StreamHandler(stream), logging.getLogger()
    handler.setFormatter(formatter(style))
    root.addHandler(handler)
    try:
        client.get(f"/{quote(sent)}/x/")
        root.warning("%s was not deleted", sent, extra={"name_of_it": sent})
        raise ValueError(sent)
    except ValueError:
        root.exception("it broke")
    finally:
        root.removeHandler(handler)
    said = stream.getvalue()
    assert not {"\x1b", "\x9b", "\u202e", "\r"} & set(said)
    assert said.count("forged") >= 2
    assert [line for line in said.split("\n") if line.startswith("2026-11-21 [info]")] == []


def test_lines_for_people_show_no_variables(capsys):
    def fail() -> None:
        hidden = "what-a-variable-held"
        raise RuntimeError(len(hidden))

    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter("lines"))
    try:
        fail()
    except RuntimeError:
        record = logging.getLogger("x").makeRecord("x", logging.ERROR, "", 0, "broken", (), sys.exc_info())
        handler.emit(record)
    assert "RuntimeError: 20" in stream.getvalue()
    assert "what-a-variable-held" not in stream.getvalue()


@pytest.mark.parametrize(
    ("level", "kombu", "celery"), [("DEBUG", "INFO", "WARNING"), ("ERROR", "ERROR", "ERROR")]
)
def test_the_level_holds_for_libraries_too(level, kombu, celery):
    loggers = logging_of(level, "json")["loggers"]
    assert (loggers["kombu"]["level"], loggers["celery"]["level"]) == (kombu, celery)
