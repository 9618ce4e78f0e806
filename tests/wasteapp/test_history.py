"""The history: filters, list and gallery, notes, and what is done to many at once."""

import html
import re
from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.wasteapp.past import item_of
from wasteapp.models import Annotation, Dataset, Item, Kind, PersonalCopy
from wasteapp.services.annotation import annotation_create
from wasteapp.services.items import item_note
from wasteapp.services.snapshots import dataset_create
from wasteapp.services.work import job_run
from wasteapp.web import going_on, history, history_forms, selection

HTMX = {"HX-Request": "true"}
LAST = "ffffffff-ffff-7fff-bfff-ffffffffffff"  # an id after all others


@pytest.fixture
def member(alice, version, page_of):
    return page_of(alice)


@pytest.fixture
def three(alice, make_item):
    """Glass of May, metal of June that the model was not sure of, paper of today that waits."""
    glass = item_of(datetime(2026, 5, 3, 23, 59, tzinfo=UTC), make_item, alice, "glass")
    metal = item_of(datetime(2026, 6, 1, 0, 0, tzinfo=UTC), make_item, alice, "metal")
    paper = make_item(alice, "paper", done=False)
    Item.objects.filter(pk=metal.pk).update(abstained=True)
    item_note(item=glass, note="Vom ÄPFELmarkt")
    return {"glass": glass, "metal": metal, "paper": paper}


def shown(three, response) -> list[str]:
    names = {str(item.pk): name for name, item in three.items()}
    found = re.findall(r'href="/items/([0-9a-f-]{36})/"', response.content.decode())
    return [names[pk] for pk in dict.fromkeys(found)]


@pytest.mark.parametrize("view", ["", "list"])
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["paper", "metal", "glass"]),
        ("abstained=true", ["metal"]),
        ("abstained=false", ["paper", "glass"]),
        ("since=2026-05-03&until=2026-05-03", ["glass"]),
        ("since=2026-05-04&until=2026-06-01", ["metal"]),
        ("until=2026-06-01", ["metal", "glass"]),
        ("search=äpfel", ["glass"]),
        ("search=MARKT", ["glass"]),
        ("search=Ä", ["glass"]),
        ("search=m Ä", ["glass"]),
        ("search=100%25", []),
        ("since=9999-12-31", []),
        ("until=nonsense", []),
    ],
)
def test_filters(member, three, query, found, view):
    response = member.get(f"/items/?{query}&view={view}")
    assert (response.status_code, shown(three, response)) == (200, found)


def test_gallery_and_list_lead_to_each_other_with_the_same_filters(member, three):
    listed = member.get("/items/?label=glass&view=list")
    assert b"<table" in listed.content
    assert 'href="/items/?label=glass"' in listed.content.decode()
    gallery = member.get("/items/?label=glass")
    assert b"<table" not in gallery.content
    assert 'href="/items/?label=glass&amp;view=list"' in gallery.content.decode()


def test_the_address_leaves_out_what_is_empty(member, three):
    response = member.get("/items/?label=glass&stream=&search=&view=list", headers=HTMX)
    assert response["HX-Push-Url"] == "/items/?label=glass&view=list"
    assert member.get("/items/?label=", headers=HTMX)["HX-Push-Url"] == "/items/"


def test_no_list_reads_the_manifests_of_models(member, api_of, alice, make_item):
    """One is longer than a page's rows together, and would be read for each of them."""
    make_item(alice)
    with CaptureQueriesContext(connection) as queries:
        member.get("/items/")
        api_of(alice).get("/api/v1/items/")
        asked = [query["sql"] for query in queries]
    assert any('"wasteapp_prediction"' in sql for sql in asked)
    assert not [sql for sql in asked if "manifest" in sql]


@pytest.mark.parametrize("view", ["", "list"])
def test_it_asks_as_often_for_many_as_for_few(member, alice, make_item, view):
    counts = []
    for number in range(12):
        annotation_create(item=make_item(alice, mark=number), who=alice, kind=Kind.CONFIRM)
        if number in (2, 11):
            with CaptureQueriesContext(connection) as queries:
                member.get(f"/items/?search=photo&view={view}")
            counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


