"""Something of Alice's and of the operators' for every address."""

from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.urls import NoReverseMatch, reverse

from wasteapp.models import (
    Annotation,
    AuditEvent,
    Comparison,
    DataImport,
    Dataset,
    DatasetExport,
    Holdout,
    Item,
    ModelState,
    ModelVersion,
    Reprediction,
    TrainingRun,
    User,
)

AGAIN = ("detail", "status", "cancel", "retry", "changes")


@dataclass(frozen=True)
class World:
    """Something of Alice's and of the operators' for every address."""

    item: Item
    word: Annotation
    dataset: Dataset
    token: str
    users: dict[str, User | None]

    @cached_property
    def imported(self) -> UUID:
        """One without a job, so that there is nothing to stop."""
        return DataImport.objects.get_or_create(name="i")[0].pk

    @cached_property
    def training(self) -> UUID:
        """A training of the data set."""
        wanted = {"revision": 1, "architecture": "tiny", "configuration": {"epochs": 1}}
        return TrainingRun.objects.get_or_create(name="t", dataset=self.dataset, defaults=wanted)[0].pk

    @cached_property
    def version(self) -> ModelVersion:
        """The one in service."""
        return ModelVersion.objects.get(state=ModelState.ACTIVE)

    @cached_property
    def comparison(self) -> UUID:
        """One without a job, so that there is nothing to stop."""
        return Comparison.objects.get_or_create(candidate=self.version, baseline=self.version)[0].pk

    @cached_property
    def reprediction(self) -> UUID:
        return Reprediction.objects.get_or_create(version=self.version)[0].pk

    @cached_property
    def holdout(self) -> int:
        return Holdout.objects.get_or_create(pk=1)[0].pk

    @cached_property
    def export(self) -> DatasetExport:
        """The data set's first."""
        return self.dataset.exports.get()

    @cached_property
    def event(self) -> int:
        """The first."""
        return AuditEvent.objects.order_by("id")[0].pk

    @cached_property
    def by_part(self) -> dict[str, dict[str, UUID | int | str]]:
        """By the first part of an operation's address in the API, what stands in it."""
        item = {"id": self.item.pk, "item_id": self.item.pk, "annotation_id": self.word.pk}
        return {
            "items": item,
            "review": item,
            "datasets": {"id": self.dataset.pk, "export_id": self.export.pk},
            "models": {"id": self.version.pk},
            "comparisons": {"id": self.comparison},
            "repredictions": {"id": self.reprediction},
            "holdouts": {"id": self.holdout},
            "imports": {"id": self.imported},
            "training-runs": {"id": self.training},
            "jobs": {"id": self.export.job_id},
            "audit": {"id": self.event},
            "dashboard": {"figure": "streams"},
        }

    def path(self, name: str) -> str:
        route = name.partition(":")[2] or name
        values = {
            "join": ["unknown"],
            "live-model": ["0" * 64],
            "live-facts": ["0" * 64],
            "annotation-withdraw": [self.word.pk],
            "token-delete": [self.token],
            **{f"item-selected{step}": [] for step in ("", "-correct", "-delete", "-undo")},
            "item-withdraw": [self.item.pk, self.word.pk],
            "model-detail": [self.version.pk],
            "job-detail": [self.export.job_id],
            "job-cancel": [self.export.job_id],
            "job-retry": [self.export.job_id],
            **{f"import-{part}": [self.imported] for part in ("detail", "status", "cancel", "retry")},
            "dataset-file": [self.dataset.pk, self.export.pk],
            "dataset-export-file": [self.dataset.pk, self.export.pk],
            "review-record-csv": ["reviewers"],
            "dashboard-csv": ["streams"],
            "dashboard-table": ["streams"],
            "audit-detail": [self.event],
            "wasteapp_auditevent_export": [],
            **{
                f"training-{part}": [self.training] for part in ("detail", "status", "log", "cancel", "retry")
            },
            **{f"model-{part}": [self.version.pk] for part in ("report", "card")},
            **{f"model-{part}": [self.version.pk] for part in ("activate", "shadow", "retire", "compare")},
            **{f"comparison-{part}": [self.comparison] for part in ("detail", "status", "cancel", "retry")},
            "comparison-picture": [self.comparison, 0],
            **{f"reprediction-{part}": [self.reprediction] for part in AGAIN},
            "holdout-detail": [self.holdout],
            "account_confirm_email": ["unknown"],
            "account_reset_password_from_key": ["1", "set-password"],
            "view_on_site": [1, 1],
            "auth_user_password_change": [self.users["alice"].pk],
            "wasteapp_user_make_their_reset_link": [self.users["alice"].pk],
            "app_list": ["wasteapp"],
        }
        if route.startswith("<path:object_id>"):
            return f"/admin/wasteapp/item/{self.item.pk}/"
        if route.startswith("(?P<url>"):
            return "/admin/nothing/"
        if route in values:
            return reverse(name, args=values[route])
        try:
            return reverse(name)
        except NoReverseMatch:
            return reverse(name, args=[self.dataset.pk if "dataset" in route else self.item.pk])
