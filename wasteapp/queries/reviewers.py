"""How reviewers do: how much, how fast, how far they agree with each other and are swayed by the guess."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from statistics import median

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber, TruncDate

from classifier.agreement import Kappa, kappa
from classifier.intervals import Interval, difference, wilson
from wasteapp.models import NOT_WASTE, Annotation, AssignmentState, Kind, ReviewAssignment, Role, User

PAUSE = 60.0  # seconds from which a gap between two answers is a pause, not work
TIMED = 200  # answers of a person that their speed is taken from
JUDGES = (Role.REVIEWER, Role.OPERATOR, Role.ADMIN)


@dataclass(frozen=True)
class Share:
    """A part of something, with its 95 % interval."""

    part: int
    whole: int

    @property
    def value(self) -> float:
        return self.part / self.whole

    @property
    def interval(self) -> Interval:
        return wilson(self.part, self.whole)


@dataclass(frozen=True)
class Sway:
    """How often reviewers say what the model says: where they see its guess, and where it is hidden."""

    shown: Share | None
    hidden: Share | None

    @property
    def difference(self) -> float | None:
        return self.shown.value - self.hidden.value if self.shown and self.hidden else None

    @property
    def interval(self) -> Interval | None:
        """Of the difference: where it holds 0 there is no sway to be seen."""
        if not self.shown or not self.hidden:
            return None
        return difference((self.shown.part, self.shown.whole), (self.hidden.part, self.hidden.whole))


@dataclass(frozen=True)
class Record:
    """What one person reviewed."""

    reviewer: User
    reviewed: int
    skipped: int
    unsure: int
    final: Share | None  # of what others judged too: said as it stands in the end
    sway: Sway
    seconds: float | None  # between two answers, the median of those that were no pause
    days: dict[date, int]  # UTC

    @property
    def per_day(self) -> float:
        """On days on which anything was reviewed."""
        return self.reviewed / len(self.days) if self.days else 0.0


@dataclass(frozen=True)
class Pair:
    """Two reviewers, and how far they agree on what both named."""

    first: User
    second: User
    kappa: Kappa


def review_records(*, since: datetime) -> list[Record]:
    """Everybody who reviewed or skipped anything from a moment on, the busiest first."""
    tallies, skipped = _tallies(since), _by_reviewer(_ended(since, AssignmentState.SKIPPED))
    seconds = _seconds(_done(since))
    people = User.objects.filter(pk__in={*tallies, *skipped})
    records = [
        _record(user, tallies.get(user.pk, _Tally()), skipped.get(user.pk, 0), seconds.get(user.pk))
        for user in people
    ]
    return sorted(records, key=lambda record: (-record.reviewed, record.reviewer.username))


def guess_sway(*, records: Iterable[Record]) -> Sway:
    """Of all reviews that named something: whether a guess is hidden is drawn, so that the two sides compare."""
    sways = [record.sway for record in records]
    return Sway(_sum(sway.shown for sway in sways), _sum(sway.hidden for sway in sways))


def agreement(*, since: datetime) -> tuple[Kappa | None, list[Pair]]:
    """Cohen's kappa over all pairs of reviews of an item by two reviewers, and of every two reviewers.

    Operators are left out: what they are shown is what reviewers did not agree on.
    """
    tables: dict[tuple[int, int], dict[tuple[str, str], int]] = defaultdict(dict)
    whole: dict[tuple[str, str], int] = defaultdict(int)
    for first, second, label, other, number in _pairs(since):
        tables[first, second][label, other] = number
        whole[label, other] += number
    people = {u.pk: u for u in User.objects.filter(pk__in={pk for pair in tables for pk in pair})}
    measured = {pair: kappa(table) for pair, table in sorted(tables.items())}
    pairs = [Pair(people[one], people[two], value) for (one, two), value in measured.items() if value]
    return kappa(whole), pairs


def _ended(since: datetime, state: AssignmentState) -> QuerySet[ReviewAssignment]:
    return ReviewAssignment.objects.filter(state=state, finished__gte=since)


def _done(since: datetime) -> QuerySet[ReviewAssignment]:
    """Reviews whose word still stands."""
    return _ended(since, AssignmentState.DONE).filter(
        annotation__isnull=False, annotation__withdrawn_at__isnull=True
    )


def _label(prefix: str = "") -> Case:
    """What a review named: a category's slug, or that it is no waste."""
    return Case(
        When(**{f"{prefix}annotation__kind": Kind.NOT_WASTE}, then=Value(NOT_WASTE)),
        default=F(f"{prefix}annotation__category__slug"),
        output_field=CharField(),
    )


