"""Stored bytes go through whoever may see them: sent by Sortwise, by nginx, or by S3 at an address that soon ends."""

from unittest import mock
from urllib.parse import parse_qs, urlsplit

import pytest
from storages.backends.s3 import S3Storage

from config import addresses
from tests.wasteapp.conftest import body_of
from wasteapp.services.files import incoming_name

SANDBOX = "default-src 'none'; sandbox"
URLS = [
    "s3://key:secret@bucket?endpoint=https://s3.example.org&region=eu",
    "s3://key:secret@bucket?endpoint=http://127.0.0.1:9000&region=eu",
    "s3://key:secret@bucket?region=eu-central-1",
    "s3://key:secret@bucket",
]


@pytest.fixture
def by_nginx(settings):
    settings.ACCEL = "/stored/"


@pytest.fixture
def signed(settings):
    """A storage that signs as it would on a site; no byte of it is asked for."""
    settings.SIGNED_SECONDS = 60
    bucket = S3Storage(**addresses.storage(URLS[0], settings.DATA_DIR)["OPTIONS"])
    with mock.patch("wasteapp.web.stored.default_storage", bucket):
        yield


def test_nginx_is_told_which_file_to_send(alice, make_item, page_of, by_nginx):
    item = make_item(alice)
    response = page_of(alice).get(f"/items/{item.pk}/image/")
    assert (response["X-Accel-Redirect"], response.content) == (f"/stored/{item.image}", b"")
    assert (response["Content-Type"], response["Content-Security-Policy"]) == ("image/jpeg", SANDBOX)
    assert response["Cache-Control"] == "private, max-age=86400, immutable"


def test_nginx_sends_a_data_set_under_its_name(world, page_of, by_nginx):
    path = f"/datasets/{world.dataset.pk}/download/"
    response = page_of(world.users["otto"]).get(path, headers={"Range": "bytes=5-"})
    export = world.dataset.exports.get()
    assert (response.status_code, response["X-Accel-Redirect"]) == (
        200,
        f"/stored/{export.file}",
    )  # nginx cuts it
    assert response["Content-Disposition"].startswith("attachment; filename=")
    assert response["X-Checksum"] == f"sha256:{export.sha256}"


@pytest.mark.parametrize("who", ["bob", "visitor"])
@pytest.mark.parametrize("way", ["by_nginx", "signed"])
def test_nobody_else_gets_the_file_by_another_way(request, world, page_of, who, way):
    request.getfixturevalue(way)
    response = page_of(world.users[who]).get(f"/items/{world.item.pk}/image/")
    assert response.status_code == (404 if who == "bob" else 302)
    assert "X-Accel-Redirect" not in response
    assert "X-Amz" not in response.get("Location", "")


def test_what_is_gone_is_not_there_by_nginx_either(alice, make_item, page_of, by_nginx, own_storage):
    item = make_item(alice)
    (own_storage / item.image).unlink()
    assert page_of(alice).get(f"/items/{item.pk}/image/").status_code == 404


def test_an_address_signed_for_a_photograph_soon_ends(world, page_of, signed):
    response = page_of(world.users["alice"]).get(f"/items/{world.item.pk}/image/")
    assert (response.status_code, response["Cache-Control"]) == (302, "private, no-store")
    address = urlsplit(response["Location"])
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert address.path.endswith(world.item.image)
    assert query["response-content-type"] == "image/jpeg"
    assert query.get("X-Amz-Expires") == "60"
    assert "X-Amz-Signature" in query
    assert "secret" not in response["Location"]


def test_an_address_signed_for_a_data_set_saves_it(world, page_of, signed):
    response = page_of(world.users["otto"]).get(f"/datasets/{world.dataset.pk}/download/")
    query = parse_qs(urlsplit(response["Location"]).query)
    assert query["response-content-disposition"][0].startswith("attachment; filename=")


@pytest.mark.parametrize("url", URLS)
def test_a_page_may_show_what_is_signed(url, settings):
    bucket = S3Storage(**addresses.storage(url, settings.DATA_DIR)["OPTIONS"])
    address = urlsplit(bucket.url("items/x.jpg", expire=60))
    assert f"{address.scheme}://{address.netloc}" in addresses.storage_origins(url)


def test_no_file_has_an_address_of_its_own(client, settings, world):
    """Storage on disk is below no address of the site; a bucket's files are private."""
    assert "default_acl" not in addresses.storage("", settings.DATA_DIR)["OPTIONS"]
    assert addresses.storage("s3://bucket", settings.DATA_DIR)["OPTIONS"]["default_acl"] == "private"
    for name in (world.item.image, incoming_name(world.item)):
        for folder in ("media", "static", "stored", "static/../media"):
            assert client.get(f"/{folder}/{name}").status_code == 404


def test_files_on_disk_are_their_owner_s_alone(settings):
    assert addresses.storage("", settings.DATA_DIR)["OPTIONS"]["file_permissions_mode"] == 0o600
    by_group = addresses.storage("", settings.DATA_DIR, addresses.GROUP)["OPTIONS"]
    assert by_group["file_permissions_mode"] == 0o640


def test_a_photograph_is_sent_with_a_policy_that_runs_nothing(alice, make_item, page_of):
    item = make_item(alice)
    for path in (f"/items/{item.pk}/image/", f"/items/{item.pk}/thumbnail/"):
        response = page_of(alice).get(path)
        assert body_of(response).startswith(b"\xff\xd8\xff")
        assert (response["Content-Security-Policy"], response["X-Content-Type-Options"]) == (
            SANDBOX,
            "nosniff",
        )
        assert response["Cross-Origin-Resource-Policy"] == "same-origin"
