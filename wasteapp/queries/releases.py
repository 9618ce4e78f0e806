"""Reads about models in and out of service: versions, what they were judged on, what was decided."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from wasteapp.models import (
    NOT_WASTE,
    Comparison,
    DatasetEntry,
    Holdout,
    HoldoutEntry,
    Item,
    ModelState,
    ModelVersion,
    Prediction,
    ReleaseAction,
    ReleaseDecision,
    Reprediction,
    Split,
    State,
    TrainingRun,
    User,
)
from wasteapp.queries import is_operator


@dataclass(frozen=True)
class ShadowFigures:
    """How a version that nobody is shown did on live photographs, beside what was shown."""

    answers: int
    agree: int  # with the answer that was shown
    verified: int  # of the answers: those whose photograph has a verified label
    right: int  # of those, the shadow
    shown_right: int  # of those, what was shown


def comparisons_for(*, user: User) -> QuerySet[Comparison]:
    """All comparisons, newest first, for operators; none for others."""
    rows = Comparison.objects.select_related("candidate", "baseline", "job", "holdout", "created_by")
    return rows if is_operator(user) else rows.none()


def repredictions_for(*, user: User) -> QuerySet[Reprediction]:
    """All that was asked again, newest first, for operators; none for others."""
    rows = Reprediction.objects.select_related("version", "job", "created_by")
    return rows if is_operator(user) else rows.none()


def holdouts_for(*, user: User) -> QuerySet[Holdout]:
    return Holdout.objects.all() if is_operator(user) else Holdout.objects.none()


def decisions_of(*, version: ModelVersion) -> QuerySet[ReleaseDecision]:
    """What was decided about a version, newest first."""
    return version.decisions.select_related("previous", "comparison", "decided_by")


def gate_of(*, version: ModelVersion) -> Comparison | None:
    """The latest finished comparison of a version against the one that is in service now."""
    judged = version.comparisons.exclude(verdict="")
    return judged.filter(baseline__state=ModelState.ACTIVE).select_related("baseline").first()


def version_before(*, version: ModelVersion) -> ModelVersion | None:
    """The version that one replaced when it was put in service; what to go back to."""
    decision = version.decisions.filter(action=ReleaseAction.ACTIVATE).select_related("previous").first()
    if decision:
        return decision.previous
    if version.activated_at is None or version.decisions.exists():
        return None
    # From before decisions were kept.
    earlier = ModelVersion.objects.filter(state=ModelState.RETIRED, activated_at__lt=version.activated_at)
    return earlier.order_by("-activated_at").first()


def entries_of(*, holdout: Holdout) -> QuerySet[HoldoutEntry]:
    """What a holdout still holds: without what was deleted, and without what may not be learnt from any more."""
    allowed = Q(item__isnull=True) | Q(item__consent=True)
    return holdout.entries.filter(allowed).select_related("item")


def counts_of(*, holdout: Holdout | None) -> dict[str, int]:
    """How many photographs of each label it still holds."""
    if holdout is None:
        return {}
    rows = entries_of(holdout=holdout).values_list("label").annotate(n=Count("pk")).order_by("label")
    return dict(rows)


def items_learnt(*, versions: Iterable[ModelVersion]) -> QuerySet[Item]:
    """The items that versions, or those whose weights they began with, learnt from, and what looks nearly the same."""
    learnt = _entries_learnt(versions)
    groups = learnt.filter(item__component__isnull=False).values("item__component")
    return Item.objects.filter(Q(pk__in=learnt.values("item")) | Q(component__in=groups))


def _entries_learnt(versions: Iterable[ModelVersion]) -> QuerySet[DatasetEntry]:
    """Only entries whose item is still there: among the others a `NOT IN` would find nothing at all."""
    datasets: set[UUID] = set()
    for version in versions:
        datasets |= {run.dataset_id for run in _runs(version)}
    learnt = DatasetEntry.objects.filter(dataset__in=datasets, split__in=[Split.TRAIN, Split.VAL])
    return learnt.filter(item__isnull=False)


def run_of(*, version: ModelVersion) -> TrainingRun | None:
    """The training that a version came of; None for one that was brought."""
    return TrainingRun.objects.select_related("dataset", "start_from").filter(result=version).first()


def descendants_of(*, version: ModelVersion) -> QuerySet[ModelVersion]:
    """The versions that were trained from this one's weights."""
    return ModelVersion.objects.filter(training_run__start_from=version)


def shadow_figures(*, version: ModelVersion) -> ShadowFigures:
    """One query, over the version's own shadow predictions alone."""
    known = ~Q(item__verified_label__in=["", NOT_WASTE])
    rows = Prediction.objects.filter(model_version=version, shadow=True, state=State.DONE)
    counted = rows.aggregate(
        answers=Count("pk"),
        agree=Count("pk", filter=Q(label=F("item__predicted_label"))),
        verified=Count("pk", filter=known),
        right=Count("pk", filter=known & Q(label=F("item__verified_label"))),
        shown_right=Count("pk", filter=known & Q(item__predicted_label=F("item__verified_label"))),
    )
    return ShadowFigures(**counted)


def _runs(version: ModelVersion) -> list[TrainingRun]:
    """The training that a version came of, and those before it."""
    runs: list[TrainingRun] = []
    run = run_of(version=version)
    while run and run not in runs:
        runs.append(run)
        run = run_of(version=run.start_from) if run.start_from else None
    return runs
