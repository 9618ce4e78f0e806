"""What helps to photograph it better, what the model says of the stream alone, and what it says it does not know."""

import re
from dataclasses import replace
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection

from classifier import runtime
from classifier.artefact import SHIPPED
from classifier.quality import HINTS
from classifier.testing import FakeClassifier
from tests.wasteapp.conftest import jpeg
from wasteapp.models import Category, Hint, Item, Kind, Prediction, Source
from wasteapp.models.prediction import UNFAMILIAR
from wasteapp.queries import items_of
from wasteapp.services import classifiers
from wasteapp.services.annotation import annotation_create
from wasteapp.services.intake import item_create
from wasteapp.web.answers import answer_for

DARK = "It is too dark: turn on a light or go nearer to a window."
SEVERAL = "There are several things: photograph one at a time."
UNKNOWN = "This looks like nothing that I know"


@pytest.fixture
def item(alice, make_item) -> Item:
    return make_item(alice)


@pytest.fixture
def shown(alice, item, page_of):
    """The item's page, its prediction changed by these fields first."""

    def get(**fields) -> str:
        Prediction.objects.update(**fields)
        return " ".join(page_of(alice).get(f"/items/{item.pk}/").content.decode().split())

    return get


class Seeing(FakeClassifier):
    """Finds these faults in every photograph."""

    def predict(self, image):
        return replace(super().predict(image), hints=("blurred", "too_small"))


def test_the_worker_keeps_what_the_classifier_found(alice, version, make_item):
    classifiers._loaded[version.sha256] = Seeing()
    assert make_item(alice).predictions.get().hints == ["blurred", "too_small"]


def test_a_photograph_in_the_dark_gets_its_hint_from_the_model_that_ships(alice, work, page_of):
    call_command("model_add", str(SHIPPED), "--activate", stdout=StringIO())
    dark = SimpleUploadedFile("dark.jpg", jpeg("trash", size=(640, 480)), "image/jpeg")
    item = item_create(owner=alice, file=dark, source=Source.UPLOAD).item
    work()
    classifiers._loaded.clear()
    assert "too_dark" in Prediction.objects.get().hints
    assert DARK in page_of(alice).get(f"/items/{item.pk}/").content.decode()


def test_every_hint_that_the_classifier_gives_has_its_sentence():
    assert tuple(Hint.values) == HINTS


def test_each_hint_is_a_friendly_sentence_with_a_way_to_send_another(shown):
    page = shown(hints=["too_dark", "several_things"])
    assert DARK in page
    assert SEVERAL in page
    assert page.index(DARK) < page.index(SEVERAL)
    assert re.search(r'<a [^>]*href="/"[^>]*>Another photograph</a>', page)


def test_without_hints_there_is_nothing_to_do_better(shown):
    assert "Another photograph" not in shown(hints=[])


def test_an_unsure_answer_has_its_hints_too(shown):
    page = shown(hints=["too_dark"], abstained=True, abstain_reason="low_confidence")
    assert DARK in page
    assert "A closer photograph of one thing" not in page


def test_once_somebody_said_what_it_is_no_better_photograph_is_asked_for(shown, item, alice):
    annotation_create(item=item, who=alice, kind=Kind.CONFIRM)
    assert DARK not in shown(hints=["too_dark"])


def test_the_api_gives_codes_and_the_reason_to_abstain(shown, item, alice, api_of):
    shown(hints=["blurred"], abstained=True, abstain_reason="unfamiliar")
    prediction = api_of(alice).get(f"/api/v1/items/{item.pk}/").json()["prediction"]
    assert (prediction["hints"], prediction["abstain_reason"]) == (["blurred"], "unfamiliar")


def test_every_hint_is_a_whole_sentence():
    for hint in Hint:
        assert str(hint.label).endswith("."), hint


def test_a_worker_of_before_the_column_may_go_on(item, version):
    """While a site is upgraded, its old processes insert rows that do not name the column."""
    columns = ("item_id", "model_version_id", "state", "attempt", "label", "stream", "probabilities")
    columns += ("abstained", "abstain_reason", "error_code", "error")
    values = [item.pk.hex, version.pk, "queued", 0, "", "", "{}", False, "", "", ""]
    if connection.vendor == "postgresql":
        values[0] = item.pk
    Prediction.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO wasteapp_prediction ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(values))})",
            values,
        )
    assert Prediction.objects.get().hints == []


def test_what_is_like_nothing_it_learnt_is_told_as_such(shown, item):
    page = shown(abstained=True, abstain_reason="unfamiliar", confidence=0.6)
    assert UNKNOWN in page
    assert page.count('value="not_waste"') == 2  # beside the guesses too
    assert "It looks like one of these two" not in page


def test_the_classifier_s_word_for_it_is_ours():
    assert runtime.UNFAMILIAR == UNFAMILIAR


def test_an_ordinary_doubt_is_told_as_one_of_two(shown, item):
    page = shown(abstained=True, abstain_reason="low_confidence", confidence=0.4)
    assert UNKNOWN not in page
    assert "It looks like one of these two" in page


def test_somebody_s_word_ends_the_doubt(shown, item, alice):
    annotation_create(item=item, who=alice, kind=Kind.CORRECT, label="wood")
    assert UNKNOWN not in shown(abstained=True, abstain_reason="unfamiliar")


TORN = {"glass": 0.5, "plastic": 0.45, "trash": 0.05}


def test_the_stream_may_be_surer_than_the_material(shown):
    page = shown(probabilities=TORN, confidence=0.5)
    assert "<span>Recyclable, whichever material</span> <span>95 %</span>" in page


def test_the_api_has_the_model_s_streams(shown, item, alice, api_of):
    shown(probabilities=TORN, confidence=0.5)
    prediction = api_of(alice).get(f"/api/v1/items/{item.pk}/").json()["prediction"]
    assert prediction["streams"] == {"recyclable": 0.95, "residual": 0.05}


def test_a_stream_of_one_material_says_nothing_more(shown):
    assert "whichever material" not in shown(probabilities={"glass": 0.9, "trash": 0.1}, confidence=0.9)


def test_a_stream_is_the_site_s(shown):
    """Plastic goes elsewhere here: it adds nothing to glass."""
    Category.objects.filter(slug="plastic").update(stream="residual")
    assert "whichever material" not in shown(probabilities=TORN, confidence=0.5)


def test_what_is_shown_is_the_prediction_s_label_even_where_another_is_more_probable(item, alice):
    """A model may choose its stream first."""
    unlikely = {"trash": 0.4, "glass": 0.35, "plastic": 0.25}
    Prediction.objects.update(label="glass", probabilities=unlikely, confidence=0.35)
    answer = answer_for(items_of(user=alice).get(pk=item.pk), alice)
    assert answer.predicted.slug == "glass"
    assert [choice.slug for choice in answer.runners_up] == ["trash", "plastic"]
    assert answer.stream_percent == 60
