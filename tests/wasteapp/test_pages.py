"""The pages, without JavaScript and with htmx, for people who have nothing yet and for who have much."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.wasteapp.conftest import body_of, photograph
from wasteapp.models import Annotation, Category, Item, Kind
from wasteapp.services.annotation import annotation_create
from wasteapp.services.inference import prediction_run
from wasteapp.web import items as door

HTMX = {"HX-Request": "true"}


@pytest.fixture
def member(alice, version, page_of):
    return page_of(alice)


@pytest.fixture
def worker_at_once(monkeypatch, work):
    """A worker that takes the photograph while the request waits for it."""
    monkeypatch.setattr(door, "item_wait", lambda **_: work())


def text(response) -> str:
    return " ".join(response.content.decode().split())


def upload(member, label="glass", headers=None, **fields):
    return member.post("/items/new/", {"image": photograph(label), **fields}, headers=headers or {})


def test_without_javascript_an_upload_leads_to_its_page(member, worker_at_once):
    response = upload(member, "plastic")
    item = Item.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/items/{item.pk}/")
    shown = text(member.get(response["Location"]))
    for words in ("Plastic", "Packaging bin", "Empty it; separate lid and pot.", "90", "fake"):
        assert words in shown
    assert 'http-equiv="refresh"' not in shown


def test_without_javascript_a_waiting_item_s_page_comes_again_by_itself(member, work):
    path = upload(member)["Location"]
    assert re.search(r'<meta[^>]*http-equiv="?refresh', text(member.get(path)))
    work()
    shown = text(member.get(path))
    assert "Glass" in shown
    assert not re.search(r'<meta[^>]*http-equiv="?refresh', shown)


def test_with_htmx_the_answer_is_the_result_s_part(member, worker_at_once):
    response = upload(member, headers=HTMX)
    assert response.status_code == 200
    assert "<html" not in text(response)
    assert f'id="result-{Item.objects.get().pk}"' in text(response)
    assert "hx-trigger" not in text(response)  # it is done


def test_with_htmx_a_waiting_part_asks_again_until_it_is_done(member, work):
    shown = text(upload(member, headers=HTMX))
    address = f"/items/{Item.objects.get().pk}/result/"
    assert f'hx-get="{address}"' in shown
    assert f'hx-get="{address}"' in text(member.get(address, headers=HTMX))
    work()
    done = text(member.get(address, headers=HTMX))
    assert "Glass" in done
    assert f'hx-get="{address}"' not in done


def test_the_same_form_sent_twice_makes_one_item(member):
    for _ in range(2):
        upload(member, key="form-1")
    assert Item.objects.count() == 1


@pytest.mark.parametrize("key", ["nu\x00ll", "k" * 500])
def test_a_faulty_key_does_no_harm(member, key):
    assert upload(member, key=key).status_code in (302, 422)


def test_a_form_from_elsewhere_is_refused(alice, version):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    response = client.post("/items/new/", {"image": photograph()})
    assert (response.status_code, Item.objects.count()) == (403, 0)
    assert b"<html" in response.content


def test_an_unsure_answer_shows_two_guesses_and_asks(member, alice, make_item):
    item = make_item(alice)
    item.predictions.update(abstained=True, abstain_reason="low_confidence", confidence=0.4)
    shown = text(member.get(f"/items/{item.pk}/"))
    assert "Not sure" in shown or "not sure" in shown
    assert shown.count('name="label"') >= 2


def test_an_item_s_page_tells_who_said_what(member, alice, make_item):
    item = make_item(alice)
    word = annotation_create(item=item, who=alice, kind=Kind.CORRECT, label="metal")
    shown = text(member.get(f"/items/{item.pk}/"))
    assert "alice" in shown
    assert f"/annotations/{word.pk}/withdraw/" in shown
    assert "Metal" in shown


def test_hostile_text_is_escaped_everywhere(member, alice, make_item):
    item = make_item(alice)
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    Item.objects.filter(pk=item.pk).update(client_filename=hostile, note=hostile)
    Category.objects.filter(slug="glass").update(name=hostile[:60], guidance=hostile)
    for path in (
        f"/items/{item.pk}/",
        "/items/",
        "/",
        "/guide/",
        f"/items/{item.pk}/delete/",
        f"/items/?search={hostile}",
    ):
        shown = member.get(path).content.decode()
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown


def test_deleting_asks_first(member, alice, make_item):
    item = make_item(alice)
    assert member.get(f"/items/{item.pk}/delete/").status_code == 200
    assert Item.objects.exists()
    assert member.post(f"/items/{item.pk}/delete/")["Location"] == "/items/"
    assert not Item.objects.exists()
    assert member.get(f"/items/{item.pk}/").status_code == 404


class TestHistory:
    """A person's own items, by pages and filters that are addresses."""

    @pytest.fixture
    def fifty(self, alice, make_item):
        return [make_item(alice, mark=n, done=False) for n in range(50)]

    def ids(self, response):
        found = re.findall(r'href="/items/([0-9a-f-]{36})/"', response.content.decode())
        return list(dict.fromkeys(found))

    def test_pages_lead_to_the_end_and_back(self, member, fifty):
        newest_first = [str(item.pk) for item in fifty][::-1]
        first = member.get("/items/")
        second = member.get(first.context["next_url"])
        third = member.get(second.context["next_url"])
        assert self.ids(first) + self.ids(second) + self.ids(third) == newest_first
        assert (first.context["previous_url"], third.context["next_url"]) == ("", "")
        back = member.get(third.context["previous_url"])
        assert self.ids(back) == self.ids(second)
        assert self.ids(member.get(back.context["previous_url"])) == self.ids(first)

    def test_a_page_keeps_its_filter(self, member, fifty):
        address = member.get("/items/?state=queued").context["next_url"]
        assert "state=queued" in address
        assert len(self.ids(member.get(address))) == 24

    def test_with_htmx_only_the_grid_comes(self, member, fifty):
        response = member.get("/items/?state=queued", headers=HTMX)
        assert b"<html" not in response.content
        assert len(self.ids(response)) == 24

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("label=glass", ["glass"]),
            ("label=wood", ["metal"]),
            ("label=not_waste", ["paper"]),
            ("stream=recyclable", ["glass"]),
            ("state=done", ["paper", "metal", "glass"]),
            ("state=failed", []),
            ("corrected=true", ["paper", "metal"]),
            ("search=PHOTO", ["paper", "metal", "glass"]),
            ("search=nothing", []),
            ("label=&state=&corrected=&search=", ["paper", "metal", "glass"]),
        ],
    )
    def test_filters(self, member, alice, make_item, query, found):
        made = {label: make_item(alice, label) for label in ("glass", "metal", "paper")}
        annotation_create(item=made["metal"], who=alice, kind=Kind.CORRECT, label="wood")
        annotation_create(item=made["paper"], who=alice, kind=Kind.NOT_WASTE)
        labels = {str(item.pk): label for label, item in made.items()}
        assert [labels[pk] for pk in self.ids(member.get(f"/items/?{query}"))] == found

    @pytest.mark.parametrize(
        "query", ["state=lost", "stream=ocean", "before=nonsense", "after=x", "label=%00", "search=%00"]
    )
    def test_a_faulty_address_still_gives_a_page(self, member, alice, make_item, query):
        make_item(alice)
        assert member.get(f"/items/?{query}").status_code == 200

    def test_it_asks_as_often_for_24_items_as_for_5(self, member, alice, make_item):
        counts = []
        for number in range(24):
            annotation_create(item=make_item(alice, mark=number), who=alice, kind=Kind.CONFIRM)
            if number in (4, 23):
                with CaptureQueriesContext(connection) as queries:
                    assert len(self.ids(member.get("/items/"))) == number + 1
                counts.append(len(queries))
        assert counts[0] == counts[1] <= 12


