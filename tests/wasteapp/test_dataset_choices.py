"""What a data set may hold: policies, the look at it beforehand, and two of them side by side."""

from functools import partial
from importlib import import_module

import pytest
from django.apps import apps

from wasteapp.models import AuditEvent, Dataset, Item, Job, Kind, SiteSettings
from wasteapp.services.annotation import annotation_create, annotation_withdraw
from wasteapp.services.deletion import item_delete
from wasteapp.services.errors import Invalid
from wasteapp.services.snapshots import dataset_create, dataset_preview
from wasteapp.services.work import job_run

FAR = (0, 0b01010101, 0b11110000)  # marks whose pictures do not look alike


@pytest.fixture
def taken(make_item):
    """An item that its owner named, each looking like no other unless the mark is the same."""

    def make(owner, label="glass", *, mark=0, said=Kind.CORRECT, **fields):
        item = make_item(owner, label, mark=mark)
        annotation_create(item=item, who=owner, kind=said, label=label if said == Kind.CORRECT else "")
        Item.objects.filter(pk=item.pk).update(**fields)
        item.refresh_from_db()
        return item

    return make


@pytest.fixture
def frozen(otto):
    """The items of a data set as its job leaves it."""

    def make(name="d", **options):
        dataset = dataset_create(name=name, asked_by=otto, **options)
        assert job_run(job_id=str(dataset.exports.get().job_id))
        dataset.refresh_from_db()
        return dataset

    return make


def held(dataset):
    return [entry.item for entry in dataset.entries.order_by("item")]


def test_doubted_labels_are_in_or_out_from_a_threshold(alice, taken, frozen):
    sure, doubted = taken(alice, mark=FAR[0], suspicion=0.2), taken(alice, mark=FAR[1], suspicion=0.8)
    unknown = taken(alice, mark=FAR[2], suspicion=None)
    assert held(frozen()) == [sure, doubted, unknown]
    assert held(frozen(policy={"suspects": False, "suspicion": 0.7})) == [sure, unknown]
    assert held(frozen(policy={"suspects": False, "suspicion": 0.81})) == [sure, doubted, unknown]
    assert frozen().entries.get(item=doubted).suspicion == 0.8


def test_near_duplicates_are_in_or_only_the_first(alice, bob, taken, frozen):
    first, second = taken(alice, mark=FAR[0]), taken(alice, mark=FAR[0])
    other = taken(alice, mark=FAR[1])
    assert [(e.item, e.duplicate) for e in frozen().entries.order_by("pk")] == [
        (first, False),
        (second, True),
        (other, False),
    ]
    assert held(frozen(policy={"near_duplicates": False})) == [first, other]


def test_the_first_is_the_first_of_what_is_held(alice, taken, frozen):
    """One that a filter leaves out is no reason to leave out the next."""
    taken(alice, "glass", mark=FAR[0], consent=False)
    second = taken(alice, "glass", mark=FAR[0])
    assert held(frozen(policy={"near_duplicates": False})) == [second]


def test_single_photographs_are_left_out_or_taken_in_whatever_holds_for_the_rest(alice, taken, frozen):
    first, twin = taken(alice, mark=FAR[0]), taken(alice, mark=FAR[0], suspicion=0.95)
    doubted, other = taken(alice, mark=FAR[1], suspicion=0.95), taken(alice, mark=FAR[2])
    strict = {"suspects": False, "near_duplicates": False}
    assert held(frozen(policy=strict)) == [first, other]
    assert held(frozen(policy=strict | {"taken_in": [str(twin.pk)]})) == [first, twin, other]
    assert held(frozen(policy={"left_out": [str(doubted.pk), str(first.pk)]})) == [twin, other]
    assert held(frozen(policy={"near_duplicates": False, "left_out": [str(first.pk)]})) == [
        twin,
        doubted,
        other,
    ]


def test_labels_of_reviewers_need_as_many_as_the_policy_says(alice, rita, otto, taken, frozen, make_item):
    owner_s, one, operator_s = (taken(alice, mark=mark) for mark in FAR)
    annotation_create(item=one, who=rita, kind=Kind.CORRECT, label="wood")
    annotation_create(item=operator_s, who=otto, kind=Kind.CORRECT, label="metal")
    assert held(frozen()) == [owner_s, one, operator_s]
    assert held(frozen(policy={"required_reviews": 2})) == [owner_s, operator_s]
    rita.delete()  # takes the name along, not what was learnt
    assert held(frozen()) == [owner_s, one, operator_s]


