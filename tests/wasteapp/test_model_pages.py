"""Operators' pages of models: what they show, and what their buttons do."""

import zipfile
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from classifier.labels import LABELS
from tests.wasteapp.candidates import add_version, finished, held_out, teach, verified_items, verify
from tests.wasteapp.conftest import body_of, jpeg
from wasteapp.models import (
    AuditEvent,
    Category,
    Comparison,
    Dataset,
    Holdout,
    Item,
    Job,
    ModelVersion,
    Prediction,
    ReleaseDecision,
    Reprediction,
    TrainingRun,
)
from wasteapp.services.deletion import item_delete
from wasteapp.services.releases import model_activate
from wasteapp.web.cards import blocks_of


@pytest.fixture
def desk(page_of, otto):
    return page_of(otto)


@pytest.fixture
def candidate(version):
    made = add_version("candidate")
    made.metrics = {"validation": {"images": 200, "accuracy": 0.97}}
    made.save()
    return made


@pytest.fixture
def compared(candidate, version, make_item, alice, otto, settings, tmp_path):
    """A comparison in which the candidate breaks glass and fixes wood, on items and on files."""
    settings.HOLDOUT_LEAST, settings.HOLDOUT_LEAST_LABEL, settings.HOLDOUT = len(LABELS), 1, tmp_path / "held"
    for label in ("glass", "paper"):
        (tmp_path / "held" / label).mkdir(parents=True)
        (tmp_path / "held" / label / "a.jpg").write_bytes(jpeg(label, mark=90))
    held_out(verified_items(make_item, alice, otto, list(LABELS)))
    teach(version, mistakes={"wood": "paper"})
    teach(candidate, mistakes={"glass": "metal"})

    def compare(desk) -> Comparison:
        desk.post(f"/models/{candidate.pk}/compare/")
        comparison = Comparison.objects.get()
        finished(comparison.job)
        comparison.refresh_from_db()
        return comparison

    return compare


def card(version: ModelVersion, text: str) -> None:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("MODEL_CARD.md", text)
    version.manifest["files"] = {"MODEL_CARD.md": ""}
    version.archive = default_storage.save("models/x.zip", ContentFile(file.getvalue()))
    version.save()


def test_the_list_says_what_is_in_service_and_where_to_go_back(desk, candidate, version):
    assert "Go back to" not in desk.get("/models/").content.decode()
    model_activate(version=candidate)
    shown = desk.get("/models/").content.decode()
    assert "candidate is in service" in shown
    assert "Go back to fake" in shown
    assert "97.0 %" in shown
    desk.post("/models/roll-back/")
    assert ModelVersion.objects.get(state="active") == version


def test_a_site_without_a_model_has_a_page(desk):
    assert "No model yet" in desk.get("/models/").content.decode()


def test_the_list_asks_the_same_however_long_it_is(desk, candidate, django_assert_max_num_queries):
    def read(expected: int) -> None:
        with django_assert_max_num_queries(expected):
            desk.get("/models/")

    desk.get("/models/")
    for number in range(8):
        made = add_version(f"v{number}")
        dataset = Dataset.objects.create(name="d")
        TrainingRun.objects.create(name="r", dataset=dataset, revision=1, architecture="x", result=made)
    read(14)


def test_a_version_without_the_gate_needs_a_reason(desk, candidate, version):
    url = f"/models/{candidate.pk}/activate/"
    refused = desk.post(url, {"reason": " "})
    assert (refused.status_code, ModelVersion.objects.get(state="active")) == (422, version)
    assert "This field is required" in refused.content.decode()
    desk.post(url, {"reason": "the other one is broken"})
    assert ReleaseDecision.objects.get().reason == "the other one is broken"
    assert "the other one is broken" in desk.get(f"/models/{candidate.pk}/").content.decode()


def test_one_that_passed_goes_in_service_by_one_press(desk, candidate, version):
    Comparison.objects.create(candidate=candidate, baseline=version, verdict="pass")
    desk.post(f"/models/{candidate.pk}/activate/")
    assert ModelVersion.objects.get(state="active") == candidate


def test_a_refusal_is_told(desk, candidate):
    Category.objects.filter(slug="wood").delete()
    assert "no category at this site: wood" in desk.get(f"/models/{candidate.pk}/").content.decode()
    answer = desk.post(f"/models/{candidate.pk}/activate/", {"reason": "x"}, follow=True)
    assert "no category for wood" in answer.content.decode()


def test_shadow_and_retire(desk, candidate, make_item, alice, otto):
    desk.post(f"/models/{candidate.pk}/shadow/")
    item = verify(make_item(alice), otto, "glass")
    Prediction.objects.create(
        item=item, model_version=candidate, shadow=True, state="done", label="glass", confidence=0.9
    )
    shown = desk.get(f"/models/{candidate.pk}/").content.decode()
    assert "In the shadow" in shown
    assert "100.0 %" in shown
    desk.post(f"/models/{candidate.pk}/retire/", {"reason": "enough seen"})
    assert ModelVersion.objects.get(name="candidate").state == "retired"
    assert "enough seen" in desk.get(f"/models/{candidate.pk}/").content.decode()


def test_a_card_is_read_and_its_html_is_not(desk, candidate):
    table = "| a | b |\n| --- | --- |\n| 1 | `x` |"
    card(candidate, f"# A **bold** card\n\n<script>alert(1)</script>\n\n{table}\n\n- one\n  more\n- two")
    shown = desk.get(f"/models/{candidate.pk}/").content.decode()
    assert "<h3>A <strong>bold</strong> card</h3>" in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<code>x</code>" in shown
    assert "<li>one more</li>" in shown
    assert "---" not in shown


