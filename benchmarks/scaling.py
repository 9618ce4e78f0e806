"""The arithmetic of docs/scaling.md: `python -m benchmarks.scaling`.

What a site of so many people needs, from what was measured and what is assumed of people and prices. The tables that
this prints stand in the document; a test holds them together.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

USERS = (1_000, 100_000, 1_000_000)
HOUR, MONTH = 3600, 365 / 12  # seconds; days
MB, GB, TB = 1e6, 1e9, 1e12


@dataclass(frozen=True)
class Input:
    """A figure that goes in, and where it comes from: a command, or an assumption."""

    value: float
    told: str
    source: str


ASSUMED = "assumed"
ALONE = "`./run.py bench way`, before its servers shared their memory"
INPUTS = {
    # What people do.
    "photographs": Input(1, "photographs a person and day, of all who have an account", ASSUMED),
    "pages": Input(10, "pages for each photograph: the sorting page, its answer, the history", ASSUMED),
    "files": Input(
        12, "thumbnails for each photograph, of pages that are not in the browser's cache", ASSUMED
    ),
    "peak": Input(0.2, "share of a day's photographs in its busiest hour, bursts included", ASSUMED),
    "use": Input(0.6, "share of a core that is used at that hour", ASSUMED),
    "came": Input(3.55e6, "bytes of a phone's photograph", "`python -m benchmarks.storage`"),
    # What a photograph, a page and a file cost.
    "way": Input(0.0360, "core-seconds from POST to result, all processes", "`./run.py bench way`"),
    "page": Input(
        0.040, "core-seconds of a page, the median of the history's", "`python -m benchmarks.pages 100000`"
    ),
    "file": Input(0.005, "core-seconds to let a person have a file; nginx or S3 sends it", ASSUMED),
    "database": Input(0.15, "share of all that which is PostgreSQL's", ASSUMED),
    # What is kept.
    "copy": Input(5.38e5, "bytes of its copy, at most 1,024 px", "`python -m benchmarks.storage`"),
    "thumbnail": Input(3.9e4, "bytes of its thumbnail", "`python -m benchmarks.storage`"),
    "rows": Input(3.0e3, "bytes of its rows and their indexes", "`SELECT …` under “Rows”"),
    # What a process takes that shares nothing with others: each server is a container of its own here.
    "child": Input(120e6, "bytes of memory of a pool child and its share of the worker", ALONE),
    "web": Input(183e6, "bytes of memory of a web process", ALONE),
    "threads": Input(32, "threads of a web process, each with a connection", "`docker-compose.yml`"),
    # What that costs, a month.
    "core": Input(12, "euro a core with 4 GB of memory", ASSUMED),
    "disk": Input(0.10, "euro a GB of the database's disk, with one standby", ASSUMED),
    "bucket": Input(0.02, "euro a GB in S3", ASSUMED),
    "traffic": Input(0.01, "euro a GB that goes out", ASSUMED),
}


def given(name: str) -> float:
    return INPUTS[name].value


@dataclass(frozen=True)
class Site:
    """A site of so many people, in its busiest hour and after a year."""

    users: int

    @property
    def rate(self) -> float:
        """Photographs a second in the busiest hour."""
        return self.users * given("photographs") * given("peak") / HOUR

    @property
    def photographs(self) -> float:
        """A year's."""
        return self.users * given("photographs") * 365

    @property
    def classify_cores(self) -> int:
        """A core for each pool child: the model runs on one."""
        return self._cores(given("way"))

    @property
    def web_cores(self) -> int:
        return self._cores(given("pages") * given("page") + given("files") * given("file"))

    @property
    def database_cores(self) -> int:
        return max(1, ceil((self.classify_cores + self.web_cores) * given("database")))

    @property
    def cores(self) -> int:
        return self.classify_cores + self.web_cores + self.database_cores

    @property
    def memory(self) -> float:
        """Of workers and web, a process a core: Python runs one thread at a time."""
        return self.classify_cores * given("child") + self.web_cores * given("web")

    @property
    def connections(self) -> int:
        """At most: one a thread of the web, one a pool child and its parent."""
        return int(self.web_cores * given("threads")) + 2 * self.classify_cores

    @property
    def rows(self) -> float:
        return self.photographs * given("rows")

    @property
    def stored(self) -> float:
        return self.photographs * (given("copy") + given("thumbnail"))

    @property
    def bits_in(self) -> float:
        """A second, in the busiest hour."""
        return self.rate * given("came") * 8

    @property
    def bytes_out(self) -> float:
        """A month's thumbnails."""
        return self.users * given("photographs") * MONTH * given("files") * given("thumbnail")

    @property
    def cost(self) -> float:
        """Euro a month, at the end of a year."""
        kept = self.rows * given("disk") + self.stored * given("bucket") + self.bytes_out * given("traffic")
        return self.cores * given("core") + kept / GB

    def _cores(self, seconds: float) -> int:
        return max(1, ceil(self.rate * seconds / given("use")))


def held(cores: float) -> float:
    """People whose busiest hour these cores bear, with one web process, which is one core at most."""
    page = given("pages") * given("page") + given("files") * given("file")
    all_of_it = (given("way") + page) * (1 + given("database"))
    rate = given("use") * min(cores / all_of_it, 1 / page)
    return rate * HOUR / given("photographs") / given("peak")


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def tables() -> Iterator[str]:
    """What goes in, and what comes out."""
    yield "| goes in | | from |\n| --- | --- | --- |"
    yield from (f"| {number(given_.value)} | {given_.told} | {given_.source} |" for given_ in INPUTS.values())
    yield ""
    kept = given("copy") + given("thumbnail") + given("rows")
    yield "| one machine of two cores, one web process | |\n| --- | --- |"
    yield f"| people | {held(2):,.0f} |"
    yield f"| photographs on 100 GB of disk | {100 * GB / kept:,.0f} |"
    yield ""
    yield f"| people with an account | {' | '.join(f'{users:,}' for users in USERS)} |"
    yield "| --- " * (len(USERS) + 1) + "|"
    sites = [Site(users) for users in USERS]
    for told, unit, form in ROWS:
        values = " | ".join(form.format(getattr(site, unit[0]) / unit[1]) for site in sites)
        yield f"| {told} | {values} |"


# What it says, which figure in which unit, and how it is written.
ROWS = (
    ("photographs a second in the busiest hour", ("rate", 1), "{:,.2f}"),
    ("photographs after a year, million", ("photographs", 1e6), "{:,.2f}"),
    ("cores for predictions, a pool child each", ("classify_cores", 1), "{:,.0f}"),
    ("cores for pages and files, a web process each", ("web_cores", 1), "{:,.0f}"),
    ("cores for PostgreSQL", ("database_cores", 1), "{:,.0f}"),
    ("memory of workers and web, GB", ("memory", GB), "{:,.1f}"),
    ("connections to PostgreSQL, at most", ("connections", 1), "{:,.0f}"),
    ("PostgreSQL after a year, GB", ("rows", GB), "{:,.1f}"),
    ("S3 after a year, TB", ("stored", TB), "{:,.2f}"),
    ("comes in at the busiest hour, Mbit/s", ("bits_in", MB), "{:,.1f}"),
    ("goes out in a month, GB", ("bytes_out", GB), "{:,.0f}"),
    ("euro a month, at the end of a year", ("cost", 1), "{:,.0f}"),
)


if __name__ == "__main__":
    print("\n".join(tables()))
