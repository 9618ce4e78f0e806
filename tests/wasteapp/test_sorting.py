"""Sending photographs and saying what they are: the choice to let models learn, the key, one tap, whose word it is."""

import re

import pytest

from tests.wasteapp.conftest import photograph
from wasteapp.models import Annotation, Category, Item, Kind
from wasteapp.services.annotation import annotation_create

HTMX = {"HX-Request": "true"}


@pytest.fixture
def member(alice, version, page_of):
    return page_of(alice)


@pytest.fixture
def item(alice, make_item) -> Item:
    return make_item(alice)


def text(response) -> str:
    return " ".join(response.content.decode().split())


def send(page, **fields) -> Item:
    page.post("/items/new/", {"image": photograph(**fields.pop("photograph", {})), **fields})
    return Item.objects.order_by("pk").last()


def say(page, item, **word) -> str:
    return text(page.post(f"/items/{item.pk}/annotations/", word, headers=HTMX))


class TestConsent:
    """Chosen once, shown where photographs are sent, and changed there."""

    def test_the_person_s_choice_holds_for_what_the_page_sends(self, member, alice):
        assert send(member, consent="").consent is True
        alice.consent = False
        alice.save()
        assert send(member, consent="on").consent is False

    def test_the_page_says_what_holds(self, member, alice):
        assert "Your photographs may improve the model." in text(member.get("/"))
        alice.consent = False
        alice.save()
        assert "No model learns from your photographs." in text(member.get("/"))

    def test_taking_it_back_holds_for_earlier_photographs(self, member, alice):
        item = send(member)
        assert member.post("/consent/", {"consent": "off"})["Location"] == "/"
        alice.refresh_from_db()
        item.refresh_from_db()
        assert (alice.consent, item.consent) == (False, False)

    def test_it_is_changed_in_place(self, member, alice):
        shown = text(member.post("/consent/", {"consent": "off"}, headers=HTMX))
        assert "<html" not in shown
        assert "Allow it" in shown
        assert "Turn it off" in text(member.post("/consent/", {"consent": "on"}, headers=HTMX))

    @pytest.mark.parametrize(("consent", "words"), [(True, "may learn"), (False, "no model learns")])
    def test_the_thanks_say_what_a_correction_is_for(self, member, item, consent, words):
        Item.objects.update(consent=consent)
        assert words in say(member, item, label="wood")


class TestKey:
    def key(self, page) -> str:
        return re.search(r'name="key" value="(\w+)"', text(page.get("/")))[1]

    def test_each_form_has_its_own(self, member):
        assert self.key(member) != self.key(member)

    def test_another_photograph_from_a_page_that_was_brought_back_is_taken(self, member):
        key = self.key(member)
        first, second = send(member, key=key), send(member, key=key, photograph={"label": "wood"})
        assert first != second
        assert Item.objects.count() == 2


class TestOneTap:
    def test_naming_another_category_corrects(self, member, item):
        assert "You corrected it: Wood" in say(member, item, label="wood")
        assert Annotation.objects.get().kind == Kind.CORRECT

    def test_naming_the_model_s_own_confirms(self, member, item):
        assert "You confirmed: Glass" in say(member, item, label="glass")
        assert Annotation.objects.get().kind == Kind.CONFIRM

    def test_every_category_has_its_key_whatever_the_model_said(self, member, item):
        shown = text(member.get(f"/items/{item.pk}/"))
        keys = re.findall(
            r'name="label" value="(\w+)" type="submit" aria-pressed="false" data-key="(\d)"', shown
        )
        assert [slug for slug, _ in keys] == [category.slug for category in Category.objects.all()]
        assert [key for _, key in keys] == list("123456789")

    def test_what_was_chosen_is_marked(self, member, item):
        shown = say(member, item, label="wood")
        assert re.findall(r'value="(\w+)" type="submit" aria-pressed="true"', shown) == ["wood"]

    def test_an_operator_s_word_can_be_confirmed(self, member, item, otto):
        annotation_create(item=item, who=otto, kind=Kind.CORRECT, label="wood")
        assert 'name="label" value="wood" type="submit" data-key="Enter"' in text(
            member.get(f"/items/{item.pk}/")
        )
        assert "You corrected it: Wood" in say(member, item, label="wood")

    def test_so_can_that_it_is_no_waste(self, member, item, otto):
        annotation_create(item=item, who=otto, kind=Kind.NOT_WASTE)
        shown = text(member.get(f"/items/{item.pk}/"))
        assert 'name="kind" value="not_waste" type="submit" data-key="Enter"' in shown

    @pytest.mark.parametrize("word", [{}, {"kind": "shout"}, {"label": "unknown"}])
    def test_a_word_that_says_nothing_is_refused(self, member, item, word):
        response = member.post(f"/items/{item.pk}/annotations/", word, headers=HTMX)
        assert response.status_code == 422
        assert not Annotation.objects.exists()


class TestWhoseWord:
    """A corrected answer says who said so; what the model had thought stands behind it."""

    def test_one_s_own(self, member, item):
        shown = say(member, item, label="wood")
        assert "You said so." in shown
        assert re.search(r"<summary[^>]*> The model's guess was Glass, \d+ % </summary>", shown)
        sure = re.search(r'class="sureness (.*?)".*?<span>(.*?)</span>', shown)
        assert sure, shown
        assert shown.index("You said so.") < sure.start()
        assert ("stream--recyclable" in sure[1], sure[2]) == (True, "Very sure: Glass")

    def test_an_operator_s(self, member, item, otto):
        annotation_create(item=item, who=otto, kind=Kind.CORRECT, label="wood")
        assert "An operator of this site said so." in text(member.get(f"/items/{item.pk}/"))

    def test_the_owner_s_for_an_operator(self, item, alice, otto, page_of):
        annotation_create(item=item, who=alice, kind=Kind.CONFIRM)
        assert "Whoever took the photograph said so." in text(page_of(otto).get(f"/items/{item.pk}/"))

    def test_nobody_s_is_the_model_s(self, member, item):
        shown = text(member.get(f"/items/{item.pk}/"))
        assert "said so" not in shown
        assert 'class="sureness"' in shown


def test_a_row_of_the_page_gets_the_answer_in_a_line(member, item):
    shown = text(member.get(f"/items/{item.pk}/result/", headers=HTMX))
    assert f'<template data-brief="done" data-thumbnail="/items/{item.pk}/thumbnail/">' in shown
    brief = shown.partition("data-brief")[2].partition("</template>")[0]
    assert "Recyclable" in brief
    assert "Glass" in brief
