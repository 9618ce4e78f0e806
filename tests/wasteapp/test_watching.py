"""Signs of life, what a load balancer and a watchman are told, and figures for Prometheus."""

import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import F
from prometheus_client.parser import text_string_to_metric_families

from tests.wasteapp.conftest import photograph
from wasteapp.models import (
    DailyFigure,
    Item,
    Job,
    JobKind,
    Part,
    Prediction,
    SignOfLife,
    Source,
)
from wasteapp.queries import watching
from wasteapp.services import trials
from wasteapp.services.intake import item_create
from wasteapp.services.rollups import figures_refresh
from wasteapp.services.signs import sign_give
from wasteapp.services.sweeping import sweep
from wasteapp.services.tidying import tidy


@pytest.fixture
def asked(db, monkeypatch) -> list[str]:
    """The names of trials that were asked for; there is a classify and a sweep worker."""
    sent: list[str] = []
    monkeypatch.setattr(trials, "publish", lambda task, argument: sent.append(argument) or True)
    monkeypatch.setattr(trials, "workers_counted", lambda: {"classify": 2, "sweep": 1})
    trials.trial_ask()
    return sent


def later(part: Part, **time: float) -> None:
    """As if the part had been seen so much earlier."""
    SignOfLife.objects.filter(part=part).update(seen=F("seen") - timedelta(**time))


