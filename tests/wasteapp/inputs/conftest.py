"""The model that ships, and the ways in."""

from collections.abc import Callable, Iterator

import pytest

from classifier import runtime
from classifier.artefact import SHIPPED
from tests.wasteapp.inputs.doors import Api, Door, Import, Page
from wasteapp.models import ModelState, ModelVersion
from wasteapp.services import classifiers


@pytest.fixture(scope="session")
def network() -> runtime.Classifier:
    return runtime.load(SHIPPED)


@pytest.fixture
def version(db, network) -> Iterator[ModelVersion]:
    """The model that ships, in service, without its archive."""
    made = ModelVersion.objects.create(
        name="shipped",
        sha256="1" * 64,
        archive="",
        manifest={"labels": list(network.manifest.labels)},
        state=ModelState.ACTIVE,
    )
    classifiers._loaded[made.sha256] = network
    yield made
    classifiers._loaded.clear()


@pytest.fixture
def door(request, version, alice, otto, page_of, api_of) -> Door:
    """The way in that a test's parameter names."""
    ways: dict[str, Callable[[], Door]] = {
        "page": lambda: Page(page_of(alice)),
        "API": lambda: Api(api_of(alice)),
        "import": lambda: Import(otto),
    }
    return ways[request.param]()
