"""The dashboard as tables: what the page shows beside its drawings, and what the API and CSV files give.

Columns are named for programs; `web.dashboard` has them in words.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from wasteapp.buckets import CONFIDENCES, quantile
from wasteapp.drift import Drift, drift_of
from wasteapp.models import NOT_WASTE, Figure, Source, Stream
from wasteapp.queries.dashboard import Dashboard
from wasteapp.queries.review import Accuracy

DAY = "day"
Cell = str | int | float | None
NO_STREAM = "none"  # not waste, or a label without a category


@dataclass(frozen=True)
class Table:
    """Rows of a figure. The cells of `columns` are text, numbers or nothing."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def records(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def tables_of(found: Dashboard) -> dict[str, Table]:
    """Every figure's table by its name."""
    return {
        "streams": streams(found),
        "sources": _columns(found, Figure.SOURCE, Source.values),
        "labels": _columns(found, Figure.LABEL, labels_of(found)),
        "queues": queues(found),
        "latency": latency(found),
        "failures": _ranked(found, Figure.FAILURE, "code"),
        "words": _ranked(found, Figure.WORD, "kind"),
        "accuracy": accuracy(found),
        "confusion": confusion(found),
        "mix": _mix(label_drift(found), "label"),
        "confidence": _mix(confidence_drift(found), "from"),
        "reviews": reviews(found),
    }


def labels_of(found: Dashboard) -> list[str]:
    """The site's labels in its order, then what else was shown."""
    named = [*found.known, NOT_WASTE]
    return [*named, *sorted(set(found.total(Figure.LABEL)) - set(named))]


def streams(found: Dashboard) -> Table:
    """By the stream that a label has at this site today."""
    by_day = {day: _by_stream(found, counts) for day, counts in found.series[Figure.LABEL].items()}
    return _table(by_day, [*Stream.values, NO_STREAM])


def queues(found: Dashboard) -> Table:
    """As it stands now."""
    rows = [(each.name, each.waiting, each.running, each.oldest_seconds) for each in found.queues]
    return Table(("queue", "waiting", "running", "oldest_seconds"), rows)


def latency(found: Dashboard) -> Table:
    """Half and 19 of 20 took no longer than this, in ms; of the model alone, and from accepted to finished."""
    figures = (Figure.MODEL_MS, Figure.ANSWER_MS)
    rows = [
        (str(day), *[_duration(found.series[figure][day], q) for figure in figures for q in (0.5, 0.95)])
        for day in found.range.columns
    ]
    return Table((DAY, "model_p50", "model_p95", "answer_p50", "answer_p95"), rows)


def accuracy(found: Dashboard) -> Table:
    """By the random sample, of all (no label) and of what the model called each label, with the interval."""
    rows = [_accuracy(label, each) for label, each in found.accuracies.items()]
    return Table(("label", "drawn", "verified", "right", "undecided", "share", "low", "high"), rows)


def confusion(found: Dashboard) -> Table:
    """What the model said and people said instead, most often first; what they confirmed is not among it."""
    rows: list[tuple[Cell, ...]] = []
    for key, number in found.sums[Figure.CONFUSION].most_common():
        predicted, _, said = key.partition(">")
        if number and predicted != said:
            rows.append((predicted, said, number))
    return Table(("predicted", "said", "words"), rows)


def reviews(found: Dashboard) -> Table:
    """Words of reviewers by day; nobody's name is kept with them, and whoever left has none."""
    rows: list[Sequence[Cell]] = [
        (str(day), int(key) if key else None, found.reviewers.get(key, ""), number)
        for day, counts in found.series[Figure.REVIEW].items()
        for key, number in sorted(counts.items())
    ]
    return Table((DAY, "reviewer", "name", "words"), rows)


def label_drift(found: Dashboard) -> Drift | None:
    """What the model says now, against what it learnt from."""
    expected = found.learnt.counts if found.learnt else {}
    return drift_of(expected=expected, found=found.sums[Figure.PREDICTED])


def confidence_drift(found: Dashboard) -> Drift | None:
    """How sure the model is, against as many days before."""
    tenths = [str(bucket) for bucket in range(CONFIDENCES)]
    now, then = found.sums[Figure.CONFIDENCE], found.before[Figure.CONFIDENCE]
    if not now.total() or not then.total():
        return None
    return drift_of(expected={key: then[key] for key in tenths}, found={key: now[key] for key in tenths})


def _columns(found: Dashboard, figure: Figure, keys: Sequence[str]) -> Table:
    return _table(found.series[figure], keys)


def _table(by_day: Mapping[date, Counter[str]], keys: Sequence[str]) -> Table:
    rows: list[Sequence[Cell]] = [
        (str(day), *[counts[key] for key in keys], counts.total()) for day, counts in by_day.items()
    ]
    return Table((DAY, *keys, "total"), rows)


def _by_stream(found: Dashboard, counts: Counter[str]) -> Counter[str]:
    streams: Counter[str] = Counter()
    for label, number in counts.items():
        streams[found.known[label].stream if label in found.known else NO_STREAM] += number
    return streams


def _ranked(found: Dashboard, figure: Figure, name: str) -> Table:
    return Table((name, "number"), [row for row in found.sums[figure].most_common() if row[1]])


def _mix(drift: Drift | None, name: str) -> Table:
    rows = [
        (part.key, round(part.expected, 4), round(part.found, 4), round(part.index, 4))
        for part in (drift.parts if drift else ())
    ]
    return Table((name, "expected", "found", "index"), rows)


def _duration(counts: Counter[str], share: float) -> float | None:
    milliseconds = quantile({int(bucket): number for bucket, number in counts.items()}, share)
    return None if milliseconds is None else round(milliseconds, 1)


def _accuracy(label: str, each: Accuracy) -> Sequence[Cell]:
    figures = (each.share, *(each.interval or (None, None)))
    counts = (label, each.drawn, each.verified, each.right, each.undecided)
    return (*counts, *(None if figure is None else round(figure, 4) for figure in figures))
