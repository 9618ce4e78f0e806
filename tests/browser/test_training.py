"""An operator asks for a training and watches it wait: there is no worker that trains here."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.browser.looking import faults
from tests.live.embedded import Embedded
from tests.live.site import until
from tests.wasteapp.frozen import noisy

SPREAD = (
    "from wasteapp.models import DatasetEntry; "
    "[DatasetEntry.objects.filter(pk=e.pk).update(split='val' if n % 2 else 'train') "
    "for n, e in enumerate(DatasetEntry.objects.order_by('label', 'pk'))]"
)


def test_a_training_is_asked_for_stopped_and_asked_for_again(page: Page, site: Embedded) -> None:
    _data_set(site)
    sign_in(page, "admin", site.password)
    page.goto("/training/")
    expect(page.get_by_text("No training worker is running")).to_be_visible()
    expect(page.get_by_text("./run.py --trainer")).to_be_visible()
    page.get_by_role("link", name="Train a model").click()
    page.get_by_label("Name of the model").fill("by-hand")
    page.get_by_label("Epochs").fill("3")
    page.get_by_text("More settings").click()
    page.get_by_label("Photographs at once").fill("2")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page).to_have_url(re.compile(r"/training/[0-9a-f-]{36}/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("by-hand")
    expect(page.get_by_text("It waits for a training worker.")).to_be_visible()
    expect(page.get_by_role("progressbar", name="Training")).to_be_visible()
    run = page.url
    assert not faults(page)
    for path in ("/training/", "/training/new/", "/models/upload/"):
        page.goto(path)
        assert not faults(page)
    page.goto(run)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()


def test_the_page_turns_itself_over_when_it_ends(page: Page, site: Embedded) -> None:
    sign_in(page, "admin", site.password)
    page.goto("/training/")
    page.get_by_role("link", name="by-hand").click()
    run = site.admin().get("training-runs/").json["results"][0]["id"]
    assert site.admin().post(f"training-runs/{run}/cancel/").status == 200
    expect(page.get_by_role("button", name="Try again")).to_be_visible(timeout=10_000)


def _data_set(site: Embedded) -> None:
    """Four photographs of two labels, half of each to learn from and half to validate on."""
    admin = site.admin()
    for mark, label in enumerate(("wood", "wood", "glass", "glass")):
        item = admin.upload(noisy(label, 900 + mark), wait=10, consent="true").json["id"]
        until(lambda item=item: admin.get(f"items/{item}/").json["state"] == "done", 60, "its result")
        assert admin.post(f"items/{item}/annotations/", {"kind": "correct", "label": label}).status == 201
    dataset = admin.post("datasets/", {"name": "To train from", "format": "csv"}).json["id"]
    until(lambda: admin.get(f"datasets/{dataset}/").json["state"] == "done", 60, "the data set")
    assert site.spawn("spread", "shell", "-c", SPREAD).wait(60) == 0
