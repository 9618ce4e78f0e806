"""German and Spanish are complete, compiled, and what the pages show."""

import re

import pytest
from django.utils import translation

from tests.wasteapp import catalogue
from wasteapp.known_texts import SEEDS

LANGUAGES = ["de", "es"]
HOLE = re.compile(r"%\(\w+\)s|\{\w+\}|%%|</?\w+>")
HOW = "manage.py makemessages -l de -l es --no-location, translate, manage.py compilemessages"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_has_a_translation(language):
    entries = catalogue.written(language)
    lacking = [
        f"{path}: {text.singular}"
        for text, path in catalogue.texts().items()
        if not all(entries.get(text, [""]))
    ]
    assert not lacking, "\n".join([f"no {language} for these ({HOW}):", *lacking])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_filled_in_is_the_same_in_every_language(language):
    for text, forms in catalogue.written(language).items():
        for original, form in zip(text, forms, strict=False):
            assert sorted(HOLE.findall(form)) == sorted(HOLE.findall(original)), f"{language}: {form}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_the_written_one(language):
    compiled = catalogue.compiled(language)
    for text, forms in catalogue.written(language).items():
        keys = [(text.singular, number) for number in range(len(forms))] if text.plural else [text.singular]
        assert [compiled.get(key) for key in keys] == forms, f"django.mo is older than django.po: {HOW}"
    assert len(compiled) - 1 == sum(map(len, catalogue.written(language).values()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_shows_a_given_name_in_english(language, page_of, ada, make_item):
    item = make_item(ada)
    page, asked = page_of(ada), {"headers": {"Accept-Language": language}}
    with translation.override(language):
        english = {text for text in SEEDS if translation.gettext(text) != text}
    for path in ("/", "/guide/", "/items/", f"/items/{item.pk}/", "/datasets/new/", "/admin/wasteapp/bin/"):
        texts = {text.strip() for text in re.findall(r">([^<]+)<", page.get(path, **asked).content.decode())}
        assert not texts & english, path


@pytest.mark.django_db
def test_the_api_refuses_in_the_language_that_is_asked_for_under_one_code(api_of):
    wrong, told = {"username": "nobody", "password": "nothing"}, {}
    for language in ("", *LANGUAGES):
        body = api_of().post("/api/v1/tokens/", wrong, headers={"Accept-Language": language}).json()
        told[language] = body["detail"]
        assert body["code"] == "authentication_failed"
    assert told == {
        "": "Name and password do not match.",
        "de": "Name und Passwort passen nicht zusammen.",
        "es": "El usuario y la contraseña no coinciden.",
    }
