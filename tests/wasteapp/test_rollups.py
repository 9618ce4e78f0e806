"""Daily figures: right counts, by the day's bounds, the same however often they are counted."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F, FloatField, Value
from django.test.utils import CaptureQueriesContext
from uuid_utils.compat import uuid7

from wasteapp.buckets import STEPS, Milliseconds, duration_bucket, quantile
from wasteapp.models import Annotation, DailyFigure, Figure, Item, Kind, Prediction, State
from wasteapp.models.fields import first_uuid7, moment_of
from wasteapp.services import rollups
from wasteapp.services.annotation import annotation_create, annotation_withdraw
from wasteapp.services.rollups import day_count, figures_refresh

TODAY = datetime.now(UTC).date()
YESTERDAY = TODAY - timedelta(days=1)


def figures(day: date = TODAY) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for row in DailyFigure.objects.filter(day=day):
        found.setdefault(row.figure, {})[row.key] = row.value
    return found


@pytest.fixture
def taken(alice, make_item, rita):
    """Two glasses, a paper that is cardboard, one that failed, one that nobody has looked at."""
    made = [make_item(alice, label, mark=n) for n, label in enumerate(["glass", "glass", "paper"])]
    annotation_create(item=made[0], who=alice, kind=Kind.CONFIRM)
    annotation_create(item=made[2], who=rita, kind=Kind.CORRECT, label="cardboard")
    annotation_create(item=made[1], who=rita, kind=Kind.UNSURE)
    for mark in (3, 4):
        made.append(make_item(alice, mark=mark, done=False))
    Prediction.objects.filter(item=made[3]).update(state=State.FAILED, error_code="truncated")
    Item.objects.filter(pk=made[3].pk).update(state=State.FAILED)
    return made


def test_a_day_is_counted(taken, rita):
    Prediction.objects.filter(state=State.DONE).update(
        latency_ms=10, finished=F("created") + timedelta(seconds=2)
    )
    day_count(day=TODAY)
    found = figures()
    assert found["photographs"] == {"": 5}
    assert found["source"] == {"upload": 5}
    assert found["state"] == {"done": 3, "failed": 1, "queued": 1}
    assert found["label"] == {"glass": 2, "cardboard": 1}
    assert found["predicted"] == {"glass": 2, "paper": 1}
    assert sum(found["confidence"].values()) == 3
    assert found["failure"] == {"truncated": 1}
    assert found["word"] == {"confirm": 1, "correct": 1, "unsure": 1}
    assert found["confusion"] == {"glass>glass": 1, "paper>cardboard": 1}
    assert found["review"] == {str(rita.pk): 2}
    assert found["model_ms"] == {"13": 3}  # 2 ** (13 / 4) = 9.5 ms
    assert found["answer_ms"] == {"43": 3}  # 2 ** (43 / 4) = 1,722 ms


def test_counting_again_changes_nothing_and_forgets_what_is_gone(taken):
    day_count(day=TODAY)
    first = figures()
    day_count(day=TODAY)
    assert figures() == first
    annotation_withdraw(annotation=Annotation.objects.get(kind=Kind.CORRECT))
    day_count(day=TODAY)
    assert "cardboard" not in figures()["label"]
    assert figures()["label"] == {"glass": 2, "paper": 1}
    assert "correct" not in figures()["word"]


@pytest.mark.parametrize(("seconds", "day"), [(-0.001, YESTERDAY), (0, TODAY)])
def test_a_day_begins_at_midnight_utc(alice, make_item, seconds, day):
    item = make_item(alice)
    midnight = datetime.combine(TODAY, datetime.min.time(), UTC)
    moved = first_uuid7(midnight + timedelta(seconds=seconds))
    Prediction.objects.all().delete()
    Item.objects.filter(pk=item.pk).update(id=moved)
    for each in (YESTERDAY, TODAY):
        day_count(day=each)
    assert {each: figures(each)["photographs"][""] for each in (YESTERDAY, TODAY)} == {
        YESTERDAY: int(day == YESTERDAY),
        TODAY: int(day == TODAY),
    }


def test_shadows_and_later_predictions_are_no_answers(alice, make_item, version):
    item = make_item(alice)
    Prediction.objects.update(latency_ms=10, finished=F("created") + timedelta(seconds=2))
    Prediction.objects.update(shadow=True)
    day_count(day=TODAY)
    assert not {"model_ms", "answer_ms"} & set(figures())
    Item.objects.filter(pk=item.pk).update(created=F("created") - timedelta(hours=1))
    Prediction.objects.update(shadow=False)
    day_count(day=TODAY)
    assert "model_ms" in figures()
    assert "answer_ms" not in figures()


def test_missed_days_are_made_up_some_a_run(alice, make_item, monkeypatch):
    monkeypatch.setattr(rollups, "DAYS_A_RUN", 3)
    item = make_item(alice)
    Prediction.objects.all().delete()
    long_ago = datetime.combine(TODAY - timedelta(days=6), datetime.min.time(), UTC)
    Item.objects.filter(pk=item.pk).update(id=first_uuid7(long_ago))
    runs = 0
    while not DailyFigure.objects.filter(day=TODAY).exists():
        assert figures_refresh() <= 3
        runs += 1
    assert runs == 3
    assert DailyFigure.objects.filter(figure=Figure.PHOTOGRAPHS).count() == 7
    assert figures(long_ago.date())["photographs"] == {"": 1}
    assert figures_refresh() == 2  # today and yesterday, from now on


def test_a_site_without_photographs_is_counted_too(db):
    assert figures_refresh() == 2
    assert figures()["photographs"] == {"": 0}


def test_a_day_costs_as_many_queries_with_many_photographs(alice, make_item):
    asked = []
    for mark in range(6):
        make_item(alice, mark=mark)
        if mark in (0, 5):
            with CaptureQueriesContext(connection) as queries:
                day_count(day=TODAY)
            asked.append(len(queries))
    assert asked[0] == asked[1] <= 12


def test_the_command_counts_from_a_day_on(taken, capsys):
    call_command("rollup", since=str(YESTERDAY))
    assert "Days counted: 2." in capsys.readouterr().out
    assert figures()["photographs"] == {"": 5}
    with pytest.raises(CommandError, match="not a day"):
        call_command("rollup", since="yesterday")


@pytest.mark.parametrize("milliseconds", [0.2, 1, 3.3, 50, 1000, 86_400_000])
def test_a_duration_lies_in_its_bucket(taken, milliseconds):
    number = Value(float(milliseconds), output_field=FloatField())
    bucket = Item.objects.values_list(duration_bucket(number)).first()[0]
    assert 2 ** (bucket / STEPS) <= max(milliseconds, 1) * 1.0000001 < 2 ** ((bucket + 1) / STEPS) * 1.0000001


def test_milliseconds_lie_between_two_moments(taken):
    Prediction.objects.update(finished=F("created") + timedelta(milliseconds=1500))
    found = Prediction.objects.values_list(Milliseconds("finished", "created"), flat=True)
    assert all(each == pytest.approx(1500, abs=1) for each in found)


def test_quantiles_come_back_from_buckets():
    assert quantile({}, 0.5) is None
    assert quantile({0: 0}, 0.5) is None
    even = dict.fromkeys(range(8), 10)
    assert quantile(even, 0.5) == pytest.approx(2.0)
    assert quantile(even, 1.0) == pytest.approx(4.0)
    assert quantile({4: 1}, 0.5) == pytest.approx(2 ** (4.5 / 4))


def test_an_id_tells_its_moment():
    assert abs(moment_of(uuid7()) - datetime.now(UTC)) < timedelta(seconds=5)
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    assert moment_of(first_uuid7(moment)) == moment
