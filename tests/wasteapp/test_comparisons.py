"""A candidate against the version in service, on the holdout and on what was verified last."""

import shutil
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db.models import F

from classifier.labels import LABELS
from classifier.runtime import PredictionError
from tests.wasteapp.candidates import (
    Mistaken,
    add_version,
    finished,
    held_out,
    teach,
    verified_items,
    verify,
)
from tests.wasteapp.conftest import jpeg
from wasteapp.models import (
    AuditEvent,
    Comparison,
    Dataset,
    DatasetEntry,
    HoldoutEntry,
    Item,
    Split,
    TrainingRun,
)
from wasteapp.queries.releases import counts_of
from wasteapp.services import holdout
from wasteapp.services.comparing import _flips
from wasteapp.services.comparisons import comparison_create
from wasteapp.services.deletion import item_delete
from wasteapp.services.errors import NotNow
from wasteapp.services.holdout import holdout_current, holdout_renew
from wasteapp.services.jobs import job_cancel


@pytest.fixture(autouse=True)
def small_limits(settings):
    """A handful of photographs is enough here."""
    settings.HOLDOUT_LEAST, settings.HOLDOUT_LEAST_LABEL = len(LABELS), 1


@pytest.fixture
def candidate(version):
    """As right as the one in service, and as fast."""
    teach(version)
    return add_version("candidate")


@pytest.fixture
def items(alice, otto, make_item, candidate):
    """One of each label, verified, of the split `test`, each like no other."""
    made = verified_items(make_item, alice, otto, list(LABELS))
    held_out(made)
    Item.objects.update(component=F("pk"))
    return made


def compare(candidate, otto) -> Comparison:
    comparison = comparison_create(candidate=candidate, asked_by=otto)
    assert finished(comparison.job).state == "done"
    comparison.refresh_from_db()
    return comparison


def found(comparison: Comparison) -> dict[str, bool | None]:
    return {reason["rule"]: reason["passed"] for reason in comparison.reasons}


def learnt_from(dataset: Dataset, version, otto) -> None:
    TrainingRun.objects.create(name="r", dataset=dataset, revision=1, architecture="x", result=version)


def freeze(item: Item, split: str) -> Dataset:
    dataset = Dataset.objects.create(name="d")
    DatasetEntry.objects.create(
        dataset=dataset, item=item, item_uuid=item.pk, label="glass", split=split, image_sha256="0" * 64
    )
    return dataset


def test_a_candidate_that_is_no_worse_passes(items, candidate, otto, version):
    comparison = compare(candidate, otto)
    holdout = comparison.figures["holdout"]
    assert (comparison.verdict, comparison.baseline, holdout["images"]) == ("pass", version, len(LABELS))
    assert holdout["candidate"]["accuracy"] == holdout["baseline"]["accuracy"] == 1.0
    assert holdout["candidate"]["accuracy_95"][0] < 1
    assert holdout["candidate"]["ece"] == pytest.approx(0.1)  # always 90 % sure, always right
    assert holdout["candidate"]["labels"]["wood"]["recall"] == 1.0
    assert set(found(comparison).values()) == {True}
    assert (comparison.flips, comparison.holdout.size) == ([], len(LABELS))


def test_what_is_verified_last_is_judged_too(items, candidate, otto, alice, make_item):
    verify(make_item(alice, "glass", mark=77, consent=True), otto, "glass")
    make_item(alice, "glass", mark=78, consent=True)
    assert compare(candidate, otto).figures["latest"]["images"] == len(LABELS) + 1


def test_what_flips_is_named_with_both_answers(items, candidate, otto, version):
    teach(candidate, mistakes={"glass": "metal"})
    teach(version, mistakes={"wood": "paper"})
    comparison = compare(candidate, otto)
    flips = {flip["item"]: flip for flip in comparison.flips if flip["set"] == "holdout"}
    by_label = {item.verified_label: str(item.pk) for item in items}
    broken, fixed = flips[by_label["glass"]], flips[by_label["wood"]]
    assert (broken["fixed"], broken["candidate"], broken["baseline"]) == (False, "metal", "glass")
    assert (fixed["fixed"], fixed["candidate"], fixed["baseline"]) == (True, "wood", "paper")
    holdout = comparison.figures["holdout"]
    assert (len(flips), holdout["fixed"], holdout["broken"], holdout["p"]) == (2, 1, 1, 1.0)


