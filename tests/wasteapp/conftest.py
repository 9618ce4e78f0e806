"""Alice owns things, Bob is another user, Rita reviews, Otto operates, Ada is the admin."""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.utils import translation
from PIL import Image
from pytest_django.plugin import blocking_manager_key
from rest_framework.test import APIClient

from classifier.artefact import SHIPPED
from classifier.labels import LABELS
from classifier.testing import COLOURS, FakeClassifier
from tests.wasteapp.frozen import frozen_dataset
from tests.wasteapp.reviewing import unsure
from tests.wasteapp.trainings import Trainer
from tests.wasteapp.world import World
from wasteapp.models import (
    ApiToken,
    Dataset,
    Item,
    Kind,
    ModelState,
    ModelVersion,
    Prediction,
    SiteSettings,
    Source,
    TrainingRun,
    User,
)
from wasteapp.services import broker, classifiers, training_process
from wasteapp.services.accounts import token_create
from wasteapp.services.annotation import annotation_create
from wasteapp.services.inference import prediction_run
from wasteapp.services.intake import item_create
from wasteapp.services.releases import model_activate, model_register
from wasteapp.services.room import room_forget
from wasteapp.services.snapshots import dataset_create
from wasteapp.services.training import NOTHING, Wish, training_create
from wasteapp.services.work import job_run

