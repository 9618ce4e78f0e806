"""People's words about an item: added and taken back, by page and by API."""

import pytest

from wasteapp.models import NOT_WASTE, Annotation, Category, Kind
from wasteapp.services.annotation import annotation_create, annotation_withdraw
from wasteapp.services.errors import Invalid, NotNow


@pytest.fixture
def item(alice, make_item):
    """The model takes it for glass."""
    return make_item(alice, "glass")


def say(item, who, kind, label=""):
    return annotation_create(item=item, who=who, kind=kind, label=label)


def shown(item):
    item.refresh_from_db()
    return item.label, item.verified_label, item.corrected


def test_without_a_word_the_model_s_label_is_shown(item):
    assert shown(item) == ("glass", "", False)


@pytest.mark.parametrize(
    ("kind", "label", "result"),
    [
        (Kind.CONFIRM, "", ("glass", "glass", False)),
        (Kind.CONFIRM, "glass", ("glass", "glass", False)),
        (Kind.CORRECT, "metal", ("metal", "metal", True)),
        (Kind.CORRECT, "glass", ("glass", "glass", False)),
        (Kind.UNSURE, "", ("glass", "", False)),
        (Kind.NOT_WASTE, "", (NOT_WASTE, NOT_WASTE, True)),
    ],
)
def test_a_word_changes_what_is_shown(item, alice, kind, label, result):
    say(item, alice, kind, label)
    assert shown(item) == result


def test_taking_a_word_back_brings_the_one_before(item, alice):
    say(item, alice, Kind.CONFIRM)
    word = say(item, alice, Kind.CORRECT, "metal")
    assert shown(item)[0] == "metal"
    stamped = annotation_withdraw(annotation=word).withdrawn_at
    assert shown(item) == ("glass", "glass", False)
    assert annotation_withdraw(annotation=word).withdrawn_at == stamped  # the first time counts
    assert Annotation.objects.count() == 2


def test_the_role_at_the_time_is_kept(item, alice, otto, ada, rita, make_item):
    assert [say(item, who, Kind.CONFIRM).role for who in (alice, otto, ada, rita)] == [
        "owner",
        "operator",
        "admin",
        "reviewer",
    ]
    assert say(make_item(otto), otto, Kind.CONFIRM).role == "owner"  # nobody reviews their own


def test_an_operator_outweighs_the_owner_whoever_spoke_last(item, alice, otto):
    word = say(item, otto, Kind.CORRECT, "metal")
    say(item, alice, Kind.CONFIRM)
    assert shown(item)[1] == "metal"
    annotation_withdraw(annotation=word)
    assert shown(item)[1] == "glass"


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        (Kind.CORRECT, ""),
        (Kind.CORRECT, "plutonium"),
        (Kind.CORRECT, "not_waste"),
        (Kind.CONFIRM, "metal"),
        (Kind.UNSURE, "metal"),
        (Kind.NOT_WASTE, "metal"),
    ],
)
def test_a_word_that_makes_no_sense_is_refused(item, alice, kind, label):
    with pytest.raises(Invalid):
        say(item, alice, kind, label)
    assert not Annotation.objects.exists()


def test_there_is_nothing_to_confirm_before_a_result(alice, make_item):
    waiting = make_item(alice, done=False)
    with pytest.raises(NotNow):
        say(waiting, alice, Kind.CONFIRM)


def test_a_label_whose_category_was_deleted_cannot_be_confirmed(item, alice):
    Category.objects.filter(slug="glass").delete()
    with pytest.raises(Invalid):
        say(item, alice, Kind.CONFIRM)


def test_correcting_by_api(item, alice, api_of):
    api = api_of(alice)
    made = api.post(f"/api/v1/items/{item.pk}/annotations/", {"kind": "correct", "label": "metal"})
    assert (made.status_code, made.json()["label"], made.json()["mine"]) == (201, "metal", True)
    seen = api.get(f"/api/v1/items/{item.pk}/").json()
    assert (seen["label"], seen["verified_label"], seen["corrected"]) == ("metal", "metal", True)
    assert (seen["stream"], seen["prediction"]["label"]) == ("recyclable", "glass")
    path = f"/api/v1/items/{item.pk}/annotations/{made.json()['id']}/withdraw/"
    assert api.post(path).json()["withdrawn_at"] is not None
    assert api.get(f"/api/v1/items/{item.pk}/").json()["verified_label"] == ""


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "correct", "label": "plutonium"}, 422),
        ({"kind": "correct", "label": "x" * 41}, 400),
        ({"kind": "correct", "label": "nu\x00ll"}, 400),
        ({"kind": "praise"}, 400),
        ({}, 400),
    ],
)
def test_a_faulty_word_is_refused_by_api(item, alice, api_of, body, status):
    response = api_of(alice).post(f"/api/v1/items/{item.pk}/annotations/", body)
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")


def test_correcting_by_page_and_undoing_it(item, alice, page_of):
    page = page_of(alice)
    response = page.post(f"/items/{item.pk}/annotations/", {"kind": "correct", "label": "metal"})
    assert (response.status_code, response["Location"]) == (302, f"/items/{item.pk}/")
    assert shown(item) == ("metal", "metal", True)
    response = page.post(f"/annotations/{Annotation.objects.get().pk}/withdraw/")
    assert response["Location"] == f"/items/{item.pk}/"
    assert shown(item) == ("glass", "", False)


def test_one_click_confirms_and_htmx_gets_the_part(item, alice, page_of):
    response = page_of(alice).post(
        f"/items/{item.pk}/annotations/", {"kind": "confirm"}, headers={"HX-Request": "true"}
    )
    assert response.status_code == 200
    assert f'id="result-{item.pk}"'.encode() in response.content
    assert b"<html" not in response.content
    assert shown(item)[1] == "glass"


@pytest.mark.parametrize(
    "data", [{}, {"kind": "praise"}, {"kind": "correct"}, {"kind": "correct", "label": "x\x00"}]
)
def test_a_faulty_word_is_refused_by_page(item, alice, page_of, data):
    assert page_of(alice).post(f"/items/{item.pk}/annotations/", data).status_code == 422
    assert not Annotation.objects.exists()


def test_nobody_takes_back_another_s_word(item, alice, otto, page_of, api_of):
    word = say(item, otto, Kind.CORRECT, "metal")
    assert page_of(alice).post(f"/annotations/{word.pk}/withdraw/").status_code == 404
    path = f"/api/v1/items/{item.pk}/annotations/{word.pk}/withdraw/"
    assert api_of(alice).post(path).status_code == 404
    word.refresh_from_db()
    assert word.withdrawn_at is None


def test_a_word_is_taken_back_under_its_own_item_alone(item, alice, make_item, api_of):
    word, other = say(item, alice, Kind.CONFIRM), make_item(alice)
    path = f"/api/v1/items/{other.pk}/annotations/{word.pk}/withdraw/"
    assert api_of(alice).post(path).status_code == 404