@dataclass
class _Tally:
    """A person's reviews, counted."""

    counts: Counter[str] = field(default_factory=Counter)
    days: Counter[date] = field(default_factory=Counter)

    def add(self, day: date, kind: Kind, blind: bool, judged: bool, right: bool, number: int) -> None:
        """So many of a day that are alike; to confirm is to say what the model said, whether or not it was shown."""
        self.days[day] += number
        if kind == Kind.UNSURE:
            self.counts["unsure"] += number
            return
        side = "hidden" if blind else "shown"
        self.counts[side] += number
        self.counts[f"{side}_confirmed"] += number * (kind == Kind.CONFIRM)
        self.counts["judged"] += number * judged
        self.counts["final"] += number * (judged and right)

    def share(self, part: str, whole: str) -> Share | None:
        return Share(self.counts[part], self.counts[whole]) if self.counts[whole] else None


def _tallies(since: datetime) -> dict[int, _Tally]:
    """By reviewer. The database counts those that are alike, since a year has many."""
    others = Annotation.objects.filter(
        item=OuterRef("item"), role__in=JUDGES, withdrawn_at__isnull=True
    ).exclude(who=OuterRef("reviewer"))
    judged = ~Q(annotation__kind=Kind.UNSURE) & ~Q(item__verified_label="") & Q(Exists(others))
    alike = _done(since).values_list(
        "reviewer",
        TruncDate("finished"),
        "annotation__kind",
        "annotation__blind",
        Case(When(judged, then=True), default=False),
        Case(When(item__verified_label=_label(), then=True), default=False),
    )
    found: dict[int, _Tally] = defaultdict(_Tally)
    for reviewer, *row in alike.annotate(number=Count("pk")).order_by("reviewer", TruncDate("finished")):
        found[reviewer].add(*row)
    return found


def _record(user: User, tally: _Tally, skipped: int, seconds: float | None) -> Record:
    return Record(
        reviewer=user,
        reviewed=tally.days.total(),
        skipped=skipped,
        unsure=tally.counts["unsure"],
        final=tally.share("final", "judged"),
        sway=Sway(tally.share("shown_confirmed", "shown"), tally.share("hidden_confirmed", "hidden")),
        seconds=seconds,
        days=tally.days,
    )


def _sum(shares: Iterable[Share | None]) -> Share | None:
    known = [share for share in shares if share]
    return Share(sum(each.part for each in known), sum(each.whole for each in known)) if known else None


def _by_reviewer(reviews: QuerySet[ReviewAssignment]) -> dict[int, int]:
    return dict(reviews.values_list("reviewer").annotate(Count("pk")).order_by())


def _seconds(done: QuerySet[ReviewAssignment]) -> dict[int, float]:
    """From a person's last answers alone, so that a busy year costs no more than a week."""
    place = Window(RowNumber(), partition_by="reviewer", order_by="-finished")
    rows = done.annotate(place=place).filter(place__lte=TIMED).order_by("reviewer", "finished")
    times: dict[int, list[datetime]] = defaultdict(list)
    for reviewer, finished in rows.values_list("reviewer", "finished"):
        times[reviewer] += [finished] if finished else []
    gaps = {reviewer: _gaps(moments) for reviewer, moments in times.items()}
    return {reviewer: median(found) for reviewer, found in gaps.items() if found}


def _gaps(moments: list[datetime]) -> list[float]:
    gaps = [(after - before).total_seconds() for before, after in pairwise(moments)]
    return [gap for gap in gaps if gap <= PAUSE]


def _pairs(since: datetime) -> Iterable[tuple[int, int, str, str, int]]:
    """Counted by the database: the reviewer with the lower number, the other one, and what the two named."""
    other = "item__assignments__"
    both = _done(since).filter(
        annotation__role=Role.REVIEWER,
        **{
            f"{other}annotation__role": Role.REVIEWER,
            f"{other}state": AssignmentState.DONE,
            f"{other}reviewer__gt": F("reviewer"),
            f"{other}finished__gte": since,
            f"{other}annotation__withdrawn_at__isnull": True,
            f"{other}annotation__isnull": False,
        },
    )
    labelled = both.annotate(label=_label(), other=_label(other)).exclude(
        Q(label__isnull=True) | Q(other__isnull=True)
    )
    rows = labelled.values_list("reviewer", f"{other}reviewer", "label", "other")
    return rows.annotate(number=Count("pk")).order_by()
