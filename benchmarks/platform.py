"""The embedded platform as a subprocess, and a client for it."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = re.compile(r"password\s+(\S{16})\b")
BOUNDARY = "sortwise-benchmark"


@dataclass
class Platform:
    """A running platform: its port, its supervisor, an admin's token."""

    port: int
    process: subprocess.Popen[str]
    token: str = ""
    local: threading.local = field(default_factory=threading.local)

    def call(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
        """Status and JSON of a request, over one kept connection a thread."""
        if not hasattr(self.local, "connection"):
            self.local.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            self.local.connection.connect()
            self.local.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.token:
            headers["Authorization"] = f"Token {self.token}"
        self.local.connection.request(method, path, body, headers)
        answer = self.local.connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None

    def upload(self, photograph: bytes) -> Any:
        """Post a photograph and wait for its result."""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="x.jpg"\r\n\r\n'
        status, item = self.call(
            "POST",
            "/api/v1/items/",
            head.encode() + photograph + f"\r\n--{BOUNDARY}--\r\n".encode(),
            **{"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Prefer": "wait=30"},
        )
        if status != 201:
            raise SystemExit(f"upload: {status} {item}")
        return item


@contextmanager
def running(workers: int) -> Iterator[Platform]:
    """The platform on a free port and an empty data directory, stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="sortwise-bench-") as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        options = ["--no-browser", f"--port={port}", f"--data-dir={folder}", f"--workers={workers}"]
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "run.py"), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "SORTWISE_UPLOAD_RATE": "1000000/hour"},
        )
        try:
            yield _signed_in(Platform(port, process))
        finally:
            process.terminate()
            process.wait()


def _signed_in(platform: Platform) -> Platform:
    password = ""
    for line in platform.process.stdout or ():
        if found := PASSWORD.search(line):
            password = found.group(1)
        if password and "Ctrl-C" in line:
            break
    threading.Thread(target=lambda: [None for _ in platform.process.stdout or ()], daemon=True).start()
    body = json.dumps({"username": "admin", "password": password}).encode()
    status, answer = platform.call("POST", "/api/v1/tokens/", body, **{"Content-Type": "application/json"})
    if status != 201:
        raise SystemExit(f"no token: {status} {answer}")
    platform.token = answer["token"]
    return platform


def memory(root_pid: int) -> dict[str, float]:
    """Memory by kind of process under a supervisor, in MB: the proportional share (PSS), so that the sum is true."""
    found: dict[str, float] = {}
    children = _children()
    queue = [root_pid]
    while queue:
        pid = queue.pop()
        queue += children.get(pid, [])
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        pss = re.search(r"Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text())
        kind = _kind(command)
        found[kind] = found.get(kind, 0) + int(pss.group(1) if pss else 0) / 1000
    return found


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        found.setdefault(parent, []).append(int(entry.name))
    return found


def _kind(command: str) -> str:
    names = {"granian": "web", "worker classify": "classify worker", "worker jobs": "jobs worker"}
    names |= {"worker sweep": "sweeper and beat", "valkey": "valkey", "redis": "valkey", "run.py": "run.py"}
    return next((kind for part, kind in names.items() if part in command), "other")


def unique(photograph: bytes) -> bytes:
    """The same photograph as another file: a JPEG ends at its end marker, whatever follows."""
    return photograph + uuid.uuid4().bytes