@pytest.mark.parametrize("text", ["", "\n\n", "#", "|", "- ", "**", "`", "|\n|", "* * *", "\x00", "é" * 10])
def test_any_text_is_a_card(text):
    blocks_of(text)


def test_a_version_without_its_archive_has_a_page(desk, version):
    assert "Model card" not in desk.get(f"/models/{version.pk}/").content.decode()


def test_what_a_comparison_is_judged_by_is_told_before(desk, candidate, settings):
    settings.GATE_RECALL, settings.HOLDOUT_LEAST = 0.625, 123
    shown = desk.get(f"/models/{candidate.pk}/compare/").content.decode()
    assert "62.5 % of the time" in shown
    assert "123 photographs or more" in shown
    assert "The first comparison freezes it" in shown


def test_a_comparison_shows_the_verdict_the_figures_and_what_flips(desk, candidate, compared):
    comparison = compared(desk)
    shown = desk.get(f"/models/comparisons/{comparison.pk}/").content.decode()
    assert "Not passed" in shown
    assert "Recognised less often than 50.0 %, and than before: Glass." in shown
    broken, fixed = shown.partition("are wrong now")[::2]
    assert broken.count('class="thumb"') == 2  # an item and a file
    assert fixed.count('class="thumb"') == 1
    assert "/thumbnail/" in fixed
    number = next(n for n, flip in enumerate(comparison.flips) if flip["path"])
    picture = desk.get(f"/models/comparisons/{comparison.pk}/{number}.jpg")
    assert (picture.status_code, body_of(picture)[:2]) == (200, b"\xff\xd8")
    assert desk.get(f"/models/comparisons/{comparison.pk}/999.jpg").status_code == 404
    of_item = next(n for n, flip in enumerate(comparison.flips) if flip["item"])
    assert desk.get(f"/models/comparisons/{comparison.pk}/{of_item}.jpg").status_code == 404
    assert "What the gate found" in desk.get(f"/models/{candidate.pk}/").content.decode()


def test_what_was_deleted_since_is_not_shown(desk, compared):
    comparison = compared(desk)
    broken = {flip["item"] for flip in comparison.flips if flip["item"] and not flip["fixed"]}
    item_delete(item=Item.objects.get(pk__in=broken))
    shown = desk.get(f"/models/comparisons/{comparison.pk}/").content.decode()
    assert shown.partition("are wrong now")[0].count('class="thumb"') == 1


def test_a_comparison_is_watched_stopped_and_begun_again(desk, candidate):
    answer = desk.post(f"/models/{candidate.pk}/compare/")
    comparison = Comparison.objects.get()
    assert answer["Location"] == f"/models/comparisons/{comparison.pk}/"
    assert "hx-get" in desk.get(answer["Location"]).content.decode()
    assert "HX-Refresh" not in desk.get(f"{answer['Location']}status/")
    desk.post(f"{answer['Location']}cancel/")
    assert desk.get(f"{answer['Location']}status/")["HX-Refresh"] == "true"
    assert "Begin again" in desk.get(answer["Location"]).content.decode()
    desk.post(f"{answer['Location']}retry/")
    assert Job.objects.get().state == "queued"
    assert "under way" in desk.post(f"{answer['Location']}retry/", follow=True).content.decode()


def test_a_comparison_that_cannot_be_asked_for_is_told(desk, version):
    answer = desk.post(f"/models/{version.pk}/compare/", follow=True)
    assert "nothing to compare" in answer.content.decode()


def test_a_new_holdout(desk, candidate):
    desk.post("/models/holdout/")
    assert Holdout.objects.count() == 1
    assert "not used yet" in desk.post("/models/holdout/", follow=True).content.decode()


def test_earlier_photographs_are_answered_again(desk, candidate, version, make_item, alice, otto):
    teach(version, mistakes={"glass": "metal", "wood": "paper"})
    for mark, label in enumerate(("glass", "wood")):
        verify(make_item(alice, label, mark=mark), otto, label)
    model_activate(version=candidate)
    teach(candidate, mistakes={"wood": "cardboard"})
    answer = desk.post("/models/again/", {"corrected": "true"})
    asked = Reprediction.objects.get()
    assert (answer["Location"], asked.filters) == (f"/models/again/{asked.pk}/", {"corrected": True})
    assert "candidate answers again" in desk.get(answer["Location"]).content.decode()
    finished(asked.job)
    shown = desk.get(answer["Location"]).content.decode()
    assert "2 answers changed" in shown
    assert "1 are right now and 1 are not" in shown
    assert desk.get(f"{answer['Location']}status/")["HX-Refresh"] == "true"
    assert "2 of 2 changed" in desk.get("/models/").content.decode()


def test_nothing_that_fits_is_told(desk, candidate):
    answer = desk.post("/models/again/", {"label": ["glass"]})
    assert "No photograph fits this." in answer.content.decode()


def test_it_is_stopped_and_begun_again(desk, candidate, make_item, alice, otto):
    make_item(alice)
    url = desk.post("/models/again/", {})["Location"]
    desk.post(f"{url}cancel/")
    assert Job.objects.get().state == "cancelled"
    assert AuditEvent.objects.get(action="job.cancel").actor == otto
    desk.post(f"{url}retry/")
    assert Job.objects.get().state == "queued"


@pytest.mark.parametrize(
    "path", ["models/987/", "models/987/compare/", "models/comparisons/{none}/", "models/again/{none}/"]
)
def test_what_is_not_there_is_not_found(desk, path):
    none = "00000000-0000-7000-8000-000000000000"
    assert desk.get(f"/{path.format(none=none)}").status_code == 404
