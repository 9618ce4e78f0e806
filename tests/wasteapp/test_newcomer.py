"""What a newcomer stumbled over."""

import pytest

from wasteapp.models import Item, Kind
from wasteapp.queries import items_learnable
from wasteapp.services.annotation import annotation_create
from wasteapp.services.snapshots import dataset_create
from wasteapp.services.work import job_run


@pytest.fixture
def confirmed(alice, make_item) -> Item:
    item = make_item(alice)
    annotation_create(item=item, who=alice, kind=Kind.CONFIRM)
    return item


def test_consent_taken_back_holds_for_earlier_photographs(alice, confirmed, page_of):
    assert items_learnable().count() == 1
    page_of(alice).post("/profile/", {"theme": "auto"})
    assert items_learnable().count() == 0


def test_consent_given_later_holds_from_now_on(bob, make_item, page_of):
    item = make_item(bob)
    page_of(bob).post("/profile/", {"theme": "auto", "consent": "on"})
    item.refresh_from_db()
    bob.refresh_from_db()
    assert (item.consent, make_item(bob, mark=1).consent) == (False, True)


def test_the_page_of_a_data_set_tells_its_filter(otto, confirmed, page_of):
    dataset = dataset_create(name="Glass", asked_by=otto, filters={"label": ["glass"]})
    assert b"label: glass" in page_of(otto).get(f"/datasets/{dataset.pk}/").content


def test_a_finished_export_brings_the_whole_page_up_to_date(otto, confirmed, page_of):
    dataset = dataset_create(name="All", asked_by=otto)
    status = f"/datasets/{dataset.pk}/status/"
    assert "HX-Refresh" not in page_of(otto).get(status)
    job_run(job_id=str(dataset.exports.get().job_id))
    assert page_of(otto).get(status)["HX-Refresh"] == "true"


def test_freezing_nothing_is_refused_on_the_page(otto, confirmed, page_of):
    form = {"name": "Wood", "format": "csv", "label": ["wood"]}
    answer = page_of(otto).post("/datasets/new/", form)
    assert "No verified photograph fits this." in answer.content.decode()
    assert page_of(otto).post("/datasets/new/", {**form, "label": ["glass"]}).status_code == 302


def test_what_is_not_waste_is_not_said_to_be_learned_from(alice, confirmed, page_of):
    annotation_create(item=confirmed, who=alice, kind=Kind.NOT_WASTE)
    page = page_of(alice).get(f"/items/{confirmed.pk}/").content.decode()
    assert "left out of data sets" in page
    assert "may learn from this photograph and your word" not in page


def test_two_factors_need_no_mail_server(alice, page_of):
    """Her address was never verified, since nothing can be sent."""
    client = page_of(alice)
    client.post("/accounts/reauthenticate/", {"password": "correct horse battery staple"})
    page = client.get("/accounts/2fa/totp/activate/", follow=True)
    assert "verified your email" not in page.content.decode()
    assert b'name="code"' in page.content