def figures(client) -> dict[tuple[str, ...], float]:
    """Every sample: its name, then the values of its labels by their names' order."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in families
        for sample in family.samples
    }


def test_a_trial_is_answered_and_nobody_s(asked, version, otto):
    assert trials.trial_answer(name=asked[0])
    facts = SignOfLife.objects.get(part=Part.TRIAL).facts
    assert (facts["model"], facts["label"] in version.manifest["labels"]) == (version.name, True)
    assert facts["wait_seconds"] >= 0
    figures_refresh()
    assert (Item.objects.count(), Prediction.objects.count()) == (0, 0)
    assert set(DailyFigure.objects.values_list("figure", "value")) == {("photographs", 0)}


def test_of_trials_that_waited_the_last_one_is_answered(asked, version):
    trials.trial_ask()
    assert [trials.trial_answer(name=name) for name in asked] == [False, True]


def test_a_worker_that_answers_people_needs_no_trial(db, monkeypatch):
    monkeypatch.setattr(trials, "_noted", float("-inf"))
    trials.answer_note()
    later(Part.ANSWERED, seconds=30)
    trials.answer_note()  # too soon after the last one to be said
    assert watching.signs()[Part.ANSWERED].age >= 30
    assert watching.answering(watching.signs()).alive


def test_whoever_is_woken_hears_that_nobody_answers(asked, version, client, otto, page_of, monkeypatch):
    monkeypatch.setattr("wasteapp.web.health.queue_depth", lambda queue: 0)
    sweep()
    told = client.get("/health/")
    assert (told.status_code, told.json()["workers"]) == (503, "none has answered yet")
    trials.trial_answer(name=asked[0])
    told = client.get("/health/")
    assert (told.status_code, set(told.json().values())) == (200, {True, "ok"})
    assert "No worker" not in page_of(otto).get("/dashboard/").text
    later(Part.ANSWERED, minutes=2)
    told = client.get("/health/")
    assert told.status_code == 503
    assert re.fullmatch(
        r"no worker has answered since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", told.json()["workers"]
    )
    assert "No worker has answered since" in page_of(otto).get("/dashboard/").text


def test_a_sweeper_that_stands_still_is_told(asked, version, client):
    assert client.get("/health/").json()["sweeper"] == "has not run yet"
    sweep()
    assert client.get("/health/").json()["sweeper"] == "ok"
    later(Part.SWEEP, minutes=5)
    assert "has not run since" in client.get("/health/").json()["sweeper"]


def test_uploads_are_accepted_without_workers_and_broker(db, client):
    told = client.get("/readyz")
    assert (told.status_code, told.json()["ready"]) == (200, True)
    assert (told.json()["broker"], told.json()["workers"]) == ("does not answer", "none has answered yet")


def test_a_web_process_waits_for_its_tables(db, client, monkeypatch):
    monkeypatch.setattr("wasteapp.web.health._found_migrated", set())
    applied = MigrationRecorder(connection).migration_qs.filter(app="wasteapp").order_by("-id")
    applied.filter(pk=applied.first().pk).delete()
    told = client.get("/readyz")
    assert (told.status_code, told.json()["database"]) == (503, "is not migrated")


def test_what_works_is_in_the_figures(client, asked, version, make_item, alice, own_storage):
    make_item(alice)
    missing = item_create(owner=alice, file=photograph(mark=2), source=Source.API).item
    (own_storage / missing.incoming).unlink()
    make_item(alice, mark=3)
    item_create(owner=alice, file=photograph(mark=4), source=Source.API)
    Job.objects.create(kind=JobKind.EXPORT, subject="x")
    trials.trial_answer(name=asked[0])
    sweep()
    tidy()
    figures_refresh()
    found = figures(client)
    assert found["sortwise_database_up",] == 1
    assert found["sortwise_recent_predictions", "", "done"] == 2
    assert found["sortwise_recent_predictions", "missing", "failed"] == 1
    assert found["sortwise_predictions_waiting",] == 1
    for name in ("wait", "inference", "answer"):
        name = f"sortwise_recent_{name}_seconds"
        bounds = [value for key, value in found.items() if key[0] == f"{name}_bucket"]
        assert (bounds, bounds[-1], found[f"{name}_gcount",]) == (sorted(bounds), 2, 2)
        assert found[f"{name}_gsum",] > 0
    assert found["sortwise_jobs", "export", "queued"] == 1
    assert found["sortwise_model_info", "0" * 64, "fake"] == 1
    assert found["sortwise_workers", "classify"] == 2
    assert found["sortwise_workers", "train"] == 0
    assert found["sortwise_workers_answer",] == 1
    assert {key[1] for key in found if key[0] == "sortwise_last_seen_seconds"} == set(Part)
    assert found["sortwise_kept_photographs",] == 4
    assert 0 < found["sortwise_disk_free_bytes",] < found["sortwise_disk_bytes",]
    assert found["sortwise_broker_up",] == 0


def test_the_number_of_queries_does_not_grow(client, version, make_item, alice, django_assert_num_queries):
    make_item(alice)
    client.get("/metrics")
    with django_assert_num_queries(5):
        client.get("/metrics")
    for mark in range(2, 6):
        make_item(alice, mark=mark)
    with django_assert_num_queries(5):
        client.get("/metrics")


def test_the_last_minutes_are_read_along_an_index(db):
    if connection.vendor == "postgresql":  # which would rather read a table of no rows
        connection.cursor().execute("SET LOCAL enable_seqscan = off")
    assert "prediction_finished" in watching._ended().explain()


def test_what_is_long_over_is_no_longer_recent(client, version, make_item, alice):
    make_item(alice)
    Prediction.objects.update(finished=F("finished") - timedelta(minutes=6))
    assert figures(client)["sortwise_recent_predictions", "", "done"] == 0


def test_there_are_figures_without_a_database(client, monkeypatch):
    def gone():
        raise DatabaseError

    monkeypatch.setattr("wasteapp.web.metrics.predictions_open", gone)
    found = figures(client)
    assert found["sortwise_database_up",] == 0
    assert not any(key[0].startswith("sortwise_recent") for key in found)


def test_who_asks_too_often_is_counted(client, db):
    before = refused(client)
    found = [
        client.post("/api/v1/tokens/", {"username": "x", "password": "y"}).status_code for _ in range(22)
    ]
    assert found.count(429) == refused(client) - before > 0


def refused(client) -> float:
    return figures(client).get(("django_http_responses_total_by_status_total", "429"), 0)


@pytest.mark.parametrize(("token", "sent", "status"), [("", "", 200), ("t", "", 404), ("t", "Bearer t", 200)])
def test_figures_are_for_this_machine_or_the_token(client, db, settings, token, sent, status):
    settings.METRICS_TOKEN = token
    assert client.get("/metrics", headers={"authorization": sent}).status_code == status


def test_behind_a_proxy_nobody_is_this_machine(client, db):
    assert client.get("/metrics", headers={"x-forwarded-for": "203.0.113.9"}).status_code == 404


def test_a_part_is_seen_again_in_the_same_row(db):
    for number in (1, 2):
        sign_give(part=Part.WORKERS, classify=number)
    assert SignOfLife.objects.get().facts == {"classify": 2}
