"""What `./run.py bench` can measure, in the order in which it does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks import way
from benchmarks.bench_setup import Setup
from benchmarks.tables import Table


@dataclass(frozen=True)
class Figure:
    """A part of the benchmark, by a name that the command line knows."""

    name: str
    goal: str  # what it is held against, in a sentence
    measure: Callable[[Setup], Sequence[Table]]


FIGURES = (
    Figure("way", "A photograph's way: half of what the model does alone, 50 ms at rest.", way.measure),
)
