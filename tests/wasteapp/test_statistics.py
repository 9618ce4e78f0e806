"""A person's own picture of it all: right counts, few queries, drawings that carry a table."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from wasteapp.figures import WEEKS, figures_of
from wasteapp.models import Item, Kind
from wasteapp.queries import categories
from wasteapp.services.annotation import annotation_create


@pytest.fixture
def member(alice, version, page_of):
    return page_of(alice)


@pytest.fixture
def sorted_things(alice, bob, make_item):
    """Two glasses (one confirmed), a metal that is wood, a trash that is no waste, paper of last year; Bob's wood."""
    made = {
        name: make_item(alice, name.split("-")[0], mark=n)
        for n, name in enumerate(("glass-1", "glass-2", "metal", "trash", "paper"))
    }
    make_item(bob, "wood")
    annotation_create(item=made["glass-1"], who=alice, kind=Kind.CONFIRM)
    annotation_create(item=made["metal"], who=alice, kind=Kind.CORRECT, label="wood")
    annotation_create(item=made["trash"], who=alice, kind=Kind.NOT_WASTE)
    Item.objects.filter(pk=made["paper"].pk).update(created=datetime(2025, 1, 1, tzinfo=UTC))
    return made


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_the_sums(alice, sorted_things):
    figures = figures_of(user=alice, known=categories())
    assert (figures.total, figures.judged, figures.right) == (4, 3, 1)
    assert figures.streams == {"recyclable": 3, "organic": 0, "residual": 0, "textile": 0, "wood": 1}
    by_label = {each.label: (each.number, each.judged, each.right) for each in figures.materials}
    assert by_label == {"glass": (2, 1, 1), "wood": (1, 1, 0), "not_waste": (1, 1, 0), "paper": (1, 0, 0)}


def test_the_weeks(alice, sorted_things):
    weeks = figures_of(user=alice, known=categories()).weeks
    assert len(weeks) == WEEKS
    assert all(monday.weekday() == 0 for monday in weeks)
    *before, present = weeks.values()
    assert dict(present) == {"recyclable": 2, "wood": 1}
    assert sum(each.total() for each in before) == 0


@pytest.mark.parametrize("seconds", [-1, 0, 7 * 86400 - 1, 7 * 86400])
def test_a_week_begins_on_monday_at_midnight(alice, sorted_things, seconds):
    monday = list(figures_of(user=alice, known=categories()).weeks)[-3]
    moment = datetime.combine(monday, datetime.min.time(), UTC) + timedelta(seconds=seconds)
    Item.objects.filter(pk=sorted_things["metal"].pk).update(created=moment)
    weeks = figures_of(user=alice, known=categories()).weeks
    assert [week for week, counts in weeks.items() if counts["wood"]] == [
        monday + timedelta(weeks=seconds // (7 * 86400))
    ]


def test_the_page_tells_them_in_words(member, sorted_things):
    shown = text(member.get("/statistics/"))
    assert "Can be recycled 75 % 3 of 4" in shown
    assert "The model was right 33 % 1 of 3" in shown
    assert "Recyclable 3 75 %" in shown
    assert "Glass 2 1 100 %" in shown


def test_its_drawings_are_in_whole_numbers_in_every_language(member, sorted_things):
    page = member.get("/statistics/", headers={"Accept-Language": "de"}).content.decode()
    drawn = re.findall(r"<rect[^>]*>", page)
    assert drawn
    for each in drawn:
        assert all(
            re.fullmatch(r"[0-9]+", value) for value in re.findall(r'(?:x|y|width|height)="([^"]*)"', each)
        )


def test_nothing_yet(member):
    assert "Nothing to count yet" in text(member.get("/statistics/"))


def test_it_asks_as_often_for_many_as_for_few(member, alice, make_item):
    counts = []
    for number in range(9):
        annotation_create(item=make_item(alice, mark=number), who=alice, kind=Kind.CONFIRM)
        if number in (1, 8):
            with CaptureQueriesContext(connection) as queries:
                member.get("/statistics/")
            counts.append(len(queries))
    assert counts[0] == counts[1] <= 8
