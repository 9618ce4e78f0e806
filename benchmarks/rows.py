"""What a page costs the more rows there are, on sites of their own: for `./run.py bench pages`."""

from collections.abc import Sequence
from typing import Any

from benchmarks.bench_setup import Setup
from benchmarks.tables import Table

LIMIT = 100.0  # ms, of the 95th percentile
SIZES = {"SQLite": (10_000, 100_000), "PostgreSQL": (10_000, 100_000, 1_000_000)}
FEW = 300
REQUESTS = 40


def measure(setup: Setup) -> Sequence[Table]:
    """The largest site's pages against the limit, and each page by the number of items."""
    sizes = (FEW,) if setup.quick else SIZES[setup.database]
    found = {size: _pages(setup, size) for size in sizes}
    return [against_limit(sizes[-1], found[sizes[-1]]), growth(found)]


def against_limit(size: int, pages: list[dict[str, Any]]) -> Table:
    """Milliseconds by the clock; of the process's own work where that says more; queries."""
    rows = [
        [
            page["page"],
            *_ms(page, "p50", "p95"),
            f"{page['p95'] / LIMIT:.2f}",
            *_ms(page, "cpu"),
            f"{page['queries']}",
        ]
        for page in pages
    ]
    columns = ("page", "p50, ms", "p95, ms", f"of {LIMIT:.0f} ms", "own work, ms", "queries")
    return Table(f"{size:,} items", rows, columns)


def growth(found: dict[int, list[dict[str, Any]]]) -> Table:
    """Medians: what grows with the rows, and what does not."""
    rows = [
        [
            pages[0]["page"],
            *[f"{page['p50']:,.0f}" for page in pages],
            f"{pages[-1]['p50'] / pages[0]['p50']:.1f}",
        ]
        for pages in zip(*found.values(), strict=True)
    ]
    columns = ("page, p50 in ms", *[f"{size:,} items" for size in found], "times")
    return Table("Cost of growth", rows, columns)


def _pages(setup: Setup, size: int) -> list[dict[str, Any]]:
    with setup.site() as environment:
        environment |= {"BROKER_URL": f"redis+socket://{environment['SORTWISE_DATA_DIR']}/none.sock"}
        requests = str(setup.times(REQUESTS))
        told = setup.ask(environment, "benchmarks.pages", str(size), "--requests", requests)
    pages: list[dict[str, Any]] = told["rows"]
    return pages


def _ms(page: dict[str, Any], *names: str) -> list[str]:
    return [f"{page[name]:.1f}" for name in names]