def test_a_label_under_the_floor_fails(items, candidate, otto):
    teach(candidate, mistakes={"glass": "metal"})
    comparison = compare(candidate, otto)
    assert (comparison.verdict, found(comparison)["recall"]) == ("fail", False)
    assert next(r for r in comparison.reasons if r["rule"] == "recall")["labels"] == ["glass"]


def test_a_label_that_was_under_the_floor_before_does_not(items, candidate, otto, version):
    for each in (candidate, version):
        teach(each, mistakes={"glass": "metal"})
    assert compare(candidate, otto).verdict == "pass"


def test_too_many_mistakes_are_no_accident(items, candidate, otto, settings):
    settings.GATE_RECALL = 0.0
    teach(candidate, mistakes=dict.fromkeys(LABELS[1:], LABELS[0]))
    comparison = compare(candidate, otto)
    assert comparison.figures["holdout"]["p"] == pytest.approx(2 / 2**8)
    assert found(comparison) | {"ece": None} == {
        "size": True,
        "accuracy_holdout": False,
        "accuracy_latest": False,
        "recall": True,
        "ece": None,
        "categories": True,
        "speed": True,
    }


def test_confidence_without_right_fails(items, candidate, otto):
    teach(candidate, confidence=0.6)
    comparison = compare(candidate, otto)
    assert (comparison.verdict, found(comparison)["ece"]) == ("fail", False)


def test_a_slow_candidate_fails(items, candidate, otto):
    teach(candidate, milliseconds=2.1)
    comparison = compare(candidate, otto)
    assert (comparison.verdict, found(comparison)["speed"]) == ("fail", False)
    assert comparison.figures["holdout"]["candidate"]["median_ms"] == 2.1


def test_a_time_of_few_photographs_says_too_little(items, candidate, otto, settings):
    settings.HOLDOUT_LEAST = 100
    teach(candidate, milliseconds=2.1)
    comparison = compare(candidate, otto)
    assert (comparison.verdict, found(comparison)["speed"]) == ("abstain", None)


def test_too_few_photographs_are_no_judgement(items, candidate, otto, settings):
    settings.HOLDOUT_LEAST = len(LABELS) + 1
    teach(candidate, mistakes={"glass": "metal"})
    comparison = compare(candidate, otto)
    assert comparison.verdict == "abstain"
    assert found(comparison)["recall"] is None


def test_too_few_of_a_label_neither(items, candidate, otto, settings):
    settings.HOLDOUT_LEAST_LABEL = 2
    comparison = compare(candidate, otto)
    assert (comparison.verdict, comparison.reasons[0]["labels"]) == ("abstain", list(LABELS))


def test_with_no_photograph_at_all_it_abstains(candidate, otto):
    comparison = compare(candidate, otto)
    assert (comparison.verdict, comparison.figures["holdout"]["images"]) == ("abstain", 0)
    assert holdout_current().size == 0


def test_the_holdout_is_frozen_on_first_use(items, candidate, otto, alice, make_item):
    first = compare(candidate, otto)
    late = verify(make_item(alice, "glass", mark=99, consent=True), otto, "glass")
    held_out([late])
    second = compare(candidate, otto)
    assert second.holdout == first.holdout
    assert second.figures["holdout"]["images"] == len(LABELS)
    assert AuditEvent.objects.filter(action="holdout.freeze").count() == 1


def test_only_verified_consented_items_of_the_test_split_are_in_it(
    items, candidate, otto, alice, bob, make_item
):
    make_item(alice, "glass", mark=20, consent=True)  # nobody said what it is
    verify(make_item(alice, "glass", mark=21, consent=True), otto, "glass")  # another split
    verify(make_item(bob, "glass", mark=22, consent=False), otto, "glass")
    Item.objects.exclude(pk__in=[item.pk for item in items]).exclude(consent=True).update(split=Split.TEST)
    Item.objects.filter(verified_label="").update(split=Split.TEST)
    Item.objects.exclude(pk__in=[i.pk for i in items]).filter(consent=True).exclude(verified_label="").update(
        split=Split.TRAIN
    )
    compare(candidate, otto)
    assert set(HoldoutEntry.objects.values_list("item", flat=True)) == {item.pk for item in items}