def test_earlier_rows_are_given_their_copies(alice, otto, make_item):
    """What the migration does for a site that had items before."""
    item = make_item(alice, "glass")
    annotation_create(item=item, who=alice, kind=Kind.CONFIRM)
    dataset = dataset_create(name="d", asked_by=otto)
    job_run(job_id=str(dataset.exports.get().job_id))
    Item.objects.update(note="On the Roof", search_text="", abstained=False)
    item.predictions.update(abstained=True)
    import_module("wasteapp.migrations.0005_fill_copies").fill(apps, None)
    item.refresh_from_db()
    assert (item.search_text, item.abstained) == ("photo.jpg\non the roof", True)
    assert dataset.entries.get().note == "On the Roof"


class TestNote:
    def test_it_is_written_found_changed_and_taken_away(self, member, three):
        path = f"/items/{three['metal'].pk}/"
        assert member.post(f"{path}note/", {"note": " From the roof. "})["Location"] == path
        assert "From the roof." in member.get(path).content.decode()
        assert shown(three, member.get("/items/?search=ROOF")) == ["metal"]
        member.post(f"{path}note/", {"note": "cellar"})
        assert shown(three, member.get("/items/?search=roof")) == []
        member.post(f"{path}note/", {"note": ""})
        assert Item.objects.get(pk=three["metal"].pk).note == ""

    def test_one_that_is_too_long_changes_nothing(self, member, three):
        path = f"/items/{three['glass'].pk}/"
        assert "2000" in member.post(f"{path}note/", {"note": "x" * 2001}, follow=True).content.decode()
        assert Item.objects.get(pk=three["glass"].pk).note == "Vom ÄPFELmarkt"

    def test_an_operator_reads_it_and_writes_none(self, otto, three, page_of):
        path, page = f"/items/{three['glass'].pk}/", page_of(otto)
        assert "ÄPFEL" in page.get(path).content.decode()
        assert page.post(f"{path}note/", {"note": "mine"}).status_code == 404

    def test_the_one_of_a_snapshot_stays_as_it_was(self, otto, alice, three):
        annotation_create(item=three["glass"], who=alice, kind=Kind.CONFIRM)
        dataset = dataset_create(name="d", asked_by=otto)
        job_run(job_id=str(dataset.exports.get().job_id))
        item_note(item=three["glass"], note="later")
        assert dataset.entries.get().note == "Vom ÄPFELmarkt"


