"""The dashboard: what its figures say, in tables, files and words, at a constant number of queries."""

import csv
import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from wasteapp.dashboard_tables import tables_of
from wasteapp.models import (
    AuditSample,
    Category,
    DailyFigure,
    Figure,
    Job,
    JobKind,
    Kind,
    ModelVersion,
    Prediction,
)
from wasteapp.queries.dashboard import RANGES, Range, dashboard_of
from wasteapp.services.annotation import annotation_create
from wasteapp.web.charts import columns_of, lines_of, round_up

TODAY = datetime.now(UTC).date()


def count(figure: Figure, counts: dict[str, int], *, ago: int = 0) -> None:
    day = TODAY - timedelta(days=ago)
    DailyFigure.objects.bulk_create(
        DailyFigure(day=day, figure=figure, key=key, value=value) for key, value in counts.items()
    )


def table(name: str, days: int = 7):
    return tables_of(dashboard_of(days=days))[name]


def words(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture
def operator(otto, version, page_of):
    return page_of(otto)


def test_streams_are_those_that_the_site_has_now(version):
    count(Figure.LABEL, {"glass": 3, "wood": 2, "not_waste": 1, "unheard_of": 1})
    Category.objects.filter(slug="wood").update(stream="residual")
    assert table("streams").records()[-1] == {
        "day": str(TODAY),
        "recyclable": 3,
        "organic": 0,
        "residual": 2,
        "textile": 0,
        "wood": 0,
        "none": 2,
        "total": 7,
    }


def test_what_is_older_than_the_range_is_left_out(version):
    for ago in (0, 6, 7):
        count(Figure.SOURCE, {"api": 1}, ago=ago)
    rows = table("sources").rows
    assert len(rows) == 7
    assert [row[-1] for row in rows] == [1, 0, 0, 0, 0, 0, 1]


def test_a_year_is_shown_by_weeks_from_monday_on(version):
    shown = Range.of(365)
    assert shown.first.weekday() == 0
    assert 365 <= shown.days <= 371
    count(Figure.SOURCE, {"api": 1}, ago=(TODAY - shown.first).days)
    count(Figure.SOURCE, {"api": 2}, ago=(TODAY - shown.first).days - 6)
    count(Figure.SOURCE, {"api": 4}, ago=(TODAY - shown.first).days - 7)
    rows = table("sources", 365).rows
    assert [(row[0], row[-1]) for row in rows[:2]] == [
        (str(shown.first), 3),
        (str(shown.first + timedelta(days=7)), 4),
    ]


def test_durations_come_back_from_their_buckets(version):
    count(Figure.ANSWER_MS, {"24": 90, "40": 10})  # 64 ms, and 1,024 ms
    record = table("latency").records()[-1]
    assert 64 <= record["answer_p50"] < 77
    assert 1024 <= record["answer_p95"] < 1218
    assert record["model_p50"] is None


def test_the_queue_says_how_much_and_since_when(version, alice, make_item):
    for mark in range(3):
        make_item(alice, mark=mark, done=False)
    Prediction.objects.filter(pk=Prediction.objects.first().pk).update(
        created=datetime.now(UTC) - timedelta(minutes=5)
    )
    Job.objects.create(kind=JobKind.TRAIN, subject="x")
    Job.objects.create(kind=JobKind.EXPORT, subject="x")
    rows = {row[0]: row[1:] for row in table("queues").rows}
    assert rows["photographs"][:2] == (3, 0)
    assert 300 <= rows["photographs"][2] < 330
    assert rows["jobs"][:2] == rows["trainings"][:2] == (1, 0)


def test_accuracy_is_the_random_sample_s(operator, otto, alice, make_item):
    items = [make_item(alice, label, mark=n) for n, label in enumerate(["glass", "glass", "paper", "wood"])]
    for item in items:
        AuditSample.objects.update_or_create(prediction=item.predictions.get(), defaults={"probability": 0.5})
    for item in items[:2]:
        annotation_create(item=item, who=otto, kind=Kind.CONFIRM)
    annotation_create(item=items[2], who=otto, kind=Kind.CORRECT, label="cardboard")
    records = {row["label"]: row for row in table("accuracy").records()}
    assert (records[""]["drawn"], records[""]["verified"], records[""]["right"]) == (4, 3, 2)
    assert round(records[""]["share"], 2) == 0.67
    assert records[""]["low"] < 0.67 < records[""]["high"]
    assert (records["paper"]["share"], records["wood"]["share"]) == (0, None)
    count(Figure.SOURCE, {"api": 4})
    shown = words(operator.get("/dashboard/?days=7"))
    assert "The model is right 66.7 %" in shown


def test_confusion_is_what_people_said_instead(version):
    count(Figure.CONFUSION, {"glass>glass": 9, "glass>metal": 2, "paper>not_waste": 3})
    assert table("confusion").rows == [("paper", "not_waste", 3), ("glass", "metal", 2)]


def test_an_imported_label_that_the_model_would_give_is_no_correction(operator):
    count(Figure.WORD, {"correct": 11})
    count(Figure.CONFUSION, {"glass>glass": 9, "glass>metal": 2})
    assert "Corrected 2 and 9 confirmed" in words(operator.get("/dashboard/?days=7"))


def test_a_mix_that_moved_is_told_in_words(operator, version):
    learnt = {"training_data": {"labels": {"train": {"glass": 900, "wood": 100}}}}
    ModelVersion.objects.update(manifest={**version.manifest, **learnt})
    count(Figure.SOURCE, {"api": 1000})
    count(Figure.PREDICTED, {"glass": 890, "wood": 110})
    assert "What comes is not what the model learnt from" not in words(operator.get("/dashboard/"))
    count(Figure.PREDICTED, {"glass": 100, "wood": 2000}, ago=1)
    shown = words(operator.get("/dashboard/"))
    assert "What comes is not what the model learnt from. The stability index is" in shown
    assert "most moved Wood: 10.0 % expected, 68.1 % found" in shown


def test_confidence_is_compared_with_as_many_days_before(operator):
    count(Figure.SOURCE, {"api": 1000})
    count(Figure.CONFIDENCE, {"9": 900, "4": 100}, ago=7)
    count(Figure.CONFIDENCE, {"9": 200, "4": 800}, ago=6)
    count(Figure.CONFIDENCE, {"9": 1}, ago=14)  # before both
    record = {row["from"]: row for row in table("confidence").records()}["4"]
    assert (round(record["expected"], 2), round(record["found"], 2)) == (0.1, 0.8)
    assert "most moved 40–50 %" in words(operator.get("/dashboard/?days=7"))


def test_a_data_set_stands_in_for_a_manifest_without_counts(version, otto):
    validated = {"labels": {"glass": {"images": 30}, "wood": {"images": 10}}}
    ModelVersion.objects.update(manifest={"labels": [], "metrics": {"validation": validated}})
    assert dashboard_of(days=7).learnt.counts == {"glass": 30, "wood": 10}
    ModelVersion.objects.update(manifest={"labels": []})
    assert dashboard_of(days=7).learnt is None


def test_who_left_has_no_name(operator, rita, bob):
    count(Figure.SOURCE, {"api": 1})
    count(Figure.REVIEW, {str(rita.pk): 5, str(bob.pk): 2, "": 1})
    bob.delete()
    assert {(row[2], row[3]) for row in table("reviews").rows} == {("", 1), ("", 2), ("rita", 5)}
    shown = words(operator.get("/dashboard/"))
    assert "rita" in shown
    assert "somebody who left" in shown


def test_a_file_is_the_table_and_runs_nothing(operator):
    count(Figure.FAILURE, {"=cmd|x": 2, "broken": 1})
    response = operator.get("/dashboard/failures.csv?days=7")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="sortwise-failures-7-days.csv"' in response["Content-Disposition"]
    rows = list(csv.reader(StringIO(response.content.decode())))
    assert rows == [["code", "number"], ["'=cmd|x", "2"], ["broken", "1"]]
    assert operator.get("/dashboard/passwords.csv").status_code == 404


@pytest.mark.parametrize("asked", ["7", "90", "365", "8", "-1", "x", ""])
def test_the_range_is_one_of_ours(operator, asked):
    count(Figure.SOURCE, {"api": 1})
    shown = operator.get("/dashboard/", {"days": asked})
    assert shown.context["days"] == (int(asked) if asked in map(str, RANGES) else 30)


def test_the_page_draws_in_whole_numbers_and_has_a_table_for_each(operator):
    count(Figure.SOURCE, {"api": 7})
    count(Figure.LABEL, {"glass": 3, "wood": 4})
    count(Figure.ANSWER_MS, {"24": 3})
    count(Figure.CONFUSION, {"glass>metal": 2})
    response = operator.get("/dashboard/", headers={"Accept-Language": "de"})
    page = response.content.decode()
    assert "style=" not in page
    drawn = re.findall(
        r'(?:x|y|width|height|d)="([^"]*)"', "".join(re.findall(r"<(?:rect|path)[^>]*>", page))
    )
    assert drawn
    assert all(re.fullmatch(r"[0-9MLHVhvz -]+", value) for value in drawn)
    for panel in response.context["panels"]:
        table = operator.get(f"/dashboard/{panel.slug}/").content.decode()
        assert table.count('<th scope="col"') == len(panel.heads)
        assert panel.template == "" or f'hx-get="/dashboard/{panel.slug}/?days=30"' in page or not panel.drawn


def test_a_table_comes_as_a_page_or_alone(operator):
    count(Figure.LABEL, {"glass": 3})
    assert "Day Recyclable Organic" in words(operator.get("/dashboard/streams/?days=7"))
    part = operator.get("/dashboard/streams/?days=7", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert part.count("<tr>") == 8
    assert operator.get("/dashboard/nothing/").status_code == 404


def test_a_new_site_says_that_there_is_nothing_yet(operator):
    assert "Nothing in this time" in words(operator.get("/dashboard/"))


def test_it_asks_as_often_for_any_range_and_any_number(operator, version):
    asked = set()
    for number in (1, 40):
        for ago in range(number):
            count(Figure.SOURCE, {f"s{number}": 5}, ago=ago)
            count(Figure.LABEL, {f"l{number}": 5}, ago=ago)
        for days in RANGES:
            cache.clear()
            with CaptureQueriesContext(connection) as queries:
                assert operator.get("/dashboard/", {"days": days}).status_code == 200
            asked.add(len(queries))
    assert len(asked) == 1
    assert asked.pop() <= 16


@pytest.mark.parametrize(
    ("number", "top"), [(0, 2), (1, 2), (3, 4), (7, 8), (11, 20), (90, 90), (91, 100), (1234, 2000)]
)
def test_an_axis_ends_at_a_round_number(number, top):
    assert round_up(number) == top


def test_drawings_end_where_their_axis_does(version):
    count(Figure.LABEL, {"glass": 30, "wood": 10})
    columns = columns_of(table("labels"), {})
    assert columns.top == 40
    assert [series.path for series in columns.series] == ["M606 250h88v750h-88z", "M606 0h88v250h-88z"]
    assert lines_of(table("latency"), {"answer_p50": ("half", "half")}) is None


def test_a_line_breaks_where_nothing_is_known(version):
    for ago in (0, 1, 3):
        count(Figure.ANSWER_MS, {"24": 1}, ago=ago)
    drawn = lines_of(table("latency"), {"answer_p50": ("half", "half")})
    alone, begin, end = re.findall(r"[ML][^ML]+", drawn.lines[0].path)
    assert re.fullmatch(r"M306 \d+h88", alone), "a stroke as wide as its column, or nobody would see it"
    assert (begin[:4], end[:4]) == ("M550", "L650")


def test_programs_have_the_same_figures(api_of, otto, version):
    count(Figure.SOURCE, {"api": 1000})
    count(Figure.LABEL, {"glass": 1000})
    api = api_of(otto)
    body = api.get("/api/v1/dashboard/?days=7").json()
    assert (body["since"], body["until"]) == (str(TODAY - timedelta(days=6)), str(TODAY))
    assert set(body["figures"]) == set(tables_of(dashboard_of(days=7)))
    assert body["figures"]["streams"][-1]["recyclable"] == 1000
    assert body["label_drift"] is None
    file = api.get("/api/v1/dashboard/streams.csv?days=7")
    assert file.content.decode().splitlines()[-1] == f"{TODAY},1000,0,0,0,0,0,1000"
    assert api.get("/api/v1/dashboard/nothing.csv").status_code == 404
