"""What a small site has seen, told by its services: people, photographs in every state, words, a data set."""

from datetime import timedelta
from io import BytesIO

from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.functions import Now
from PIL import Image

from classifier.labels import LABELS
from classifier.testing import COLOURS, FakeClassifier
from wasteapp.models import Item, Job, Kind, ModelVersion, Prediction, SiteSettings, Source, User
from wasteapp.services import classifiers
from wasteapp.services.accounts import invitation_create, token_create
from wasteapp.services.annotation import annotation_create, annotation_withdraw
from wasteapp.services.deletion import item_delete
from wasteapp.services.inference import prediction_run
from wasteapp.services.intake import item_create
from wasteapp.services.items import item_note
from wasteapp.services.snapshots import dataset_create
from wasteapp.services.work import job_run

PASSWORD = "correct horse battery staple"


def tell() -> None:
    """Alice, Bob, Rita the reviewer, Otto the operator and Ada the admin; what they did before the upgrade."""
    ModelVersion.objects.create(
        name="fake", sha256="0" * 64, archive="", manifest={"labels": list(LABELS)}, state="active"
    )
    classifiers._loaded["0" * 64] = FakeClassifier()
    SiteSettings.objects.create(pk=1, name="Bins of yesterday", preset_consent=True)
    alice, bob = _person("alice", consent=True), _person("bob")
    rita, otto = _person("rita", group="reviewer"), _person("otto", group="operator", is_staff=True)
    ada = User.objects.create_superuser("ada", "ada@example.org", PASSWORD)
    invitation_create(created_by=ada, note="the neighbours")
    token_create(user=alice, name="laptop")
    items = [_item(alice, label, note=f"Note on {label}") for label in LABELS]
    _words(items, alice, rita, otto)
    dataset = dataset_create(name="Everything", asked_by=otto)
    job_run(job_id=str(dataset.exports.get().job_id))
    item_delete(item=items[4])  # it leaves a tombstone
    _unfinished(alice, bob)


def _words(items: list[Item], alice: User, rita: User, otto: User) -> None:
    annotation_create(item=items[0], who=alice, kind=Kind.CONFIRM)
    annotation_create(item=items[1], who=alice, kind=Kind.CORRECT, label="metal")
    annotation_create(item=items[2], who=alice, kind=Kind.UNSURE)
    annotation_withdraw(annotation=annotation_create(item=items[3], who=alice, kind=Kind.CONFIRM))
    annotation_create(item=items[4], who=rita, kind=Kind.CORRECT, label="paper")
    annotation_create(item=items[5], who=otto, kind=Kind.NOT_WASTE)


def _unfinished(alice: User, bob: User) -> None:
    """One waits, one is in a dead worker's hands, one failed; a job failed too."""
    _item(bob, "wood", work=False, key="once")
    running = _item(bob, "glass", mark=1, work=False).predictions.get()
    past = Now() - timedelta(hours=1)
    Prediction.objects.filter(pk=running.pk).update(state="running", attempt=1, lease_until=past)
    failed = _item(bob, "metal", mark=1, work=False)
    Prediction.objects.filter(item=failed).update(
        state="failed", error_code="broken", error="The picture is damaged.", finished=past
    )
    Item.objects.filter(pk=failed.pk).update(state="failed")
    Job.objects.create(kind="export", subject="0", state="failed", error="Gone.", asked_by=alice)


def _person(name: str, *, group: str = "", **fields: object) -> User:
    user = User.objects.create_user(name, f"{name}@example.org", PASSWORD, **fields)
    if group:
        user.groups.add(Group.objects.get(name=group))
    return user


def _item(
    owner: User, label: str, *, mark: int = 0, note: str = "", work: bool = True, key: str = ""
) -> Item:
    file = BytesIO()
    image = Image.new("RGB", (64, 48), COLOURS[label])
    image.putpixel((mark, 0), (255, 255, 255))
    image.save(file, "JPEG")
    upload = SimpleUploadedFile(f"Thing of {label}.jpg", file.getvalue(), "image/jpeg")
    item = item_create(owner=owner, file=upload, source=Source.UPLOAD, key=key).item
    item_note(item=item, note=note)
    if work:
        prediction_run(prediction_id=item.predictions.get().pk)
    item.refresh_from_db()
    return item
