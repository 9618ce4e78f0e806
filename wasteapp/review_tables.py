"""Reviewers' record as tables: what the page shows in words, and the API and CSV files give as they are."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from classifier.agreement import Kappa
from wasteapp.dashboard_tables import Cell, Table
from wasteapp.queries.review import Accuracy, accuracy_in_service
from wasteapp.queries.reviewers import Pair, Record, Share, Sway, agreement, guess_sway, review_records


@dataclass(frozen=True)
class ReviewRecord:
    """All that operators see of reviewing in a time."""

    days: int
    records: list[Record]
    accuracy: Accuracy
    sway: Sway
    kappa: Kappa | None
    pairs: list[Pair]


def record_of(*, days: int) -> ReviewRecord:
    """The last so many days, up to now."""
    since = datetime.now(UTC) - timedelta(days=days)
    kappa, pairs = agreement(since=since)
    records = review_records(since=since)
    return ReviewRecord(
        days=days,
        records=records,
        accuracy=accuracy_in_service(since=since),
        sway=guess_sway(records=records),
        kappa=kappa,
        pairs=pairs,
    )


def tables_of(found: ReviewRecord) -> dict[str, Table]:
    """Every table by its name."""
    return {"reviewers": reviewers(found), "days": by_day(found), "pairs": pairs(found)}


def reviewers(found: ReviewRecord) -> Table:
    columns = (
        "reviewer", "reviewed", "days", "seconds", "final", "judged", "unsure", "skipped",
        "confirmed_shown", "shown", "confirmed_hidden", "hidden",
    )  # fmt: skip
    return Table(columns, [_row(record) for record in found.records])


def by_day(found: ReviewRecord) -> Table:
    """Latest first."""
    rows = [(day, record.reviewer.username, n) for record in found.records for day, n in record.days.items()]
    latest = sorted(rows, key=lambda row: row[0], reverse=True)
    return Table(("day", "reviewer", "reviewed"), [(str(day), name, n) for day, name, n in latest])


def pairs(found: ReviewRecord) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            pair.first.username,
            pair.second.username,
            round(pair.kappa.value, 4),
            *(round(bound, 4) for bound in pair.kappa.interval),
            pair.kappa.number,
            pair.kappa.agreed,
        )
        for pair in found.pairs
    ]
    return Table(("first", "second", "kappa", "low", "high", "both_named", "agreed"), rows)


def _row(record: Record) -> tuple[Cell, ...]:
    return (
        record.reviewer.username,
        record.reviewed,
        len(record.days),
        None if record.seconds is None else round(record.seconds, 2),
        *_parts(record.final),
        record.unsure,
        record.skipped,
        *_parts(record.sway.shown),
        *_parts(record.sway.hidden),
    )


def _parts(share: Share | None) -> tuple[int, int]:
    return (share.part, share.whole) if share else (0, 0)
