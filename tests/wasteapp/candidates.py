"""Model versions that judge by colour, some of them wrongly, and items to judge them by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from PIL import Image

from classifier.labels import LABELS, stream_of
from classifier.runtime import Prediction
from classifier.testing import FakeClassifier
from wasteapp.models import Annotation, Category, Item, Job, Kind, ModelState, ModelVersion, Role, Split, User
from wasteapp.services import classifiers
from wasteapp.services.items import item_refresh
from wasteapp.services.work import job_run


@dataclass(frozen=True)
class Mistaken(FakeClassifier):
    """Takes some labels for others, in so many milliseconds."""

    mistakes: Mapping[str, str] = field(default_factory=dict)
    milliseconds: float = 1.0

    def predict(self, image: Image.Image) -> Prediction:
        said = super().predict(image)
        label = self.mistakes.get(said.label, said.label)
        probabilities = self._probabilities(label)
        return replace(
            said,
            label=label,
            stream=stream_of(label) if label in LABELS else "",
            probabilities=probabilities,
            latency_ms=self.milliseconds,
        )


def add_version(name: str, state: str = ModelState.CANDIDATE, **traits: object) -> ModelVersion:
    """A version whose classifier is here already, as in a worker that has loaded it."""
    number = ModelVersion.objects.count() + 1
    version = ModelVersion.objects.create(
        name=name, sha256=f"{number:064x}", archive="", manifest={"labels": list(LABELS)}, state=state
    )
    teach(version, **traits)
    return version


def teach(version: ModelVersion, **traits: object) -> None:
    """Give a version other traits from now on."""
    classifiers._loaded[version.sha256] = Mistaken(**traits)  # type: ignore[arg-type, assignment]


def verify(item: Item, who: User, label: str) -> Item:
    """An operator's word about it."""
    Annotation.objects.create(
        item=item,
        who=who,
        role=Role.OPERATOR,
        kind=Kind.CONFIRM if item.predicted_label == label else Kind.CORRECT,
        category=Category.objects.get(slug=label),
    )
    return item_refresh(item=item)


def held_out(items: list[Item]) -> None:
    """Their near-duplicate groups fell to the split `test`."""
    Item.objects.filter(pk__in=[item.pk for item in items]).update(split=Split.TEST)


def finished(job: Job | None) -> Job:
    """The job, once a worker did it."""
    assert job
    job_run(job_id=str(job.pk))
    job.refresh_from_db()
    return job


def verified_items(
    make_item: Callable[..., Item], owner: User, operator: User, labels: list[str]
) -> list[Item]:
    """An item of each label, verified as what it is."""
    made = [make_item(owner, label, mark=mark + 1, consent=True) for mark, label in enumerate(labels)]
    return [verify(item, operator, label) for item, label in zip(made, labels, strict=True)]