PASSWORD = "correct horse battery staple"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """A test that commits empties the database at its end, and with it what the migrations put there: that comes back,
    since any test may be next."""
    yield
    marker = item.get_closest_marker("django_db")
    if nextitem and marker and marker.kwargs.get("transaction"):  # the last one's database is gone with it
        with item.config.stash[blocking_manager_key].unblock():
            connection.creation.deserialize_db_from_string(connection._test_serialized_contents)


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path: Path) -> Path:
    """Every test has a media folder of its own, and static files as they lie."""
    location = tmp_path / "media"
    settings.STORAGES = {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": location},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.STATIC_ROOT.mkdir(exist_ok=True)
    settings.MODEL_CACHE = tmp_path / "models"
    return location


@pytest.fixture(autouse=True)
def streams_end(monkeypatch) -> Iterator[None]:
    """What a test asks for and does not read is closed when the test ends, as the server closes it."""
    begun: list[StreamingHttpResponse] = []
    begin = StreamingHttpResponse.__init__

    def remembered(response: StreamingHttpResponse, *args: object, **kwargs: object) -> None:
        begin(response, *args, **kwargs)
        begun.append(response)

    monkeypatch.setattr(StreamingHttpResponse, "__init__", remembered)
    yield
    for response in begun:
        for close in response._resource_closers:
            close()


@pytest.fixture(autouse=True)
def quick_passwords(settings) -> None:
    """Hashing a password is slow by design; not here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def fresh_limits() -> None:
    """Rate limits, the quota's counting and the breaker begin anew."""
    cache.clear()
    room_forget()
    broker.breaker.succeed()


@pytest.fixture(autouse=True)
def limits_of_its_own() -> None:
    """Every test has them."""
    fresh_limits()


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    """What a request chose stays with its thread until the next one, which is none here."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def nobody_works(monkeypatch) -> None:
    """There is no worker here, and a page that waits for one waits in vain."""
    monkeypatch.setattr("wasteapp.web.items.WAIT", 0)


@pytest.fixture
def media(own_storage: Path) -> Callable[[], list[str]]:
    """The names of all stored files."""
    return lambda: sorted(
        path.relative_to(own_storage).as_posix() for path in own_storage.rglob("*") if path.is_file()
    )


@pytest.fixture
def version(db) -> Iterator[ModelVersion]:
    """A model in service that judges by colour."""
    made = ModelVersion.objects.create(
        name="fake", sha256="0" * 64, archive="", manifest={"labels": list(LABELS)}, state=ModelState.ACTIVE
    )
    classifiers._loaded[made.sha256] = FakeClassifier()
    yield made
    classifiers._loaded.clear()


def _person(name: str, **fields: object) -> User:
    return User.objects.create_user(name, f"{name}@example.org", PASSWORD, **fields)


@pytest.fixture
def alice(db) -> User:
    return _person("alice", consent=True)


@pytest.fixture
def bob(db) -> User:
    return _person("bob")


@pytest.fixture
def rita(db) -> User:
    user = _person("rita")
    user.groups.add(Group.objects.get(name="reviewer"))
    return user


@pytest.fixture
def otto(db) -> User:
    user = _person("otto", is_staff=True)
    user.groups.add(Group.objects.get(name="operator"))
    return user


@pytest.fixture
def ada(db) -> User:
    return User.objects.create_superuser("ada", "ada@example.org", PASSWORD)


@pytest.fixture
def page_of() -> Callable[[User | None], Client]:
    """A browser of somebody who is signed in, or of a visitor."""

    def make(user: User | None = None) -> Client:
        client = Client()
        if user:
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def api_of() -> Callable[[User | None], APIClient]:
    """An API client of somebody, or of a stranger."""

    def make(user: User | None = None) -> APIClient:
        client = APIClient()
        if user:
            client.force_authenticate(user)
        return client

    return make


def jpeg(
    label: str = "glass", *, size: tuple[int, int] = (64, 48), mark: int = 0, **options: object
) -> bytes:
    """A drawn photograph that the fake classifier takes for `label`; `mark` makes it another one."""
    image = Image.new("RGB", size, COLOURS[label])
    for x in range(8):
        if mark >> x & 1:
            image.paste((255, 255, 255), (x * 6, 4, x * 6 + 4, 8))
    file = BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def photograph(label: str = "glass", *, name: str = "photo.jpg", mark: int = 0) -> SimpleUploadedFile:
    """The same as an upload."""
    return SimpleUploadedFile(name, jpeg(label, mark=mark), "image/jpeg")


def body_of(response) -> bytes:
    """All bytes of an answer. Read a stream to its end: closing it early closes the test's database too."""
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.fixture
def work() -> Callable[[], int]:
    """Work off the queue in this process, as a worker would."""

    def run() -> int:
        waiting = Prediction.objects.filter(state="queued").values_list("pk", flat=True)
        return sum(prediction_run(prediction_id=pk) for pk in list(waiting))

    return run


@pytest.fixture
def make_item(version, work) -> Callable[..., Item]:
    """An item of somebody's, worked on."""

    def make(
        owner: User, label: str = "glass", *, mark: int = 0, consent: bool | None = None, done: bool = True
    ) -> Item:
        taken = item_create(
            owner=owner, file=photograph(label, mark=mark), source=Source.UPLOAD, consent=consent
        )
        if done:
            work()
        taken.item.refresh_from_db()
        return taken.item

    return make


@pytest.fixture
def world(alice, bob, rita, otto, ada, make_item) -> World:
    """An item with a word, a data set and a token; and the people."""
    item = make_item(alice)
    word = annotation_create(item=item, who=alice, kind=Kind.CONFIRM)
    dataset = dataset_create(name="d", asked_by=otto)
    job_run(job_id=str(dataset.exports.get().job_id))
    token_create(user=alice, name="a")
    users = {"visitor": None, "alice": alice, "bob": bob, "rita": rita, "otto": otto, "ada": ada}
    return World(item, word, dataset, ApiToken.objects.get().digest, users)


@pytest.fixture
def rolf(rita: User) -> User:
    """Another reviewer."""
    user = _person("rolf")
    user.groups.set(rita.groups.all())
    return user


@pytest.fixture
def plain_queue(db, monkeypatch) -> None:
    """Of reviews no guess is hidden, nothing is sampled, and no lane goes first, but where a test says so."""
    SiteSettings.objects.create(pk=1, blind_percent=0, audit_percent=0)
    monkeypatch.setattr("wasteapp.services.review.lane_draw", lambda shares: "")


@pytest.fixture
def doubtful(alice: User, make_item) -> Callable[..., list[Item]]:
    """Items that their owner is not sure about."""
    return lambda count=1: [unsure(make_item(alice, mark=n + 1), alice) for n in range(count)]


@pytest.fixture
def trainer(monkeypatch, settings, tmp_path: Path) -> Trainer:
    """What trains in the place of TensorFlow, in a folder of its own."""
    settings.TRAINING_DIR = tmp_path / "training"
    made = Trainer()
    monkeypatch.setattr(training_process, "train", made.train)
    return made


@pytest.fixture
def shipped(db) -> ModelVersion:
    """The model that ships, in service."""
    return model_activate(version=model_register(folder=SHIPPED))


@pytest.fixture
def asked(otto, trainer):
    """A training of the tiny network that waits for its worker."""

    def ask(data: Dataset | None = None, **wished) -> TrainingRun:
        usual = {"architecture": "tiny", "start": NOTHING, "epochs": 2, "name": "made"}
        return training_create(wish=Wish(data or frozen_dataset(otto), **{**usual, **wished}), asked_by=otto)

    return ask
