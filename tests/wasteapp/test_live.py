"""What the live page gets from the server: the model's file, what explains it, and a worker that may compile code."""

import base64

import numpy as np
import pytest

from classifier import familiarity
from classifier.artefact import PROTOTYPES, QUANTIZED, SHIPPED, read_manifest
from tests.wasteapp.conftest import body_of
from tests.wasteapp.test_security_headers import assert_nothing_inline, assert_strict, directives
from wasteapp.models import ModelVersion, SiteSettings
from wasteapp.services.releases import model_activate, model_register


@pytest.fixture
def shipped(db, own_storage) -> ModelVersion:
    """The model that ships, in service."""
    return model_activate(version=model_register(folder=SHIPPED))


def test_the_file_for_browsers_is_the_twin_to_the_byte_and_may_be_kept_for_ever(alice, shipped, page_of):
    response = page_of(alice).get(f"/live/{shipped.sha256}.tflite")
    assert body_of(response) == (SHIPPED / QUANTIZED).read_bytes()
    assert "immutable" in response["Cache-Control"]


def test_what_explains_it_is_the_twin_s(alice, shipped, page_of):
    told, twin = page_of(alice).get(f"/live/{shipped.sha256}.json").json(), read_manifest(SHIPPED).of_twin()
    assert told["labels"] == list(twin.labels)
    assert (told["temperature"], told["abstain_threshold"]) == (twin.temperature, twin.abstain_threshold)
    assert (told["input"]["height"], told["input"]["crop"]) == (twin.input.height, twin.input.crop)
    rows = np.frombuffer(base64.b64decode(told["prototypes"]), "<f4")
    assert np.array_equal(rows, familiarity.read(SHIPPED / PROTOTYPES).ravel())


def test_the_page_names_every_label_of_the_model_with_its_bin(alice, shipped, page_of):
    response = page_of(alice).get("/live/")
    html = response.content.decode()
    assert all(f'id="sign-{label}"' in html for label in shipped.manifest["labels"])
    assert "Glass bank" in html
    assert f"/live/{shipped.sha256}.tflite" in html
    assert_nothing_inline(html)
    assert_strict(response)
    assert "camera=(self)" in response["Permissions-Policy"]


def test_a_model_that_is_not_in_service_is_not_given(alice, shipped, page_of):
    ModelVersion.objects.update(state="retired")
    for kind in ("tflite", "json"):
        assert page_of(alice).get(f"/live/{shipped.sha256}.{kind}").status_code == 404
        assert page_of(alice).get(f"/live/{'0' * 64}.{kind}").status_code == 404


def test_without_a_model_for_browsers_the_page_says_so_and_offers_the_photograph(alice, version, page_of):
    html = page_of(alice).get("/live/").content.decode()
    assert "no form that a browser can run" in html
    assert 'href="/camera/"' in html


def statuses(client, paths):
    responses = [client.get(path) for path in paths]
    for response in responses:
        body_of(response)  # a stream that is closed unread would end the test's transaction
    return [response.status_code for response in responses]


def test_visitors_may_look_where_the_site_lets_them_and_keep_nothing(client, shipped):
    paths = ["/live/", f"/live/{shipped.sha256}.tflite", f"/live/{shipped.sha256}.json"]
    assert statuses(client, paths) == [302, 302, 302]
    assert "/live/" not in client.get("/").content.decode()
    SiteSettings.objects.update_or_create(pk=1, defaults={"live_for_visitors": True})
    assert statuses(client, paths) == [200, 200, 200]
    assert "/live/" in client.get("/").content.decode()
    html = client.get("/live/").content.decode()
    assert "data-keep" not in html
    assert "/items/new/" not in html


def test_the_worker_alone_may_compile_code(alice, shipped, page_of):
    page = page_of(alice)
    policy = directives(page.get("/live/worker.js"))
    assert policy["script-src"] == ["'self'", "'wasm-unsafe-eval'"]
    assert policy["default-src"] == ["'none'"]
    assert all(
        "wasm" not in page.get(path)["Content-Security-Policy"] for path in ("/", "/live/", "/camera/")
    )
