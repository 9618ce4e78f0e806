"""What the servers say, as `run.py` passes it on: JSON for programs, words for people."""

import json

import pytest

from launcher import terminal

ROUTINE = {"time": "2026-11-21T15:05:17.6Z", "level": "info", "event": "request_finished", "code": 202}
BROKEN = {**ROUTINE, "level": "error", "event": "request_failed", "exception": "Traceback …"}


def relayed(capsys: pytest.CaptureFixture[str], line: str) -> str:
    terminal.relay("web", line)
    return capsys.readouterr().out


def test_programs_get_json_with_the_service(capsys):
    assert json.loads(relayed(capsys, json.dumps(ROUTINE))) == {"service": "web", **ROUTINE}


def test_at_a_terminal_what_broke_is_told_in_words_and_routine_is_not(capsys, monkeypatch):
    monkeypatch.setattr(terminal, "is_terminal", lambda: True)
    assert relayed(capsys, json.dumps(ROUTINE)) == ""
    said = relayed(capsys, json.dumps(BROKEN))
    assert "15:05:17 error request_failed code=202\nTraceback …" in said


@pytest.mark.parametrize("line", ["Ready for photographs.", "{no json", '{"a": 1}'])
def test_other_lines_stand_behind_the_name(capsys, line):
    assert relayed(capsys, line) == f"     web | {line}\n"
