"""The audit of locked packages tells what is known, and never takes silence for safety; the bill names them all."""

import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from launcher import auditing
from launcher.environment import Environment
from launcher.errors import LaunchError

LOCK = "".join(f"{name} \\\n    --hash=sha256:{'0' * 64}\n" for name in ("django==5.2.19", "pillow==13.0.0"))
HOLE = {
    "id": "OSV-2099-1",
    "aliases": ["CVE-2099-1"],
    "summary": "A hole.",
    "affected": [
        {
            "package": {"name": "pillow", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "13.0.1"}]}],
        }
    ],
}


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs this has the tools."""
    monkeypatch.setattr(Environment, "ensure", lambda *_: None)


@pytest.fixture
def one_lock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(auditing, "FOLDER", tmp_path)
    monkeypatch.setattr(auditing, "SERVING", ("serve",))
    (tmp_path / "serve.txt").write_text(LOCK)


class Osv(BaseHTTPRequestHandler):
    """Answers as https://google.github.io/osv.dev/post-v1-query/ has it."""

    known: dict[str, dict[str, object]] = {}

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        hole = self.known.get(asked["package"]["name"])
        body = json.dumps({"vulns": [hole]} if hole else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def osv() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Osv) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()


def test_where_nothing_is_known_the_audit_says_how_many_were_asked_about(one_lock, osv, capsys) -> None:
    assert auditing.audit(["--osv-url", osv]) == 0
    assert "2 packages, 0 known vulnerabilities." in capsys.readouterr().out


def test_a_known_hole_fails_the_audit(one_lock, osv, capsys, monkeypatch) -> None:
    monkeypatch.setattr(Osv, "known", {"pillow": HOLE})
    assert auditing.audit(["--osv-url", osv]) == 1
    assert re.search(r"pillow 13\.0\.0: .*CVE-2099-1.*; mended in 13\.0\.1", capsys.readouterr().out)


def test_without_an_answer_nothing_is_called_safe(one_lock) -> None:
    with pytest.raises(LaunchError, match="No package was audited, nothing is known of any: ") as caught:
        auditing.audit(["--osv-url", "http://127.0.0.1:1/v1/query", "--timeout", "2"])
    assert caught.value.status == 3


def test_a_package_that_was_left_out_is_named() -> None:
    packages = [{"name": "django", "version": "5", "vulns": []}, {"name": "rare", "skip_reason": "not found"}]
    with pytest.raises(LaunchError, match="Nothing is known of rare") as caught:
        auditing._told(packages)
    assert caught.value.status == 3


def test_the_bill_of_materials_names_every_locked_package(tmp_path) -> None:
    file = tmp_path / "bill.json"
    assert auditing.bill([str(file)]) == 0
    bill = json.loads(file.read_text())
    listed = {(part["name"].lower().replace("_", "-"), part["version"]) for part in bill["components"]}
    locks = "".join(path.read_text() for path in auditing._locks())
    locked = set(re.findall(r"^([a-z0-9.-]+?)(?:\[[^]]*\])?==([^ ;]+)", locks, re.MULTILINE))
    assert len(locked) > 70
    assert locked - listed == set()
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "sortwise")