@pytest.mark.parametrize(
    "path", ["/", "/items/", "/guide/", "/profile/", "/accounts/2fa/", "/accounts/email/"]
)
def test_every_page_renders_for_a_new_person(member, path):
    response = member.get(path)
    assert response.status_code == 200
    assert b"</html>" in response.content


def test_every_page_renders_for_a_new_operator(otto, version, page_of):
    page = page_of(otto)
    for path in ("/datasets/", "/datasets/new/", "/admin/"):
        assert b"</html>" in page.get(path).content
    assert b"/datasets/" in page.get("/").content


def test_who_is_no_operator_is_shown_no_operators_pages(member):
    assert b"/datasets/" not in member.get("/").content
    assert b"/admin/" not in member.get("/").content


def test_empty_states_say_what_to_do(member):
    assert 'href="/"' in text(member.get("/items/"))
    filtered = text(member.get("/items/?label=glass"))
    assert "/items/" in filtered


def test_the_guide_has_every_bin_and_category(client, db):
    shown = text(client.get("/guide/"))
    for category in Category.objects.select_related("bin"):
        assert category.name in shown
        assert category.bin.name in shown


def test_a_category_without_a_bin_is_shown_too(member, alice, make_item):
    Category.objects.update(bin=None)
    assert "Glass" in text(member.get(f"/items/{make_item(alice).pk}/"))
    assert member.get("/guide/").status_code == 200