def test_reviewers_of_before_are_counted_as_those_of_today(alice, rita, rolf, otto, taken):
    items = [taken(alice, mark=mark) for mark in range(5)]
    annotation_create(item=items[1], who=rita, kind=Kind.CORRECT, label="wood")
    annotation_create(item=items[1], who=rolf, kind=Kind.CORRECT, label="wood")
    annotation_create(item=items[2], who=rita, kind=Kind.UNSURE)
    annotation_create(item=items[3], who=rita, kind=Kind.NOT_WASTE)
    annotation_create(item=items[4], who=rita, kind=Kind.CONFIRM)
    annotation_create(item=items[4], who=otto, kind=Kind.CONFIRM)
    counted = list(Item.objects.order_by("pk").values_list("reviewers_agreed", flat=True))
    assert counted == [None, 2, 0, 1, None]
    Item.objects.update(reviewers_agreed=None)
    import_module("wasteapp.migrations.0023_fill_reviewers_agreed").fill(apps, None)
    assert list(Item.objects.order_by("pk").values_list("reviewers_agreed", flat=True)) == counted


def test_reviewed_is_what_a_reviewer_s_or_operator_s_word_holds_of(alice, rita, otto, taken, frozen):
    plain, reviewed, taken_back = (taken(alice, mark=mark) for mark in FAR)
    annotation_create(item=reviewed, who=rita, kind=Kind.CORRECT, label="wood")
    annotation_withdraw(annotation=annotation_create(item=taken_back, who=otto, kind=Kind.CONFIRM))
    assert held(frozen(filters={"reviewed": True})) == [reviewed]
    assert held(frozen(filters={"reviewed": False})) == [plain, taken_back]


@pytest.mark.parametrize(
    "policy",
    [
        {"suspects": 1},
        {"suspicion": 0},
        {"suspicion": 1.01},
        {"suspicion": True},
        {"suspicion": "high"},
        {"near_duplicates": "no"},
        {"required_reviews": 6},
        {"required_reviews": 1.5},
        {"required_reviews": True},
        {"colour": "green"},
        {"left_out": "all"},
        {"taken_in": ["no id"]},
        {"taken_in": [7]},
    ],
    ids=str,
)
def test_a_policy_that_means_nothing_is_refused_by_name(otto, db, policy):
    with pytest.raises(Invalid) as refused:
        dataset_create(name="d", asked_by=otto, policy=policy)
    assert next(iter(policy)) in str(refused.value) or "has the fields" in str(refused.value)
    assert not Dataset.objects.exists()


def test_fewer_reviews_than_the_site_asks_for_are_refused(otto, db):
    SiteSettings(pk=1, required_reviews=2).save()
    with pytest.raises(Invalid, match="required_reviews"):
        dataset_create(name="d", asked_by=otto, policy={"required_reviews": 1})


def test_a_preview_is_what_freezing_gives(alice, bob, taken, frozen):
    taken(alice, "glass", mark=FAR[0], suspicion=0.95)
    taken(alice, "glass", mark=FAR[0])
    taken(alice, "wood", mark=FAR[1])
    taken(alice, mark=FAR[2], said=Kind.NOT_WASTE)
    for policy in ({}, {"suspects": False}, {"near_duplicates": False}, {"not_waste": True}):
        found = dataset_preview(filters={"source": "upload"}, policy=policy)
        dataset = frozen(filters={"source": "upload"}, policy=policy)
        assert found.counts == dataset.counts, policy
        assert found.item_count == dataset.item_count


