"""Which pages may ask for a camera, and where a photograph is said to come from."""

import pytest

from tests.wasteapp.conftest import photograph
from wasteapp.models import Item

CAMERA = ["/camera/", "/live/"]
OTHERS = ["/", "/items/", "/guide/", "/profile/", "/nothing/", "/live/worker.js"]


@pytest.mark.parametrize("path", CAMERA)
def test_the_camera_is_for_its_pages(alice, version, page_of, path):
    assert "camera=(self)" in page_of(alice).get(path)["Permissions-Policy"]


@pytest.mark.parametrize("path", OTHERS)
def test_the_camera_is_for_no_other_page(alice, version, page_of, path):
    assert "camera=()" in page_of(alice).get(path)["Permissions-Policy"]


def test_a_microphone_is_for_no_page(alice, version, page_of):
    for path in [*CAMERA, *OTHERS]:
        assert "microphone=()" in page_of(alice).get(path)["Permissions-Policy"]


@pytest.mark.parametrize(("said", "kept"), [("camera", "camera"), ("live", "live"), ("", "upload")])
def test_a_page_says_where_a_photograph_comes_from(alice, version, page_of, said, kept):
    page_of(alice).post("/items/new/", {"image": photograph(), "source": said})
    assert Item.objects.get().source == kept


@pytest.mark.parametrize("said", ["api", "import", "satellite"])
def test_a_page_cannot_say_that_it_is_something_else(alice, version, page_of, said):
    response = page_of(alice).post("/items/new/", {"image": photograph(), "source": said})
    assert response.status_code in (400, 422)
    assert not Item.objects.exists()


def test_the_file_of_the_camera_page_is_taken_by_the_phone_s_own_camera(alice, version, page_of):
    html = page_of(alice).get("/camera/").content.decode()
    assert 'capture="environment"' in html
    assert 'name="source" value="camera"' in html