def test_a_renewed_one_takes_in_what_came_since_and_old_comparisons_keep_theirs(
    items, candidate, otto, alice, make_item
):
    first = compare(candidate, otto)
    held_out([verify(make_item(alice, "glass", mark=99, consent=True), otto, "glass")])
    holdout_renew(asked_by=otto)
    with pytest.raises(NotNow):
        holdout_renew(asked_by=otto)
    second = compare(candidate, otto)
    first.refresh_from_db()
    assert (first.holdout.size, second.holdout.size) == (len(LABELS), len(LABELS) + 1)
    assert AuditEvent.objects.get(action="holdout.create").actor == otto


def test_deleted_items_and_withdrawn_consent_leave_it(items, candidate, otto):
    holdout = compare(candidate, otto).holdout
    item_delete(item=items[0])
    Item.objects.filter(pk=items[1].pk).update(consent=False)
    assert counts_of(holdout=holdout) == dict.fromkeys(sorted(LABELS)[2:], 1)
    comparison = compare(candidate, otto)
    assert (comparison.verdict, comparison.figures["holdout"]["images"]) == ("abstain", len(LABELS) - 2)


def test_what_is_deleted_while_it_is_frozen_is_not_in_it(items, candidate, otto, monkeypatch):
    real = holdout._of_items

    def delete_after(*asked):
        yield from real(*asked)
        item_delete(item=items[0])

    monkeypatch.setattr(holdout, "_of_items", delete_after)
    compare(candidate, otto)
    assert holdout_current().size == len(items) - 1


def test_what_is_erased_while_it_is_judged_is_in_no_figure(items, candidate, otto, monkeypatch):
    teach(candidate, mistakes={"glass": "metal"})
    glass = next(item for item in items if item.verified_label == "glass")

    def flips(*arguments):
        Item.objects.filter(pk=items[0].pk).update(consent=False)
        item_delete(item=glass)
        return _flips(*arguments)

    monkeypatch.setattr("wasteapp.services.comparing._flips", flips)
    comparison = compare(candidate, otto)
    for name in ("holdout", "latest"):
        assert comparison.figures[name]["images"] == len(LABELS) - 2
    assert comparison.flips == []


def test_what_a_version_or_one_it_came_from_learnt_is_left_out(items, candidate, otto, version):
    learnt_from(freeze(items[0], Split.TRAIN), candidate, otto)
    run = TrainingRun.objects.get()
    run.start_from = add_version("the one before")
    run.save()
    learnt_from(freeze(items[1], Split.VAL), run.start_from, otto)
    comparison = compare(candidate, otto)
    for name in ("holdout", "latest"):
        assert comparison.figures[name]["images"] == len(LABELS) - 2


def test_what_looks_nearly_like_something_learnt_is_left_out(items, candidate, otto):
    """A candidate that has seen the twin would seem better than it is."""
    learnt_from(freeze(items[0], Split.TRAIN), candidate, otto)
    Item.objects.filter(pk__in=[items[0].pk, items[1].pk]).update(component=items[0].pk)
    comparison = compare(candidate, otto)
    for name in ("holdout", "latest"):
        assert comparison.figures[name]["images"] == len(LABELS) - 2


def test_the_test_split_of_a_data_set_was_not_learnt(items, candidate, otto):
    learnt_from(freeze(items[0], Split.TEST), candidate, otto)
    assert compare(candidate, otto).figures["holdout"]["images"] == len(LABELS)


def test_a_tombstone_in_the_training_data_does_not_empty_the_sets(items, candidate, otto):
    dataset = freeze(items[0], Split.TRAIN)
    DatasetEntry.objects.update(item=None)
    learnt_from(dataset, candidate, otto)
    assert compare(candidate, otto).figures["holdout"]["images"] == len(LABELS)


@pytest.fixture
def folder(tmp_path: Path, settings) -> Path:
    """Two photographs of each of three labels, in folders of splits."""
    root = tmp_path / "labelled"
    for split, marks in (("train", [50]), ("test", [60, 61])):
        for label in LABELS[:3]:
            (root / split / label).mkdir(parents=True)
            for mark in marks:
                (root / split / label / f"{mark}.jpg").write_bytes(jpeg(label, mark=mark))
    settings.HOLDOUT = root
    return root


