"""Figures of reviewing: accuracy in service, the sway of the guess, agreement, each reviewer's record."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from classifier.intervals import wilson
from tests.wasteapp.reviewing import name, take, unsure
from wasteapp.models import (
    Annotation,
    AuditSample,
    Item,
    Kind,
    ModelState,
    ModelVersion,
    Prediction,
    ReviewAssignment,
    SiteSettings,
)
from wasteapp.queries.review import accuracies_in_service, accuracy_in_service
from wasteapp.queries.reviewers import agreement, guess_sway, review_records
from wasteapp.services.annotation import annotation_create
from wasteapp.services.items import item_refresh
from wasteapp.services.review import review_answer, review_skip

pytestmark = pytest.mark.usefixtures("plain_queue")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def sampled(alice, make_item):
    def make(label="glass", *, probability=0.5, mark=0):
        item = make_item(alice, label, mark=mark)
        AuditSample.objects.create(prediction=item.predictions.get(), probability=probability)
        return item_refresh(item=item)

    return make


def test_nothing_is_drawn_at_0_percent_and_all_at_100(alice, make_item):
    make_item(alice)
    assert not AuditSample.objects.exists()
    SiteSettings.objects.update(audit_percent=100)
    item = make_item(alice, mark=1)
    assert AuditSample.objects.get().probability == 1
    assert (item.review_reason, item.review_priority) == ("random", 1)


def test_the_draw_asks_neither_what_was_said_nor_how_sure_it_is(alice, make_item, monkeypatch):
    SiteSettings.objects.update(audit_percent=30)
    drawn = iter([0.29, 0.3, 0.1, 0.9])
    monkeypatch.setattr("wasteapp.services.review_sampling._random.random", lambda: next(drawn))
    items = [make_item(alice, mark=n) for n in range(4)]
    assert [AuditSample.objects.filter(prediction__item=item).exists() for item in items] == [
        True, False, True, False
    ]  # fmt: skip
    assert {sample.probability for sample in AuditSample.objects.all()} == {0.3}


@pytest.mark.parametrize("outside", ["import", "no consent", "candidate", "shadow", "again"])
def test_what_is_no_traffic_of_the_version_in_service_is_not_drawn(alice, make_item, work, version, outside):
    item = make_item(alice, done=False, consent=outside != "no consent")
    SiteSettings.objects.update(audit_percent=100)
    if outside == "import":
        Item.objects.update(source="import")
    if outside == "candidate":
        ModelVersion.objects.update(state=ModelState.CANDIDATE)
    if outside == "shadow":
        Prediction.objects.update(shadow=True)
    if outside == "again":
        SiteSettings.objects.update(audit_percent=0)
        work()
        SiteSettings.objects.update(audit_percent=100)
        Prediction.objects.filter(item=item).update(state="queued", label="", confidence=None)
    work()
    assert not AuditSample.objects.exists()


def test_accuracy_counts_reviewers_and_operators_and_no_owner(sampled, alice, rita, otto):
    right, wrong, owner_s, waiting, not_waste = (sampled(mark=n) for n in range(5))
    take(rita, 3)
    for item, label in ((right, "glass"), (wrong, "metal")):
        name(item, rita, label)
    annotation_create(item=owner_s, who=alice, kind=Kind.CONFIRM)
    annotation_create(item=not_waste, who=otto, kind=Kind.NOT_WASTE)
    found = accuracy_in_service()
    assert (found.drawn, found.verified, found.right) == (5, 3, 1)
    assert found.share == pytest.approx(1 / 3)
    assert found.interval == pytest.approx(wilson(1, 3))
    assert waiting.review_reason == "random"


def test_accuracy_weighs_by_how_seldom_a_sample_was_drawn(sampled, otto):
    """Two that stand for 2 each, one right; one that stands for 10, right."""
    for n, (probability, kind) in enumerate(
        [(0.5, Kind.CONFIRM), (0.5, Kind.NOT_WASTE), (0.1, Kind.CONFIRM)]
    ):
        annotation_create(item=sampled(probability=probability, mark=n), who=otto, kind=kind)
    found = accuracy_in_service()
    assert found.share == pytest.approx(12 / 14)
    worth = 14**2 / (4 + 4 + 100)
    assert found.interval == pytest.approx(wilson(12 / 14 * worth, worth))


def test_accuracy_of_a_time_and_by_label(sampled, otto):
    for n, label in enumerate(("glass", "glass", "metal")):
        annotation_create(item=sampled(label, mark=n), who=otto, kind=Kind.CORRECT, label="glass")
    assert {label: (a.right, a.verified) for label, a in accuracies_in_service().items()} == {
        "": (2, 3), "glass": (2, 2), "metal": (0, 1)
    }  # fmt: skip
    AuditSample.objects.update(created=LONG_AGO)
    later = accuracy_in_service(since=LONG_AGO + timedelta(days=1))
    assert (later.drawn, later.share, later.interval) == (0, None, None)


def test_what_reviewers_cannot_decide_widens_the_interval(sampled, rita, rolf, otto):
    """Three are right, one nobody is sure about, of one reviewers disagree, one waits for its second opinion."""
    SiteSettings.objects.update(required_reviews=2)
    for n in range(3):
        annotation_create(item=sampled(mark=n), who=otto, kind=Kind.CONFIRM)
    hard, disputed, waiting = (sampled(mark=n) for n in (3, 4, 5))
    take(rita, 3)
    review_answer(item_id=hard.pk, reviewer=rita, kind=Kind.UNSURE)
    name(disputed, rita, "glass")
    name(waiting, rita, "glass")
    take(rolf, 3)
    name(disputed, rolf, "metal")
    found = accuracy_in_service()
    assert (found.drawn, found.verified, found.undecided, found.share) == (6, 3, 2, 1)
    assert found.interval == pytest.approx((wilson(3, 5)[0], wilson(5, 5)[1]))


def test_taking_the_word_back_takes_it_out_of_the_figure(sampled, otto):
    word = annotation_create(item=sampled(), who=otto, kind=Kind.CONFIRM)
    Annotation.objects.filter(pk=word.pk).update(withdrawn_at=timezone.now())
    item_refresh(item=word.item)
    assert accuracy_in_service().verified == 0


def test_how_far_the_guess_sways(doubtful, rita):
    doubtful(6)
    for n in range(6):
        SiteSettings.objects.update(blind_percent=100 if n % 2 else 0)
        (review,) = take(rita)
        name(review.item, rita, "metal" if n == 1 else "glass")
    sway = guess_sway(records=review_records(since=LONG_AGO))
    assert sway.shown
    assert sway.hidden
    assert (sway.shown.part, sway.shown.whole) == (3, 3)
    assert (sway.hidden.part, sway.hidden.whole) == (2, 3)
    assert sway.difference == pytest.approx(1 / 3)
    assert sway.interval
    assert sway.interval[0] < 0 < sway.interval[1]


def test_no_figure_is_made_of_nothing(db):
    assert guess_sway(records=review_records(since=LONG_AGO)).interval is None
    assert agreement(since=LONG_AGO) == (None, [])
    assert review_records(since=LONG_AGO) == []


@pytest.fixture
def both(doubtful, rita, rolf):
    """Six items that both reviewed: they agree on four, and Rolf is not sure of a seventh."""
    SiteSettings.objects.update(required_reviews=2)
    items = doubtful(7)
    said = (
        [("glass", "glass")] * 2
        + [("metal", "metal")] * 2
        + [("glass", "metal"), ("metal", "glass"), ("wood", "")]
    )
    take(rita, 7)
    for item, (first, _) in zip(items, said, strict=True):
        name(item, rita, first)
    take(rolf, 7)
    for item, (_, second) in zip(items, said, strict=True):
        kind, label = (None, second) if second else (Kind.UNSURE, "")
        review_answer(item_id=item.pk, reviewer=rolf, kind=kind, label=label)
    return items


def test_two_reviewers_agreement(both, rita, rolf):
    """4 of 6 alike, by chance half of them: kappa (2/3 - 1/2) / (1 - 1/2)."""
    whole, (pair,) = agreement(since=LONG_AGO)
    assert whole == pair.kappa
    assert (pair.kappa.value, pair.kappa.number, pair.kappa.agreed) == (pytest.approx(1 / 3), 6, 4)
    assert {pair.first, pair.second} == {rita, rolf}


def test_a_reviewer_s_record(both, rita, rolf, otto, alice, make_item):
    annotation_create(item=both[4], who=otto, kind=Kind.CORRECT, label="glass")
    skipped = unsure(make_item(alice, mark=99), alice)
    take(rolf)
    review_skip(item_id=skipped.pk, reviewer=rolf)
    reviews = ReviewAssignment.objects.filter(reviewer=rolf, state="done").order_by("id")
    start = datetime(2026, 11, 20, 23, 59, 50, tzinfo=UTC)
    for review, second in zip(reviews, (0, 2, 4, 7, 11, 200, 204), strict=True):
        ReviewAssignment.objects.filter(pk=review.pk).update(finished=start + timedelta(seconds=second))
    mine = next(record for record in review_records(since=LONG_AGO) if record.reviewer == rolf)
    assert (mine.reviewed, mine.unsure, mine.skipped, mine.seconds) == (7, 1, 1, 3.0)
    assert [str(day) for day in mine.days] == ["2026-11-20", "2026-11-21"]
    assert (sum(mine.days.values()), mine.per_day) == (7, 3.5)
    assert mine.final
    assert (mine.final.part, mine.final.whole) == (4, 5)  # not what nobody settled


def test_a_record_costs_the_same_whoever_reviewed(both, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        review_records(since=LONG_AGO)


@pytest.fixture
def operator(otto, page_of):
    return page_of(otto)


def test_the_record_s_page(both, operator):
    text = operator.get("/review/record/").content.decode()
    for words in ("rita", "rolf", "Reviewers agree (kappa)", "4 of 6 alike", "Not enough is reviewed"):
        assert words in text
    assert "Nobody reviewed anything" not in text


def test_the_record_before_anybody_reviewed(operator):
    assert "Nobody reviewed anything in this time" in operator.get("/review/record/").content.decode()


def test_the_record_as_files(both, operator, rita):
    rita.username = "=cmd|' /C calc'!A0"
    rita.save()
    found = operator.get("/review/record/reviewers.csv")
    assert found["Content-Type"] == "text/csv; charset=utf-8"
    lines = found.content.decode().splitlines()
    assert lines[0].startswith("reviewer,reviewed,days,seconds,final,judged")
    assert lines[1].startswith("\"'=cmd") or lines[1].startswith("'=cmd")
    assert len(operator.get("/review/record/days.csv").content.splitlines()) == 3
    assert operator.get("/review/record/pairs.csv").content.splitlines()[1].endswith(b",6,4")
    assert operator.get("/review/record/people.csv").status_code == 404


def test_the_record_by_api(both, sampled, otto, api_of):
    annotation_create(item=sampled(mark=50), who=otto, kind=Kind.CONFIRM)
    found = api_of(otto).get("/api/v1/review/record/?days=7").json()
    assert (found["days"], found["accuracy"]["share"], found["kappa"]["number"]) == (7, 1.0, 6)
    assert found["accuracy"]["undecided"] == 0
    assert {row["reviewer"]: row["reviewed"] for row in found["reviewers"]} == {"rita": 7, "rolf": 7}
    assert found["sway"]["hidden"] is None
    assert len(found["pairs"]) == 1
