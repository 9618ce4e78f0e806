"""The dashboard's figures as they stand on the page: a drawing where one helps, and the table of it in words."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from django.utils.translation import gettext as _

from wasteapp.dashboard_tables import Cell, Table, tables_of
from wasteapp.models import Figure, Stream
from wasteapp.queries.dashboard import Dashboard
from wasteapp.web import charts
from wasteapp.web import dashboard_words as words

HEATS = 5  # in dashboard.css
NAMED = 11  # reviewers with a tone of their own
Tables = Mapping[str, Table]


@dataclass(frozen=True)
class Panel:
    """A figure on the page."""

    slug: str
    title: str
    table: Table
    names: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    empty: str = ""
    template: str = ""
    drawn: Any = None
    wide: bool = False

    @property
    def heads(self) -> list[str]:
        known = words.heads() | dict(self.names)
        return [known.get(column, column) for column in self.table.columns]

    @property
    def rows(self) -> list[list[str]]:
        columns = self.table.columns
        return [
            [words.cell(column, value, self.names) for column, value in zip(columns, row, strict=True)]
            for row in self.table.rows
        ]


@dataclass(frozen=True)
class Heat:
    """A cell of what the model and people said: how often, and how strongly it is marked."""

    number: int
    level: int  # 0 to HEATS
    agrees: bool


@dataclass(frozen=True)
class Grid:
    """What people said, of what the model said: a row for each."""

    said: list[str]
    rows: list[tuple[str, list[Heat]]]


def panels_of(found: Dashboard) -> list[Panel]:
    """All of the page, in its order."""
    tables = tables_of(found)
    return [build(found, tables) for build in PANELS]


def _streams(found: Dashboard, tables: Tables) -> Panel:
    tones = [*[f"stream--{stream}" for stream in Stream], "tone--none"]
    return _stacked(
        "streams", _("Photographs by stream"), tables["streams"], words.streams(), tones, wide=True
    )


def _sources(found: Dashboard, tables: Tables) -> Panel:
    return _stacked("sources", _("Photographs by source"), tables["sources"], words.sources())


def _labels(found: Dashboard, tables: Tables) -> Panel:
    return _stacked("labels", _("Photographs by material"), tables["labels"], words.labels(found))


def _reviews(found: Dashboard, tables: Tables) -> Panel:
    """The busiest reviewers have a tone each, the others one together."""
    total = found.total(Figure.REVIEW)
    keys = [key for key, _n in total.most_common(NAMED)]
    others = [key for key in total if key not in keys]
    gone = _("somebody who left")
    names = {key: found.reviewers.get(key, gone) for key in keys} | {"others": _("others")}
    if others:
        keys.append("others")
    rows: list[list[Cell]] = []
    for day, counts in found.series[Figure.REVIEW].items():
        together = counts | Counter(others=sum(counts[key] for key in others))
        rows.append([str(day), *[together[key] for key in keys], counts.total()])
    table = Table(("day", *keys, "total"), rows)
    note = _("Words by reviewers and operators about others' photographs, each day.")
    empty = _("Nobody has reviewed anything in this time.")
    return _stacked("reviews", _("Reviews"), table, names, note=note, empty=empty, wide=True)


def _stacked(
    slug: str, title: str, table: Table, names: Mapping[str, str], tones: Sequence[str] = (), **options: Any
) -> Panel:
    drawn = charts.columns_of(table, names, tones)
    return Panel(slug, title, table, names, template="dashboard/_columns.html", drawn=drawn, **options)


def _queues(found: Dashboard, tables: Tables) -> Panel:
    return Panel("queues", _("Waiting and in work, now"), tables["queues"], words.queues())


def _latency(found: Dashboard, tables: Tables) -> Panel:
    names = words.heads()
    kinds = {
        "answer_p95": "answer-most",
        "answer_p50": "answer-half",
        "model_p95": "model-most",
        "model_p50": "model-half",
    }
    drawn = charts.lines_of(tables["latency"], {key: (names[key], kind) for key, kind in kinds.items()})
    return Panel(
        "latency",
        _("How long it takes"),
        tables["latency"],
        note=_(
            "From accepted to answered, and the model alone: what half and 95 % of the photographs take at most."
        ),
        empty=_("Nothing was answered in this time."),
        template="dashboard/_lines.html",
        drawn=drawn,
    )


def _failures(found: Dashboard, tables: Tables) -> Panel:
    return Panel(
        "failures",
        _("Why photographs failed"),
        tables["failures"],
        words.failures(),
        empty=_("None failed in this time."),
        template="dashboard/_bars.html",
        drawn=_bars(tables["failures"], words.failures()),
    )


def _bars(table: Table, names: Mapping[str, str]) -> list[tuple[str, int, int]]:
    """Name, number and length of each row."""
    longest = max((int(row[1] or 0) for row in table.rows), default=0)
    return [
        (names.get(str(key), str(key)), int(number or 0), charts.SCALE * int(number or 0) // longest)
        for key, number in table.rows
    ]


def _accuracy(found: Dashboard, tables: Tables) -> Panel:
    names = words.labels(found) | {"": _("All")}
    return Panel(
        "accuracy",
        _("How right the model is"),
        tables["accuracy"],
        names,
        note=_(
            "By the random sample: photographs that are reviewed whatever people say of them. "
            "The bar is the interval at 95 %; what reviewers could not decide counts as wrong at its lower end and "
            "as right at its upper one."
        ),
        empty=_("Nothing of the random sample has been reviewed in this time."),
        template="dashboard/_ranges.html",
        drawn=_accuracies(tables["accuracy"], names),
    )


def _accuracies(table: Table, names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "name": names.get(record["label"], record["label"]),
            "share": words.percent(record["share"]),
            "verified": record["verified"],
            "low": round(charts.SCALE * record["low"]),
            "width": max(round(charts.SCALE * (record["high"] - record["low"])), 1),
            "middle": round(charts.SCALE * record["share"]),
        }
        for record in table.records()
        if record["share"] is not None
    ]


def _confusion(found: Dashboard, tables: Tables) -> Panel:
    names = words.labels(found)
    return Panel(
        "confusion",
        _("What is taken for what"),
        tables["confusion"],
        names,
        note=_("Rows are what the model said, columns what people said. Marked is where they differ."),
        empty=_("Nobody has corrected anything in this time."),
        template="dashboard/_heat.html",
        drawn=_grid(found, names) if tables["confusion"].rows else None,
        wide=True,
    )


def _grid(found: Dashboard, names: Mapping[str, str]) -> Grid:
    counts = Counter({tuple(key.split(">", 1)): n for key, n in found.sums[Figure.CONFUSION].items()})
    labels = [label for label in names if any(label in pair for pair in counts)]
    highest = max(number for pair, number in counts.items() if len({*pair}) > 1)
    return Grid(
        [names[label] for label in labels],
        [(names[label], [_heat(counts, label, said, highest) for said in labels]) for label in labels],
    )


def _heat(counts: Mapping[tuple[str, ...], int], predicted: str, said: str, highest: int) -> Heat:
    number, agrees = counts.get((predicted, said), 0), predicted == said
    return Heat(number, 0 if agrees else ceil(HEATS * number / highest), agrees)


def _mix(found: Dashboard, tables: Tables) -> Panel:
    version = found.learnt.version if found.learnt else ""
    return Panel(
        "mix",
        _("What comes, against what the model learnt from"),
        tables["mix"],
        words.labels(found),
        note=_("Shares of the model's labels now, and of the photographs that %(version)s learnt from.")
        % {"version": version},
        empty=_("What the model in service learnt from is not known, or nothing has come in this time."),
        template="dashboard/_pairs.html",
        drawn=charts.pairs_of(tables["mix"], words.labels(found)),
    )


def _confidence(found: Dashboard, tables: Tables) -> Panel:
    names = {str(n): f"{10 * n}–{10 * n + 10} %" for n in range(10)}
    return Panel(
        "confidence",
        _("How sure the model is, against before"),
        tables["confidence"],
        names,
        note=_("Shares of the photographs by the model's confidence, now and in as many days before."),
        empty=_("There is nothing to compare with yet."),
        template="dashboard/_pairs.html",
        drawn=charts.pairs_of(tables["confidence"], names),
    )


PANELS: tuple[Callable[[Dashboard, Tables], Panel], ...] = (
    _streams,
    _sources,
    _labels,
    _queues,
    _failures,
    _latency,
    _confidence,
    _accuracy,
    _mix,
    _confusion,
    _reviews,
)