def test_the_site_s_folder_is_in_it_with_its_test_split(items, candidate, otto, folder):
    comparison = compare(candidate, otto)
    assert comparison.figures["holdout"]["images"] == len(LABELS) + 6
    paths = HoldoutEntry.objects.exclude(path="").values_list("path", flat=True)
    assert {path.partition("/")[0] for path in paths} == {"test"}


def test_a_zip_does_as_well_and_flips_keep_a_picture(items, candidate, otto, folder, settings, media):
    settings.HOLDOUT = Path(shutil.make_archive(str(folder), "zip", folder))
    teach(candidate, mistakes={LABELS[0]: LABELS[1]})
    comparison = compare(candidate, otto)
    flips = [number for number, flip in enumerate(comparison.flips) if flip["path"]]
    assert len(flips) == 2
    for number in flips:
        assert default_storage.exists(f"comparisons/{comparison.pk}/{number}.jpg")


def test_a_file_that_changed_since_is_left_out_and_named(items, candidate, otto, folder):
    compare(candidate, otto)
    changed = folder / "test" / LABELS[0] / "60.jpg"
    changed.write_bytes(jpeg("wood"))
    (folder / "test" / LABELS[1] / "61.jpg").unlink()
    holdout = compare(candidate, otto).figures["holdout"]
    assert (holdout["images"], holdout["left_out"]) == (len(LABELS) + 4, 2)
    assert "its checksum differs" in holdout["why_left_out"][0]


def test_what_the_site_learnt_of_the_folder_is_left_out(items, candidate, otto, folder):
    compare(candidate, otto)
    entry = HoldoutEntry.objects.exclude(path="").first()
    Item.objects.filter(pk=items[0].pk).update(upload_sha256=entry.image_sha256, split=Split.TRAIN)
    learnt_from(freeze(items[0], Split.TRAIN), candidate, otto)
    assert compare(candidate, otto).figures["holdout"]["images"] == len(LABELS) + 6 - 2


def test_a_folder_that_cannot_be_read_is_told(items, candidate, otto, settings, tmp_path):
    settings.HOLDOUT = tmp_path / "nothing"
    comparison = comparison_create(candidate=candidate, asked_by=otto)
    job = finished(comparison.job)
    assert (job.state, "cannot be read" in job.error) == ("failed", True)
    assert HoldoutEntry.objects.count() == 0


def test_one_at_a_time_and_never_with_itself(candidate, otto, version):
    comparison = comparison_create(candidate=candidate, asked_by=otto)
    with pytest.raises(NotNow, match="under way"):
        comparison_create(candidate=candidate, asked_by=otto)
    job_cancel(job=comparison.job)
    comparison_create(candidate=candidate, asked_by=otto)
    with pytest.raises(NotNow, match="nothing to compare"):
        comparison_create(candidate=version, asked_by=otto)


def test_a_cancelled_one_stops_and_says_nothing(items, candidate, otto, monkeypatch):
    comparison = comparison_create(candidate=candidate, asked_by=otto)
    ordinary, calls = Mistaken.predict, []

    def cancel(self, image):
        calls.append(1)
        if len(calls) == 3:
            job_cancel(job=comparison.job)
        return ordinary(self, image)

    monkeypatch.setattr(Mistaken, "predict", cancel)
    monkeypatch.setattr("wasteapp.services.jobs.BEAT", 0.0)
    assert finished(comparison.job).state == "cancelled"
    comparison.refresh_from_db()
    assert (comparison.verdict, len(calls) < 10) == ("", True)


def test_no_answer_is_a_wrong_one_and_not_the_end(items, candidate, otto, monkeypatch):
    teach(candidate, milliseconds=-1.0)
    ordinary = Mistaken.predict

    def sometimes(self, image):
        said = ordinary(self, image)
        if self.milliseconds < 0 and said.label == "glass":
            raise PredictionError("not finite")
        return said

    monkeypatch.setattr(Mistaken, "predict", sometimes)
    flips = compare(candidate, otto).flips
    assert {(flip["label"], flip["candidate"]) for flip in flips} == {("glass", "")}


def test_nothing_is_compared_where_no_folder_is_left(items, candidate, otto, folder, settings):
    compare(candidate, otto)
    settings.HOLDOUT = None
    holdout = compare(candidate, otto).figures["holdout"]
    assert (holdout["images"], holdout["left_out"]) == (len(LABELS), 6)
    assert "names no folder" in holdout["why_left_out"][0]
