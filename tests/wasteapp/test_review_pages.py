"""Reviewing by page and by API: what is shown, to whom, and what a script gets."""

import re

import pytest
from django.urls import reverse

from tests.wasteapp.conftest import body_of
from tests.wasteapp.reviewing import name, take, unsure
from wasteapp.models import Annotation, AssignmentState, Item, Kind, ReviewAssignment, SiteSettings
from wasteapp.services.annotation import annotation_create
from wasteapp.services.deletion import item_delete

pytestmark = pytest.mark.usefixtures("plain_queue")
PICTURES = ("item-image", "item-thumbnail", "item-activation")


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture
def item(alice, make_item):
    """The model takes it for glass, Alice for metal."""
    made = make_item(alice)
    annotation_create(item=made, who=alice, kind=Kind.CORRECT, label="metal")
    return made


@pytest.fixture
def desk(rita, page_of):
    return page_of(rita)


def post(desk, item, step="answer", **data):
    return desk.post(reverse(f"review-{step}", args=[item.pk]), data, follow=True)


def test_the_page_shows_photograph_guess_and_what_the_owner_said(desk, item):
    shown = desk.get("/review/")
    for words in ("Is it Glass?", "The model is 90 % sure.", "People and model disagree.", "said: Metal"):
        assert words in text(shown)
    assert reverse("item-image", args=[item.pk]) in shown.content.decode()
    assert b"photo.jpg" not in shown.content  # its name is its owner's
    assert b"alice" not in shown.content


def test_a_hidden_guess_is_nowhere(desk, item, rita, api_of):
    SiteSettings.objects.update(blind_percent=100)
    shown = desk.get("/review/")
    assert "What is it?" in text(shown)
    for words in ("90 %", "said:", "disagree", "Yes:"):
        assert words not in text(shown)
    api = api_of(rita)
    (review,) = api.get("/api/v1/review/").json()["reviews"]
    assert (review["blind"], review["guess"], review["said"], review["activation"]) == (
        True,
        None,
        None,
        None,
    )
    for path in (f"/api/v1/items/{item.pk}/", f"/api/v1/items/{item.pk}/activation/"):
        assert api.get(path).status_code == 404
    assert desk.get(reverse("item-activation", args=[item.pk])).status_code == 404
    assert body_of(desk.get(reverse("item-image", args=[item.pk])))


def test_it_works_without_a_script(desk, item, alice, make_item, rita):
    other = unsure(make_item(alice, mark=1), alice)
    answered = post(desk, item, label="glass")
    assert "1 done today" not in text(answered)  # it was not given yet
    desk.get("/review/")
    answered = post(desk, item, label="glass")
    assert "1 done today" in text(answered)
    assert reverse("review-answer", args=[other.pk]) in answered.content.decode()
    back = desk.get(f"/review/?item={item.pk}").content.decode()
    assert re.search(r'value="glass"[^>]*aria-pressed="true"', back)
    post(desk, item, label="wood")
    assert Item.objects.get(pk=item.pk).verified_label == "wood"
    undone = post(desk, item, "undo")
    assert Item.objects.get(pk=item.pk).verified_label == "metal"
    assert reverse("review-answer", args=[item.pk]) in undone.content.decode()
    post(desk, item, "skip")
    assert ReviewAssignment.objects.get(item=item).state == AssignmentState.SKIPPED
    assert not Annotation.objects.filter(who=rita, withdrawn_at=None).exists()


def test_what_is_gone_is_said_and_the_next_is_shown(desk, item, alice, make_item):
    unsure(make_item(alice, mark=1), alice)
    desk.get("/review/")
    item_delete(item=item)
    said = post(desk, item, label="glass")
    assert "was deleted, or is not yours to review. Here is the next one." in text(said)
    assert "Is it Glass?" in text(said)


def test_the_one_that_is_shown_waits_too(desk, item):
    assert "1 waits" in text(desk.get("/review/"))


def test_nothing_to_do_is_said(desk, version):
    assert "Nothing waits for you" in text(desk.get("/review/"))
    assert desk.get("/review/?item=nonsense").status_code == 200


def test_a_script_gets_the_cards_that_it_has_not_got(desk, alice, make_item, rita):
    items = [unsure(make_item(alice, mark=n), alice) for n in range(5)]
    desk.get("/review/")
    held = [str(r.item_id) for r in take(rita, 3)]
    path = reverse("review-answer", args=[held[0]])
    part = desk.post(path, {"label": "glass", "have": ",".join(held)})
    cards = re.findall(r'data-card="([^"]+)"', part.content.decode())
    assert part.status_code == 200
    assert len(cards) == 1
    assert cards[0] in {str(i.pk) for i in items} - set(held)
    assert b"<html" not in part.content
    assert "4 wait" in text(part)


