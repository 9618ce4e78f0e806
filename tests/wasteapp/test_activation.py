"""Where the model looked: the picture over the photograph, for who may see the photograph."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from classifier.testing import FakeClassifier
from tests.wasteapp.conftest import body_of
from wasteapp.models import Item, Kind, ModelVersion, Prediction, State
from wasteapp.services import classifiers
from wasteapp.services.annotation import annotation_create
from wasteapp.services.inference import prediction_run

API, PAGE = "/api/v1/items/{}/activation/", "/items/{}/activation.png"
CORNER = np.zeros((4, 4), np.float32)
CORNER[0, 3] = 1


class Looking(FakeClassifier):
    """Looks where it is told; None: it cannot say."""

    def __init__(self, activation_map, **options):
        super().__init__(**options)
        object.__setattr__(self, "activation_map", activation_map)

    def predict(self, image):
        return replace(super().predict(image), activation_map=self.activation_map, embedding=None)


@pytest.fixture
def looked(version, alice, make_item):
    """An item whose model looked at this."""

    def make(activation_map) -> Item:
        classifiers._loaded[version.sha256] = Looking(activation_map)
        return make_item(alice)

    return make


def shown(page, item) -> str:
    return " ".join(page.get(f"/items/{item.pk}/").content.decode().split())


def picture(response) -> Image.Image:
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    return Image.open(BytesIO(body_of(response)), formats=["PNG"])


@pytest.mark.parametrize("address", [API, PAGE])
def test_it_is_clear_but_where_the_model_looked(looked, alice, page_of, address):
    item = looked(CORNER)
    heat = picture(page_of(alice).get(address.format(item.pk)))
    assert heat.mode == "RGBA"
    width, height = heat.size
    assert heat.getpixel((width - 1, 0))[3] > 150
    for corner in ((0, 0), (0, height - 1), (width - 1, height - 1)):
        assert heat.getpixel(corner)[3] == 0


def test_it_has_the_shape_of_the_photograph(looked, alice, page_of):
    """Both are laid out by the same rules, so that they lie over each other."""
    item = looked(CORNER)
    heat = picture(page_of(alice).get(PAGE.format(item.pk)))
    assert heat.width / heat.height == pytest.approx(item.width / item.height, rel=0.01)
    assert max(heat.size) == 320


def test_it_lies_over_what_the_model_saw(looked, version, alice, page_of):
    version.manifest["input"] = {"crop": 0.5}
    version.save()
    heat = picture(page_of(alice).get(PAGE.format(looked(np.ones((4, 4), np.float32)).pk)))
    assert heat.getpixel((heat.width // 2, heat.height // 2))[3] > 150
    assert heat.getchannel("A").getbbox() == tuple(
        round(side * share) for share in (0.25, 0.75) for side in heat.size
    )


@pytest.mark.parametrize("address", [API, PAGE])
def test_who_saw_it_may_keep_it_but_asks_again(looked, alice, page_of, address):
    path, page = address.format(looked(CORNER).pk), page_of(alice)
    first = page.get(path)
    assert first["Cache-Control"] == "private, no-cache"
    assert first["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert first["X-Content-Type-Options"] == "nosniff"
    again = page.get(path, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_later_model_s_map_takes_its_place(looked, alice, page_of):
    item, page = looked(CORNER), page_of(alice)
    first = page.get(PAGE.format(item.pk))
    later = another_prediction(item, CORNER[::-1])
    assert prediction_run(prediction_id=later.pk)
    second = page.get(PAGE.format(item.pk), headers={"If-None-Match": first["ETag"]})
    heat = picture(second)
    assert heat.getpixel((heat.width - 1, heat.height - 1))[3] > 150


def another_prediction(item, activation_map) -> Prediction:
    other = ModelVersion.objects.create(
        name="other", sha256="1" * 64, archive="", manifest={"labels": ["glass"]}
    )
    classifiers._loaded[other.sha256] = Looking(activation_map)
    return Prediction.objects.create(item=item, model_version=other)


def test_the_api_names_its_address(looked, alice, api_of):
    item, api = looked(CORNER), api_of(alice)
    body = api.get(f"/api/v1/items/{item.pk}/").json()
    assert body["activation"] == f"http://testserver{API.format(item.pk)}"
    picture(api.get(body["activation"]))


def test_the_page_lays_it_over_the_photograph_at_a_tick(looked, alice, page_of):
    """Without JavaScript: the tick is a box, the rest is style."""
    item = looked(CORNER)
    page = shown(page_of(alice), item)
    assert f'src="{PAGE.format(item.pk)}"' in page
    assert 'alt="What spoke for Glass is bright, most of it at the top right."' in page
    assert '<input type="checkbox"' in page
    assert "Where it looked" in page


@pytest.mark.parametrize("nothing", [None, np.zeros((4, 4), np.float32)])
def test_a_model_that_cannot_say_where_serves_without(looked, alice, page_of, api_of, nothing):
    """Brought from elsewhere by `classifier convert`, or nothing in the picture spoke for the label."""
    item = looked(nothing)
    prediction = item.predictions.get()
    assert (prediction.state, prediction.label) == (State.DONE, "glass")
    assert Prediction.objects.filter(activation_map__isnull=nothing is None).exists()
    page, api = page_of(alice), api_of(alice)
    assert "Where it looked" not in shown(page, item)
    assert "activation.png" not in shown(page, item)
    assert page.get(PAGE.format(item.pk)).status_code == 404
    assert api.get(API.format(item.pk)).status_code == 404
    assert api.get(f"/api/v1/items/{item.pk}/").json()["activation"] is None


def test_an_item_in_work_has_none_yet(alice, make_item, page_of, api_of):
    item = make_item(alice, done=False)
    assert page_of(alice).get(PAGE.format(item.pk)).status_code == 404
    assert api_of(alice).get(f"/api/v1/items/{item.pk}/").json()["activation"] is None


def test_after_a_correction_it_is_still_told_for_what_the_model_said(looked, alice, page_of):
    item = looked(CORNER)
    annotation_create(item=item, who=alice, kind=Kind.CORRECT, label="wood")
    assert "What spoke for Glass is bright" in shown(page_of(alice), item)


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (0, 0, "at the top left"),
        (0, 4, "at the top"),
        (0, 8, "at the top right"),
        (4, 0, "on the left"),
        (4, 4, "in the middle"),
        (4, 8, "on the right"),
        (8, 0, "at the bottom left"),
        (8, 4, "at the bottom"),
        (8, 8, "at the bottom right"),
    ],
)
def test_words_say_where(looked, alice, page_of, row, column, words):
    activation_map = np.zeros((9, 9), np.float32)
    activation_map[row, column] = 1
    item = looked(activation_map)
    assert f"most of it {words}." in shown(page_of(alice), item)


def test_a_map_may_be_wide(looked, alice, page_of):
    item = looked(np.array([[0, 0, 0, 0.2, 1]], np.float32))
    assert "most of it on the right." in shown(page_of(alice), item)
    assert picture(page_of(alice).get(PAGE.format(item.pk))).mode == "RGBA"


def test_asking_for_it_is_one_look_into_the_tables(looked, alice, page_of):
    item, page = looked(CORNER), page_of(alice)
    with CaptureQueriesContext(connection) as queries:
        page.get(PAGE.format(item.pk))
    assert len([q for q in queries if '"wasteapp_prediction"' in q["sql"]]) == 1
