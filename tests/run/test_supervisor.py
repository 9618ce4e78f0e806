"""Restarts, order and last words of the supervised processes."""

import threading
from pathlib import Path

import pytest

from launcher.children import AT_ONCE_SECONDS, Backoff
from launcher.errors import LaunchError
from launcher.supervisor import Supervisor
from tests.run.conftest import python, until

APPEND = "import time; open('starts', 'a').write('x'); "
NOTE_THE_END = (
    "import signal, sys, time\n"
    "def end(*_):\n open('order', 'a').write('{0} '); sys.exit()\n"
    "signal.signal(signal.SIGTERM, end); open('{0}.up', 'w'); time.sleep(600)"
)
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open('up', 'w'); time.sleep(600)"
)


def ticking(supervisor: Supervisor, path: Path, text: str) -> None:
    def reached() -> bool:
        supervisor.tick()
        return path.exists() and path.read_text().startswith(text)

    until(reached)


def test_the_pauses_double_up_to_half_a_minute() -> None:
    backoff = Backoff()
    assert [backoff.after(0.1) for _ in range(7)] == [1, 2, 4, 8, 30, 30, 30]


def test_a_child_that_lived_long_is_started_again_soon() -> None:
    backoff = Backoff(failures=6)
    assert backoff.after(AT_ONCE_SECONDS + 1) == 1


def test_a_child_that_dies_is_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(python("web", APPEND))
    ticking(supervisor, tmp_path / "starts", "xxx")


def test_one_that_hangs_is_killed_and_started_again(
    supervisor: Supervisor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    child = supervisor.start(python("web", APPEND + "time.sleep(600)"))
    ticking(supervisor, tmp_path / "starts", "x")
    child.kill_if_older(60)
    assert child.status() is None
    child.kill_if_older(0)
    ticking(supervisor, tmp_path / "starts", "xx")
    assert "The web does not answer after 0 s and is killed." in capsys.readouterr().out


def test_one_that_keeps_dying_is_told_of_and_leaves_the_others_alone(
    supervisor: Supervisor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    web = supervisor.start(python("web", "import time; time.sleep(600)"))
    broken = python("worker", "import sys; sys.exit('the model is damaged')", meanwhile="Uploads wait.")
    child = supervisor.start(broken)

    def reported() -> bool:
        supervisor.tick()
        return child.backoff.failures == 5

    until(reported)
    assert (
        "does not start (exit status 1): the model is damaged Uploads wait. It is tried again every 30 s."
        in (capsys.readouterr().out)
    )
    assert web.status() is None


def test_a_program_that_is_missing_counts_as_dead(supervisor: Supervisor) -> None:
    child = supervisor.start(python("web", "", command=("/no/such/program",)))

    def failed_twice() -> bool:
        supervisor.tick()
        return child.backoff.failures == 2

    until(failed_twice)
    assert "No such file" in child.last_line


def test_a_child_is_ready_when_it_says_so(supervisor: Supervisor) -> None:
    said = "import time; print('Hello.'); {0}time.sleep(600)"
    service = python("worker", said.format("print('Ready.'); "), ready_line="Ready.")
    silent = python("other", said.format(""), ready_line="Ready.")
    children = [supervisor.start(service), supervisor.start(silent)]
    assert children[0].ready.wait(10)
    until(lambda: children[1].last_line == "Hello.")
    assert not children[1].ready.is_set()


def test_they_stop_in_their_order(supervisor: Supervisor, tmp_path: Path) -> None:
    ranks = {"queue": 2, "web": 0, "worker": 1}
    for name, rank in ranks.items():
        supervisor.start(python(name, NOTE_THE_END.format(name), stop_rank=rank))
    until(lambda: all((tmp_path / f"{name}.up").exists() for name in ranks))
    supervisor.stop()
    assert (tmp_path / "order").read_text() == "web worker queue "


def test_one_that_ignores_the_request_is_killed(supervisor: Supervisor, tmp_path: Path) -> None:
    child = supervisor.start(python("web", STUBBORN, grace=0.3))
    until((tmp_path / "up").exists)
    supervisor.stop()
    assert child.status() == -9


def test_a_second_request_waits_for_nobody(supervisor: Supervisor, tmp_path: Path) -> None:
    child = supervisor.start(python("web", STUBBORN, grace=60.0))
    until((tmp_path / "up").exists)
    asked_again = threading.Timer(0.3, setattr, (supervisor.interrupts, "count", 1))
    asked_again.start()
    supervisor.stop()
    assert child.status() == -9


def test_a_task_that_fails_stops_the_start_with_its_last_words(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    failing = python("prepare", "import sys; print('half way'); sys.exit('no room')", restart=False)
    with pytest.raises(LaunchError, match=r"The prepare failed \(exit status 1\): no room"):
        supervisor.run_once(failing, lambda line: False)
    assert (tmp_path / "prepare.log").read_text() == "half way\nno room\n"


def test_a_line_that_is_taken_is_neither_shown_nor_logged(
    supervisor: Supervisor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[str] = []

    def take(line: str) -> bool:
        seen.append(line)
        return line.startswith("PASSWORD=")

    supervisor.run_once(python("prepare", "print('PASSWORD=x'); print('done')", restart=False), take)
    assert seen == ["PASSWORD=x", "done"]
    assert (tmp_path / "prepare.log").read_text() == "done\n"
    assert "PASSWORD" not in capsys.readouterr().out


def test_each_start_has_a_log_of_its_own(supervisor: Supervisor, tmp_path: Path) -> None:
    for words in ("first", "second"):
        supervisor.run_once(python("prepare", f"print('{words}')", restart=False), lambda line: False)
    assert (tmp_path / "prepare.log").read_text() == "second\n"
    assert (tmp_path / "prepare.log.1").read_text() == "first\n"