@pytest.mark.parametrize(
    ("data", "status"), [({}, 422), ({"label": "plutonium"}, 422), ({"label": "x\x00"}, 422)]
)
def test_a_script_hears_what_was_wrong(desk, item, data, status):
    desk.get("/review/")
    part = desk.post(reverse("review-answer", args=[item.pk]), {**data, "have": ""})
    assert part.status_code == status
    assert b"data-problem" in part.content


def test_a_script_hears_that_it_is_gone(desk, item):
    desk.get("/review/")
    item_delete(item=item)
    part = desk.post(reverse("review-answer", args=[item.pk]), {"label": "glass", "have": str(item.pk)})
    assert part.status_code == 404
    assert "was deleted" in text(part)


def test_a_photograph_is_seen_by_whoever_has_it_in_hand(item, rita, rolf, page_of):
    def seen(who):
        client = page_of(who)
        statuses = set()
        for route in PICTURES:
            response = client.get(reverse(route, args=[item.pk]))
            body_of(response)
            statuses.add(response.status_code)
        return statuses

    assert seen(rita) == seen(rolf) == {404}
    take(rita)
    assert (seen(rita), seen(rolf)) == ({200}, {404})
    assert page_of(rita).get(f"/items/{item.pk}/").status_code == 404  # note and names are not for reviewers
    name(item, rita, "glass")
    assert seen(rita) == {200}  # to go back to
    ReviewAssignment.objects.update(finished="2026-01-01T00:00Z")
    assert seen(rita) == {404}
    ReviewAssignment.objects.update(state="open", lease_until="2026-01-01T00:00Z")
    assert seen(rita) == {404}
    Item.objects.update(consent=False)
    assert seen(rita) == {404}


def test_by_api(item, rita, api_of):
    api = api_of(rita)
    Item.objects.update(note="my kitchen", client_filename="kitchen.jpg")
    found = api.get("/api/v1/review/?number=1").json()
    (review,) = found["reviews"]
    assert (found["waiting"], found["done_today"]) == (0, 0)
    assert (review["item"], review["reason"], review["said"]) == (str(item.pk), "disagreement", "metal")
    assert review["guess"] == {"label": "glass", "confidence": 0.9}
    assert body_of(api.get(review["image"]))
    seen = api.get(f"/api/v1/items/{item.pk}/").json()
    assert (seen["label"], seen["note"], seen["client_filename"]) == ("metal", "", "")
    made = api.post(f"/api/v1/review/{item.pk}/", {"label": "glass"})
    assert (made.status_code, made.json()["kind"], made.json()["role"]) == (201, "confirm", "reviewer")
    assert api.post(f"/api/v1/review/{item.pk}/undo/").status_code == 204
    assert api.post(f"/api/v1/review/{item.pk}/skip/").status_code == 204
    assert api.get("/api/v1/review/").json()["reviews"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"kind": "praise"}, 400),
        ({"label": "plutonium"}, 422),
        ({"kind": "unsure", "label": "metal"}, 422),
    ],
)
def test_a_faulty_word_by_api(item, rita, api_of, body, status):
    take(rita)
    assert api_of(rita).post(f"/api/v1/review/{item.pk}/", body).status_code == status


def test_how_many_is_bounded(item, rita, api_of):
    assert len(api_of(rita).get("/api/v1/review/", {"number": "99999"}).json()["reviews"]) == 1


@pytest.mark.parametrize("number", ["0", "-1", "x", "²"])
def test_how_many_is_a_number(rita, api_of, number):
    assert api_of(rita).get("/api/v1/review/", {"number": number}).status_code == 400


def test_the_item_s_own_door_ends_the_review_too(item, rita, api_of):
    take(rita)
    made = api_of(rita).post(f"/api/v1/items/{item.pk}/annotations/", {"kind": "confirm"})
    assert (made.status_code, made.json()["role"]) == (201, "reviewer")
    assert ReviewAssignment.objects.get().state == AssignmentState.DONE


def test_the_page_costs_the_same_whatever_waits(desk, alice, make_item, django_assert_max_num_queries):
    for n in range(8):
        unsure(make_item(alice, mark=n), alice)
    desk.get("/review/")
    with django_assert_max_num_queries(26):
        desk.get("/review/")
