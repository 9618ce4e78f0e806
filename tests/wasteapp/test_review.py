"""The review queue: who gets what, for how long, in which order, and what comes of it."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.db.models.functions import Now

from tests.wasteapp.reviewing import name, take, unsure
from wasteapp.models import (
    Annotation,
    AssignmentState,
    AuditEvent,
    AuditSample,
    Item,
    Kind,
    Prediction,
    ReviewAssignment,
    ReviewReason,
    SiteSettings,
)
from wasteapp.queries.review import queue_for, reviewed_today, waiting_for
from wasteapp.services.annotation import annotation_create, annotation_withdraw
from wasteapp.services.consent import consent_keep
from wasteapp.services.deletion import item_delete
from wasteapp.services.errors import Invalid, NotNow
from wasteapp.services.items import item_refresh
from wasteapp.services.review import (
    leases_expire,
    review_answer,
    review_skip,
    review_undo,
)

pytestmark = pytest.mark.usefixtures("plain_queue")


def need(item):
    item.refresh_from_db()
    return item.review_reason, None if item.review_priority is None else int(item.review_priority)


def predict(item, **fields):
    Prediction.objects.filter(item=item).update(**fields)
    return item_refresh(item=item)


def of(label, p):
    return {"probabilities": {label: p}, "label": label, "confidence": p}


def expire(review):
    ReviewAssignment.objects.filter(pk=review.pk).update(lease_until=Now() - timedelta(seconds=1))


def test_what_needs_nobody_is_in_no_queue(alice, bob, make_item, rita):
    sure, private = make_item(alice), unsure(make_item(bob, consent=False), bob)
    confirmed = make_item(alice, mark=1)
    annotation_create(item=confirmed, who=alice, kind=Kind.CONFIRM)
    assert [need(item) for item in (sure, private, confirmed)] == [("", None)] * 3
    assert not take(rita)


def test_why_an_item_needs_somebody(alice, make_item):
    items = [make_item(alice, mark=n) for n in range(5)]
    annotation_create(item=items[0], who=alice, kind=Kind.CORRECT, label="metal")
    unsure(items[1], alice)
    predict(items[2], abstained=True, **of("glass", 0.4))
    annotation_create(item=items[3], who=alice, kind=Kind.CONFIRM)
    predict(items[3], **of("glass", 0.4))
    AuditSample.objects.create(prediction=items[4].predictions.get(), probability=0.02)
    item_refresh(item=items[4])
    reasons = [ReviewReason(need(item)[0]) for item in items]
    assert reasons == ["disagreement", "unsure", "low_confidence", "suspect", "random"]
    assert [item.pk for item in Item.objects.order_by("-review_priority")] == [item.pk for item in items]


def test_a_label_that_came_with_a_folder_is_a_suspect_where_the_model_objects(alice, make_item):
    item = make_item(alice)
    Item.objects.filter(pk=item.pk).update(source="import")
    annotation_create(item=item, who=alice, kind=Kind.CORRECT, label="metal")
    assert need(item)[0] == "suspect"
    assert item.suspicion == pytest.approx(1 - 0.1 / 8, abs=1e-4)


def test_a_sampled_item_stays_in_its_class_whatever_its_owner_says(alice, make_item):
    item = make_item(alice)
    AuditSample.objects.create(prediction=item.predictions.get(), probability=0.5)
    for kind, label in ((Kind.CONFIRM, ""), (Kind.CORRECT, "metal"), (Kind.UNSURE, "")):
        annotation_create(item=item, who=alice, kind=kind, label=label)
        assert need(item) == ("random", 1)


def test_within_a_class_what_teaches_most_comes_first(alice, make_item):
    items = [make_item(alice, mark=n) for n in range(3)]
    for item, p in zip(items, (0.5, 0.99, 0.7), strict=True):
        predict(item, **of("glass", p) | {"probabilities": {"glass": p, "metal": 1 - p}})
        annotation_create(item=item, who=alice, kind=Kind.CORRECT, label="metal")
    assert list(Item.objects.order_by("-review_priority")) == [items[1], items[2], items[0]]


def test_an_item_is_in_one_person_s_hands_at_a_time(doubtful, rita, rolf):
    item = doubtful()[0]
    (review,) = take(rita)
    assert (review.item, review.reason, review.blind) == (item, "unsure", False)
    assert take(rolf) == []
    assert take(rita) == [review]  # again, not another one


def test_several_are_taken_ahead_and_no_more_than_asked_for(doubtful, rita, rolf):
    doubtful(5)
    mine, others = take(rita, 3), take(rolf, 3)
    assert (len(mine), len(others)) == (3, 2)
    assert {review.item_id for review in mine}.isdisjoint(review.item_id for review in others)
    assert take(rita, 3) == mine


def test_a_lease_that_ran_out_goes_to_the_next_who_asks(doubtful, rita, rolf):
    item = doubtful()[0]
    expire(take(rita)[0])
    assert [review.item for review in take(rolf)] == [item]
    assert ReviewAssignment.objects.get(reviewer=rita).state == AssignmentState.EXPIRED
    with pytest.raises(NotNow):
        name(item, rita, "metal")
    name(item, rolf, "metal")
    assert need(item) == ("", None)


def test_who_comes_late_may_still_answer_what_nobody_else_has(doubtful, rita):
    item = doubtful()[0]
    expire(take(rita)[0])
    assert leases_expire() == 1
    name(item, rita, "metal")
    item.refresh_from_db()
    assert item.verified_label == "metal"


def test_who_comes_much_too_late_was_forgotten(doubtful, rita):
    """What somebody was given once is not theirs to speak about for ever."""
    item = doubtful()[0]
    expire(take(rita)[0])
    assert leases_expire() == 1
    ReviewAssignment.objects.update(finished=Now() - timedelta(hours=2))
    with pytest.raises(NotNow):
        name(item, rita, "metal")
    assert not Annotation.objects.filter(who=rita).exists()


def test_asking_again_keeps_the_lease(doubtful, rita):
    doubtful()
    (review,) = take(rita)
    ReviewAssignment.objects.filter(pk=review.pk).update(lease_until=Now() + timedelta(seconds=5))
    take(rita)
    assert not ReviewAssignment.objects.filter(lease_until__lt=Now() + timedelta(seconds=60)).exists()


def test_own_items_are_never_one_s_own_to_review(make_item, rita, otto, rolf):
    for person in (rita, otto):
        unsure(make_item(person, consent=True), person)
    assert [review.item.owner for review in take(rita, 3)] == [otto]
    assert [review.item.owner for review in take(otto, 3)] == [rita]


def test_a_reviewer_s_word_settles_it_and_is_kept_with_its_role(doubtful, rita):
    item = doubtful()[0]
    (review,) = take(rita)
    word = name(item, rita, "glass")
    review.refresh_from_db()
    assert (word.kind, word.role, word.blind) == (Kind.CONFIRM, "reviewer", False)
    assert (review.state, review.annotation) == (AssignmentState.DONE, word)
    item.refresh_from_db()
    assert (item.verified_label, need(item), reviewed_today(user=rita)) == ("glass", ("", None), 1)


def test_what_was_not_given_cannot_be_answered(doubtful, rita, rolf):
    item = doubtful()[0]
    take(rita)
    for act in (lambda: name(item, rolf, "metal"), lambda: review_skip(item_id=item.pk, reviewer=rolf)):
        with pytest.raises(ReviewAssignment.DoesNotExist):
            act()
    assert Annotation.objects.filter(who=rolf).count() == 0


def test_another_word_replaces_the_first(doubtful, rita):
    item = doubtful()[0]
    take(rita)
    name(item, rita, "metal")
    word = name(item, rita, "wood")
    item.refresh_from_db()
    assert (item.verified_label, ReviewAssignment.objects.get().annotation) == ("wood", word)


def test_a_review_can_be_changed_for_an_hour(doubtful, rita):
    item = doubtful()[0]
    take(rita)
    name(item, rita, "metal")
    ReviewAssignment.objects.update(finished=Now() - timedelta(minutes=61))
    with pytest.raises(NotNow):
        name(item, rita, "wood")
    with pytest.raises(NotNow):
        review_undo(item_id=item.pk, reviewer=rita)


def test_undo_withdraws_the_word_and_gives_the_item_back_into_hand(doubtful, rita, rolf):
    item = doubtful()[0]
    take(rita)
    word = name(item, rita, "metal")
    review = review_undo(item_id=item.pk, reviewer=rita)
    word.refresh_from_db()
    assert word.withdrawn_at
    assert (review.state, review.annotation, need(item)[0]) == (AssignmentState.OPEN, None, "unsure")
    assert take(rita) == [review]
    assert take(rolf) == []


def test_a_skipped_item_goes_to_others_until_the_skip_is_taken_back(doubtful, rita, rolf):
    item = doubtful()[0]
    take(rita)
    review_skip(item_id=item.pk, reviewer=rita)
    assert take(rita) == []
    assert (waiting_for(user=rita), waiting_for(user=rolf)) == (0, 1)
    assert review_undo(item_id=item.pk, reviewer=rita).state == AssignmentState.OPEN
    review_skip(item_id=item.pk, reviewer=rita)
    assert [review.item for review in take(rolf)] == [item]
    with pytest.raises(NotNow):
        review_undo(item_id=item.pk, reviewer=rita)


def test_a_second_reviewer_where_the_policy_asks_and_never_the_same(doubtful, rita, rolf):
    SiteSettings.objects.update(required_reviews=2)
    item = doubtful()[0]
    take(rita)
    name(item, rita, "metal")
    assert (need(item), take(rita)) == (("second", 2), [])
    (review,) = take(rolf)
    assert (review.item, review.reason) == (item, "second")
    name(item, rolf, "metal")
    item.refresh_from_db()
    assert (item.verified_label, need(item)) == ("metal", ("", None))


def test_reviewers_who_disagree_leave_it_to_an_operator(doubtful, rita, rolf, otto, django_user_model):
    SiteSettings.objects.update(required_reviews=2)
    item = doubtful()[0]
    for who, label in ((rita, "metal"), (rolf, "wood")):
        take(who)
        name(item, who, label)
    third = django_user_model.objects.create_user("rosa", "rosa@example.org", "x")
    third.groups.set(rita.groups.all())
    assert (need(item), take(third)) == (("disagreement", 7), [])
    assert [review.item for review in take(otto)] == [item]
    name(item, otto, "paper")
    item.refresh_from_db()
    assert (item.verified_label, need(item)) == ("paper", ("", None))


def test_who_is_not_sure_leaves_it_to_another_and_then_to_an_operator(doubtful, rita, rolf):
    item = doubtful()[0]
    for who, expected in ((rita, ("second", 2)), (rolf, ("disagreement", 7))):
        take(who)
        review_answer(item_id=item.pk, reviewer=who, kind=Kind.UNSURE)
        assert need(item) == expected


@pytest.mark.parametrize("gone", ["consent", "deleted"])
def test_an_owner_who_takes_it_back_ends_the_review(doubtful, alice, rita, gone):
    item = doubtful()[0]
    take(rita)
    if gone == "deleted":
        item_delete(item=item)
        with pytest.raises(ReviewAssignment.DoesNotExist):
            name(item, rita, "metal")
    else:
        alice.consent = False
        alice.save()
        consent_keep(user=alice)
        with pytest.raises(NotNow, match="consent"):
            name(item, rita, "metal")
    assert (take(rita), waiting_for(user=rita)) == ([], 0)


def test_a_hidden_guess_is_kept_with_the_word(doubtful, rita):
    SiteSettings.objects.update(blind_percent=100)
    item = doubtful()[0]
    assert take(rita)[0].blind
    with pytest.raises(Invalid):
        review_answer(item_id=item.pk, reviewer=rita, kind=Kind.CONFIRM)
    word = name(item, rita, "glass")
    assert (word.kind, word.blind) == (Kind.CONFIRM, True)


def test_faulty_words_leave_the_item_in_hand(doubtful, rita):
    item = doubtful()[0]
    take(rita)
    for kind, label in ((None, ""), (None, "plutonium"), (Kind.CORRECT, ""), (Kind.UNSURE, "metal")):
        with pytest.raises(Invalid):
            review_answer(item_id=item.pk, reviewer=rita, kind=kind, label=label)
    assert ReviewAssignment.objects.get().state == AssignmentState.OPEN


def test_what_is_least_like_the_latest_reviews_comes_first(alice, make_item, rita):
    labels = ["glass", "glass", "wood", "glass"]
    items = [unsure(make_item(alice, label, mark=n), alice) for n, label in enumerate(labels)]
    assert all(len(bytes(p.embedding)) == 128 for p in Prediction.objects.all())
    assert take(rita)[0].item == items[0]
    name(items[0], rita, "glass")
    assert take(rita)[0].item == items[2]


@pytest.mark.parametrize("lane", ["random", "second"])
def test_a_lane_goes_first_when_it_is_drawn(doubtful, alice, make_item, rita, rolf, monkeypatch, lane):
    asked = make_item(alice, mark=20)
    if lane == "random":
        AuditSample.objects.create(prediction=asked.predictions.get(), probability=0.5)
        item_refresh(item=asked)
    else:
        SiteSettings.objects.update(required_reviews=2)
        unsure(asked, alice)
        take(rolf)
        name(asked, rolf, "glass")
    doubtful(2)
    monkeypatch.setattr("wasteapp.services.review.lane_draw", lambda shares: lane)
    assert [review.reason for review in take(rita, 2)] == [lane, "unsure"]


def test_an_operator_s_word_elsewhere_ends_a_review_in_hand(doubtful, rita, otto):
    item = doubtful()[0]
    take(rita)
    annotation_create(item=item, who=otto, kind=Kind.CORRECT, label="metal")
    assert take(rita) == []


def test_words_are_in_the_audit_trail(doubtful, alice, rita):
    item = doubtful()[0]
    take(rita)
    word = name(item, rita, "metal")
    annotation_withdraw(annotation=word)
    annotation_withdraw(annotation=word)
    made, withdrawn = AuditEvent.objects.filter(
        action__startswith="annotation", subject=str(word.pk)
    ).order_by("id")
    assert (made.action, made.actor, made.role) == ("annotation.create", rita, "reviewer")
    assert made.before == {"verified_label": ""}
    assert made.after == {
        "verified_label": "metal", "item": str(item.pk), "kind": "correct", "label": "metal"
    }  # fmt: skip
    assert (withdrawn.action, withdrawn.after["verified_label"]) == ("annotation.withdraw", "")


def test_the_queue_is_read_along_its_index(db, rita):
    if connection.vendor == "postgresql":  # it would rather sort the few rows of a test
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_sort = off")
    assert "item_review" in queue_for(user=rita)[:50].explain()


def test_photographs_of_before_come_into_the_queue_as_new_ones_would(alice, bob, otto, make_item):
    items = [make_item(alice, mark=n) for n in range(5)]
    annotation_create(item=items[0], who=alice, kind=Kind.CORRECT, label="metal")
    unsure(items[1], alice)
    predict(items[2], abstained=True, **of("glass", 0.4))
    annotation_create(item=items[3], who=otto, kind=Kind.CORRECT, label="metal")
    unsure(make_item(bob, consent=False), bob)
    computed = {item.pk: need(item) for item in items}
    Item.objects.update(review_reason="", review_priority=None)
    import_module("wasteapp.migrations.0014_fill_review_queue").fill(apps, None)
    assert {item.pk: need(item) for item in items} == computed
    assert Item.objects.filter(review_priority__isnull=False).count() == 3
