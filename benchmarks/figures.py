"""What `./run.py bench` can measure, in the order in which it does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks import exports, rows, start, way, workers
from benchmarks.bench_setup import Setup
from benchmarks.tables import Table


@dataclass(frozen=True)
class Figure:
    """A part of the benchmark, by a name that the command line knows."""

    name: str
    goal: str  # what it is held against, in a sentence
    measure: Callable[[Setup], Sequence[Table]]


FIGURES = (
    Figure(
        "way",
        "From POST to the result in the database: at rest under 50 ms; at full load half of what the model alone does, "
        "four times what a Flask demo does, in less memory.",
        way.measure,
    ),
    Figure("start", "A second start is at its first page within 5 s.", start.measure),
    Figure("workers", "A worker predicts within 2 s; a pool child takes under 200 MB.", workers.measure),
    Figure("growth", "What more pool children bring.", workers.growth),
    Figure("pages", "A page takes under 100 ms, 95 of 100 times, whatever the number of rows.", rows.measure),
    Figure("exports", "Freezing and exporting at 0.6 of copying the same bytes into a zip.", exports.measure),
)
