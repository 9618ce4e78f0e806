"""Which language a page speaks: a person's own, else the one chosen here, else the browser's, else English."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from classifier.preprocessing import MESSAGES
from tests.wasteapp.conftest import PASSWORD
from wasteapp import services
from wasteapp.known_texts import FAULTS, NAMING, SEEDS, in_their_language
from wasteapp.models import Bin, Category, User
from wasteapp.services.inference import CRASHED, MISSING

SERVICES = Path(services.__path__[0])
GERMAN = {"headers": {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}}


def spoken(response) -> str:
    """The language that a page says it is in."""
    found = re.search(r'<html lang="(.*?)"', response.content.decode())
    assert found
    assert response.headers["Content-Language"] == found[1]
    return found[1]


@pytest.mark.parametrize(
    ("asked", "answered"),
    [("", "en"), ("de-CH", "de"), ("es-MX,es;q=0.9", "es"), ("fr", "en"), ("fr,es;q=0.3", "es"), ("*", "en")],
)
@pytest.mark.django_db
def test_a_visitor_s_browser_chooses(page_of, asked, answered):
    assert spoken(page_of().get("/", headers={"Accept-Language": asked})) == answered


@pytest.mark.django_db
def test_a_visitor_chooses_and_comes_back_to_the_page(page_of):
    visitor = page_of()
    response = visitor.post("/language/", {"language": "es", "next": "/guide/"}, **GERMAN)
    assert response.headers["Location"] == "/guide/"
    assert spoken(visitor.get("/guide/", **GERMAN)) == "es"


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org", "javascript:alert(1)"])
@pytest.mark.django_db
def test_the_choice_leads_nowhere_else(page_of, elsewhere):
    response = page_of().post("/language/", {"language": "es", "next": elsewhere})
    assert response.headers["Location"] == "/"


def test_an_unknown_language_is_not_kept(page_of, alice):
    page = page_of(alice)
    page.post("/language/", {"language": "xx"})
    alice.refresh_from_db()
    assert alice.language == ""
    assert spoken(page.get("/")) == "en"


def test_a_person_s_own_language_goes_before_cookie_and_browser(page_of, alice):
    alice.language = "de"
    alice.save()
    assert spoken(page_of(alice).get("/", headers={"Accept-Language": "es"})) == "de"
    assert translation.get_language() == "es", "theirs stays with the request"


def test_who_is_signed_in_chooses_for_every_device(page_of, alice):
    page_of(alice).post("/language/", {"language": "de"})
    assert spoken(page_of(alice).get("/")) == "de"


def test_the_profile_keeps_a_language_or_leaves_it_to_the_browser(page_of, alice):
    page = page_of(alice)
    assert page.post("/profile/", {"language": "es", "theme": "auto"}).status_code == 302
    assert spoken(page.get("/profile/", **GERMAN)) == "es"
    page.post("/profile/", {"language": "", "theme": "auto"})
    assert spoken(page.get("/profile/", **GERMAN)) == "de"
    assert page.post("/profile/", {"language": "fr", "theme": "auto"}).status_code == 200


@pytest.mark.django_db
def test_what_the_site_was_given_is_known(page_of):
    given = [text for bin in Bin.objects.all() for text in (bin.name, bin.accepts, bin.refuses)]
    given += [text for each in Category.objects.all() for text in (each.name, each.guidance)]
    assert set(given) == SEEDS


def test_what_workers_say_is_known():
    assert {*MESSAGES.values(), MISSING, CRASHED} <= FAULTS


def test_an_operator_s_words_stay_as_they_are():
    with translation.override("de"):
        assert in_their_language("Monday") == "Monday", "Django itself would translate it"
        assert in_their_language("") == ""


@pytest.mark.parametrize("source", ["copies", "exports", "work", "sweeping"])
def test_every_reason_that_a_job_ends_with_is_known(source):
    """What is written into a row is written in English, and read in every language."""
    found = list(reasons((SERVICES / f"{source}.py").read_text()))
    assert found
    unknown = [reason for reason in found if reason not in FAULTS | set(NAMING)]
    assert unknown == []


def reasons(code: str) -> Iterator[str]:
    """The sentences that a module ends jobs with; what is filled in is `%(id)s`."""
    for call in (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)):
        if getattr(call.func, "id", "") in ("CannotCopy", "CannotExport"):
            yield sentence(call.args[0])
        yield from (
            sentence(word.value) for word in call.keywords if word.arg == "error" and is_text(word.value)
        )


def is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and bool(node.value))


def sentence(node: ast.expr) -> str:
    if isinstance(node, ast.BinOp):  # what is filled in
        node = node.left
    if isinstance(node, ast.Call):  # gettext
        node = node.args[0]
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.JoinedStr)
    return "".join(part.value if isinstance(part, ast.Constant) else "%(id)s" for part in node.values)


def test_a_reason_that_names_an_item_is_told_with_it():
    with translation.override("de"):
        told = in_their_language("The file of item 0198-ab is missing from storage.")
    assert "0198-ab" in told
    assert "%" not in told


@pytest.mark.parametrize(
    ("language", "written"),
    [("en", "5 Nov 2026, 16:07"), ("de", "5. Nov. 2026, 16:07"), ("es", "5 nov 2026, 16:07")],
)
def test_a_moment_is_written_as_in_the_reader_s_language(language, written):
    moment = datetime(2026, 11, 5, 16, 7, tzinfo=UTC)
    with translation.override(language):
        shown = render_to_string("parts/_when.html", {"moment": moment, "format": "DATETIME_FORMAT"})
    assert shown.strip() == f'<time datetime="2026-11-05T16:07:00+00:00">{written}</time>'


@pytest.mark.parametrize(("cookie", "kept"), [("es", "es"), ("xx", ""), (None, "")])
@pytest.mark.django_db
def test_who_signs_up_keeps_the_language_that_was_chosen_before(page_of, cookie, kept):
    page = page_of()
    if cookie:
        page.cookies["django_language"] = cookie
    page.post("/accounts/signup/", {"username": "newcomer", "password1": PASSWORD, "password2": PASSWORD})
    assert User.objects.get(username="newcomer").language == kept