@pytest.mark.parametrize("near", [True, False])
@pytest.mark.parametrize("suspects", [True, False])
def test_a_preview_is_what_freezing_gives_whatever_was_picked(alice, taken, frozen, near, suspects):
    several = [taken(alice, label, mark=FAR[0]) for label in ("glass", "wood", "glass", "metal")]
    doubted = taken(alice, "wood", mark=FAR[0], suspicion=0.95)
    taken(alice, mark=FAR[1], suspicion=0.95)
    first, second, third, *_ = (str(item.pk) for item in several)
    policy = {"near_duplicates": near, "suspects": suspects}
    for picks in ({"left_out": [first]}, {"left_out": [first, second], "taken_in": [third, str(doubted.pk)]}):
        found = dataset_preview(filters={}, policy=policy | picks)
        assert found.counts == frozen(policy=policy | picks).counts
        # All but the first of those alike, whatever was left out; the doubted one where it could be held.
        assert found.duplicate_count == 3 + (suspects or "taken_in" in picks)


def test_a_preview_shows_what_the_policy_is_about(alice, taken):
    doubted, twin = taken(alice, mark=FAR[0], suspicion=0.95), taken(alice, mark=FAR[0])
    for policy in ({}, {"suspects": False, "near_duplicates": False}):
        found = dataset_preview(filters={}, policy=policy)
        assert (found.suspect_count, found.suspects) == (1, [doubted])
    assert dataset_preview(filters={}, policy={}).duplicates == [twin]


def test_a_preview_by_api(alice, otto, api_of, taken):
    item = taken(alice, mark=FAR[0], suspicion=0.95)
    api = api_of(otto)
    body = api.post("/api/v1/datasets/preview/", {"policy": {"suspects": False}}).json()
    assert (body["item_count"], body["suspect_count"]) == (0, 1)
    assert body["suspects"][0]["id"] == str(item.pk)
    assert api.get(body["suspects"][0]["thumbnail"]).status_code == 200
    assert api.post("/api/v1/datasets/preview/", {"filters": {"label": "x"}}).status_code == 422
    assert not Dataset.objects.exists()


FORM = {"name": "d", "format": "csv", "suspects": "on", "near_duplicates": "on"}


def test_a_preview_by_page_with_and_without_a_script(alice, otto, page_of, taken):
    item = taken(alice, mark=FAR[0], suspicion=0.95)
    page = page_of(otto)
    part = page.post("/datasets/preview/", FORM, headers={"HX-Request": "true"}).content.decode()
    whole = page.post("/datasets/preview/", FORM).content.decode()
    for text in (part, whole):
        assert f"/items/{item.pk}/thumbnail/" in text
        assert f'href="/items/{item.pk}/">Glass</a>' in text
    assert "<form" not in part
    assert 'value="d"' in whole
    wrong = page.post("/datasets/preview/", FORM | {"created_after": "never"}, headers={"HX-Request": "true"})
    assert wrong.status_code == 200
    assert not Dataset.objects.exists()


def test_single_photographs_are_ticked_where_they_are_shown(alice, otto, page_of, taken):
    """A suspect that is a near-duplicate, too, has one box, not two that contradict each other."""
    taken(alice, mark=FAR[0])
    both, page = taken(alice, mark=FAR[0], suspicion=0.95), page_of(otto)
    form = {"suspects": "on", "near_duplicates": "on"}
    shown = page.post("/datasets/preview/", form, headers={"HX-Request": "true"}).content.decode()
    assert shown.count('name="left_out"') == 1
    assert "checked" not in shown
    without = page.post("/datasets/preview/", form | {"left_out": [both.pk]}, headers={"HX-Request": "true"})
    assert "checked" in without.content.decode()
    assert without.context["preview"].item_count == 1
    page.post("/datasets/new/", {"name": "d", "format": "csv", "taken_in": [both.pk]})
    assert Dataset.objects.get().policy["taken_in"] == [str(both.pk)]


def test_a_tick_holds_beyond_the_first_pictures(alice, otto, page_of, taken, monkeypatch):
    """A picture that was ticked is shown behind the first ones; where it is no suspect, its id is kept unseen."""
    monkeypatch.setattr("wasteapp.queries.datasets.PICTURES", 1)
    first, second, third = (
        taken(alice, mark=mark, suspicion=doubt) for mark, doubt in zip(FAR, (0.97, 0.96, 0.95), strict=False)
    )
    ticked = {"suspects": "on", "near_duplicates": "on", "left_out": [second.pk]}
    looked = partial(page_of(otto).post, "/datasets/preview/", headers={"HX-Request": "true"})
    shown = looked(ticked).content.decode()
    assert [item in shown for item in (f'"{each.pk}"' for each in (first, second, third))] == [
        True,
        True,
        False,
    ]
    assert shown.count("checked") == 1
    kept = looked(ticked | {"suspicion": "97"}).content.decode()
    assert f'<input type="hidden" name="left_out" value="{second.pk}" form="dataset-form">' in kept