class TestSelection:
    def ids(self, three, *names):
        return [str(three[name].pk) for name in names]

    def asked_about(self, response):
        """The ids that the page would send on."""
        return re.search(r'name="item"\s+value="([^"]*)"', response.content.decode())[1].split(",")

    @pytest.fixture
    def many(self, alice, make_item, monkeypatch):
        """Six more pieces of glass, on pages of two."""
        monkeypatch.setattr(history, "GALLERY", 2)
        return [make_item(alice, "glass", mark=mark) for mark in range(1, 7)]

    def everything(self, member, path):
        """What the tick for all of a list sends; nothing where there is none."""
        return re.search(r'name="all"\s+value="([^"]*)"', member.get(path).content.decode())

    @pytest.mark.parametrize(
        ("path", "number"),
        [("/items/", 9), ("/items/?label=glass", 7), (f"/items/?label=glass&before={LAST}", 7)],
    )
    def test_all_that_fit_are_chosen_on_every_page(self, member, three, many, path, number):
        data = {"all": html.unescape(self.everything(member, path)[1]), "action": "delete"}
        response = member.post("/items/selected/", data)
        assert f"Delete {number} photographs?" in response.content.decode()
        ids = self.asked_about(response)
        assert len(ids) == number
        member.post("/items/selected/delete/", {"item": ",".join(ids)})
        assert Item.objects.count() == 9 - number

    def test_a_list_of_one_page_has_no_tick_for_more(self, member, three, many):
        assert self.everything(member, "/items/?label=metal") is None

    def test_what_comes_after_the_question_is_left_alone(self, member, alice, three, many, make_item):
        ids = self.asked_about(member.post("/items/selected/", {"all": "label=glass", "action": "correct"}))
        later = make_item(alice, "glass", mark=77)
        member.post("/items/selected/correct/", {"item": ",".join(ids), "label": "wood"})
        assert Item.objects.filter(verified_label="wood").count() == 7
        later.refresh_from_db()
        assert later.verified_label == ""

    @pytest.fixture
    def few_at_once(self, monkeypatch):
        """A request does three."""
        for module in (history_forms, selection, going_on):
            monkeypatch.setattr(module, "MOST_CHOSEN", 3)

    def fields(self, response):
        """What the form of a page would send."""
        pairs = re.findall(r'type="hidden" name="(\w+)"\s+value="([^"]*)"', response.content.decode())
        return {name: html.unescape(value) for name, value in pairs if name != "csrfmiddlewaretoken"}

    def all_the_way(self, member, path, data):
        """The number of steps until a page of the history comes."""
        for step in range(1, 20):
            response = member.post(f"/items/selected/{path}", data)
            if response.status_code == 302:
                return step
            data = self.fields(response)
        raise AssertionError("it has no end")

    def test_more_than_a_request_can_do_is_done_in_steps(
        self, member, alice, three, many, few_at_once, make_item
    ):
        """What is corrected fits no more, and what comes meanwhile is left alone."""
        asked = member.post("/items/selected/", {"all": "label=glass", "action": "correct"})
        assert "What is on 7 photographs?" in asked.content.decode()
        later = make_item(alice, "glass", mark=77)
        first = member.post("/items/selected/correct/", self.fields(asked) | {"label": "wood"})
        assert "3 of 7 photographs are done" in " ".join(first.content.decode().split())
        assert self.all_the_way(member, "correct/", self.fields(first)) == 2
        assert set(Item.objects.filter(verified_label="wood")) == {three["glass"], *many}
        page = member.get("/items/")
        assert "Kept for 7 photographs." in page.content.decode()
        offered = re.search(r'name="word" value="([\d,]+)"', page.content.decode())[1]
        assert self.all_the_way(member, "undo/", {"word": offered}) == 3
        assert "Taken back for 7 photographs." in member.get("/items/").content.decode()
        assert not Item.objects.filter(verified_label="wood").exists()
        later.refresh_from_db()
        assert later.verified_label == ""

    def test_more_than_a_request_can_do_is_deleted_in_steps(self, member, three, many, few_at_once):
        asked = member.post("/items/selected/", {"all": "label=glass", "action": "delete"})
        assert "Delete 7 photographs?" in asked.content.decode()
        assert self.all_the_way(member, "delete/", self.fields(asked)) == 3
        assert "7 photographs deleted" in member.get("/items/").content.decode()
        assert Item.objects.count() == 2

    def test_a_copy_is_of_all_that_fit(self, member, three, many, few_at_once):
        member.post("/items/selected/", {"all": "label=glass", "action": "copy"})
        assert len(PersonalCopy.objects.get().chosen) == 7

    @pytest.mark.parametrize("spoilt", [{"until": "x"}, {"done": "-1", "total": "²"}, {"all": "since=never"}])
    def test_a_step_that_is_spoilt_does_no_harm(self, member, bob, three, many, few_at_once, page_of, spoilt):
        data = {"all": "label=metal", "label": "wood"} | spoilt
        assert page_of(bob).post("/items/selected/delete/", data).status_code == 302
        assert member.post("/items/selected/correct/", data).status_code == 302
        assert Item.objects.filter(verified_label="wood").count() <= 1

    def test_filters_that_make_no_sense_choose_nothing(self, member, three, many):
        assert member.post("/items/selected/", {"all": "since=never", "action": "delete"}).status_code == 302
        assert Item.objects.count() == 9

    def test_many_are_corrected_by_some_and_taken_back_together(self, member, three, many, monkeypatch):
        monkeypatch.setattr("wasteapp.services.annotation.CHUNK", 2)
        data = {"item": ",".join(item.pk.hex for item in many), "label": "wood"}
        member.post("/items/selected/correct/", data)
        words = ",".join(str(pk) for pk in member.session["undo"])
        assert Item.objects.filter(verified_label="wood").count() == 6
        member.post("/items/selected/undo/", {"word": words})
        assert not Item.objects.filter(verified_label="wood").exists()

    def test_it_asks_before_anything_happens(self, member, three):
        for action in ("correct", "delete"):
            response = member.post(
                "/items/selected/", {"action": action, "item": self.ids(three, "glass", "metal")}
            )
            assert response.status_code == 200
            assert set(self.asked_about(response)) == {three["glass"].pk.hex, three["metal"].pk.hex}
        assert (Item.objects.count(), Annotation.objects.count()) == (3, 0)

    def test_nothing_chosen_leads_back(self, member, three):
        data = {"action": "delete", "back": "/items/?label=glass"}
        assert member.post("/items/selected/", data)["Location"] == "/items/?label=glass"
        assert member.post("/items/selected/", {**data, "item": "nonsense"}).status_code == 302

    def test_an_unknown_action_is_refused(self, member, three):
        data = {"action": "steal", "item": self.ids(three, "glass")}
        assert member.post("/items/selected/", data).status_code == 422

    @pytest.mark.parametrize(
        "back", ["https://elsewhere.example/", "//elsewhere.example", "/items/../admin/"]
    )
    def test_it_leads_back_into_the_history_alone(self, member, three, back):
        data = {"item": self.ids(three, "glass"), "back": back}
        assert member.post("/items/selected/delete/", data)["Location"] == "/items/"

    def test_correcting_says_the_same_of_all_and_is_taken_back(self, member, three):
        data = {"item": self.ids(three, "glass", "metal", "paper"), "label": "glass"}
        assert member.post("/items/selected/correct/", data)["Location"] == "/items/"
        words = dict(Annotation.objects.values_list("item__predicted_label", "kind"))
        assert words == {"glass": Kind.CONFIRM, "metal": Kind.CORRECT}  # the paper waits for its result
        offered = re.search(r'name="word" value="([\d,]+)"', member.get("/items/").content.decode())[1]
        assert set(map(int, offered.split(","))) == set(Annotation.objects.values_list("pk", flat=True))
        assert b'name="word"' not in member.get("/items/").content  # offered once
        member.post("/items/selected/undo/", {"word": offered})
        assert not Annotation.objects.filter(withdrawn_at__isnull=True).exists()
        assert set(Item.objects.values_list("verified_label", flat=True)) == {""}

    def test_a_correction_that_is_refused_changes_none(self, member, three):
        data = {"item": self.ids(three, "glass", "metal"), "label": "unobtainium"}
        assert member.post("/items/selected/correct/", data).status_code == 422
        assert not Annotation.objects.exists()

    def test_deleting_takes_the_files_and_raises_data_sets_once(
        self, member, alice, otto, three, media, make_item, django_capture_on_commit_callbacks
    ):
        for name in ("glass", "metal"):
            annotation_create(item=three[name], who=alice, kind=Kind.CONFIRM)
        other = make_item(alice, "wood")
        dataset = dataset_create(name="d", asked_by=otto)
        job_run(job_id=str(dataset.exports.get().job_id))
        data = {"item": self.ids(three, "glass", "metal", "paper")}
        with django_capture_on_commit_callbacks(execute=True):
            response = member.post("/items/selected/delete/", data, follow=True)
        assert "3 photographs deleted" in response.content.decode()
        assert set(Item.objects.all()) == {other}
        assert all(other.pk.hex in name for name in media())
        dataset = Dataset.objects.get()
        assert (dataset.revision, dataset.item_count) == (2, 0)
        assert set(dataset.entries.values_list("note", flat=True)) == {""}
        assert dataset.entries.filter(tombstoned_at__isnull=True).count() == 0

    def test_others_are_left_alone(self, bob, three, page_of):
        page, data = page_of(bob), {"item": self.ids(three, "glass"), "label": "wood", "action": "delete"}
        for path in ("", "correct/", "delete/"):
            assert page.post(f"/items/selected/{path}", data).status_code == 302
        assert (Item.objects.count(), Annotation.objects.count()) == (3, 0)

    def test_another_s_word_is_not_taken_back(self, alice, bob, three, page_of):
        word = annotation_create(item=three["glass"], who=alice, kind=Kind.CONFIRM)
        page_of(bob).post("/items/selected/undo/", {"word": [word.pk, "x", "9" * 30]})
        word.refresh_from_db()
        assert word.withdrawn_at is None