def test_a_label_without_a_category_is_shown_too(member, alice, make_item):
    item = make_item(alice)
    Category.objects.filter(slug="glass").delete()
    for path in (f"/items/{item.pk}/", "/items/", "/"):
        assert "glass" in text(member.get(path))


@pytest.mark.parametrize("signed_in", [True, False])
def test_error_pages_have_the_site_s_look(alice, page_of, signed_in, monkeypatch):
    page = page_of(alice if signed_in else None)
    missing = page.get("/nothing/here/")
    assert (missing.status_code, b"</html>" in missing.content) == (404, True)
    page.raise_request_exception = False

    def broken(*_):
        raise RuntimeError("SECRET")

    monkeypatch.setattr("wasteapp.web.pages.bins", broken)
    failed = page.get("/guide/")
    assert (failed.status_code, b"</html>" in failed.content, b"SECRET" in failed.content) == (
        500,
        True,
        False,
    )


def test_the_500_page_needs_no_database(client, monkeypatch, settings):
    """There is none in this test: asking for it would fail."""
    client.raise_request_exception = False
    monkeypatch.setattr("wasteapp.web.health.HttpResponse", None)
    response = client.get("/healthz")
    assert (response.status_code, b"</html>" in response.content) == (500, True)


def test_a_refused_page_is_403_with_a_page(member):
    response = member.get("/datasets/")
    assert (response.status_code, b"</html>" in response.content) == (403, True)


def test_an_upload_that_is_too_large_is_a_page_too(member, settings):
    settings.MAX_UPLOAD_BYTES = -1_000_000
    response = upload(member)
    assert (response.status_code, b"</html>" in response.content) == (413, True)


def test_the_picture_is_sent_for_looking_at_alone(member, alice, make_item):
    item = make_item(alice)
    response = member.get(f"/items/{item.pk}/image/")
    assert body_of(response).startswith(b"\xff\xd8\xff")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_an_operator_s_word_on_another_s_item_is_the_operator_s(otto, alice, make_item, page_of):
    item = make_item(alice)
    page_of(otto).post(f"/items/{item.pk}/annotations/", {"kind": "correct", "label": "wood"})
    assert Annotation.objects.get().role == "operator"
    assert "Wood" in text(page_of(alice).get(f"/items/{item.pk}/"))


def test_a_message_delivered_late_finds_the_item_gone(member, alice, make_item):
    item = make_item(alice, done=False)
    prediction = item.predictions.get().pk
    member.post(f"/items/{item.pk}/delete/")
    assert prediction_run(prediction_id=prediction) is False