def test_the_page_freezes_what_was_looked_at(alice, otto, page_of, taken):
    taken(alice, mark=FAR[0], suspicion=0.95)
    form = {"name": "d", "format": "csv", "suspicion": "50", "source": ["upload"], "min_confidence": "10"}
    made = page_of(otto).post("/datasets/new/", form | {"near_duplicates": "on"})
    assert b"No verified photograph fits this." in made.content
    assert page_of(otto).post("/datasets/new/", form | {"suspects": "on"}).status_code == 302
    dataset = Dataset.objects.get()
    assert dataset.filters == {"source": ["upload"], "min_confidence": 0.1}
    assert (dataset.policy["suspicion"], dataset.policy["near_duplicates"]) == (0.5, False)


@pytest.fixture
def two(alice, otto, taken, frozen):
    """A data set, and a later one: an item more, one gone, one with another label, one the same."""
    gone, renamed = taken(alice, "metal", mark=FAR[0]), taken(alice, "glass", mark=FAR[1])
    same = taken(alice, "paper", mark=FAR[2])
    before = frozen("before")
    annotation_create(item=gone, who=otto, kind=Kind.UNSURE)
    annotation_create(item=renamed, who=otto, kind=Kind.CORRECT, label="wood")
    added = taken(alice, "textile", mark=0b10011001)
    return before, frozen("after"), {"added": added, "removed": gone, "relabelled": renamed, "same": same}


@pytest.mark.parametrize("turned", [False, True])
def test_two_data_sets_are_compared_by_api(otto, api_of, two, turned):
    before, after, items = two
    first, second = (after, before) if turned else (before, after)
    body = api_of(otto).get(f"/api/v1/datasets/{first.pk}/compare/?with={second.pk}").json()
    assert (body["before"], body["after"]) == (str(before.pk), str(after.pk))
    for kind in ("added", "removed", "relabelled"):
        assert (body[f"{kind}_count"], [p["id"] for p in body[kind]]) == (1, [str(items[kind].pk)])
    assert (body["relabelled"][0]["label_before"], body["relabelled"][0]["label"]) == ("glass", "wood")


def test_two_data_sets_are_compared_by_page(otto, page_of, two):
    before, after, items = two
    page = page_of(otto)
    text = page.get(f"/datasets/{before.pk}/compare/?other={after.pk}").content.decode()
    for kind in ("added", "removed", "relabelled"):
        assert f"/items/{items[kind].pk}/thumbnail/" in text
    assert f"/items/{items['same'].pk}/" not in text
    assert f"/datasets/{before.pk}/compare/" in page.get(f"/datasets/{before.pk}/").content.decode()


@pytest.mark.parametrize("other", ["", "x", "00000000-0000-7000-8000-000000000000"])
def test_a_comparison_with_nothing_is_no_error(otto, api_of, page_of, two, other):
    path = f"{two[0].pk}/compare/"
    assert api_of(otto).get(f"/api/v1/datasets/{path}?with={other}").status_code == 404
    assert page_of(otto).get(f"/datasets/{path}?other={other}").status_code in (302, 404)


def test_withdrawn_photographs_are_in_no_comparison(otto, two, api_of):
    before, after, items = two
    item_delete(item=items["removed"])
    body = api_of(otto).get(f"/api/v1/datasets/{before.pk}/compare/?with={after.pk}").json()
    assert body["removed_count"] == 0


def test_who_froze_what_is_written_down(alice, otto, taken, frozen):
    item = taken(alice, mark=FAR[0])
    dataset = frozen()
    item_delete(item=item)
    events = AuditEvent.objects.filter(subject=str(dataset.pk)).order_by("pk")
    assert [(event.action, event.actor_id) for event in events] == [
        ("dataset.create", otto.pk),
        ("dataset.freeze", otto.pk),
        ("dataset.tombstone", None),
    ]
    assert events[1].job == Job.objects.get().pk
    assert events[2].before == {"revision": 1, "photographs": 1}
