"""The embedded platform as a subprocess, and a client for it."""

import http.client
import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks.bench_setup import ROOT

PASSWORD = re.compile(r"password\s+(\w{16})\b")
BOUNDARY = "sortwise-benchmark"
STOP_SECONDS = 60  # it takes one, and says so where it takes longer


@dataclass
class Platform:
    """A running platform, or a peer: its port, its first process, an admin's token, where photographs are posted."""

    port: int
    process: subprocess.Popen[str]
    token: str = ""
    path: str = "/api/v1/items/"
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
        status, item = self.call("POST", self.path, form(photograph), **FORM, Prefer="wait=30")
        if status != 201:
            raise SystemExit(f"upload: {status} {item}")
        return item


FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def form(photograph: bytes) -> bytes:
    """The body of a form with a file named `image`."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="x.jpg"\r\n\r\n'
    return head.encode() + photograph + f"\r\n--{BOUNDARY}--\r\n".encode()


@contextmanager
def running(environment: dict[str, str], *, workers: int) -> Iterator[Platform]:
    """The platform on a free port and the site of an environment, stopped at the end."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "run.py"), "--no-browser", f"--port={port}", f"--workers={workers}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )
    try:
        yield _signed_in(Platform(port, process))
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _signed_in(platform: Platform) -> Platform:
    password = line = ""
    for line in platform.process.stdout or ():
        if found := PASSWORD.search(line):
            password = found.group(1)
        if password and "Ctrl-C" in line:
            break
    else:
        raise SystemExit(f"The platform did not start: {line}")
    threading.Thread(target=lambda: [None for _ in platform.process.stdout or ()], daemon=True).start()
    body = json.dumps({"username": "admin", "password": password}).encode()
    status, answer = platform.call("POST", "/api/v1/tokens/", body, **{"Content-Type": "application/json"})
    if status != 201:
        raise SystemExit(f"no token: {status} {answer}")
    platform.token = answer["token"]
    return platform
